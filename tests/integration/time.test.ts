import assert from 'node:assert/strict';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { startRun } from '../../src/client.ts';
import { openGround, planOf, stepOf, type TestGround } from '../runs.ts';
import { describeRun } from '../../src/runs.ts';
import { freePort } from '../../src/local/ports.ts';
import { SEARCH_ATTRIBUTES } from '../../src/local/temporal-settings.ts';
import { server } from '../servers.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { quietRuntime, startTestWorker } from '../worker.ts';

const HOUR_MS = 3_600_000;

/** This server cannot list what it has, as the product would first; it can be told. */
async function registerSearchAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const types = proto.temporal.api.enums.v1.IndexedValueType;
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[`INDEXED_VALUE_TYPE_${type}`]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes });
}

/** On Temporal's time-skipping test server: whatever waits, waits no time. */
describe('a run that waits for hours', () => {
  let environment: TestWorkflowEnvironment;
  let ground: TestGround;
  let web: WebServer;
  let worker: { stop(): Promise<void> };

  before(async function start() {
    this.timeout(120_000);
    quietRuntime();
    environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: server('timeSkipping') } },
    });
    web = await startWebServer();
    const overrides = {
      TEMPORAL_ADDRESS: environment.address,
      ORCHESTRATOR_ALLOWED_HOSTS: web.host,
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    };
    ground = await openGround(overrides);
    await registerSearchAttributes(environment);
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker?.stop();
    await ground?.close();
    await web?.close();
    await environment?.teardown();
  });

  async function run(yaml: string) {
    const { runId } = await startRun(ground.connection, {
      plan: planOf(yaml.replaceAll('WEB', web.url), ground.config),
    });
    // This client's handle lets time pass.
    await environment.client.workflow
      .getHandle(runId)
      .result()
      .catch(() => undefined);
    return describeRun(ground.connection, runId);
  }

  it('pauses between attempts as long as it says, doubling up to its bound', async () => {
    const startedAt = Date.now();
    const view = await run(`name: patient
steps:
  call: { tool: http.request, with: { url: "WEB/flaky?times=4&key=hours" }, retry: { attempts: 5, backoff: 1h, max_backoff: 3h } }
`);
    const call = stepOf(view, 'call');
    assert.ok(call.status === 'done' && call.attempts === 5, JSON.stringify(view));
    assert.ok(call.startedAt !== undefined);
    const hours = (call.endedAt - call.startedAt) / HOUR_MS;
    assert.ok(hours >= 9 && hours < 10, `1 + 2 + 3 + 3 hours passed, not ${hours}`);
    assert.ok(Date.now() - startedAt < 30_000);
  });

  it('ends at its own timeout, days later, while it waits for a model server', async () => {
    const view = await run(`name: gone
timeout: 3d
steps:
  ask: { model: ollama/any, prompt: Hi, retry: { attempts: 100, backoff: 1h, max_backoff: 1d } }
`);
    assert.equal(view.error?.code, 'RUN_TIMEOUT');
    assert.equal((Number(view.endedAt) - view.startedAt) / HOUR_MS >= 72, true);
  });
});
