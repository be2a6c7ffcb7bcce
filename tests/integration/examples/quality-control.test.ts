import assert from 'node:assert/strict';
import { qualityOf } from '../../../src/quality.ts';
import { followPage, openExample, type Example } from '../../example.ts';

const FOLDER = 'examples/quality-control';

describe(FOLDER, function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample();
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);

  it('lets nothing out that was not judged', async () => {
    const { ground, own } = example;
    const { steps, outcomes } = await qualityOf(ground.connection, own('page-1'));
    assert.deepEqual(steps.map(({ step }) => step).toSorted(), ['page', 'texts[0]', 'texts[1]']);
    assert.equal(outcomes.accepted, 1);
  });
});
