import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');

type Environment = Readonly<Record<string, string | undefined>>;

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own, as people and scripts start it. */
export interface CliProcess {
  /** Waits until both outputs together look so; throws when the process ends before. */
  until(pattern: RegExp): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** What a person types. */
  type(keys: string): void;
  /** Reads no more of its answer. */
  hangUp(): void;
  readonly ended: Promise<Ended>;
}

/** Starts it without a terminal: its outputs are pipes. */
export function startCli(args: readonly string[], environment: Environment = {}, cwd = process.cwd()): CliProcess {
  const env = { ...process.env, ...environment };
  return watchProcess(spawn(process.execPath, [...nodeArgs(), ...args], { env, cwd }));
}

export async function runCli(args: readonly string[], environment?: Environment, cwd?: string): Promise<Ended> {
  return startCli(args, environment, cwd).ended;
}

/** What the surroundings of a test may say about colours is not for the terminal that it makes. */
const NO_WORD_ON_COLOURS: Environment = {
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  NODE_DISABLE_COLORS: undefined,
  // Node takes a terminal for one without colours where these are set.
  CI: undefined,
  TF_BUILD: undefined,
  TEAMCITY_VERSION: undefined,
};

/** Starts it on a terminal of its own, which `script` of the system makes; stdout then holds what the screen gets. */
export function startOnTerminal(args: readonly string[], environment: Environment = {}): CliProcess {
  const size = `stty rows ${environment['LINES'] ?? 24} columns ${environment['COLUMNS'] ?? 100}`;
  const command = [process.execPath, ...nodeArgs(), ...args].map((word) => `'${word}'`).join(' ');
  const line = `${size}; exec ${command}`;
  const script = process.platform === 'linux' ? ['-qefc', line, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', line];
  const env = { ...process.env, ...NO_WORD_ON_COLOURS, TERM: 'xterm-256color', ...environment };
  return watchProcess(spawn('script', script, { env }));
}

/** The lines that `--json` wrote to stdout; every one must be JSON. */
export function eventsOf({ stdout }: Ended): readonly Record<string, unknown>[] {
  const lines = stdout.split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function nodeArgs(): readonly string[] {
  return [...process.execArgv, MAIN];
}

const living = new Set<ChildProcess>();

/** Ends what a failed test has left; to be called when the tests of a file are over. */
export function endStrays(): void {
  for (const child of living) child.kill('SIGKILL');
}

function watchProcess(child: ChildProcess): CliProcess {
  living.add(child);
  child.once('exit', () => living.delete(child));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      child.emit('output');
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: (code ?? signal) as number | string,
    ...output,
  }));
  const matches = (pattern: RegExp): boolean => pattern.test(output.stdout + output.stderr);
  return {
    ended,
    async until(pattern) {
      while (!matches(pattern)) {
        const isOver = await Promise.race([ended.then(() => true), once(child, 'output').then(() => false)]);
        if (isOver && !matches(pattern)) throw new Error(`it never said ${pattern}: ${output.stdout}${output.stderr}`);
      }
    },
    send: (signal) => child.kill(signal),
    hangUp: () => child.stdout?.destroy(),
    type: (keys) => child.stdin?.write(keys),
  };
}
