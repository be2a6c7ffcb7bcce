import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** The first of the wanted ports that is free on loopback, else any free one. */
export async function freePort(...wanted: readonly number[]): Promise<number> {
  for (const port of wanted) if (await isFree(port)) return port;
  return await listenBriefly(0);
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
  return await listenBriefly(port).then(
    () => true,
    () => false,
  );
}

async function listenBriefly(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
