/**
 * Records the histories of `history-cases.ts` on real servers:
 * `npm test -- --record` starts them and runs this; only missing histories are recorded, unless they are named.
 * A committed history is evidence of what runs in the world look like: it is replaced only by a decision.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { cardsFor } from '../../../src/cards.ts';
import { startRun } from '../../../src/client.ts';
import { forkRun } from '../../../src/fork.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { linkPipelines } from '../../../src/pipeline-files.ts';
import { openGround, untilEnd } from '../../runs.ts';
import { server } from '../../servers.ts';
import { startWebServer } from '../../web-server.ts';
import { startTestWorker } from '../../worker.ts';
import { HISTORY_CASES, historyNames, type HistoryCase, type OtherHistory } from './history-cases.ts';

const FOLDER = join(import.meta.dirname, 'histories');

const wanted = process.argv.slice(2);
const web = await startWebServer();
const ground = await openGround({
  ORCHESTRATOR_ALLOWED_HOSTS: web.host,
  // A provider whose calls no worker takes.
  OPENAI_BASE_URL: `${server('ollama')}/v1`,
  ORCHESTRATOR_CONCURRENCY_OPENAI: '0',
});
const { connection } = ground;
const worker = await startTestWorker(ground);
try {
  for (const each of HISTORY_CASES) {
    const isThere = historyNames(each).every((name) => existsSync(join(FOLDER, `${name}.json`)));
    if (wanted.length === 0 ? !isThere : wanted.includes(each.name)) await record(each);
  }
} finally {
  await worker.stop();
  await ground.close();
  await web.close();
}

async function record(each: HistoryCase): Promise<void> {
  const runId = await run(each);
  await write(each.name, connection.client.workflow.getHandle(runId));
  for (const [key, other] of Object.entries(each.also ?? {})) {
    await write(`${each.name}.${key}`, await handleOf(runId, other));
  }
}

/** Runs a case to its end; a fork comes after the run that it is a fork of. */
async function run(each: HistoryCase): Promise<string> {
  const { inputs, act, renewAfterEvents, isForked } = each;
  const { runId } = await startRun(connection, {
    plan: await planOf(each),
    ...(inputs === undefined ? {} : { inputs }),
    ...(renewAfterEvents === undefined ? {} : { renewAfterEvents }),
  });
  await act?.(ground, runId);
  await untilClosed(runId);
  if (isForked === undefined) return runId;
  const fork = await forkRun(connection, { runId });
  await untilClosed(fork.runId);
  return fork.runId;
}

async function planOf({ name, yaml, files = {} }: HistoryCase): Promise<Plan> {
  const folder = join(ground.folder, name);
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), filledIn(text));
  const parsed = parsePipeline(filledIn(yaml), `${name}.yaml`);
  return makePlan(linkPipelines(parsed, folder), cardsFor(ground.config)).plan;
}

function filledIn(yaml: string): string {
  return yaml.replaceAll('WEB', web.url).replaceAll('MODEL', server('model')).replaceAll('CASE', String(Date.now()));
}

async function untilClosed(runId: string): Promise<void> {
  await untilEnd(connection, runId);
  await connection.client.workflow
    .getHandle(runId)
    .result()
    .catch(() => undefined);
}

async function handleOf(runId: string, other: OtherHistory): Promise<WorkflowHandle> {
  const { workflow } = connection.client;
  if ('part' in other) return workflow.getHandle(`${runId}/${other.part}`);
  // Lists of workflows lag behind.
  for (;;) {
    for await (const info of workflow.list({ query: `WorkflowId = '${runId}'` })) {
      if (info.memo?.['startedAt'] === undefined) return workflow.getHandle(runId, info.runId);
    }
    await delay(100);
  }
}

async function write(name: string, handle: WorkflowHandle): Promise<void> {
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  // Who ran it is of no interest, and names a host.
  const text = JSON.stringify(history, undefined, 1).replaceAll(`${process.pid}@${hostname()}`, 'worker@host');
  await writeFile(join(FOLDER, `${name}.json`), `${text}\n`);
  process.stdout.write(`recorded ${name}\n`);
}
