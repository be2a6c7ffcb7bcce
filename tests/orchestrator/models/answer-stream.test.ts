import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import { writeRunRecord } from '../../../activities/artifacts/run-records.ts';
import { newStream, openStream, readLines, streamFolder } from '../../../activities/models/answer-stream.ts';
import { createSweep } from '../../../activities/models/sweep-streams.ts';
import type { RunRecord } from '../../../src/pipeline/result.ts';

const HEAD = { path: 'step', model: 'p/m', attempt: 1 } as const;
const TENANT = 'default';

describe('openStream', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-stream-'));
    store = openLocalDisk(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const contentOf = async (name: string) => {
    const { lines } = readLines((await store.readLog(TENANT, name, 0)) ?? new Uint8Array());
    return lines.map((line) => Object.fromEntries(Object.entries(line).filter(([field]) => field !== 'at')));
  };

  it('writes what comes together as one line, and a sign of life when nothing comes', async () => {
    const name = newStream('run', Date.now());
    const stream = openStream(store, { tenant: TENANT, name }, HEAD);
    stream.write('Once');
    stream.write(' upon');
    await delay(1500);
    stream.write(' a time');
    await stream.close();
    const content = await contentOf(name);
    // As many signs as the pause was long, on a machine that does much else.
    const isAgain = (at: number): boolean =>
      [content[at], content[at - 1]].every((line) => isDeepStrictEqual(line, {}));
    assert.deepEqual(
      content.filter((_, at) => !isAgain(at)),
      [{ head: HEAD }, { text: 'Once upon' }, {}, { text: ' a time' }, { isOver: true }],
    );
  });

  it('shows the first million characters of an answer', async () => {
    const name = newStream('run', Date.now());
    const stream = openStream(store, { tenant: TENANT, name }, HEAD);
    stream.write('x'.repeat(1024 * 1024 - 1));
    stream.write('yz');
    await stream.close();
    const lines = await contentOf(name);
    assert.deepEqual(
      lines.map(({ text }) => (typeof text === 'string' ? `${text.length} ${text.at(-1)}` : 0)),
      [0, `${1024 * 1024} y`, 0],
    );
  });

  it('leaves out what cannot be written', async () => {
    // A file stands where the folder of the tenant would be.
    await writeFile(join(folder, TENANT), '');
    const stream = openStream(store, { tenant: TENANT, name: newStream('run', 1) }, HEAD);
    stream.write('lost');
    await stream.close();
  });
});

describe('readLines', () => {
  it('leaves a half-written line for the next time', () => {
    const bytes = Buffer.from('{"at":1}\n{"at":2,"te');
    assert.deepEqual(readLines(bytes), { lines: [{ at: 1 }], length: 9 });
    assert.deepEqual(readLines(bytes.subarray(9)), { lines: [], length: 0 });
  });
});

describe('createSweep', () => {
  it('forgets the streams of runs that have ended, and of those that nobody has heard of for long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-sweep-'));
    try {
      const store = openLocalDisk(folder);
      const put = (runId: string, at: number) => store.append(TENANT, newStream(runId, at), Buffer.from('{"at":1}\n'));
      const record = (runId: string, endedAt: number) =>
        writeRunRecord(store, TENANT, { view: { runId, endedAt } } as unknown as RunRecord);
      const now = Date.now();
      await put('open', now);
      await put('ended', now);
      await put('ended just now', now);
      await put('terminated long ago', now - 31 * 24 * 3_600_000);
      await record('ended', now - 60_000);
      await record('ended just now', now + 60_000);
      const sweep = createSweep(store, 100);
      sweep(TENANT);
      sweep(TENANT);
      const kept = new Set([streamFolder('open'), streamFolder('ended just now')]);
      const left = async () => new Set(await store.listLogs(TENANT, 'streams'));
      for (let looks = 0; (await left()).size > kept.size && looks < 1000; looks += 1) await delay(50);
      assert.deepEqual(await left(), kept);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
