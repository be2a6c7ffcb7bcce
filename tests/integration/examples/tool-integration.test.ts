import assert from 'node:assert/strict';
import { join } from 'node:path';
import { followPage, openExample, type Example } from '../../example.ts';
import { ROOT } from '../../markdown.ts';
import { stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/tool-integration';

describe(FOLDER, function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample({
      environment: { ORCHESTRATOR_CONFIG: join(ROOT, FOLDER, 'orchestrator.config.ts') },
    });
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);

  it('has its bill checked', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('bill-1'));
    const bill = stepOf(view, 'bill');
    assert.ok(bill.status === 'done');
    assert.deepEqual(
      bill.checks.map(({ check, passed, reason }) => [check, passed, reason]),
      [['adds_up', true, '37.5 and 7.13 are off 44.63 by 0']],
    );
  });
});
