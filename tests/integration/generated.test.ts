import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { readRunRecord } from '../../activities/artifacts/run-records.ts';
import { cardsFor } from '../../src/cards.ts';
import { loadValue, startRun } from '../../src/client.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import type { CallRecord, RunRecord } from '../../src/pipeline/result.ts';
import type { PipelineSpec } from '../../src/pipeline/spec.ts';
import { openGround, outputsOf, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { generator } from './generated/generate.ts';
import { interpret } from './generated/interpret.ts';
import { specOf, type Block } from './generated/pipelines.ts';

const RUNS = 150;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const X = 7;

interface Generated {
  readonly block: Block;
  readonly name: string;
  readonly spec: PipelineSpec;
}

/** Every third of them goes on in new histories, every third has few places. */
function generated(block: Block, index: number): Generated {
  const name = `generated_${SEED}_${index}`;
  const spec = {
    name,
    ...(index % 3 === 1 ? { concurrency: 1 + (index % 4) } : {}),
    inputs: { x: { type: 'integer' } },
    steps: specOf(block),
    outputs: Object.fromEntries(block.steps.map(({ id }) => [id, `\${{ [steps.${id}.status, steps.${id}.output] }}`])),
  };
  return { block, name, spec: spec as unknown as PipelineSpec };
}

describe('generated pipelines', function suite() {
  this.timeout(480_000);
  let ground: TestGround;
  let worker: { stop(): Promise<void> };
  let all: readonly Generated[];
  const records = new Map<string, RunRecord>();

  before(async () => {
    console.log(`      seed ${SEED}`);
    ground = await openGround();
    worker = await startTestWorker(ground);
    const next = generator(SEED);
    all = Array.from({ length: RUNS }, (_, index) => generated(next(), index));
    await Promise.all(all.map(run));
  });

  after(async () => {
    await worker.stop();
    await ground.close();
  });

  async function run({ name, spec }: Generated, index: number): Promise<void> {
    const { connection, config } = ground;
    const { plan } = makePlan(spec, cardsFor(config));
    const renewal = index % 3 === 2 ? { renewAfterEvents: 10 } : {};
    const { runId } = await startRun(connection, { plan, inputs: { x: X }, id: name, ...renewal });
    await connection.client.workflow
      .getHandle(runId)
      .result()
      .catch(() => undefined);
    const record = await readRunRecord(connection.store, connection.tenant, runId);
    assert.ok(record, runId);
    records.set(name, record);
  }

  const recordOf = ({ name }: Generated): RunRecord => records.get(name) as RunRecord;
  const told = ({ name, spec }: Generated): string => `${name}: ${JSON.stringify(spec)}`;

  async function callsOf(record: RunRecord): Promise<readonly CallRecord[]> {
    const more = await Promise.all((record.moreCalls ?? []).map((list) => loadValue(ground.connection, list)));
    return [...(more.flat() as unknown as readonly CallRecord[]), ...(record.calls ?? [])];
  }

  it('end as they must, and give what they must', async () => {
    for (const each of all) {
      const { ends, codes } = interpret(each.block, { x: X });
      const { view } = recordOf(each);
      if (codes !== undefined) {
        assert.equal(view.status, 'failed', told(each));
        assert.ok(codes.has(view.error?.code ?? ''), `${view.error?.code}: ${view.error?.message} ${told(each)}`);
        continue;
      }
      assert.equal(view.status, 'done', `${view.error?.code} ${view.error?.message} ${told(each)}`);
      const expected = [...ends].map(([id, end]): [string, Json] => [
        id,
        [end.status, end.status === 'done' ? end.output : null],
      ]);
      assert.deepEqual(await outputsOf(ground, view), Object.fromEntries(expected), told(each));
    }
  });

  it('make every call that they must, each once, and no other', async () => {
    for (const each of all) {
      const { sure, maybe } = interpret(each.block, { x: X }).trace;
      const paths = (await callsOf(recordOf(each))).map(({ path }) => path);
      assert.equal(new Set(paths).size, paths.length, `${paths.join(' ')} ${told(each)}`);
      const missing = sure.filter((path) => !paths.includes(path));
      const allowed = new Set([...sure, ...maybe]);
      const unexpected = paths.filter((path) => !allowed.has(path));
      assert.deepEqual({ missing, unexpected }, { missing: [], unexpected: [] }, told(each));
    }
  });

  it('make no call before what it needs has ended', async () => {
    for (const each of all) {
      const { order } = interpret(each.block, { x: X }).trace;
      const calls = await callsOf(recordOf(each));
      for (const [before, after] of order) {
        const ended = calls.filter(({ path }) => isInside(path, before)).map(({ endedAt }) => endedAt);
        const then = calls.filter(({ path }) => isInside(path, after)).map(({ endedAt }) => endedAt);
        if (ended.length === 0 || then.length === 0) continue;
        assert.ok(Math.max(...ended) <= Math.min(...then), `${before} before ${after} in ${told(each)}`);
      }
    }
  });

  it('replay', async () => {
    const { workflow } = ground.connection.client;
    const query = `WorkflowId STARTS_WITH 'generated_${SEED}_'`;
    const histories = workflow.list({ query }).intoHistories();
    const options = { workflowBundle: { codePath: server('bundle') } };
    let count = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
      assert.equal(error, undefined, workflowId);
      count += 1;
    }
    console.log(`      ${count} histories`);
    assert.ok(count >= RUNS);
  });
});

function isInside(path: string, step: string): boolean {
  return path === step || (path.startsWith(step) && '/#~['.includes(path.charAt(step.length)));
}
