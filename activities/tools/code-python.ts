import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { AnyJson } from '../any-json.ts';
import { findPython, PYTHON_DRIVER } from '../processes/python.ts';
import { type Ended, type ProcessLimits, runProcess } from '../processes/run-process.ts';
import { defineTool } from './tool.ts';

export const PYTHON_LIMITS: ProcessLimits = {
  timeMs: 30_000,
  cpuSeconds: 20,
  memoryMib: 512,
  processes: 16,
  fileMib: 0,
  outputMib: 10,
};
const CODE_CHARACTERS_MAX = 100_000;
const REASON_CHARACTERS = 500;

const Reply = z.union([z.strictObject({ value: AnyJson }), z.strictObject({ error: z.string() })]);

export const codePython = defineTool({
  name: 'code.python',
  description:
    'Runs Python in a process of its own, without environment and files to write. Off until a worker allows it.',
  effect: 'reads',
  input: z.strictObject({
    input: AnyJson.default(null),
    code: z
      .string()
      .min(1)
      .max(CODE_CHARACTERS_MAX)
      .describe('The body of a function of `input`: what it returns is the value, as JSON has it'),
  }),
  output: AnyJson,
  timeoutMs: 60_000,
  async run(program, context) {
    const command = {
      program: await findPython(),
      args: ['-I', '-B', '-X', 'utf8', '-c', PYTHON_DRIVER],
      cwd: '/',
      environment: {},
      stdin: JSON.stringify(program),
      hasNetwork: false,
    };
    return valueOf(await runProcess(command, { ...context, limits: PYTHON_LIMITS, refuse }));
  },
});

function valueOf({ exitCode, stdout }: Ended): Json {
  if (exitCode !== 0) throw refuse(`it ended with exit code ${exitCode} and without a value`);
  const { data } = Reply.safeParse(jsonOf(stdout));
  if (data === undefined) throw refuse('it ended without a value');
  if ('value' in data) return data.value;
  throw refuse(data.error.replaceAll(/\s+/g, ' ').slice(0, REASON_CHARACTERS));
}

/** The code can write what it likes where its value is expected. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(reason: string): PipelineError {
  return new PipelineError('TOOL_INPUT_INVALID', `Cannot run the code: ${reason}`);
}
