import type { CallToolResult } from '@modelcontextprotocol/client';
import { PipelineError } from '../../../src/errors.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import { suggestion } from '../../../src/pipeline/suggestion.ts';
import { quote } from '../../quote.ts';
import type { ToolContext } from '../tool.ts';
import type { LiveServer, McpConnection } from './connection.ts';
import type { DescribedTool } from './described-tool.ts';
import { outputOf, wordsOf } from './output.ts';

export interface McpCall {
  readonly server: string;
  /** As the server calls it. */
  readonly tool: string;
  readonly input: Json;
  /** The names of the secrets that the server is given. */
  readonly secrets: readonly string[];
}

/** The longest that a timer of Node can be told: how long a call takes is the step's to say. */
const TIMEOUT_MS = 2 ** 31 - 1;
const SAID_CHARACTERS_MAX = 1000;

/** Calls a tool of a server. */
export async function callMcpTool(connection: McpConnection, call: McpCall, context: ToolContext): Promise<Json> {
  // The server may echo what it was given: what this call has asked for is taken out of all that comes back.
  for (const name of call.secrets) context.secret(name);
  const live = await connection.live(context.signal);
  const tool = toolOf(live, call);
  const change = changeOf(tool, context);
  checkInput(call, tool, change);
  const result = await ask({ connection, live }, call, context);
  if (result.isError === true) throw failed(call, `${wordsOf(result.content)}${change}`);
  checkData(call, tool, result);
  return outputOf(result, context.keepFile);
}

function toolOf({ tools, refused }: LiveServer, { server, tool }: McpCall): DescribedTool {
  const found = tools.find(({ name }) => name === tool);
  if (found !== undefined) return found;
  const reason = refused.get(tool);
  const names = tools.map(({ name }) => name);
  const is =
    reason === undefined
      ? `MCP server "${server}" has no such tool, or does not allow it${suggestion(tool, names)}`
      : `it cannot be used: ${reason}`;
  throw new PipelineError('TOOL_UNKNOWN', `Cannot call tool ${quote(`mcp:${server}/${tool}`)}: ${is}`);
}

/** Said where a call fails that the change may explain. */
function changeOf({ card }: DescribedTool, { schema }: ToolContext): string {
  if (schema === undefined || schema === card.schema) return '';
  return '; the server describes this tool otherwise than when the plan was made: validate the pipeline again';
}

function checkInput({ server, tool, input }: McpCall, { card }: DescribedTool, change: string): void {
  const faults = compileJsonSchema(card.input)(input);
  if (faults.length === 0) return;
  const message = `Cannot call tool "mcp:${server}/${tool}": ${faults.join('; ')}${change}`;
  throw new PipelineError('TOOL_INPUT_INVALID', message);
}

function checkData(
  { server, tool }: McpCall,
  { data: schema }: DescribedTool,
  { structuredContent }: CallToolResult,
): void {
  if (schema === undefined || structuredContent === undefined) return;
  const faults = compileJsonSchema(schema)(structuredContent as Json);
  if (faults.length === 0) return;
  const message = `Cannot use what tool "mcp:${server}/${tool}" gave: it does not fit its own schema: ${faults.join('; ')}`;
  throw new PipelineError('TOOL_OUTPUT_INVALID', message);
}

interface Asked {
  readonly connection: McpConnection;
  readonly live: LiveServer;
}

/** An abort tells the server that nobody waits any more. */
async function ask({ connection, live }: Asked, call: McpCall, context: ToolContext): Promise<CallToolResult> {
  const { signal, heartbeat } = context;
  const request = { name: call.tool, arguments: call.input as JsonObject };
  try {
    const result = await live.client.callTool(request, {
      signal,
      timeout: TIMEOUT_MS,
      onprogress: ({ progress }) => heartbeat({ progress }),
    });
    connection.noteAnswer();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw await faultOf(error as Error, { connection, live }, { call, effect: context.effect });
  }
}

/** Faults that the server's own answer brings; after any other it is not known what the server did. */
const ANSWERED: Readonly<Record<string, 'TOOL_OUTPUT_INVALID'>> = {
  INVALID_RESULT: 'TOOL_OUTPUT_INVALID',
  UNSUPPORTED_RESULT_TYPE: 'TOOL_OUTPUT_INVALID',
};

async function faultOf(
  error: Error,
  { connection, live }: Asked,
  { call, effect }: { readonly call: McpCall; readonly effect: ToolContext['effect'] },
): Promise<PipelineError> {
  const { ProtocolError, SdkError } = await import('@modelcontextprotocol/client');
  if (error instanceof ProtocolError) return failed(call, error.message);
  const known = error instanceof SdkError ? ANSWERED[error.code] : undefined;
  const name = `mcp:${call.server}/${call.tool}`;
  if (known !== undefined) return new PipelineError(known, `Cannot use what tool "${name}" gave: ${error.message}`);
  connection.drop(live);
  const said = live.lastWords();
  const reason = `${error.message}${said === '' ? '' : `; it said: ${said}`}`;
  if (effect !== 'once')
    return new PipelineError('MCP_UNAVAILABLE', `Cannot call tool "${name}": ${reason}`, { cause: error });
  const message = `Cannot tell whether "${name}" took effect: ${reason}; it is not repeated, since its effect is "once"`;
  return new PipelineError('TOOL_OUTCOME_UNKNOWN', message, { cause: error });
}

function failed({ server, tool }: McpCall, said: string): PipelineError {
  const text = said === '' ? 'it says that it failed' : said.slice(0, SAID_CHARACTERS_MAX);
  return new PipelineError('TOOL_FAILED', `Cannot call tool "mcp:${server}/${tool}": ${text}`);
}
