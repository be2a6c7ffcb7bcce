import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInputs } from '../../../src/cli/input-options.ts';
import { sourcesOf } from '../../../src/cli/pipeline-file.ts';
import { readFile } from '../../../src/read-file.ts';
import { findingsOf } from '../../../src/cli/validate.ts';
import { loadConfig } from '../../../src/config.ts';
import type { Finding, PipelineError } from '../../../src/errors.ts';
import { planOf } from '../../runs.ts';
import { eventsOf, runCli, startCli, startOnTerminal } from './cli-process.ts';

const GOOD = `name: good
inputs:
  who: { type: string }
steps:
  hello: { set: "Hello \${{ inputs.who }}" }
outputs:
  text: \${{ steps.hello.output }}
`;
const BAD = `name: bad
steps:
  hello: { sett: 1 }
  bye: { set: 1, neds: hello }
`;

const DOUBTFUL = `name: doubtful
steps:
  ask: { model: [ollama/smollm2:135m, anthropic/claude-sonnet-4-5], prompt: Hello. }
`;

/** Nine times nine times nine... */
const LAUGHS = `a: &a [x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}]\n`)
  .join('')}`;

/** A stack of Node names the place of every call. */
const STACK = /^\s+at .*[:(]/m;

let folder: string;
let good: string;
let bad: string;
let long: string;
let doubtful: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-cli-'));
  [good, bad, long, doubtful] = ['good', 'bad', 'long', 'doubtful'].map((name) => join(folder, `${name}.yaml`)) as [
    string,
    string,
    string,
    string,
  ];
  await Promise.all([
    writeFile(good, GOOD),
    writeFile(bad, BAD),
    writeFile(doubtful, DOUBTFUL),
    writeFile(long, '#'.repeat(10_485_760)),
  ]);
});

after(() => rm(folder, { recursive: true, force: true }));

describe('orchestrator validate', () => {
  it('says that a good file is good', async () => {
    assert.deepEqual(await runCli(['validate', good]), { code: 0, stdout: `ok ${good}: 1 step\n`, stderr: '' });
  });

  it('names every finding with its place, and goes on to the next file', async () => {
    const { code, stdout, stderr } = await runCli(['validate', bad, good, join(folder, 'absent.yaml')]);
    assert.deepEqual({ code, stderr }, { code: 2, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0] ?? '', new RegExp(`^${bad}:3:\\d+: error KEY_UNKNOWN Cannot `));
    assert.deepEqual(lines.slice(-4), [
      `refused ${bad}: 2 errors`,
      `ok ${good}: 1 step`,
      `error FILE_UNREADABLE Cannot read "${folder}/absent.yaml": there is no such file`,
      `refused ${folder}/absent.yaml: 1 error`,
    ]);
  });

  it('writes a JSON line for every finding and every file', async () => {
    const ended = await runCli(['validate', '--json', bad, good]);
    assert.deepEqual([ended.code, ended.stderr], [2, '']);
    const events = eventsOf(ended);
    assert.deepEqual(
      events.map(({ event }) => event),
      ['finding', 'finding', 'validated', 'validated'],
    );
    const [finding, , refused, ok] = events;
    assert.deepEqual(
      [finding?.['file'], finding?.['line'], finding?.['severity'], finding?.['code']],
      [bad, 3, 'error', 'KEY_UNKNOWN'],
    );
    assert.deepEqual(refused, { event: 'validated', file: bad, ok: false, errors: 2, warnings: 0 });
    assert.deepEqual([ok?.['ok'], ok?.['pipeline'], ok?.['steps']], [true, 'good', 1]);
  });

  it('counts what is doubtful', async () => {
    const { code, stdout } = await runCli(['validate', doubtful], { ANTHROPIC_API_KEY: undefined });
    assert.equal(code, 0);
    assert.match(stdout, /^.*doubtful\.yaml:3:\d+: warning [A-Z_]+ .*\nok .*doubtful\.yaml: 1 step, 1 warning\n$/);
  });

  it('shows the line and the place on a terminal', async () => {
    const { code, stdout } = await startOnTerminal(['validate', bad], { NO_COLOR: '1' }).ended;
    assert.equal(code, 2);
    assert.match(stdout.replaceAll('\r', ''), / {4}3 \|\s+hello: \{ sett: 1 \}\n {6}\| +\^\n/);
  });

  for (const { name, environment, isColoured } of [
    { name: 'colours its answer on a terminal', environment: {}, isColoured: true },
    { name: 'leaves colours out when asked', environment: { NO_COLOR: '1' }, isColoured: false },
  ]) {
    it(name, async () => {
      const { stdout } = await startOnTerminal(['validate', good], environment).ended;
      assert.equal(stdout.includes('\u001b['), isColoured);
    });
  }
});

describe('orchestrator plan', () => {
  it('shows the steps as text', async () => {
    const { code, stdout, stderr } = await runCli(['plan', good]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /hello/);
  });

  it('shows the graph for Mermaid', async () => {
    const { code, stdout } = await runCli(['plan', '--mermaid', good]);
    assert.equal(code, 0);
    assert.match(stdout, /^flowchart /m);
  });

  it('gives the plan itself as JSON', async () => {
    const [plan] = eventsOf(await runCli(['plan', good, '--json']));
    assert.equal(plan?.['planVersion'], 1);
  });

  it('refuses a bad file with its findings', async () => {
    const { code, stdout, stderr } = await runCli(['plan', bad]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      new RegExp(`^${bad}:3:\\d+: error KEY_UNKNOWN Cannot .*\\n${bad}:4:\\d+: error KEY_UNKNOWN Cannot .*\\n$`),
    );
  });
});

describe('orchestrator run, before anything is started', () => {
  // Nothing is at this address: whatever got that far would fail in another way.
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

  for (const { name, args, says } of [
    { name: 'a bad file', args: () => [bad], says: /^.*bad\.yaml:3:\d+: error KEY_UNKNOWN / },
    {
      name: 'a file that is not there',
      args: () => ['no.yaml'],
      says: /^error FILE_UNREADABLE Cannot read "no.yaml": /,
    },
    { name: 'an input that is missing', args: () => [good], says: /^error INPUT_MISSING .*"who"/ },
    {
      name: 'an unknown option',
      args: () => [good, '--inputs', 'x'],
      says: /^error USAGE .*unknown option '--inputs' /,
    },
  ]) {
    it(`refuses ${name}`, async () => {
      const { code, stdout, stderr } = await runCli(['run', ...args()], environment);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, STACK);
    });
  }

  it('says so in JSON when asked', async () => {
    const ended = await runCli(['run', bad, '--json'], environment);
    const [event] = eventsOf(ended);
    const { code, findings } = event as { code: string; findings: readonly { line: number }[] };
    assert.deepEqual([ended.code, code, findings.map(({ line }) => line)], [2, 'PIPELINE_INVALID', [3, 4]]);
  });
});

describe('readFile', () => {
  for (const { name, file, says } of [
    { name: 'a file that is not there', file: () => join(folder, 'no.yaml'), says: 'there is no such file' },
    { name: 'a folder', file: () => folder, says: 'it is a folder' },
    { name: 'a path through a file', file: () => `${good}/x`, says: 'a part of its path is not a folder' },
    { name: 'a name that no file can have', file: () => 'x'.repeat(300), says: 'its name is too long' },
    { name: 'a file of 10 MB', file: () => long, says: 'it is longer than the 1048576 bytes that are allowed' },
    {
      name: 'a file without end',
      file: () => '/dev/zero',
      says: 'it is longer than the 1048576 bytes that are allowed',
    },
  ]) {
    it(`refuses ${name}`, () => {
      const message = `Cannot read "${file()}": ${says}`;
      assert.throws(() => readFile(file()), { code: 'FILE_UNREADABLE', message });
    });
  }

  it('says what the system says of anything else', async () => {
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    assert.throws(() => readFile(socket), { message: /: the system says E[A-Z]+$/ });
    server.close();
  });
});

function findingIn(file: string): Finding {
  return { severity: 'error', code: 'KEY_UNKNOWN', message: 'x', position: { file, line: 1, column: 1 } };
}

describe('findingsOf', () => {
  it('leaves a fault of the program to the program', async () => {
    await assert.rejects(findingsOf(Promise.reject(new TypeError('x'))), TypeError);
  });
});

describe('sourcesOf', () => {
  const nowhere: Finding = { severity: 'error', code: 'INPUT_MISSING', message: 'x' };
  it('reads each file once, and passes over one that has gone', () => {
    assert.deepEqual(
      [...sourcesOf([findingIn(good), findingIn(good), findingIn('gone.yaml'), nowhere])],
      [[good, GOOD]],
    );
  });
});

async function writeInputs(text: string): Promise<string> {
  const file = join(folder, 'inputs.yaml');
  await writeFile(file, text);
  return file;
}

const at = (...names: readonly string[]) => join(folder, 'docs', ...names);

describe('readInputs', () => {
  const config = loadConfig({});
  const plan = planOf(
    'name: p\ninputs:\n  who: { type: string }\n  times: { type: integer, default: 1 }\nsteps:\n  a: { set: 1 }\n',
    config,
  );
  for (const { name, text, input, expected } of [
    { name: 'from options', text: undefined, input: ['who=a=b', 'times=2'], expected: { who: 'a=b', times: 2 } },
    { name: 'from YAML', text: 'who: me\n', input: undefined, expected: { who: 'me' } },
    { name: 'from JSON', text: '{ "who": "me", "times": 3 }', input: undefined, expected: { who: 'me', times: 3 } },
    {
      name: 'from options over a file',
      text: 'who: me\ntimes: 3\n',
      input: ['who=you'],
      expected: { who: 'you', times: 3 },
    },
  ]) {
    it(`takes them ${name}`, async () => {
      const options = { ...(input && { input }), ...(text !== undefined && { inputFile: await writeInputs(text) }) };
      assert.deepEqual(readInputs(plan, options), expected);
    });
  }

  for (const { name, text, input, code, says } of [
    { name: 'one that is missing', text: undefined, input: [], code: 'INPUT_MISSING', says: /"who"/ },
    { name: 'one that nobody declared', text: undefined, input: ['whom=y'], code: 'INPUT_UNKNOWN', says: /"whom"/ },
    { name: 'one that is no number', text: undefined, input: ['times=x'], code: 'INPUT_INVALID', says: /"times"/ },
    {
      name: 'one without a value',
      text: undefined,
      input: ['who'],
      code: 'USAGE',
      says: /^Cannot read the input "who": write --input name=value$/,
    },
    { name: 'one without a name', text: undefined, input: ['=x'], code: 'USAGE', says: /^Cannot read the input "=x"/ },
    {
      name: 'a file with a list',
      text: '[who]',
      input: [],
      code: 'INPUT_INVALID',
      says: /it holds no map of names to values$/,
    },
    { name: 'an empty file', text: '', input: [], code: 'INPUT_INVALID', says: /it holds no map of names to values$/ },
    { name: 'aliases that unfold without end', text: LAUGHS, input: [], code: 'INPUT_INVALID', says: /alias/i },
  ]) {
    it(`refuses ${name}`, async () => {
      const options = { input, ...(text !== undefined && { inputFile: await writeInputs(text) }) };
      assert.throws(
        () => readInputs(plan, options),
        (error: PipelineError) => error.code === code && says.test(error.message),
      );
    });
  }

  describe('of files', () => {
    const files = planOf(
      'name: p\ninputs:\n  docs: { type: files }\n  doc: { type: file, optional: true }\nsteps:\n  a: { set: 1 }\n',
      config,
    );
    before(async () => {
      await mkdir(at('inner', 'deep'), { recursive: true });
      await mkdir(at('many'));
      for (const name of ['b.txt', 'a.txt', 'ü.txt', '.hidden', 'inner/c.txt']) await writeFile(at(name), name);
      await symlink(at('a.txt'), at('link.txt'));
      await Promise.all(Array.from({ length: 1001 }, (_, index) => writeFile(at('many', `${index}.txt`), '')));
    });

    it('takes those of a folder, sorted, and single ones', () => {
      assert.deepEqual(readInputs(files, { input: [`docs=@${at()}/`, `docs=@${at('inner/c.txt')}`] }), {
        docs: ['a.txt', 'b.txt', 'ü.txt', 'inner/c.txt'].map((name) => ({ file: at(name) })),
      });
    });
    for (const { name, input, says } of [
      { name: 'a folder without files', input: 'docs=@inner/deep', says: 'as an input: it has no files' },
      {
        name: 'a folder with too many',
        input: 'docs=@many',
        says: 'as an input: it has more files than the 1000 that are allowed',
      },
      { name: 'what is not there', input: 'docs=@none', says: ': there is no such file' },
      { name: 'a folder in place of one file', input: 'doc=@inner', says: 'is no regular file' },
    ]) {
      it(`refuses ${name}`, () => {
        assert.throws(
          () => readInputs(files, { input: [input.replace('@', `@${at()}/`)] }),
          ({ code, message }: PipelineError) => code === 'INPUT_INVALID' && message.includes(says),
        );
      });
    }
  });

  it('says where a file is no YAML', async () => {
    const inputFile = await writeInputs('who: [me\n');
    assert.throws(
      () => readInputs(plan, { inputFile }),
      ({ findings: [first] }: PipelineError) => first?.code === 'YAML_SYNTAX' && first.position?.line === 2,
    );
  });
});

describe('orchestrator', () => {
  for (const { name, args, code, stdout, stderr } of [
    { name: 'tells its version', args: ['--version'], code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: /^$/ },
    { name: 'explains itself', args: ['--help'], code: 0, stdout: /Commands:[^]* run [^]* validate /, stderr: /^$/ },
    {
      name: 'explains a command and the options that all have',
      args: ['runs', 'list', '--help'],
      code: 0,
      stdout: /--limit[^]*--json/,
      stderr: /^$/,
    },
    {
      name: 'asks for a command',
      args: [],
      code: 2,
      stdout: /^$/,
      stderr: /Commands:[^]*error USAGE Cannot run without a command/,
    },
    {
      name: 'suggests the command that was meant',
      args: ['rnu'],
      code: 2,
      stdout: /^$/,
      stderr: /^error USAGE Cannot read the command line: unknown command 'rnu' \(Did you mean run\?\)\n$/,
    },
    {
      name: 'names the values that are allowed',
      args: ['runs', 'list', '--status', 'odd'],
      code: 2,
      stdout: /^$/,
      stderr: /Allowed choices are running, waiting, paused, done/,
    },
    {
      name: 'refuses a limit that is none',
      args: ['runs', 'list', '--limit', '0'],
      code: 2,
      stdout: /^$/,
      stderr: /Allowed are whole numbers from 1 to 1000/,
    },
    {
      name: 'refuses a duration that is none',
      args: ['worker', '--idle-exit', 'soon'],
      code: 2,
      stdout: /^$/,
      stderr: /Allowed are durations such as 30s/,
    },
  ]) {
    it(name, async () => {
      const ended = await runCli(args);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stdout, stdout);
      assert.match(ended.stderr, stderr);
    });
  }

  it('says what to do about an error that nobody expected', async () => {
    // The state folder cannot be made, since its parent is a file.
    const environment = { TEMPORAL_ADDRESS: undefined, XDG_STATE_HOME: good };
    const { code, stderr } = await runCli(['runs', 'list'], environment);
    assert.equal(code, 1);
    assert.match(stderr, /^error INTERNAL Cannot go on: .*; use --debug for the stack\n$/);
    const debugged = await runCli(['runs', 'list', '--debug'], environment);
    assert.match(debugged.stderr, STACK);
  });

  it('ends quietly when its reader has gone', async () => {
    const cli = startCli(['--help']);
    cli.hangUp();
    assert.deepEqual(await cli.ended, { code: 1, stdout: '', stderr: '' });
  });

  it('says that nothing answers at the address of Temporal', async () => {
    const { code, stdout, stderr } = await runCli(['runs', 'list'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^error TEMPORAL_UNAVAILABLE Cannot reach /);
  });
});
