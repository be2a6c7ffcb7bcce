import {
  Client,
  StreamableHTTPClientTransport,
  type ClientOptions,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { guardedFetch } from './guarded-fetch.ts';
import type { McpReach, McpSettings } from './settings.ts';
import { filledIn, type McpSurroundings } from './surroundings.ts';

/** One connection to a server that answers. */
export interface OpenClient {
  readonly client: Client;
  /** The last words of a program, for the sentence that says that it ended. */
  readonly lastWords: () => string;
}

/** A message, and with HTTP a whole answer, is at most this long. */
export const MESSAGE_BYTES_MAX = 10 * 1024 * 1024;
/** A program may be fetched first. */
const CONNECT_MS = 60_000;
const KEPT_CHARACTERS_MAX = 4000;
const WORDS_CHARACTERS_MAX = 500;

/** Starts a program, or connects to a URL, and greets it. Throws `PipelineError`, or what the client throws. */
export async function openClient(settings: McpSettings, surroundings: McpSurroundings): Promise<OpenClient> {
  const client = new Client({ name: 'orchestrator', version: '1' }, { jsonSchemaValidator: NO_VALIDATOR });
  const { transport, lastWords } = await openTransport(settings, surroundings);
  try {
    await client.connect(transport, { timeout: CONNECT_MS });
    return { client, lastWords };
  } catch (error) {
    await client.close().catch(() => undefined);
    const said = lastWords();
    throw said === '' ? error : new Error(`${(error as Error).message}; it said: ${said}`, { cause: error });
  }
}

/** The client's own would run a server's regular expressions in time without bound: results are checked where they come. */
const NO_VALIDATOR: NonNullable<ClientOptions['jsonSchemaValidator']> = {
  getValidator: () => (value) => ({ valid: true, data: value as never, errorMessage: undefined }),
};

async function openTransport(
  settings: McpSettings,
  { secrets, allowedHosts }: McpSurroundings,
): Promise<{ transport: Transport; lastWords: () => string }> {
  const { reach } = settings;
  const given = filledIn(settings, secrets);
  if (reach.kind === 'program') return openProgram(reach, given);
  const fetch = await guardedFetch(reach.url, allowedHosts);
  const transport = new StreamableHTTPClientTransport(new URL(reach.url), { fetch, requestInit: { headers: given } });
  return { transport, lastWords: () => '' };
}

function openProgram(
  { command, args, cwd }: Extract<McpReach, { kind: 'program' }>,
  env: Readonly<Record<string, string>>,
): { transport: Transport; lastWords: () => string } {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    cwd,
    // Nothing else of this process's environment: it holds keys.
    env: { ...getDefaultEnvironment(), ...env },
    stderr: 'pipe',
    maxBufferSize: MESSAGE_BYTES_MAX,
  });
  let words = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-KEPT_CHARACTERS_MAX);
  });
  return { transport, lastWords: () => inOneLine(words) };
}

/** Without the places of a stack trace, which help nobody who does not have the program's sources. */
function inOneLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /u.test(line));
  return lines.join(' ').slice(-WORDS_CHARACTERS_MAX);
}
