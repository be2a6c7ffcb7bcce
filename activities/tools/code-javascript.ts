import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { AnyJson } from '../any-json.ts';
import { runInThread } from '../threads/run-in-thread.ts';
import { defineTool } from './tool.ts';

const CODE_CHARACTERS_MAX = 100_000;

export const codeJavascript = defineTool({
  name: 'code.javascript',
  description: 'Runs JavaScript in an engine of its own (QuickJS), without files, network, modules, clock or chance.',
  effect: 'pure',
  input: z.strictObject({
    input: AnyJson.default(null),
    code: z
      .string()
      .min(1)
      .max(CODE_CHARACTERS_MAX)
      .describe('The body of an async function of `input`: what it returns is the value, as JSON has it'),
  }),
  output: AnyJson,
  timeoutMs: 30_000,
  // The engine has limits of its own, which it cannot hold while it is busy with one long call of a built-in function.
  run: (program, { signal }) => runInThread('runJavascript', program, { signal, timeMs: 6000, memoryMib: 256, refuse }),
});

function refuse(reason: string): PipelineError {
  return new PipelineError('TOOL_INPUT_INVALID', `Cannot run the code: ${reason}`);
}
