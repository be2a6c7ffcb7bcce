import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadValue } from '../../src/client.ts';
import type { StoredValue } from '../../src/pipeline/value.ts';
import { openGround, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { bundleTestCode } from '../test-bundle.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startTestWorker } from '../worker.ts';
import {
  askAboutLargePage,
  askInVain,
  askNobody,
  callSomebody,
  fetchMissingPage,
  judgeLargePage,
  pick,
  research,
  runInVain,
  type Place,
} from './own-workflow/workflows.ts';

describe("a user's own workflow that imports orchestrator/workflow", () => {
  let ground: TestGround;
  let web: WebServer;
  let native: NativeConnection;
  let place: Place;
  const stops: (() => Promise<void>)[] = [];
  const ownQueue = `test-${randomUUID()}`;

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
    place = { taskQueue: ground.config.taskQueue, model: `ollama/${server('model')}`, web: web.url };
    const product = await startTestWorker(ground);
    stops.push(() => product.stop());
    native = await NativeConnection.connect({ address: ground.connection.address });
    stops.push(await startOwnWorker(native, ownQueue));
  });

  after(async () => {
    for (const stop of stops.toReversed()) await stop();
    await native.close();
    await ground.close();
    await web.close();
  });

  async function execute<T>(workflow: (place: Place) => Promise<T>): Promise<T> {
    const options = { taskQueue: ownQueue, workflowId: randomUUID(), args: [place] as [Place] };
    return (await ground.connection.client.workflow.execute(workflow, options)) as T;
  }

  it('calls a tool, a model and a check', async () => {
    const { page, answer, verdict } = await execute(research);
    assert.equal((await loadBody(page)).body, '/axxxb');
    assert.ok('inline' in answer.output && typeof answer.output.inline === 'string');
    assert.equal(answer.model, place.model);
    assert.equal(answer.attempts, 1);
    assert.equal(answer.costNanoUsd, 0);
    assert.ok(answer.usage.outputTokens > 0 && answer.usage.outputTokens <= 4);
    assert.equal(verdict.passed, true);
  });

  it('passes a large output on by reference', async () => {
    const { page, verdict } = await execute(judgeLargePage);
    assert.ok('artifact' in page && page.artifact.bytes > 20_000);
    assert.equal(String((await loadBody(page)).body).length, 20_000);
    assert.equal(verdict.passed, true);
  });

  it('gets a structured answer that was validated', async () => {
    const { output } = await execute(pick);
    assert.ok('inline' in output && ['a', 'b'].includes((output.inline as { label: string }).label));
  });

  for (const { workflow, code, message } of [
    {
      workflow: fetchMissingPage,
      code: 'TOOL_HTTP_STATUS',
      message: /^Cannot call GET http:\/\/127\.0\.0\.1:\d+\/status: it answered 404/u,
    },
    {
      workflow: askInVain,
      code: 'QUEUE_TIMEOUT',
      message: /^Cannot make the call "vain: ollama\/\S+": no worker has taken it within 200ms, its "queue_timeout"$/u,
    },
    {
      workflow: runInVain,
      code: 'QUEUE_TIMEOUT',
      message:
        /^Cannot make the call "vain: shell.run": no worker that allows it has taken it within 200ms, set ORCHESTRATOR_ALLOW_TOOLS=shell.run where one runs$/u,
    },
    {
      workflow: askNobody,
      code: 'MODEL_UNKNOWN',
      message: /^Cannot call provider "nobody": this worker has anthropic, openai, ollama$/u,
    },
    {
      workflow: askAboutLargePage,
      code: 'CONTEXT_OVERFLOW',
      message: /^Cannot call model "ollama\/\S+": the prompt is longer than the context of the model/u,
    },
  ]) {
    it(`fails with ${code} and a sentence where ${workflow.name} fails`, async () => {
      await assert.rejects(execute<unknown>(workflow), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, code);
        assert.match(error.cause.message, message);
        assert.deepEqual(error.cause.details, [{ attempts: 1 }]);
        return true;
      });
    });
  }

  it('asks the workers on the queue "orchestrator" when nothing else is said', async () => {
    const { workflow } = ground.connection.client;
    const handle = await workflow.start(callSomebody, { taskQueue: ownQueue, workflowId: randomUUID() });
    assert.equal(await firstQueue(() => handle.fetchHistory()), 'orchestrator');
    await handle.terminate();
  });

  async function loadBody(page: StoredValue): Promise<{ body: unknown }> {
    return (await loadValue(ground.connection, page)) as { body: unknown };
  }
});

async function startOwnWorker(connection: NativeConnection, taskQueue: string): Promise<() => Promise<void>> {
  const workflows = join(import.meta.dirname, 'own-workflow/workflows.ts');
  const code = await bundleTestCode(workflows, process.env['ORCHESTRATOR_TEST_COVERAGE']);
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: { code } });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}

/** The task queue on which a workflow puts its first call. */
async function firstQueue(fetch: WorkflowHandle['fetchHistory']): Promise<string | null | undefined> {
  for (;;) {
    const events = (await fetch()).events ?? [];
    const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes);
    if (scheduled !== undefined) return scheduled.activityTaskScheduledEventAttributes?.taskQueue?.name;
    await delay(25);
  }
}
