import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startRun } from '../../src/client.ts';
import { runWorker } from '../../src/worker.ts';
import { openGround, planOf, stepOf, untilEnd, untilTrue, type TestGround } from '../runs.ts';
import { freePort } from '../../src/local/ports.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { startTestWorker } from '../worker.ts';

describe('a call whose worker is lost', () => {
  let ground: TestGround;
  let web: WebServer;

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
  });

  after(async () => {
    await ground.close();
    await web.close();
  });

  /** Two calls in flight: one that may be made again, and one that may not. */
  async function startCalls(key: string, ms: number): Promise<string> {
    const yaml = `name: lost
steps:
  get: { tool: http.request, with: { url: "${web.url}/wait?ms=${ms}&key=${key}" } }
  post: { tool: http.request, with: { method: POST, url: "${web.url}/wait?ms=${ms}&key=${key}" }, on_error: continue }
`;
    const { runId } = await startRun(ground.connection, { plan: planOf(yaml, ground.config) });
    await untilTrue('both calls', () => requests(key, 'GET') === 1 && requests(key, 'POST') === 1);
    return runId;
  }

  const requests = (key: string, method: string): number =>
    web.requests.filter((each) => each.startsWith(method) && each.endsWith(`key=${key}`)).length;

  async function assertOutcome(runId: string, key: string): Promise<void> {
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.equal(requests(key, 'GET'), 2);
    assert.equal(requests(key, 'POST'), 1);
    const get = stepOf(view, 'get');
    const post = stepOf(view, 'post');
    assert.ok(get.status === 'done' && get.attempts === 2);
    assert.ok(post.status === 'failed');
    assert.equal(post.error.code, 'TOOL_OUTCOME_UNKNOWN');
    assert.match(post.error.message, /not repeated, since its effect is "once"/u);
  }

  it('is made again after a kill, unless its effect is "once"', async () => {
    const log = join(ground.folder, 'worker.log');
    const worker = await startWorkerProcess(ground.connection, ground.environment, log);
    const runId = await startCalls('killed', 4000).finally(() => worker.stop('SIGKILL'));
    const next = await startTestWorker(ground);
    await assertOutcome(runId, 'killed').finally(() => next.stop());
  });

  it('is handed back by a worker that stops, and made again unless its effect is "once"', async () => {
    const worker = await startTestWorker(ground, { shutdownGraceTime: '200ms' });
    const runId = await startCalls('stopped', 3000).finally(() => worker.stop());
    const next = await startTestWorker(ground);
    await assertOutcome(runId, 'stopped').finally(() => next.stop());
  });
});

describe('runWorker', () => {
  let ground: TestGround;

  before(async () => {
    ground = await openGround();
  });
  after(() => ground.close());

  it('ends when its signal fires', async () => {
    const stop = new AbortController();
    const { address } = ground.connection;
    await runWorker(ground.config, { address, signal: stop.signal, onReady: () => stop.abort() });
    await runWorker(ground.config, { address, signal: AbortSignal.abort() });
  });

  it('works until nothing has been open for a while, then ends by itself', async () => {
    const { connection, config } = ground;
    const { runId } = await startRun(connection, { plan: planOf('name: idle\nsteps:\n  s: { set: 1 }\n', config) });
    await runWorker(config, { address: connection.address, idleExitMs: 1500 });
    assert.equal((await connection.client.workflow.getHandle(runId).describe()).status.name, 'COMPLETED');
  });

  it('says that Temporal cannot be reached', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await assert.rejects(runWorker(ground.config, { address }), { code: 'TEMPORAL_UNAVAILABLE' });
  });
});
