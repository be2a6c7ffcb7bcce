import assert from 'node:assert/strict';
import { onceAMinute } from '../../../activities/models/once-a-minute.ts';

describe('onceAMinute', () => {
  it('asks once for each model, however many want to know', async () => {
    const asked: string[] = [];
    const know = onceAMinute((model) => Promise.resolve(asked.push(model)));
    assert.deepEqual(await Promise.all([know('a'), know('a'), know('b')]), [1, 1, 2]);
    assert.equal(await know('a'), 1);
    assert.deepEqual(asked, ['a', 'b']);
  });

  it('asks again after a failure', async () => {
    const answers = [Promise.reject(new Error('not now')), Promise.resolve('yes')];
    const know = onceAMinute(() => answers.shift() ?? Promise.resolve('no'));
    await assert.rejects(know('a'), /not now/);
    assert.equal(await know('a'), 'yes');
  });
});
