import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { backfillSchedule } from '../../../src/backfill.ts';
import { connect, loadValue } from '../../../src/client.ts';

import { allowedCron, allowedTimezone } from '../../../src/pipeline/schedule-times.ts';
import type { Plan, SchedulePlan } from '../../../src/pipeline/plan.ts';
import { describeRun, listRuns } from '../../../src/runs.ts';
import {
  applySchedule,
  deleteSchedule,
  describeSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
} from '../../../src/schedules.ts';
import { openGround, planOf, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';

const HOUR_MS = 3_600_000;
/** Never comes while these tests run: the hour before the one that they run in. */
const earlier = (hours: number): string => `0 ${new Date(Date.now() - hours * HOUR_MS).getUTCHours()} * * *`;
const EVERY_HOUR = { cron: ['0 * * * *'], timezone: 'UTC', overlap: 'skip', catchupMs: HOUR_MS, with: {} } as const;

describe('schedules', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  // A tenant of their own, so that they see their own schedules only.
  before(async () => {
    ground = await openGround({ ORCHESTRATOR_TENANT: `t-${randomUUID()}` });
    worker = await startTestWorker(ground);
  });

  after(async () => {
    for (const { pipeline } of await listSchedules(ground.connection))
      await deleteSchedule(ground.connection, pipeline).catch(() => undefined);
    await worker.stop();
    await ground.close();
  });

  function scheduled(name: string, changes: Partial<SchedulePlan> = {}, from = 'inputs.n'): Plan {
    const yaml = `name: ${name}\nversion: '7'\ninputs: { n: { type: integer, default: 1 }, text: { type: string, default: '' } }\nsteps: { s: { set: "\${{ ${from} }}" } }\noutputs: { n: "\${{ steps.s.output }}" }\n`;
    return { ...planOf(yaml, ground.config), schedule: { ...EVERY_HOUR, ...changes } };
  }

  async function untilDone(runIds: readonly string[]): Promise<void> {
    const done = await until(
      () => listRuns(ground.connection, { status: 'done', limit: 1000 }),
      (runs) => runIds.every((id) => runs.some(({ runId }) => runId === id)),
    );
    for (const id of runIds) assert.ok(done.some(({ runId }) => runId === id));
  }

  it('start runs of the plan with its inputs, which are seen and described as any other', async () => {
    const { connection } = ground;
    // Seconds are not in the language; Temporal knows them, and a test need not wait for a minute.
    const plan = scheduled('ticking', { cron: ['*/2 * * * * * *'], with: { n: 5, text: 'x'.repeat(20_000) } });
    const { isNew, schedule } = await applySchedule(connection, plan);
    assert.equal(isNew, true);
    assert.equal(schedule.scheduleId, `${connection.tenant}/ticking`);
    const runs = await until(
      () => listRuns(connection, { pipeline: 'ticking', status: 'done' }),
      ({ length }) => length >= 2,
    );
    await deleteSchedule(connection, 'ticking');
    for (const { runId, pipeline, status } of runs) {
      const [, time = ''] = new RegExp(`^${connection.tenant}/ticking-(.*)$`, 'u').exec(runId) ?? [];
      assert.equal(Date.parse(time) % 2000, 0, runId);
      assert.deepEqual({ pipeline, status }, { pipeline: 'ticking', status: 'done' });
      const view = await describeRun(connection, runId);
      assert.deepEqual(view.outputs, { n: { inline: 5 } });
      assert.equal(view.pipeline.version, '7');
      assert.ok(view.startedAt >= Date.parse(time) && view.startedAt < Date.parse(time) + 60_000);
    }
  });

  it('are described with what they will do', async () => {
    const { connection } = ground;
    const text = 'long '.repeat(5000);
    const changes = {
      cron: ['0 6 * * 1', '30 7-9/2 1 jan *'],
      timezone: 'Europe/Berlin',
      overlap: 'buffer_one',
      with: { n: 3, text },
    } as const;
    const plan = scheduled('weekly', { ...changes, catchupMs: 60_000 });
    await applySchedule(connection, plan);
    const { next, inputs, ...view } = await describeSchedule(connection, 'weekly');
    assert.deepEqual(view, {
      pipeline: 'weekly',
      scheduleId: `${connection.tenant}/weekly`,
      version: '7',
      planHash: plan.hash,
      cron: ['0 6 * * 1', '30 7-9/2 1 jan *'],
      timezone: 'Europe/Berlin',
      overlap: 'buffer_one',
      catchupMs: 60_000,
      isPaused: false,
      nextAt: next[0],
      runs: [],
      running: [],
      counts: { started: 0, missed: 0, skipped: 0 },
    });
    assert.equal(next.length, 10);
    for (const time of next)
      assert.match(new Date(time).toLocaleString('en-GB', { timeZone: 'Europe/Berlin' }), /06:00:00|0[79]:30:00/u);
    assert.deepEqual(inputs['n'], { inline: 3 });
    assert.equal(await loadValue(connection, inputs['text'] as never), text);
  });

  it('are replaced in place when they are applied again, and stay paused', async () => {
    const { connection } = ground;
    await applySchedule(connection, scheduled('again', { cron: ['0 1 * * *'], with: { n: 1 } }));
    await pauseSchedule(connection, 'again', 'Holidays');
    const changed = scheduled('again', { cron: ['0 2 * * *'], overlap: 'allow_all', with: { n: 2 } });
    const { isNew, schedule } = await applySchedule(connection, changed);
    const { cron, overlap, isPaused, note, nextAt, inputs } = schedule;
    assert.deepEqual(
      { isNew, cron, overlap, isPaused, note, nextAt, n: inputs['n'] },
      {
        isNew: false,
        cron: ['0 2 * * *'],
        overlap: 'allow_all',
        isPaused: true,
        note: 'Holidays',
        nextAt: undefined,
        n: { inline: 2 },
      },
    );
    await resumeSchedule(connection, 'again');
    const resumed = await describeSchedule(connection, 'again');
    assert.deepEqual([resumed.isPaused, resumed.note, resumed.nextAt], [false, 'Resumed', resumed.next[0]]);
  });

  it('are listed by name, for their tenant only', async () => {
    const { connection } = ground;
    await applySchedule(connection, scheduled('listed b'));
    await applySchedule(connection, scheduled('listed a', { timezone: 'Asia/Kolkata' }));
    await applySchedule({ ...connection, tenant: `${connection.tenant}-other` }, scheduled('listed c'));
    const names = ['listed a', 'listed b'];
    const found = await until(
      async () => (await listSchedules(connection)).filter(({ pipeline }) => pipeline.startsWith('listed')),
      ({ length }) => length === 2,
    );
    assert.deepEqual(
      found.map(({ pipeline, cron, timezone, isPaused, last }) => ({ pipeline, cron, timezone, isPaused, last })),
      names.map((pipeline) => ({
        pipeline,
        cron: ['0 * * * *'],
        timezone: pipeline === 'listed a' ? 'Asia/Kolkata' : 'UTC',
        isPaused: false,
        last: undefined,
      })),
    );
    assert.ok(found.every(({ nextAt = 0 }) => nextAt > Date.now()));
    await deleteSchedule({ ...connection, tenant: `${connection.tenant}-other` }, 'listed c');
  });

  it('are made up for by a backfill, each time once', async () => {
    const { connection } = ground;
    await applySchedule(connection, scheduled('late', { cron: [earlier(2), earlier(3), earlier(4)] }));
    const [third = 0, second = 0, first = 0] = [2, 3, 4].map((hours) => {
      const time = Date.now() - hours * HOUR_MS;
      return time - (time % HOUR_MS);
    });
    const one = await backfillSchedule(connection, 'late', { from: second, to: second });
    const idOf = (time: number): string =>
      `${connection.tenant}/late-${new Date(time).toISOString().replace('.000', '')}`;
    assert.deepEqual(one, { runs: [{ runId: idOf(second), scheduledAt: second }], known: [] });
    await untilDone([idOf(second)]);
    const all = await backfillSchedule(connection, 'late', { from: first - HOUR_MS, to: Date.now() + HOUR_MS });
    assert.deepEqual(
      all.runs.map(({ runId }) => runId),
      [idOf(first), idOf(third)],
    );
    assert.deepEqual(all.known, one.runs);
    await untilDone([idOf(first), idOf(second), idOf(third)]);
    // The record of a run outlives what Temporal keeps of it.
    const { namespace, client } = connection;
    await client.workflowService.deleteWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: idOf(first) },
    });
    const none = await backfillSchedule(connection, 'late', { from: first, to: third });
    assert.deepEqual([none.runs.length, none.known.length], [0, 3]);
    const { counts, runs } = await describeSchedule(connection, 'late');
    assert.deepEqual(counts, { started: 3, missed: 0, skipped: 0 });
    assert.deepEqual(
      runs.map(({ runId }) => runId),
      [idOf(third), idOf(first), idOf(second)],
    );
    const [listed] = await until(
      async () => (await listSchedules(connection)).filter(({ pipeline }) => pipeline === 'late'),
      ([each]) => each?.last?.runId === idOf(third),
    );
    assert.deepEqual(listed?.last, { runId: idOf(third), scheduledAt: runs[0]?.scheduledAt });
  });

  it('are backfilled one run after the other, and not twice at a time', async () => {
    const { connection } = ground;
    const slow = { ...ground, connection: { ...connection, taskQueue: `nobody-${randomUUID()}` } };
    await applySchedule(slow.connection, scheduled('busy'));
    const day = { from: Date.now() - 5 * HOUR_MS };
    const { runs } = await backfillSchedule(connection, 'busy', day);
    assert.equal(runs.length, 5);
    await until(
      () => describeSchedule(connection, 'busy'),
      ({ running }) => running.length === 1,
    );
    await assert.rejects(backfillSchedule(connection, 'busy', day), {
      code: 'SCHEDULE_BUSY',
      message:
        'Cannot backfill the schedule of pipeline "busy": 4 of its runs wait for their start, try again when they have started',
    });
    await assert.rejects(backfillSchedule(connection, 'busy', { from: 0 }), { code: 'SCHEDULE_BUSY' });
    await deleteSchedule(connection, 'busy');
    await connection.client.workflow.getHandle(runs[0]?.runId ?? '').terminate();
  });

  it('are not backfilled for more times than Temporal can hold', async () => {
    const { connection } = ground;
    await applySchedule(connection, scheduled('often', { cron: ['* * * * *'] }));
    await assert.rejects(backfillSchedule(connection, 'often', { from: Date.now() - 17 * HOUR_MS }), {
      code: 'VALUE_INVALID',
      message:
        'Cannot backfill the schedule of pipeline "often": 1000 or more of its times lie in between, fewer are allowed',
    });
    await deleteSchedule(connection, 'often');
  });

  it('are refused for a pipeline that has none', async () => {
    const { schedule: _, ...plan } = scheduled('plain');
    await assert.rejects(applySchedule(ground.connection, plan), {
      code: 'PIPELINE_INVALID',
      message:
        'Cannot schedule pipeline "plain": it has no schedule, add the key "schedule", such as { cron: "0 6 * * 1", timezone: Europe/Berlin }',
    });
  });

  it('are refused with inputs that the pipeline does not take', async () => {
    await assert.rejects(applySchedule(ground.connection, scheduled('wrong', { with: { n: 'many' } })), {
      code: 'INPUT_INVALID',
    });
  });

  it('are refused when Temporal does not know the time zone, new or not', async () => {
    const { connection } = ground;
    const refusal = {
      code: 'PIPELINE_INVALID',
      message: 'Cannot schedule pipeline "mars": Temporal does not take it: unknown time zone Mars/Phobos',
    };
    const onMars = scheduled('mars', { timezone: 'Mars/Phobos' });
    await assert.rejects(applySchedule(connection, onMars), refusal);
    await applySchedule(connection, scheduled('mars'));
    await assert.rejects(applySchedule(connection, onMars), refusal);
    assert.equal((await describeSchedule(connection, 'mars')).timezone, 'UTC');
  });

  it('pass a fault of Temporal on as it is', async () => {
    const closed = await connect(ground.config, { address: ground.connection.address });
    await closed.close();
    await assert.rejects(applySchedule(closed, scheduled('closed')), { name: 'ServiceError' });
  });

  it('take the times that validation takes, and no others', async () => {
    const { client, namespace, tenant } = ground.connection;
    const scheduleId = `${tenant}/times`;
    const action = {
      startWorkflow: { workflowId: 'never', workflowType: { name: 'none' }, taskQueue: { name: 'none' } },
    };
    const takes = (cron: string, timezoneName: string): Promise<boolean> =>
      client.workflowService
        .updateSchedule({ namespace, scheduleId, schedule: { spec: { cronString: [cron], timezoneName }, action } })
        .then(
          () => true,
          () => false,
        );
    await applySchedule(ground.connection, scheduled('times'));
    for (const cron of fc.sample(cronTexts, { numRuns: 300, seed: 4 })) {
      const allowed = allowedCron(cron);
      // Temporal also takes what never comes.
      assert.equal(await takes(cron, 'UTC'), allowed === undefined || allowed.startsWith('a day that'), cron);
    }
    for (const zone of [
      ...ZONES,
      ...NO_ZONES,
      ...Intl.supportedValuesOf('timeZone').filter((_, index) => index % 20 === 0),
    ])
      assert.equal(await takes('0 0 * * *', zone), allowedTimezone(zone) === undefined, zone);
  });

  for (const [verb, act] of [
    ['described', describeSchedule],
    ['paused', pauseSchedule],
    ['resumed', resumeSchedule],
    ['deleted', deleteSchedule],
    ['backfilled', (connection, name) => backfillSchedule(connection, name, { from: 0 })],
  ] as readonly (readonly [string, typeof describeSchedule])[]) {
    it(`cannot be ${verb} when there is none`, async () => {
      await assert.rejects(act(ground.connection, 'no such'), {
        code: 'SCHEDULE_UNKNOWN',
        message:
          'Cannot find the schedule of pipeline "no such": no such schedule, `orchestrator schedules list` shows those there are',
      });
    });
  }
});

/** Cron expressions, right ones and wrong ones. */
const cronTexts = fc
  .tuple(
    ...[
      [0, 59],
      [0, 23],
      [1, 31],
      [1, 12, 'jan', 'Febr', 'june', 'ju', 'dez'],
      [0, 7, 'su', 'MON', 'thursday', 'f', 'satx'],
    ].map(([min = 0, max = 0, ...words]) => fieldTexts(Number(min), Number(max), words.map(String))),
  )
  .map((fields) => fields.join(' '));

function fieldTexts(min: number, max: number, words: readonly string[]): fc.Arbitrary<string> {
  const number = fc.integer({ min, max }).map(String);
  const odd = fc.constantFrom('', '?', '-', '1.5', 'x', '*', String(max + 1), String(min - 1), '0', '007');
  const word = words.length === 0 ? number : fc.constantFrom(...words);
  const value = fc.oneof(
    { weight: 20, arbitrary: number },
    { weight: 4, arbitrary: word },
    { weight: 1, arbitrary: odd },
  );
  const range = fc.oneof(
    { weight: 6, arbitrary: fc.constant('*') },
    { weight: 6, arbitrary: value },
    {
      weight: 3,
      arbitrary: fc.tuple(value, value).map((ends) => ends.toSorted((a, b) => Number(a) - Number(b)).join('-')),
    },
  );
  const step = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 70 }).map(String) }, odd);
  const part = fc.oneof(
    { weight: 4, arbitrary: range },
    fc.tuple(range, step).map((both) => both.join('/')),
  );
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
}

const ZONES = [
  'Europe/Kyiv',
  'Asia/Kolkata',
  'US/Pacific',
  'America/Port-au-Prince',
  'Australia/NSW',
  'Etc/GMT+3',
  'GMT',
];
const NO_ZONES = ['europe/berlin', 'US/PACIFIC', 'Mars/Phobos', 'PST', 'IST', '+01:00', 'SystemV/AST4', 'utc'];

async function until<T>(ask: () => Promise<T>, looksRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  let answer = await ask();
  while (!looksRight(answer) && Date.now() < deadline) {
    await delay(50);
    answer = await ask();
  }
  return answer;
}
