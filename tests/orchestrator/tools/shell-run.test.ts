import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ifItWorks,
  isolationPrefix,
  namespacePrefix,
  processCap,
  programFolders,
} from '../../../activities/processes/isolation.ts';
import { processTree } from '../../../activities/processes/process-tree.ts';
import { type Command, type ProcessLimits, runProcess } from '../../../activities/processes/run-process.ts';
import { runTool } from '../../../activities/tools/run-tool.ts';
import { shellRun } from '../../../activities/tools/shell-run.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { untilTrue } from '../../runs.ts';
import { removeFolder, temporaryFolder, toolContext } from './surroundings.ts';

describe('shell.run', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  const run = (input: Json, facts: Partial<ToolContext> = {}): Promise<Json> => {
    const settings = { allowedTools: ['shell.run'] as const };
    return runTool(shellRun, input, toolContext(folder, { settings, openWorkspace: async () => folder, ...facts }));
  };
  const stdoutOf = async (input: Json): Promise<string> => ((await run(input)) as { stdout: string }).stdout;

  it('is off until a worker allows it', async () => {
    await assert.rejects(run({ command: ['id'] }, { settings: {} }), {
      code: 'TOOL_NOT_ALLOWED',
      message:
        'Cannot call tool "shell.run": this worker does not allow it, set ORCHESTRATOR_ALLOW_TOOLS=shell.run where it runs',
    });
  });

  it('gives arguments to a program as they are', async () => {
    const words = ['$HOME', '`id`', '; id', '--', '-c', '*', "a'b", ''];
    const printed = await stdoutOf({ command: ['printf', '[%s]', ...words] });
    assert.equal(printed, words.map((word) => `[${word}]`).join(''));
  });

  it('gives it the input, and tells what it prints', async () => {
    const command = ['sh', '-c', 'cat; echo no >&2'];
    assert.deepEqual(await run({ command, stdin: 'Grüße' }), { exit_code: 0, stdout: 'Grüße', stderr: 'no\n' });
  });

  it('minds no program that does not read its input', async () => {
    assert.equal(await stdoutOf({ command: ['true'], stdin: 'x'.repeat(1_000_000) }), '');
  });

  it('starts in a folder of the workspace, and finds programs there', async () => {
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin', 'hello'), '#!/bin/sh\npwd\n');
    await chmod(join(folder, 'bin', 'hello'), 0o755);
    assert.equal(await stdoutOf({ command: ['./bin/hello'], cwd: 'bin' }), `${join(folder, 'bin')}\n`);
  });

  it('runs no file that is no program', async () => {
    await writeFile(join(folder, 'text'), 'x', { mode: 0o644 });
    for (const name of ['./text', './none', '.', './']) {
      await assert.rejects(run({ command: [name] }), /^PipelineError: Cannot (?:run|find|use)/u);
    }
  });

  it('gives it nothing of the environment of the worker', async () => {
    process.env['ORCHESTRATOR_SECRET_SHELL'] = 'hunter2';
    const names = (await stdoutOf({ command: ['env'] })).split('\n').map((line) => line.split('=')[0] ?? '');
    delete process.env['ORCHESTRATOR_SECRET_SHELL'];
    assert.deepEqual(names.filter(Boolean).toSorted(), ['HOME', 'LANG', 'PATH', 'PWD']);
  });

  it('gives it none of the files that the worker has open', async () => {
    const file = await open(join(folder, 'open'), 'w');
    const listed = await stdoutOf({ command: ['ls', '-l', '/proc/self/fd'] }).finally(() => file.close());
    assert.ok(!listed.includes(join(folder, 'open')), listed);
  });

  it('shows it no process but its own', async function isIsolated() {
    if ((await isolationPrefix(true)).length === 0) {
      console.log('Skipped: this system lets no process have a namespace');
      return this.skip();
    }
    process.env['ORCHESTRATOR_SECRET_SHELL'] = 'hunter2';
    const printed = await stdoutOf({ command: ['sh', '-c', 'cat /proc/[0-9]*/environ'] });
    delete process.env['ORCHESTRATOR_SECRET_SHELL'];
    assert.match(printed, /HOME=/u);
    assert.doesNotMatch(printed, /hunter2/u);
  });

  it('fails when the program fails, and tells what it printed last', async () => {
    await assert.rejects(run({ command: ['sh', '-c', 'echo out; echo "no such table" >&2; exit 3'] }), {
      code: 'TOOL_FAILED',
      message: 'Cannot run "sh": it ended with exit code 3, having printed "no such table"',
    });
    await assert.rejects(run({ command: ['false'] }), {
      message: 'Cannot run "false": it ended with exit code 1',
    });
  });

  it('says that the arguments are too long for the system', async () => {
    await assert.rejects(run({ command: ['true', 'x'.repeat(200_000)] }), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot run "true": its arguments are too long',
    });
  });

  it('takes exit codes that are allowed', async () => {
    const command = ['sh', '-c', 'exit 3'];
    assert.deepEqual(await run({ command, allow_exit: [3] }), { exit_code: 3, stdout: '', stderr: '' });
  });

  it('ends with all that it has started when it is cancelled', async () => {
    const stop = new AbortController();
    const beats: unknown[] = [];
    const command = ['sh', '-c', 'sleep 1234.5 & setsid sleep 1234.5 & echo started; wait'];
    const running = run({ command }, { signal: stop.signal, heartbeat: (at) => beats.push(at) });
    await untilTrue('it has printed', () => JSON.stringify(beats.at(-1) ?? '').includes('"stdoutBytes":8'));
    assert.equal(sleeping('1234.5').length, 2);
    stop.abort(new Error('cancelled'));
    await assert.rejects(running, { message: 'cancelled' });
    await untilTrue('all have ended', () => sleeping('1234.5').length === 0);
  });

  it('leaves nothing running when it is done', async () => {
    assert.equal(await stdoutOf({ command: ['sh', '-c', 'sleep 2345.6 & echo done'] }), 'done\n');
    await untilTrue('all have ended', () => sleeping('2345.6').length === 0);
  });
});

const LIMITS: ProcessLimits = {
  timeMs: 60_000,
  cpuSeconds: 60,
  memoryMib: 256,
  processes: 64,
  fileMib: 1,
  outputMib: 1,
};

const COMMAND: Command = {
  program: '/bin/sh',
  args: [],
  cwd: tmpdir(),
  environment: {},
  stdin: '',
  hasNetwork: true,
};

const refuse = (reason: string): PipelineError => new PipelineError('TOOL_FAILED', reason);

function runScript(
  script: string,
  limits: Partial<ProcessLimits> = {},
  { cwd = tmpdir(), signal = new AbortController().signal } = {},
) {
  const running = { limits: { ...LIMITS, ...limits }, signal, heartbeat: () => undefined, refuse };
  return runProcess({ ...COMMAND, args: ['-c', script], cwd }, running);
}

describe('runProcess', () => {
  for (const { name, script, limits = {}, message } of [
    { name: 'time', script: 'sleep 30', limits: { timeMs: 300 }, message: 'it takes longer than 300ms' },
    {
      name: 'time, when it minds no request to end',
      script: 'trap "" TERM; sleep 30; sleep 30',
      limits: { timeMs: 300 },
      message: 'it takes longer than 300ms',
    },
    {
      name: 'processor time',
      script: 'while :; do :; done',
      limits: { cpuSeconds: 1 },
      message: 'it needs more than 1s of processor time',
    },
    {
      name: 'space in a file',
      script: 'f=$(mktemp); trap "rm -f $f" EXIT; exec head -c 3000000 /dev/zero > "$f"',
      message: 'it writes a file of more than 1 MiB',
    },
    {
      name: 'memory of all processes together',
      script: 'for i in 1 2 3 4; do head -c 30000000 /dev/zero | tail -n 1 | sleep 30 & done; wait',
      limits: { memoryMib: 96 },
      message: 'it needs more than 96 MiB of memory',
    },
    {
      name: 'processes',
      script: 'for i in 1 2 3 4 5 6 7 8; do sleep 30 & done; wait',
      limits: { processes: 8 },
      message: 'it starts more than 8 processes',
    },
    {
      name: 'text to stdout',
      script: 'head -c 3000000 /dev/zero; sleep 30',
      message: 'it prints more than 1 MiB to stdout',
    },
    {
      name: 'text to stderr',
      script: 'head -c 3000000 /dev/zero >&2; sleep 30',
      message: 'it prints more than 1 MiB to stderr',
    },
  ]) {
    it(`ends what needs too much: ${name}`, async () => {
      await assert.rejects(runScript(script, limits), { code: 'TOOL_FAILED', message });
    });
  }

  it('says that a program does not start', async () => {
    await assert.rejects(runScript('true', {}, { cwd: '/no/such/folder' }), {
      message: 'the system does not start it (ENOENT)',
    });
  });

  it('tells the signal that has ended a program as a shell does', async () => {
    assert.equal((await runScript('kill -9 $$')).exitCode, 137);
  });

  it('does not begin when it is cancelled already', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await assert.rejects(runScript('true', {}, { signal }), { message: 'cancelled' });
  });
});

describe('programFolders', () => {
  it('leaves out what hangs on where a program is started', () => {
    assert.deepEqual(programFolders('/usr/bin:.::bin:/bin'), ['/usr/bin', '/bin']);
  });

  it('has the usual ones when the worker has none', () => {
    const { PATH = '' } = process.env;
    delete process.env['PATH'];
    const folders = programFolders();
    process.env['PATH'] = PATH;
    assert.deepEqual(folders, ['/usr/local/bin', '/usr/bin', '/bin']);
  });
});

describe('namespacePrefix', () => {
  it('gives namespaces to root, and takes its rights', () => {
    assert.equal(
      namespacePrefix({ hasNetwork: true, isRoot: true }).join(' '),
      'setpriv --pdeathsig KILL -- unshare --pid --fork --kill-child --mount-proc -- setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --',
    );
  });

  it('gives others one of users first, and takes the network', () => {
    assert.equal(
      namespacePrefix({ hasNetwork: false, isRoot: false }).join(' '),
      'setpriv --pdeathsig KILL -- unshare --user --map-current-user --pid --fork --kill-child --mount-proc --net -- setpriv --no-new-privs --',
    );
  });
});

describe('processCap', () => {
  it('is set to nobody whom the system sets none', () => {
    assert.deepEqual(processCap(4, { isIsolated: true, isRoot: true }), []);
    assert.deepEqual(processCap(4, { isIsolated: false, isRoot: false }), []);
  });

  it('lets an ordinary user start so many, and no more', async function () {
    const prefix = namespacePrefix({ hasNetwork: true, isRoot: false });
    const ordinary = process.getuid?.() === 0 ? { uid: 12_345, gid: 12_345 } : {};
    const cap = processCap(2, { isIsolated: true, isRoot: false });
    const starts = 'for n in $(seq 60); do sleep 30 & done; echo all of them';
    const [program, ...args] = [...prefix, ...cap, 'sh', '-c', starts];
    const started = spawnSync(program, args, { ...ordinary, encoding: 'utf8' });
    if (/unshare/u.test(started.stderr)) {
      console.log('Skipped: this system grants no namespaces');
      this.skip();
    }
    assert.equal(started.stdout, '');
    assert.match(started.stderr, /fork/iu);
  });
});

describe('ifItWorks', () => {
  for (const { prefix, works } of [
    { prefix: ['env'], works: true },
    { prefix: ['false'], works: false },
    { prefix: ['no-such-program'], works: false },
  ]) {
    it(`${works ? 'takes' : 'leaves out'} ${prefix.join(' ')}`, async () => {
      assert.deepEqual(await ifItWorks(prefix), works ? prefix : []);
    });
  }
});

describe('processTree', () => {
  it('is empty where a system does not tell', () => assert.deepEqual(processTree(1, { proc: '/no/such/folder' }), []));

  it('finds a child whose number is lower than that of its parent', async () => {
    const proc = await temporaryFolder();
    for (const [pid, stat] of [
      ['20', '20 (a) S 1 20 20 0'],
      ['30', '30 (c) S 40 30 30 0'],
      ['40', '40 (b) S 20 40 40 0'],
    ] as const) {
      await mkdir(join(proc, pid));
      await writeFile(join(proc, pid, 'stat'), stat);
    }
    const pids = processTree(20, { proc }).map(({ pid }) => pid);
    assert.deepEqual(pids, [20, 40, 30]);
    await removeFolder(proc);
  });

  it('passes over what ends while it looks', async () => {
    const proc = await temporaryFolder();
    for (const pid of ['1', '3', '7', '8']) await mkdir(join(proc, pid));
    await writeFile(join(proc, '1', 'stat'), '1 (a) b) S 0 1 1 0');
    await writeFile(join(proc, '3', 'stat'), '3 (d) S 2 3 3 0');
    await writeFile(join(proc, '8', 'stat'), '8 (c) S 1 8 8 0');
    await writeFile(join(proc, '8', 'status'), 'VmRSS:\t 3 kB\n');
    assert.deepEqual(processTree(1, { proc }), [
      { pid: 1, residentBytes: 0 },
      { pid: 8, residentBytes: 3072 },
    ]);
    assert.equal(processTree(1, { proc, enough: 1 }).length, 1);
    await removeFolder(proc);
  });
});

/** The processes of this one that sleep so long. */
function sleeping(seconds: string): readonly string[] {
  const lines = processTree(process.pid).map(({ pid }) => readOrNothing(`/proc/${pid}/cmdline`));
  return lines.filter((line) => line.startsWith('sleep') && line.includes(seconds));
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
