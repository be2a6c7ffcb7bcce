import assert from 'node:assert/strict';
import { loadValue } from '../../../src/client.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import { loadFile } from '../../../src/runs.ts';
import { followPage, openExample, type Example } from '../../example.ts';
import { outputsOf, stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/map-over-documents';

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;

  before(async () => {
    example = await openExample({ own: (text, folder) => text.replaceAll('/tmp/documents', `${folder}/documents`) });
  });
  after(() => example?.close());

  followPage(`${FOLDER}/README.md`, () => example);

  it('tells which documents were of no use, and why, and what the others hold', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('reports-1'));
    const { documents, late, unusable } = await outputsOf(ground, view);
    assert.deepEqual([documents, late, unusable], [1000, 10, 4]);
    const facts = stepOf(view, 'facts');
    assert.ok(facts.status === 'done' && facts.items !== undefined);
    assert.deepEqual(facts.counts, { total: 1000, failed: 4 });
    const items = (await loadValue(ground.connection, facts.items)) as readonly JsonObject[];
    assert.deepEqual(
      items.filter(({ status }) => status === 'failed').map(({ error }) => (error as JsonObject)['code']),
      Array.from({ length: 4 }, () => 'STEP_REFUSED'),
    );
    const [report] = view.files ?? [];
    assert.ok(report !== undefined);
    const text = new TextDecoder().decode(await loadFile(ground.connection, report));
    assert.equal(text.split('\n').filter((line) => line.endsWith('It has a title and nothing else')).length, 4);
  });

  it('goes through them in parts, each with a history of its own', async () => {
    const { ground, own } = example;
    const parts: string[] = [];
    const query = `WorkflowType = 'runPart' AND TaskQueue = '${ground.config.taskQueue}'`;
    for await (const { workflowId } of ground.connection.client.workflow.list({ query })) parts.push(workflowId);
    assert.equal(new Set(parts).size, 10);
    assert.ok(parts.includes(`${own('reports-1')}/facts[900-999]`), parts.join(' '));
  });
});
