/**
 * Records the histories of `history-cases.ts` on real servers:
 * `npm test -- --record` starts them and runs this; only missing histories are recorded, unless they are named.
 * A committed history is evidence of what runs in the world look like: it is replaced only by a decision.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startRun } from '../../../src/client.ts';
import { cancelRun } from '../../../src/runs.ts';
import { pauseRun, resumeRun } from '../../../src/steering.ts';
import { openGround, planOf, stepOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { server } from '../../servers.ts';
import { startWebServer } from '../../web-server.ts';
import { startTestWorker } from '../../worker.ts';
import { HISTORY_CASES, type HistoryCase } from './history-cases.ts';

const FOLDER = join(import.meta.dirname, 'histories');

const wanted = process.argv.slice(2);
const web = await startWebServer();
const ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
const worker = await startTestWorker(ground);
try {
  for (const each of HISTORY_CASES) {
    const path = join(FOLDER, `${each.name}.json`);
    if (wanted.includes(each.name) || (wanted.length === 0 && !existsSync(path))) {
      await writeFile(path, await record(each));
      process.stdout.write(`recorded ${each.name}\n`);
    }
  }
} finally {
  await worker.stop();
  await ground.close();
  await web.close();
}

async function record(each: HistoryCase): Promise<string> {
  const yaml = each.yaml
    .replaceAll('WEB', web.url)
    .replaceAll('MODEL', server('model'))
    .replaceAll('CASE', String(Date.now()));
  const plan = planOf(yaml, ground.config);
  const { connection } = ground;
  const { runId } = await startRun(connection, { plan, ...(each.inputs === undefined ? {} : { inputs: each.inputs }) });
  await act(ground, runId, each.act);
  await untilEnd(connection, runId);
  const handle = connection.client.workflow.getHandle(runId);
  await handle.result().catch(() => undefined);
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  // Who ran it is of no interest, and names a host.
  return `${JSON.stringify(history, undefined, 1).replaceAll(`${process.pid}@${hostname()}`, 'worker@host')}\n`;
}

async function act({ connection }: TestGround, runId: string, what: HistoryCase['act']): Promise<void> {
  if (what === undefined) return;
  await untilView(connection, runId, (view) => view.steps.some((step) => step.status === 'running'));
  if (what === 'cancel') return cancelRun(connection, runId);
  const handle = connection.client.workflow.getHandle(runId);
  if (what === 'signal') await handle.signal('pause');
  else await pauseRun(connection, runId);
  await untilView(connection, runId, (view) => stepOf(view, 'first').status === 'done');
  if (what === 'signal') await handle.signal('resume');
  else await resumeRun(connection, runId);
}
