import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readRunRecord } from '../../activities/artifacts/run-records.ts';
import { type Intent, journalFolder, type KeptAnswer, type TryEnd } from '../../activities/models/journal-entry.ts';
import type { Connection } from '../../src/client.ts';
import type { Purchase, RunRecord } from '../../src/pipeline/result.ts';
import { loadCalls } from '../../src/run-calls.ts';
import { startHttpProxy, type LoggedRequest } from '../proxies.ts';
import { openGround, startYaml, untilEnd, untilTrue } from '../runs.ts';
import { server } from '../servers.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';
import { moments } from './moments.ts';

/** After the last kill there may be many items left. */
const PATIENCE_MS = 600_000;

export interface Killing {
  readonly items: number;
  readonly concurrency: number;
  readonly kills: number;
  readonly seed: number;
}

/** What three books say that know nothing of one another, by item. */
export interface Books {
  readonly log: readonly LoggedRequest[];
  readonly entries: readonly Entry[];
  readonly bill: readonly Purchase[];
}

/** All that the journal has of one request. */
export interface Entry {
  readonly intents: readonly Intent[];
  readonly ends: readonly TryEnd[];
  readonly answer: KeptAnswer | undefined;
}

/** Runs model steps while workers are killed at random moments, until all of them are done; gives the books of each item. */
export async function runAndKill({ items, concurrency, kills, seed }: Killing): Promise<readonly Books[]> {
  const log: LoggedRequest[] = [];
  const proxy = await startHttpProxy(server('ollama'), { log });
  const ground = await openGround({ OLLAMA_HOST: proxy.url });
  const { connection, environment, folder } = ground;
  const start = (): Promise<WorkerProcess> => startWorkerProcess(connection, environment, join(folder, 'worker.log'));
  let worker: WorkerProcess | undefined;
  try {
    worker = await start();
    const runId = await startYaml(ground, yamlOf(items, concurrency));
    const next = moments(seed);
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(next() * 800);
      await worker.stop('SIGKILL');
      worker = await start();
    }
    return await booksOf(connection, runId, { items, log });
  } finally {
    await worker?.stop('SIGKILL');
    await ground.close();
    await proxy.close();
  }
}

/** The books of each item of a run, once it is done. */
async function booksOf(
  connection: Connection,
  runId: string,
  { items, log }: { readonly items: number; readonly log: readonly LoggedRequest[] },
): Promise<readonly Books[]> {
  const view = await untilEnd(connection, runId, PATIENCE_MS);
  assert.equal(view.status, 'done', JSON.stringify(view.error));
  const entries = await entriesOf(connection, runId);
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  const calls = await loadCalls(connection, record as RunRecord);
  return Array.from({ length: items }, (_, item): Books => {
    const path = `each[${item}]`;
    return {
      log: log.filter(({ url, body }) => url === '/api/chat' && body.includes(`number ${item}.`)),
      entries: entries.filter(({ intents }) => intents[0]?.path === path),
      bill: calls.flatMap((call) =>
        call.path === path && 'purchases' in call.result ? (call.result.purchases ?? []) : [],
      ),
    };
  });
}

/**
 * Runs one model step on a worker that stands still in the middle of the call, until another worker has taken the call
 * over and asked as well; both get their answers.
 */
export async function runAndRace(): Promise<Books> {
  const log: LoggedRequest[] = [];
  const chats = (): readonly LoggedRequest[] => log.filter(({ url }) => url === '/api/chat');
  const { promise: held, resolve: release } = Promise.withResolvers();
  const proxy = await startHttpProxy(server('ollama'), {
    log,
    hold: async (request) => (request === chats()[1] ? held : undefined),
  });
  const ground = await openGround({ OLLAMA_HOST: proxy.url });
  const { connection, environment, folder } = ground;
  const workers: WorkerProcess[] = [];
  const start = async (): Promise<WorkerProcess> => {
    workers.push(await startWorkerProcess(connection, environment, join(folder, 'worker.log')));
    return workers.at(-1) as WorkerProcess;
  };
  try {
    const first = await start();
    const runId = await startYaml(ground, yamlOf(1, 1));
    await untilTrue('the first request', () => chats().length === 1);
    process.kill(first.pid, 'SIGSTOP');
    await start();
    await untilTrue('the second request', () => chats().length === 2);
    process.kill(first.pid, 'SIGCONT');
    // Now and then it hears that the call is no longer its own before it has the answer.
    const isThrough = ([entry]: readonly Entry[]): boolean => entry?.answer !== undefined || entry?.ends.length === 1;
    while (!isThrough(await entriesOf(connection, runId))) await delay(20);
    release(undefined);
    const [books] = await booksOf(connection, runId, { items: 1, log });
    return books as Books;
  } finally {
    release(undefined);
    await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
    await ground.close();
    await proxy.close();
  }
}

function yamlOf(items: number, concurrency: number): string {
  return `name: kills
models: { small: { use: ollama/${server('model')}, max_output_tokens: 6, accept: [length], temperature: 0 } }
concurrency: ${concurrency}
steps:
  each:
    for_each: "\${{ range(${items}) }}"
    concurrency: ${concurrency}
    model: small
    accept: [length]
    prompt: "Say something about the number \${{ item }}."
`;
}

/** Everything that the journal has of a run. */
export async function entriesOf({ store, tenant }: Connection, runId: string): Promise<readonly Entry[]> {
  const names = await store.list(tenant, `${journalFolder(runId)}/`);
  const keys = new Set(names.map((name) => name.slice(0, name.indexOf('-'))));
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(Buffer.from((await store.read(tenant, name)) as Uint8Array).toString('utf8'));
  return Promise.all(
    [...keys].map(async (key) => {
      const all = (part: string) =>
        Promise.all(
          names
            .filter((name) => name.startsWith(`${key}-`) && name.endsWith(part))
            .toSorted()
            .map(read),
        );
      const [answer] = (await all('answer.json')) as KeptAnswer[];
      return { intents: (await all('intent.json')) as Intent[], ends: (await all('end.json')) as TryEnd[], answer };
    }),
  );
}

/** That the three books of an item agree. */
export function assertAgree({ log, entries, bill }: Books): void {
  const kept = entries.filter(({ answer }) => answer !== undefined);
  assert.equal(kept.length, 1, 'there is one answer, however often it was asked for');
  const [answer] = kept.flatMap((entry) => entry.answer ?? []) as [KeptAnswer];
  // What a server that fails is asked once more is a request of its own.
  for (const { ends } of entries.filter((entry) => entry.answer === undefined))
    assert.ok(
      ends.some(({ kind }) => kind === 'failed'),
      'a request without an answer has failed',
    );
  const intents = entries.flatMap((entry) => entry.intents);
  const story = JSON.stringify({ log, entries, bill }, undefined, 1);
  // Every try is a line of the bill, and what was kept of it stands there as it is.
  assert.equal(bill.length, intents.length, story);
  assert.deepEqual(
    bill.filter(({ reason }) => reason === 'answer'),
    [answer.purchase],
    story,
  );
  // Nobody asks without having said so before, and nobody after the answer was kept.
  assert.ok(log.length <= intents.length, story);
  for (const { askedAt } of log) assert.ok(askedAt <= answer.at, story);
  // Each answer that the server gave in full is billed.
  const answered = log.filter(({ answer: said }) => said.includes('"done":true'));
  assert.ok(answered.length >= 1 && answered.length <= bill.length, story);
}
