import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openGround, outputsOf, untilEnd, type TestGround } from '../runs.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { startTestWorker } from '../worker.ts';
import { callsOf, CONSTRUCTS, goOn, startConstruct, untilMiddle, type Running } from './constructs.ts';

describe('a run whose worker is killed in the middle', () => {
  let ground: TestGround;
  let web: WebServer;
  let worker: { stop(): Promise<void> } | undefined;
  let runs: readonly Running[];

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
    const log = join(ground.folder, 'worker.log');
    const first = await startWorkerProcess(ground.connection, ground.environment, log);
    try {
      runs = await Promise.all(CONSTRUCTS.map((construct) => startConstruct(ground, web, { construct })));
      await Promise.all(runs.map((running) => untilMiddle(ground, web, running)));
    } finally {
      await first.stop('SIGKILL');
    }
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker?.stop();
    await ground.close();
    await web.close();
  });

  for (const [index, { name }] of CONSTRUCTS.entries()) {
    it(`calls nothing again that had ended: ${name}`, async () => {
      const running = runs[index] as Running;
      const { construct, runId, key } = running;
      await goOn(ground, web, running);
      const view = await untilEnd(ground.connection, runId);
      const { before, after, status = 'done', outputs } = construct;
      assert.equal(view.status, status, JSON.stringify(view.error));
      assert.deepEqual(callsOf(web, running), [...before, ...after].toSorted());
      if (outputs === undefined) return;
      const expected = JSON.parse(JSON.stringify(outputs).replaceAll('KEY', key)) as unknown;
      assert.deepEqual(await outputsOf(ground, view), expected);
    });
  }
});
