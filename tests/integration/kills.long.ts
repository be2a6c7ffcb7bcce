import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRun } from '../../src/client.ts';
import { describeRun } from '../../src/runs.ts';
import { openGround, planOf, untilEnd, type TestGround } from '../runs.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';
import { moments } from './moments.ts';

const STEPS = 30;
const KILLS = 10;
const STEP_MS = 400;

describe('a run whose workers are killed at random moments', function suite() {
  this.timeout(600_000);
  let ground: TestGround;
  let web: WebServer;
  let worker: WorkerProcess | undefined;

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
  });

  after(async () => {
    await worker?.stop('SIGKILL');
    await ground.close();
    await web.close();
  });

  it(`ends after ${KILLS} kills, and makes no finished call again`, async () => {
    const seed = Date.now() % 100_000;
    console.log(`      seed ${seed}`);
    const next = moments(seed);
    const steps = Array.from({ length: STEPS }, (_, index) => {
      const after = index === 0 ? '' : `needs: s${index - 1}, `;
      return `  s${index}: { ${after}tool: http.request, with: { url: "${web.url}/wait?ms=${STEP_MS}&step=s${index}." } }`;
    });
    const plan = planOf(`name: kills\nsteps:\n${steps.join('\n')}\n`, ground.config);
    const { connection, environment } = ground;
    const log = join(ground.folder, 'worker.log');
    worker = await startWorkerProcess(connection, environment, log);
    const { runId } = await startRun(connection, { plan });
    const finished = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(next() * 3 * STEP_MS);
      const view = await describeRun(connection, runId);
      const asked = web.requests.length;
      for (const step of view.steps) if (step.status === 'done') finished.add(step.id);
      await worker.stop('SIGKILL');
      worker = await startWorkerProcess(connection, environment, log);
      const again = web.requests
        .slice(asked)
        .filter((each) => [...finished].some((id) => each.endsWith(`step=${id}.`)));
      assert.deepEqual(again, [], `after kill ${kill + 1}`);
    }
    const view = await untilEnd(connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.ok(
      web.requests.length <= STEPS + KILLS,
      `${web.requests.length} calls for ${STEPS} steps and ${KILLS} kills`,
    );
  });
});
