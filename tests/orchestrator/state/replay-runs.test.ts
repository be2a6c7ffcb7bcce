import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import { startRun } from '../../../src/client.ts';
import { describeRun } from '../../../src/runs.ts';
import { pauseRun } from '../../../src/steering.ts';
import { replayRuns, type Replayed, type ReplayRequest } from '../../../src/replay.ts';
import type { WorkflowCode } from '../../../src/workflow-code.ts';
import { openGround, planOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { bundleTestCode, productCode } from '../../test-bundle.ts';
import { startWebServer, type WebServer } from '../../web-server.ts';
import { quietRuntime, startTestWorker } from '../../worker.ts';

const QUICK =
  'name: quick\nsteps:\n  a: { tool: text.template, with: { template: x, data: {} } }\n  b: { needs: a, set: 1 }\n';
const FAILING = 'name: failing\nsteps:\n  a: { check: { value: long, length: { max: 1 } } }\n';
const slow = (url: string): string =>
  `name: slow\nsteps:\n  a: { tool: http.request, with: { url: "${url}/wait?ms=60000" } }\n`;

describe('replayRuns', () => {
  let ground: TestGround;
  let web: WebServer;
  let code: WorkflowCode;
  const ids = { done: '', failed: '', cancelled: '', running: '', started: '' };

  // A tenant of their own, so that only their runs are sampled.
  before(async () => {
    quietRuntime();
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host, ORCHESTRATOR_TENANT: `t-${randomUUID()}` });
    const { connection, config } = ground;
    const start = async (yaml: string): Promise<string> =>
      (await startRun(connection, { plan: planOf(yaml, config) })).runId;
    const worker = await startTestWorker(ground, { shutdownGraceTime: '10ms' });
    // One after the other, so that their order is known.
    ids.done = await start(QUICK);
    await untilEnd(connection, ids.done);
    ids.failed = await start(FAILING);
    await untilEnd(connection, ids.failed);
    ids.cancelled = await start(slow(web.url));
    await untilView(connection, ids.cancelled, ({ steps }) => steps[0]?.status === 'running');
    await connection.client.workflow.getHandle(ids.cancelled).cancel();
    await untilEnd(connection, ids.cancelled);
    ids.running = await start(slow(web.url));
    await untilView(connection, ids.running, ({ steps }) => steps[0]?.status === 'running');
    await worker.stop();
    // Nobody has worked on it.
    ids.started = await start(QUICK);
    code = await productCode();
  });

  after(async () => {
    for (const id of [ids.running, ids.started]) await ground.connection.client.workflow.getHandle(id).terminate();
    await ground.close();
    await web.close();
  });

  async function replayed(request: ReplayRequest): Promise<readonly Replayed[]> {
    const results: Replayed[] = [];
    for await (const result of replayRuns(ground.connection, { code, ...request })) results.push(result);
    return results;
  }

  for (const { name, request, expected } of [
    {
      name: 'replays open runs first, then those that have ended',
      request: {},
      expected: ['started', 'running', 'cancelled', 'failed', 'done'],
    },
    { name: 'replays open runs', request: { status: 'open' }, expected: ['started', 'running'] },
    { name: 'replays runs that are done', request: { status: 'done' }, expected: ['done'] },
    { name: 'replays failed runs', request: { status: 'failed' }, expected: ['failed'] },
    { name: 'replays cancelled runs', request: { status: 'cancelled' }, expected: ['cancelled'] },
    { name: 'takes open runs only when there are enough', request: { limit: 1 }, expected: ['started'] },
    {
      name: 'spreads the rest over old and new',
      request: { limit: 4 },
      expected: ['started', 'running', 'cancelled', 'failed'],
    },
  ] as const) {
    it(name, async () => {
      const results = await replayed(request);
      assert.deepEqual(
        results.map(({ runId, error }) => ({ runId, error })),
        expected.map((each) => ({ runId: ids[each], error: undefined })),
      );
      assert.ok(results.every(({ events }) => events >= 2));
    });
  }

  for (const each of ['done', 'started'] as const) {
    it(`replays one run: ${each}`, async () => {
      const [result, ...others] = await replayed({ runId: ids[each] });
      assert.deepEqual([result?.runId, result?.error, others], [ids[each], undefined, []]);
    });
  }

  it('replays a run that Temporal does not list yet', async () => {
    const { connection, config } = ground;
    const { runId } = await startRun(connection, { plan: planOf(QUICK, config) });
    assert.deepEqual(await replayed({ runId }), [{ runId, events: 2 }]);
    await connection.client.workflow.getHandle(runId).terminate();
  });

  it('does not find a run that there is not', async () => {
    await assert.rejects(replayed({ runId: 'no such' }), { code: 'RUN_UNKNOWN' });
  });

  for (const { name, workflows, reason } of [
    {
      name: 'says what the code at hand would do otherwise',
      workflows: join(import.meta.dirname, 'other-workflows.ts'),
      reason: /^Timer machine does not handle this event: HistoryEvent\(id: 5, ActivityTaskScheduled\)$/u,
    },
    {
      name: 'says that the code at hand has no such workflow',
      workflows: join(import.meta.dirname, '../../integration/own-workflow/workflows.ts'),
      reason: /^Failed to initialize workflow of type 'runPipeline': no such function is exported/u,
    },
  ]) {
    it(name, async () => {
      const [result] = await replayed({ runId: ids.done, code: await codeOf(workflows) });
      const preamble = `Cannot replay run "${ids.done}": the code at hand does not do what its history says: `;
      assert.equal(result?.error?.code, 'REPLAY_FAILED');
      assert.ok(result.error.message.startsWith(preamble), result.error.message);
      assert.match(result.error.message.slice(preamble.length), reason);
    });
  }
});

describe('a run that its workers cannot go on with', () => {
  it('is not waited for: it is told why', async () => {
    const ground = await openGround();
    const { connection, config } = ground;
    const own = await startTestWorker(ground);
    const { runId } = await startRun(connection, { plan: planOf('name: nap\nsteps:\n  s: { wait: 1h }\n', config) });
    await untilView(connection, runId, ({ waits }) => waits !== undefined);
    await own.stop();
    const native = await NativeConnection.connect({ address: connection.address });
    const other = await codeOf(join(import.meta.dirname, 'other-workflows.ts'));
    const worker = await Worker.create({ ...other, connection: native, taskQueue: config.taskQueue });
    const working = worker.run();
    try {
      const handle = connection.client.workflow.getHandle(runId);
      await handle.signal('pause');
      while (((await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 0) < 2) await delay(50);
      const askedAt = Date.now();
      await assert.rejects(describeRun(connection, runId), {
        code: 'REPLAY_FAILED',
        message: /^Cannot describe run ".*its workers cannot go on with it \(.+\); run the code/u,
      });
      await assert.rejects(pauseRun(connection, runId), { code: 'REPLAY_FAILED' });
      assert.ok(Date.now() - askedAt < 50_000);
    } finally {
      worker.shutdown();
      await working;
      await native.close();
      await connection.client.workflow.getHandle(runId).terminate();
      await ground.close();
    }
  });
});

async function codeOf(workflowsPath: string): Promise<WorkflowCode> {
  return { workflowBundle: { code: await bundleTestCode(workflowsPath) } };
}
