import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect, startRun, type Connection } from '../../../src/client.ts';
import { loadConfig } from '../../../src/config.ts';
import { hasWorker } from '../../../src/living-workers.ts';
import { freePort } from '../../../src/local/ports.ts';
import { cancelRun, describeRun, followRun, listRuns, runLink } from '../../../src/runs.ts';
import { openGround, planOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { startWebServer, type WebServer } from '../../web-server.ts';
import { startTestWorker } from '../../worker.ts';

const QUICK = `name: quick
version: '7'
description: One value
inputs: { n: { type: integer, default: 1 } }
steps:
  s: { set: "\${{ inputs.n }}" }
outputs: { n: "\${{ steps.s.output }}" }
`;

describe('the client', () => {
  let ground: TestGround;
  let web: WebServer;
  let connection: Connection;

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
    ({ connection } = ground);
  });

  after(async () => {
    await ground.close();
    await web.close();
  });

  const slow = () =>
    planOf(
      `name: slow\nsteps:\n  s: { tool: http.request, with: { url: "${web.url}/wait?ms=20000" } }\n`,
      ground.config,
    );

  it('says that Temporal cannot be reached', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const given = { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: 'key', TEMPORAL_GRPC_META_X_TEAM: 'a' };
    const refused = [{}, given].map((environment) =>
      assert.rejects(connect(loadConfig(environment), { address }), {
        code: 'TEMPORAL_UNAVAILABLE',
        message: `Cannot reach Temporal at ${address}: start it (\`orchestrator dev\`), or set TEMPORAL_ADDRESS`,
      }),
    );
    await Promise.all(refused);
  });

  it('says that no worker is there to describe a run', async () => {
    const { runId } = await startRun(connection, { plan: planOf(QUICK, ground.config) });
    assert.equal(await hasWorker(connection), false);
    await assert.rejects(describeRun(connection, runId), { code: 'WORKER_MISSING' });
    const following = followRun(connection, runId, { signal: AbortSignal.timeout(600), intervalMs: 50 });
    assert.deepEqual(await following.next(), { done: true, value: undefined });
    await connection.client.workflow.getHandle(runId).terminate();
  });

  it('describes a run that was terminated in Temporal as failed', async () => {
    const worker = await startTestWorker(ground);
    try {
      const { runId } = await startRun(connection, { plan: slow() });
      await untilView(connection, runId, (view) => view.steps[0]?.status === 'running');
      await connection.client.workflow.getHandle(runId).terminate();
      const view = await describeRun(connection, runId);
      assert.equal(view.status, 'failed');
      assert.equal(view.error?.code, 'RUN_TERMINATED');
      assert.ok(view.endedAt !== undefined);
      await assert.rejects(cancelRun(connection, runId), { code: 'RUN_ENDED' });
      const deadline = Date.now() + 100_000;
      const listed = async () =>
        (await listRuns(connection, { pipeline: 'slow', limit: 200 })).find((run) => run.runId === runId);
      while ((await listed())?.status === 'running' && Date.now() < deadline);
      assert.equal((await listed())?.status, 'failed');
    } finally {
      await worker.stop();
    }
  });

  it('still knows a run that Temporal has forgotten', async () => {
    const worker = await startTestWorker(ground);
    try {
      const id = `forgotten-${randomUUID()}`;
      const plan = planOf(QUICK, ground.config);
      await startRun(connection, { plan, id });
      await untilEnd(connection, id);
      const { namespace, client } = connection;
      await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: id } });
      assert.equal((await describeRun(connection, id)).status, 'done');
      assert.deepEqual(await startRun(connection, { plan, inputs: { n: 1 }, id }), { runId: id, isNew: false });
      await assert.rejects(startRun(connection, { plan, inputs: { n: 2 }, id }), { code: 'RUN_EXISTS' });
    } finally {
      await worker.stop();
    }
  });

  it("links to Temporal's Web UI where it knows its address", () => {
    assert.equal(runLink(connection, 'a b'), undefined);
    const link = runLink({ ...connection, webUi: 'http://127.0.0.1:8233' }, 'a b');
    assert.equal(link, 'http://127.0.0.1:8233/namespaces/default/workflows/a%20b');
  });

  it('passes a fault of Temporal on as it is', async () => {
    const elsewhere = loadConfig({ ...process.env, ...ground.environment, TEMPORAL_NAMESPACE: 'no-such-namespace' });
    const other = await connect(elsewhere, { address: connection.address });
    try {
      await assert.rejects(listRuns(other), /no-such-namespace|Namespace/u);
    } finally {
      await other.close();
    }
  });
});
