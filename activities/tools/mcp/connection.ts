import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/client';
import { PipelineError } from '../../../src/errors.ts';
import { orAborted } from '../../or-aborted.ts';
import type { OpenClient } from './client.ts';
import { describeTools, type DescribedTool } from './described-tool.ts';
import type { McpSettings } from './settings.ts';
import type { McpSurroundings } from './surroundings.ts';

/** A server that answers, with the tools that it has now. */
export interface LiveServer extends OpenClient {
  readonly tools: readonly DescribedTool[];
  /** Names of tools that cannot be used, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The connection to one server. All calls share it; when it is lost the next call makes a new one. */
export interface McpConnection {
  /** Throws `MCP_UNAVAILABLE`, or what the signal throws. */
  live(signal: AbortSignal): Promise<LiveServer>;
  /** Says that a call was answered: the server works. */
  noteAnswer(): void;
  /** Says that the connection is of no use any more. */
  drop(lost: LiveServer): void;
  close(): Promise<void>;
}

const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 30_000;

export function createConnection(settings: McpSettings, surroundings: McpSurroundings): McpConnection {
  let current: Promise<LiveServer> | undefined;
  let failures = 0;
  let notBefore = 0;
  const lose = (lost: Promise<LiveServer>): void => {
    if (current !== lost) return;
    current = undefined;
    // The first time it begins anew at once.
    notBefore = failures === 0 ? 0 : Date.now() + Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
    failures += 1;
  };
  const open = (): Promise<LiveServer> => {
    const opening = (async () => {
      await delay(Math.max(notBefore - Date.now(), 0));
      return openServer(settings, surroundings, () => lose(opening));
    })();
    opening.catch(() => lose(opening));
    return opening;
  };
  return {
    live: (signal) => orAborted((current ??= open()), signal),
    noteAnswer: () => {
      failures = 0;
    },
    drop: (lost) => {
      void lost.client.close().catch(() => undefined);
    },
    close: async () => {
      const server = await current?.catch(() => undefined);
      current = undefined;
      await server?.client.close();
    },
  };
}

async function openServer(
  settings: McpSettings,
  surroundings: McpSurroundings,
  onLost: () => void,
): Promise<LiveServer> {
  try {
    // The protocol's library is loaded where it is used, and nowhere else.
    const { openClient } = await import('./client.ts');
    const { client, lastWords } = await openClient(settings, surroundings);
    // The client has this one place for whoever wants to know.
    Object.assign(client, { onclose: onLost });
    const server: { -readonly [Key in keyof LiveServer]: LiveServer[Key] } = {
      client,
      lastWords,
      ...(await listTools(client, settings)),
    };
    client.setNotificationHandler('notifications/tools/list_changed', async () => {
      Object.assign(server, await listTools(client, settings));
    });
    return server;
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    const message = `Cannot reach MCP server "${settings.name}": ${(error as Error).message}`;
    throw new PipelineError('MCP_UNAVAILABLE', message, { cause: error });
  }
}

async function listTools(client: Client, settings: McpSettings): Promise<Pick<LiveServer, 'tools' | 'refused'>> {
  const { tools: listed } = await client.listTools(undefined, { cacheMode: 'refresh' });
  const refused = new Map<string, string>();
  return { tools: describeTools(listed, settings, (name, reason) => refused.set(name, reason)), refused };
}
