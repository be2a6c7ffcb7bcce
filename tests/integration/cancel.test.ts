import assert from 'node:assert/strict';
import { cancelRun } from '../../src/runs.ts';
import { untilEnd, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import type { WebServer } from '../web-server.ts';
import { callsOf, CONSTRUCTS, startConstruct, untilMiddle } from './constructs.ts';

/** On a machine that does much else at the same time. */
const PATIENCE_MS = 100_000;

describe('a run that is cancelled in the middle', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  /** How Temporal has it. */
  async function statusIn(workflowId: string): Promise<string> {
    const handle = ground.connection.client.workflow.getHandle(workflowId);
    await handle.result().catch(() => undefined);
    return (await handle.describe()).status.name;
  }

  for (const construct of CONSTRUCTS) {
    const { name, before: calls, undone, parts = [], status = 'cancelled' } = construct;
    it(`ends soon, its parts too, and undoes what it did: ${name}`, async () => {
      const { connection } = ground;
      const running = await startConstruct(ground, web, { construct });
      const { runId, key } = running;
      await untilMiddle(ground, web, running);
      const startedAt = Date.now();
      await cancelRun(connection, runId);
      // What undoes a step is not cancelled.
      if (status === 'failed') web.open(key);
      const view = await untilEnd(connection, runId);
      const took = Date.now() - startedAt;
      assert.ok(took < PATIENCE_MS, `it took ${took} ms`);
      assert.equal(view.status, status);
      assert.deepEqual(
        view.compensations?.map((each) => `${each.step} ${each.status}`),
        undone.map((step) => `${step} done`),
      );
      const undoing = callsOf(web, running).filter((each) => each.startsWith('undo-'));
      assert.equal(undoing.length, undone.length);
      assert.deepEqual(
        callsOf(web, running).filter((each) => !each.startsWith('undo-')),
        calls.filter((each) => !each.startsWith('undo-')).toSorted(),
      );
      assert.equal(await statusIn(runId), status.toUpperCase());
      for (const part of parts) assert.equal(await statusIn(`${runId}/${part}`), 'COMPLETED');
    });
  }
});
