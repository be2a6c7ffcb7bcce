import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { PipelineError } from '../../src/errors.ts';
import { callFailure } from '../tools/http-failure.ts';
import { allowedAddresses, checkHost, type HostAddress, type Resolve } from '../tools/network-guard.ts';
import type { ToolContext } from '../tools/tool.ts';

/** The way out of a browser: it leads to addresses that were checked, and to no others. */
export interface Exit {
  /** Connects to the host of a URL. Throws `NETWORK_REFUSED` or `NETWORK_FAILED`. */
  connect(url: URL): Promise<Socket>;
  /** Why the last connection to an origin did not come about; undefined when it did. */
  faultOf(origin: string): PipelineError | undefined;
  /** Everything that servers sent, as it came over the wire. */
  bytesRead(): number;
  close(): void;
}

const CONNECT_MS = 10_000;

export function createExit(context: ToolContext, resolve: Resolve): Exit {
  const faults = new Map<string, PipelineError>();
  const open = new Set<Socket>();
  let bytesOfClosed = 0;
  return {
    async connect(url) {
      try {
        const addresses = await addressesOf(url, context, resolve);
        const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
        const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
        // What was checked is used: no resolver is asked again.
        const socket = connect({ host, port, lookup: (_host, _options, done) => done(null, [...addresses]) });
        open.add(socket);
        socket.on('close', () => {
          open.delete(socket);
          bytesOfClosed += socket.bytesRead;
        });
        await connected(socket);
        faults.delete(url.origin);
        return socket;
      } catch (error) {
        const fault = failureOf(error, url, context);
        faults.set(url.origin, fault);
        throw fault;
      }
    },
    faultOf: (origin) => faults.get(origin),
    bytesRead: () => [...open].reduce((sum, socket) => sum + socket.bytesRead, bytesOfClosed),
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/** The addresses at which a URL may be reached. Throws `NETWORK_REFUSED` or `NETWORK_FAILED`. */
export async function addressesOf(url: URL, context: ToolContext, resolve: Resolve): Promise<readonly HostAddress[]> {
  try {
    checkHost(url, context.hosts);
    return await allowedAddresses(url, context.allowedHosts, resolve);
  } catch (error) {
    throw failureOf(error, url, context);
  }
}

function failureOf(error: unknown, url: URL, context: ToolContext): PipelineError {
  const hop = { method: 'GET', url, headers: {}, body: null } as const;
  return callFailure(error, hop, { context, wasReached: false }) as PipelineError;
}

async function connected(socket: Socket): Promise<void> {
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`no connection within ${CONNECT_MS / 1000} s`)));
  await once(socket, 'connect');
  socket.setTimeout(0);
  // From here on who reads from it sees its errors; whoever does not has ended before.
  socket.on('error', () => undefined);
}
