import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { AnyJson } from '../any-json.ts';
import { runInThread } from '../threads/run-in-thread.ts';
import { defineTool } from './tool.ts';

const EXPRESSION_CHARACTERS_MAX = 100_000;

export const dataQuery = defineTool({
  name: 'data.query',
  description:
    'Evaluates an expression of JSONata over data: selects, groups, counts, reshapes; without clock or chance.',
  effect: 'pure',
  input: z.strictObject({
    data: AnyJson.describe('What the expression reads, as `$`'),
    expression: z
      .string()
      .min(1)
      .max(EXPRESSION_CHARACTERS_MAX)
      .describe('Such as `orders[price > 10].{"id": id}`; nothing found is null'),
  }),
  output: AnyJson,
  timeoutMs: 30_000,
  run: (query, { signal }) => runInThread('queryData', query, { signal, timeMs: 5000, memoryMib: 256, refuse }),
});

function refuse(reason: string): PipelineError {
  return new PipelineError('TOOL_INPUT_INVALID', `Cannot evaluate the expression: ${reason}`);
}
