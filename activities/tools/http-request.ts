import { z } from 'zod';
import { AnyJson } from '../any-json.ts';
import { FILE_BYTES_MAX, plainBytes, readBody } from './http-body.ts';
import { statusFailure } from './http-failure.ts';
import { firstHop } from './http-hop.ts';
import { HttpInput } from './http-input.ts';
import { lastAnswer } from './last-answer.ts';
import { type Resolve, resolveBySystem } from './network-guard.ts';
import { defineTool, type ToolContext } from './tool.ts';

const HttpOutput = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: AnyJson.describe(
    'By content type: JSON, text, or base64 of other bytes; null when there is none; with `save_as` the file',
  ),
});
type HttpOutput = z.infer<typeof HttpOutput>;

export const httpRequest = defineTool({
  name: 'http.request',
  description: 'Calls an HTTP server and gives its answer; a status of 400 or more fails unless it is allowed.',
  effect: 'once',
  effectBy: {
    field: 'method',
    values: { GET: 'reads', HEAD: 'reads', PUT: 'idempotent', DELETE: 'idempotent' },
    absent: 'reads',
  },
  input: HttpInput,
  output: HttpOutput,
  timeoutMs: 30_000,
  usesNetwork: true,
  run: (input, context) => callServer(input, context, resolveBySystem),
});

/** Makes the call, redirects included, with a resolver of the caller's choice. */
export async function callServer(input: HttpInput, context: ToolContext, resolve: Resolve): Promise<HttpOutput> {
  const { hop, answer } = await lastAnswer(firstHop(input, context), context, resolve);
  const { status, headers } = answer;
  if (status >= 400 && !input.allow_status.includes(status)) throw await statusFailure(hop, answer);
  if (input.save_as === undefined) return { status, headers, body: await readBody(answer) };
  const file = await context.keepFile(input.save_as, await plainBytes(answer, FILE_BYTES_MAX));
  return { status, headers, body: { ...file } };
}
