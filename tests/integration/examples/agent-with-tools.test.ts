import assert from 'node:assert/strict';
import { followPage, openExample, type Example } from '../../example.ts';
import { stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/agent-with-tools';

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;

  before(async () => {
    example = await openExample();
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);

  it('calls each tool once, the one of them when a person has allowed it', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('order-1'));
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const calls = ['look', 'note'].flatMap((id) =>
      (stepOf(view, id).steps ?? []).flatMap(({ steps = [] }) => steps.map((call) => `${call.path} ${call.status}`)),
    );
    assert.deepEqual(calls, ['look/turn#1/fs.read[0] done', 'note/turn#1/fs.write[0] done']);
  });
});
