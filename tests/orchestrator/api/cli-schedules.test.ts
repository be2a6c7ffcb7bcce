import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { applySchedule, deleteSchedule, listSchedules } from '../../../src/schedules.ts';
import { openGround, planOf, untilEnd, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';
import { endStrays, eventsOf, runCli, type Ended } from './cli-process.ts';

/** Comes on New Year's Day, so that it starts nothing while these tests run. */
const SCHEDULE = {
  cron: ['0 12 1 1 *'],
  timezone: 'Europe/Berlin',
  overlap: 'skip',
  catchupMs: 3_600_000,
  with: { who: 'all' },
} as const;
const PIPELINE = `name: NAME
inputs: { who: { type: string, default: you } }
SCHEDULE
steps:
  greet: { set: "Hello \${{ inputs.who }}" }
outputs: { text: "\${{ steps.greet.output }}" }
`;

describe('orchestrator schedules', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };
  let run: (...args: readonly string[]) => Promise<Ended>;

  before(async () => {
    ground = await openGround({ ORCHESTRATOR_TENANT: `t-${randomUUID()}` });
    worker = await startTestWorker(ground);
    run = (...args) => runCli(['schedules', ...args], ground.environment);
  });

  after(async () => {
    endStrays();
    for (const { pipeline } of await listSchedules(ground.connection))
      await deleteSchedule(ground.connection, pipeline).catch(() => undefined);
    await worker.stop();
    await ground.close();
  });

  function scheduled(name: string): Plan {
    const yaml = PIPELINE.replace('NAME', name).replace('SCHEDULE\n', '');
    return { ...planOf(yaml, ground.config), schedule: SCHEDULE };
  }

  async function file(name: string, schedule: string): Promise<string> {
    const path = join(ground.folder, `${name}.yaml`);
    await writeFile(path, PIPELINE.replace('NAME', name).replace('SCHEDULE', schedule));
    return path;
  }

  it('apply makes the schedule of a file so, and says when it comes', async () => {
    const path = await file('yearly', 'schedule: { cron: "0 12 1 1 *", timezone: Europe/Berlin, with: { who: all } }');
    const { code, stdout, stderr } = await run('apply', path);
    assert.deepEqual(
      [code, stderr],
      [
        0,
        `Its runs need a worker on task queue "${ground.config.taskQueue}": orchestrator worker, or orchestrator dev\n`,
      ],
    );
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 3), ['Scheduled yearly', 'times 0 12 1 1 * (Europe/Berlin)', 'next']);
    assert.match(lines[3] ?? '', /^ {2}\d{4}-01-01T11:00:00Z {2}\w+day.* 1 January \d{4}.* 12:00$/u);
    assert.equal(lines.length, 6);
    const again = await run('apply', path, '--json');
    const [{ event, is_new, schedule } = {}] = eventsOf(again);
    assert.deepEqual([event, is_new], ['applied', false]);
    const { next, next_at, plan_hash, ...rest } = schedule as Record<string, unknown>;
    assert.deepEqual(rest, {
      pipeline: 'yearly',
      cron: ['0 12 1 1 *'],
      timezone: 'Europe/Berlin',
      is_paused: false,
      last: null,
      schedule_id: `${ground.config.tenant}/yearly`,
      overlap: 'skip',
      catchup: '1h',
      runs: [],
      running: [],
      counts: { started: 0, missed: 0, skipped: 0 },
    });
    assert.equal((next as readonly string[])[0], next_at);
    assert.match(String(plan_hash), /^[0-9a-f]{64}$/u);
    const { stdout: text } = await run('apply', path);
    assert.match(text, /^Updated the schedule of yearly\n/u);
  });

  it('apply refuses a pipeline that has none before it looks for a server', async () => {
    const path = await file('plain', 'tags: [none]');
    const environment = { ...ground.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await runCli(['schedules', 'apply', path], environment);
    assert.equal(code, 2);
    assert.match(stderr, /^error PIPELINE_INVALID Cannot schedule pipeline "plain": it has no schedule, /u);
  });

  it('list, show, pause, resume and delete say what is', async () => {
    await applySchedule(ground.connection, scheduled('steered'));
    const paused = await run('pause', 'steered', '--note', 'Holidays');
    assert.deepEqual(paused, { code: 0, stdout: 'The schedule of steered is paused\n', stderr: '' });
    const show = await run('show', 'steered');
    assert.equal(show.code, 0, show.stderr);
    assert.match(
      show.stdout,
      /^steered paused: Holidays\nplan \w{12}\noverlap skip, catchup 1h\nstarted 0, skipped 0, missed 0\ntimes 0 12 1 1 \* \(Europe\/Berlin\)\nstarts nothing before it is resumed\n\nInputs\n {2}who: all\n$/u,
    );
    const resumed = await run('resume', 'steered', '--json');
    assert.deepEqual(eventsOf(resumed), [{ event: 'resumed', pipeline: 'steered' }]);
    const [listed] = await untilListed('steered', ({ note }) => note === 'Resumed');
    assert.deepEqual(Object.keys(listed ?? {}), [
      'pipeline',
      'cron',
      'timezone',
      'is_paused',
      'note',
      'next_at',
      'last',
    ]);
    const list = await run('list');
    assert.match(list.stdout, /^PIPELINE +STATUS +NEXT +TIMES +ZONE *\n/u);
    assert.match(list.stdout, /\nsteered +active +in \d+d \d+h +0 12 1 1 \* +Europe\/Berlin\n/u);
    const deleted = await run('delete', 'steered');
    assert.deepEqual(deleted, { code: 0, stdout: 'The schedule of steered is deleted\n', stderr: '' });
    const gone = await run('show', 'steered', '--json');
    assert.deepEqual([gone.code, eventsOf(gone)[0]?.['code']], [2, 'SCHEDULE_UNKNOWN']);
  });

  it('list says that there are none', async () => {
    const environment = { ...ground.environment, ORCHESTRATOR_TENANT: `t-${randomUUID()}` };
    const { code, stdout, stderr } = await runCli(['schedules', 'list'], environment);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: 'No schedules found\n' });
  });

  it('backfill starts the runs of times that have passed', async () => {
    await applySchedule(ground.connection, scheduled('late'));
    const idOf = (year: number): string => `${ground.config.tenant}/late-${year}-01-01T11:00:00Z`;
    const first = await run('backfill', 'late', '--from', '2020-01-01T12:00+01:00', '--to', '2020-12-31');
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, `Temporal starts, as the policy of overlaps has it:\n  ${idOf(2020)}\n`);
    await untilListed('late', ({ last }) => last !== null);
    assert.deepEqual((await untilEnd(ground.connection, idOf(2020))).outputs, { text: { inline: 'Hello all' } });
    const both = ['--from', '2020-01-01', '--to', '2021-01-31'];
    const second = await run('backfill', 'late', ...both, '--overlap', 'allow_all', '--json');
    assert.deepEqual(eventsOf(second), [
      {
        event: 'backfilled',
        pipeline: 'late',
        runs: [{ run_id: idOf(2021), scheduled_at: '2021-01-01T11:00:00Z' }],
        known: [{ run_id: idOf(2020), scheduled_at: '2020-01-01T11:00:00Z' }],
      },
    ]);
    await untilListed('late', ({ last }) => (last as { run_id?: string } | null)?.run_id === idOf(2021));
    const none = await run('backfill', 'late', '--from', '2020-01-01', '--to', '2020-01-02');
    assert.equal(none.stdout, 'There is nothing to start in between\nStarted before, left as they are: 1\n');
    const { stdout } = await run('show', 'late');
    assert.ok(stdout.includes(`\nRuns\n  ${idOf(2021)}`), stdout);
  });

  for (const [name, args, sentence] of [
    ['a time without a zone', ['--from', '2020-01-01T12:00'], /Allowed are times such as/u],
    ['a day that there is not', ['--from', '2020-13-01'], /Allowed are times such as/u],
    ['no time at all', [], /required option '--from <time>'/u],
    ['an unknown policy', ['--from', '2020-01-01', '--overlap', 'queue'], /Allowed choices are skip, buffer_one/u],
  ] as const) {
    it(`backfill refuses ${name}`, async () => {
      const { code, stderr } = await run('backfill', 'late', ...args);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    });
  }

  /** What the list says about a schedule once it looks so: it follows what happens at a small distance. */
  async function untilListed(
    name: string,
    looksRight: (listed: Record<string, unknown>) => boolean,
  ): Promise<readonly Record<string, unknown>[]> {
    const deadline = Date.now() + 30_000;
    let found: readonly Record<string, unknown>[] = [];
    while (!found.some(looksRight) && Date.now() < deadline)
      found = eventsOf(await run('list', '--json')).filter(({ pipeline }) => pipeline === name);
    return found;
  }
});
