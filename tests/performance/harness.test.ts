import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { server } from '../servers.ts';
import type { Job } from './engines/engine.ts';
import { type Ground, openGround } from './ground.ts';
import { measure } from './measures/measures.ts';
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
  ] as const satisfies readonly Job[]) {
    it(`make the same calls for a ${job.kind}`, async () => {
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

  async function activitiesOf(lane: (typeof LANES)[number], job: Job): Promise<number> {
    const { client } = await ground.lane(lane);
    const { runId, done } = await client.start(job);
    await done();
    const { events } = await new Client({ connection }).workflow.getHandle(runId).fetchHistory();
    return (events ?? []).filter((event) => event.eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED).length;
  }
});
