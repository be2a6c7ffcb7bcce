import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRun } from '../../../src/client.ts';
import type { RunExport } from '../../../src/history-file.ts';
import { openGround, planOf, untilEnd, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';
import { endStrays, eventsOf, runCli, type Ended } from './cli-process.ts';

const QUICK = 'name: quick\nsteps:\n  a: { tool: text.template, with: { template: x, data: {} } }\n';

describe('orchestrator replay and runs export', () => {
  let ground: TestGround;
  let runId: string;
  let run: (...args: readonly string[]) => Promise<Ended>;

  before(async () => {
    ground = await openGround({ ORCHESTRATOR_TENANT: `t-${randomUUID()}` });
    const { connection, config } = ground;
    const worker = await startTestWorker(ground);
    ({ runId } = await startRun(connection, { plan: planOf(QUICK, config) }));
    await untilEnd(connection, runId);
    await worker.stop();
    run = (...args) => runCli(args, ground.environment);
  });

  after(async () => {
    endStrays();
    await ground.close();
  });

  const file = (name: string): string => join(ground.folder, name);

  it('replay takes the runs of the server', async () => {
    const ended = await run('replay', '--run', runId, '--json');
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    const [{ events, ...result } = {}, end] = eventsOf(ended);
    assert.ok(Number(events) > 5);
    assert.deepEqual(
      [result, end],
      [
        { event: 'replayed', run_id: runId, ok: true },
        { event: 'end', replayed: 1, failed: 0 },
      ],
    );
  });

  it('replay says that there is none', async () => {
    const ended = await run('replay', '--status', 'cancelled', '--limit', '5', '--json');
    assert.deepEqual([ended.code, ended.stderr], [0, 'No histories found\n']);
    assert.deepEqual(eventsOf(ended), [{ event: 'end', replayed: 0, failed: 0 }]);
  });

  it('runs export writes a file, which replay takes', async () => {
    const path = file('run.json');
    const exported = await run('runs', 'export', runId, '--to', path);
    assert.deepEqual(exported, { code: 0, stdout: `Wrote ${path}, histories in it: 1\n`, stderr: '' });
    const content = JSON.parse(await readFile(path, 'utf8')) as RunExport;
    const otherwise = JSON.stringify(content).replaceAll('"name":"callTool"', '"name":"invokeModel"');
    await writeFile(file('other.json'), otherwise.replaceAll(runId, 'other'));
    const foreign = JSON.stringify(content).replaceAll('"runPipeline"', '"notOurs"');
    await writeFile(file('foreign.json'), foreign.replaceAll(runId, 'foreign'));
    const replayed = await run('replay', '--json', '--history', path, file('other.json'));
    assert.deepEqual([replayed.code, replayed.stderr], [1, '']);
    const [good, bad, end] = eventsOf(replayed);
    assert.deepEqual([good?.['run_id'], good?.['ok'], good?.['error']], [runId, true, undefined]);
    assert.deepEqual([bad?.['run_id'], bad?.['ok']], ['other', false]);
    const { code, message } = (bad as { error: { code: string; message: string } }).error;
    assert.equal(code, 'REPLAY_FAILED');
    assert.match(message, /^Cannot replay run "other": .*: Activity type of scheduled event/u);
    assert.deepEqual(end, { event: 'end', replayed: 1, failed: 1 });
  });

  it('replay says on lines for people what fits and what does not', async () => {
    const { code, stdout, stderr } = await run(
      'replay',
      '--history',
      ...['run.json', 'other.json', 'foreign.json'].map(file),
    );
    assert.deepEqual([code, stderr], [1, '']);
    const lines = [
      `ok ${runId}: \\d+ events`,
      'failed Cannot replay run "other": .*',
      'failed Cannot replay run "foreign": .* no such function is exported by the workflow bundle',
      '1 replayed, 2 failed',
    ];
    assert.match(stdout, new RegExp(`^${lines.join('\n')}\n$`, 'u'));
  });

  it('runs export gives the file as a line when asked for no file', async () => {
    const ended = await run('runs', 'export', runId, '--json');
    const [exported] = eventsOf(ended);
    assert.deepEqual([ended.code, exported?.['exportVersion'], exported?.['runId']], [0, 1, runId]);
    assert.equal((await run('runs', 'export', runId)).stdout.slice(0, 19), '{"exportVersion":1,');
  });

  it('runs export says what is not in the file', async () => {
    const { connection, config, environment } = ground;
    const queue = `nobody-${randomUUID()}`;
    const plan = planOf(QUICK, config);
    const { runId: open } = await startRun({ ...connection, taskQueue: queue }, { plan });
    const noView = await run('runs', 'export', open);
    await connection.client.workflow.getHandle(open).terminate();
    assert.equal(noView.stderr, 'No worker could say how the run is: the file holds its history only.\n');
    // Every server has this namespace, and our runs are not in it; the record is where it was.
    const elsewhere = { ...environment, TEMPORAL_NAMESPACE: 'temporal-system' };
    const noHistory = await runCli(['runs', 'export', runId], elsewhere);
    assert.equal(noHistory.stderr, 'Temporal has forgotten the history of the run: the file holds its view only.\n');
  });

  for (const { name, args, sentence } of [
    {
      name: 'replay refuses files together with runs',
      args: () => ['replay', '--history', 'a.json', '--run', 'x'],
      sentence: /^error USAGE .*'--history <file\.\.\.>' cannot be used with option '--run <id>'/u,
    },
    {
      name: 'replay refuses an odd limit',
      args: () => ['replay', '--limit', '0'],
      sentence: /Allowed are whole numbers from 1 to 1000/u,
    },
    {
      name: 'replay refuses a file that there is not',
      args: () => ['replay', '--history', file('absent.json')],
      sentence: /^error FILE_UNREADABLE Cannot read ".*absent\.json": there is no such file/u,
    },
    {
      name: 'replay refuses a run that there is not',
      args: () => ['replay', '--run', 'no such'],
      sentence: /^error RUN_UNKNOWN /u,
    },
    {
      name: 'runs export refuses a place that cannot be written',
      args: () => ['runs', 'export', runId, '--to', file('absent/run.json')],
      sentence: /^error FILE_UNWRITABLE Cannot write ".*absent\/run\.json": the system says ENOENT/u,
    },
  ]) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(...args());
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, sentence);
    });
  }
});
