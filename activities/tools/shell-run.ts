import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { type Ended, type ProcessLimits, runProcess } from '../processes/run-process.ts';
import { quote } from '../quote.ts';
import { findProgram } from './find-program.ts';
import { defineTool } from './tool.ts';
import { findReal } from './workspace.ts';

export const SHELL_LIMITS: ProcessLimits = {
  timeMs: 600_000,
  cpuSeconds: 600,
  memoryMib: 1024,
  processes: 64,
  fileMib: 1024,
  outputMib: 4,
};
const ARGUMENTS_MAX = 1000;
const STDIN_CHARACTERS_MAX = 10 * 1024 * 1024;
/** Of what a failed command has printed last. */
const REASON_CHARACTERS = 500;

const Argument = z.string().refine((text) => !text.includes('\0'), 'a NUL character is not allowed');

export const shellRun = defineTool({
  name: 'shell.run',
  description:
    'Runs a program with arguments, without a shell, in the workspace of the run. Off until a worker allows it.',
  effect: 'once',
  effectBy: {
    field: 'effect',
    values: { pure: 'pure', reads: 'reads', idempotent: 'idempotent', once: 'once' },
    absent: 'once',
  },
  input: z.strictObject({
    command: z
      .array(Argument)
      .min(1)
      .max(ARGUMENTS_MAX)
      .describe('A program, by its name on PATH or a path in the workspace (`./build`), and its arguments as they are'),
    cwd: z.string().default('.').describe('A folder of the workspace'),
    stdin: z.string().max(STDIN_CHARACTERS_MAX).default(''),
    allow_exit: z.array(z.int().min(1).max(255)).default([]).describe('Exit codes that do not fail the call'),
    effect: z
      .enum(['pure', 'reads', 'idempotent', 'once'])
      .default('once')
      .describe('What the program does, where you know that it may run twice'),
  }),
  output: z.strictObject({
    exit_code: z.int().describe('128 and the number of the signal for a program that a signal has ended'),
    stdout: z.string(),
    stderr: z.string(),
  }),
  timeoutMs: SHELL_LIMITS.timeMs,
  async run({ command: line, cwd, stdin, allow_exit: allowed }, context) {
    const [name, ...args] = line as [string, ...string[]];
    const workspace = await context.openWorkspace();
    const refuse = (reason: string): PipelineError =>
      new PipelineError('TOOL_OUTPUT_INVALID', `Cannot run ${quote(name)}: ${reason}`);
    const command = {
      program: await findProgram(name, workspace),
      args,
      cwd: await findReal(workspace, cwd),
      environment: { HOME: workspace },
      stdin,
      hasNetwork: true,
    };
    const ended = await runProcess(command, { ...context, limits: SHELL_LIMITS, refuse });
    if (ended.exitCode !== 0 && !allowed.includes(ended.exitCode)) throw failed(name, ended);
    return { exit_code: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr };
  },
});

function failed(name: string, { exitCode, stdout, stderr }: Ended): PipelineError {
  const printed = (stderr.trim() || stdout.trim()).slice(-REASON_CHARACTERS);
  const said = printed === '' ? '' : `, having printed ${quote(printed, REASON_CHARACTERS)}`;
  return new PipelineError('TOOL_FAILED', `Cannot run ${quote(name)}: it ended with exit code ${exitCode}${said}`);
}
