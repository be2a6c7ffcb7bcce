import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openGround, type TestGround } from '../runs.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';
import { callsOf, CONSTRUCTS, goOn, startConstruct, untilMiddle, untilSeen, type Running } from './constructs.ts';

/** No run makes more calls one after the other. */
const KILLS_MAX = 40;
/** So long a kill waits for all runs to have a call under way; some wait for other things. */
const GATHER_MS = 3000;

describe('runs whose worker is killed in every call', function suite() {
  this.timeout(1_200_000);
  let ground: TestGround;
  let web: WebServer;
  let worker: WorkerProcess;
  let runs: readonly Running[];
  const ended = new Set<Running>();

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
    await startWorker();
    runs = await Promise.all(
      CONSTRUCTS.map((construct) => {
        const key = randomUUID();
        web.loseFirst(`/${key}/`);
        return startConstruct(ground, web, { construct, key });
      }),
    );
  });

  after(async () => {
    await worker.stop('SIGKILL');
    await ground.close();
    await web.close();
  });

  async function startWorker(): Promise<void> {
    worker = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
  }

  async function follow(running: Running): Promise<void> {
    await untilMiddle(ground, web, running);
    await goOn(ground, web, running);
    await untilSeen(ground.connection, running.runId, ({ endedAt }) => endedAt !== undefined);
    ended.add(running);
  }

  /** Waits until every run has a call under way that is never answered, or for a while; says whether one has. */
  async function isInCalls(known: ReadonlySet<string>): Promise<boolean> {
    const givesUpAt = Date.now() + GATHER_MS;
    const isIn = (running: Running): boolean =>
      callsOf(web, running).some((name) => !known.has(`${running.key}/${name}`));
    for (;;) {
      const open = runs.filter((running) => !ended.has(running));
      if (open.every(isIn)) return open.length > 0;
      if (Date.now() > givesUpAt && open.some(isIn)) return true;
      await delay(50);
    }
  }

  it('ends each of them, with every call made once more than it was lost', async () => {
    const following = Promise.all(runs.map(follow));
    const known = new Set<string>();
    let kills = 0;
    while (ended.size < runs.length && kills < KILLS_MAX) {
      if (!(await Promise.race([isInCalls(known), following.then(() => false)]))) break;
      await worker.stop('SIGKILL');
      kills += 1;
      for (const running of runs) for (const name of callsOf(web, running)) known.add(`${running.key}/${name}`);
      await startWorker();
    }
    await following;
    console.log(`      ${kills} kills`);
    for (const running of runs) {
      const { before, after } = running.construct;
      const calls = [...before, ...after];
      assert.deepEqual(callsOf(web, running), [...calls, ...new Set(calls)].toSorted(), running.construct.name);
    }
  });
});
