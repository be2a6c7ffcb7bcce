import assert from 'node:assert/strict';
import { examineIsolation } from '../../../src/local/examine-tools.ts';

describe('examineIsolation', () => {
  const queues = [
    { tool: 'shell.run', workers: 1 },
    { tool: 'code.python', workers: 0 },
  ];

  it('says who allows what, and that programs are kept apart', () => {
    assert.deepEqual(examineIsolation({ queues, isIsolated: true, isUsed: true }), {
      subject: 'Guarded tools',
      status: 'ok',
      found: 'shell.run allowed by 1 worker; code.python allowed by 0 workers; programs on this machine are isolated',
    });
  });

  it('warns where programs are not kept apart and may run', () => {
    const { status, advice } = examineIsolation({ queues, isIsolated: false, isUsed: true });
    assert.equal(status, 'warning');
    assert.match(advice ?? '', /can read the environment of a worker here/u);
    assert.equal(examineIsolation({ queues, isIsolated: false, isUsed: false }).status, 'ok');
  });
});
