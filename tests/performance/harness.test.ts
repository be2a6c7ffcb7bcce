import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { server } from '../servers.ts';
import type { Job } from './engines/engine.ts';
import { type Ground, openGround } from './ground.ts';
import { measure, type Work } from './measures/measures.ts';
import type { Measured } from './record.ts';
import { openSlowServer } from './slow-server.ts';
import { median } from './statistics.ts';

const { EventType } = proto.temporal.api.enums.v1;

describe('openSlowServer', () => {
  it('answers late and remembers who asked', async () => {
    const slow = await openSlowServer(50);
    const asked = slow.asked('/2');
    const startedAt = performance.now();
    await fetch(`${slow.url}/1`);
    assert.ok(performance.now() - startedAt >= 49);
    await fetch(`${slow.url}/2`);
    await asked;
    assert.deepEqual(
      slow.requests.map(({ path }) => path),
      ['/1', '/2'],
    );
    await slow.close();
  });
});

describe('the engines', () => {
  const LANES = ['orchestrator@tuned-file', 'raw-temporal@tuned-file'] as const;
  let ground: Ground;
  let connection: Connection;

  before(async () => {
    const address = server('temporal');
    const shared = { address, child: undefined, stop: async () => undefined };
    ground = await openGround({ parent: tmpdir(), program: '', servers: { 'tuned-file': shared } });
    connection = await Connection.connect({ address });
  });
  after(async () => {
    await ground.close();
    await connection.close();
  });

  for (const job of [
    { kind: 'sequence', steps: 3 },
    { kind: 'fan', width: 4 },
    { kind: 'items', items: 20, concurrency: 5 },
  ] as const satisfies readonly Job[]) {
    it(`make the same calls: ${job.kind}`, async () => {
      const counts = await Promise.all(LANES.map((lane) => activitiesOf(lane, job)));
      assert.deepEqual(counts, [Object.values(job)[1], Object.values(job)[1]]);
    });
  }

  it('are measured by a scenario', async () => {
    const work = { kind: 'runs', job: { kind: 'sequence', steps: 1 }, per: 1, leadInSteps: 1 } as const;
    for (const lane of LANES) {
      const { samples, wallMs, workerBytes } = await measure(ground, lane, { work, repeats: 2 });
      assert.equal(samples['ms']?.length, 2);
      assert.ok(wallMs >= median(samples['ms'] ?? []));
      assert.ok(process.platform !== 'linux' || workerBytes > 0);
    }
  });

  it('go through 20 items in a warm worker, with its memory and the longest history', async () => {
    const work = { kind: 'items', code: 'sources', items: 20, concurrency: 5, leadInItems: 5 } as const;
    for (const { samples } of await measureLanes(work)) {
      assert.ok((samples['ms']?.[0] ?? 0) > 0);
      assert.ok((samples['events']?.[0] ?? 0) > 20 * 3, String(samples['events']));
      assert.ok(process.platform !== 'linux' || (samples['peakMB']?.[0] ?? 0) > 50);
    }
  });

  it('hold runs open in one worker, and leave none open', async () => {
    const work = { kind: 'open-runs', code: 'sources', leadInRuns: 1, runs: 3, settleMs: 0 } as const;
    for (const { samples } of await measureLanes(work)) {
      assert.equal(samples['kilobytesPerRun']?.length, 1);
      assert.ok(process.platform !== 'linux' || (samples['workerMB']?.[0] ?? 0) > 50);
    }
  });

  it('run a finished run again without its calls', async () => {
    for (const lane of LANES) {
      const { samples } = await measure(ground, lane, { work: { kind: 'fork', steps: 3 }, repeats: 2 });
      assert.deepEqual(samples['calls'], [0, 0]);
      assert.deepEqual(
        samples['msPerStep'],
        samples['ms']?.map((ms) => ms / 3),
      );
    }
  });

  it('call a tool as steps, and the same function by itself', async () => {
    const work = { kind: 'tool-call', toolMs: 5, steps: 2 } as const;
    const { samples } = await measure(ground, LANES[0], { work, repeats: 2 });
    for (const metric of ['directMs', 'stepMs']) {
      assert.equal(samples[metric]?.length, 2);
      assert.ok(Math.min(...(samples[metric] ?? [])) >= 4, `${metric}: ${String(samples[metric])}`);
    }
  });

  it('ask the slow server for each step of a run of requests', async () => {
    const slow = await openSlowServer(1);
    for (const lane of LANES) {
      const { client } = await ground.lane(lane);
      await (await client.start({ kind: 'requests', steps: 2, url: slow.url })).done();
    }
    assert.deepEqual(
      slow.requests.map(({ path }) => path),
      ['/1', '/2', '/1', '/2'],
    );
    await slow.close();
  });

  /** Workers of their own are started: at once, since that takes long. */
  function measureLanes(work: Work): Promise<Measured[]> {
    return Promise.all(LANES.map((lane) => measure(ground, lane, { work, repeats: 1 })));
  }

  async function activitiesOf(lane: (typeof LANES)[number], job: Job): Promise<number> {
    const { client } = await ground.lane(lane);
    const { runId, done } = await client.start(job);
    await done();
    const { events } = await new Client({ connection }).workflow.getHandle(runId).fetchHistory();
    return (events ?? []).filter((event) => event.eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED).length;
  }
});
