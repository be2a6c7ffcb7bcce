import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Where any port will do, it is one of these: systems give those above 32,767 to connections that programs open, so that
 * such a port may be taken when a server comes back to its own.
 */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** The first of the wanted ports that is free on loopback, else any free one. */
export async function freePort(...wanted: readonly number[]): Promise<number> {
  for (const port of wanted) if (await isFree(port)) return port;
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
}

const CONNECT_MAX_MS = 5_000;

/** Tells whether something accepts connections at `host:port`. */
export async function isListening(address: string): Promise<boolean> {
  const [host, port] = splitAddress(address);
  const socket = connect(port, host);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MAX_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The two halves of `host:port`. */
export function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
