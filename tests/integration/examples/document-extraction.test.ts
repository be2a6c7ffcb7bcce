import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import { followPage, openExample, type Example } from '../../example.ts';
import { outputsOf, stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/document-extraction';

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;

  before(async () => {
    example = await openExample();
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);

  it('takes the same facts from every document, having read what is in it', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('post-1'));
    const { facts } = await outputsOf(ground, view);
    const documents = Object.values(facts as JsonObject) as readonly JsonObject[];
    assert.deepEqual(Object.keys(facts as JsonObject), ['invoice-1041.txt', 'letter.txt', 'reminder.md']);
    for (const document of documents) assert.deepEqual(Object.keys(document).toSorted(), ['about', 'amount', 'kind']);
    const step = stepOf(view, 'facts');
    assert.ok(step.status === 'done');
    // Prompts alone are some 250.
    assert.ok((step.usage?.inputTokens ?? 0) > 400, JSON.stringify(step.usage));
  });
});
