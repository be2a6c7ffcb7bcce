import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { parseUrl } from '../tools/network-guard.ts';
import type { Exit } from './exit.ts';

/** A proxy on this machine through which a browser sends everything: its exit decides what is reached. */
export interface GuardProxy {
  readonly url: string;
  readonly username: string;
  /** Only the browser of one call knows it: other programs of this machine do not get through. */
  readonly password: string;
  close(): void;
}

export async function startGuardProxy(exit: Exit): Promise<GuardProxy> {
  const username = 'browser';
  const password = randomUUID();
  const credentials = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const isKnown = ({ headers }: IncomingMessage): boolean => headers['proxy-authorization'] === credentials;
  const server = createServer((asked, answer) => {
    if (isKnown(asked)) void forward(exit, asked, answer).catch(() => answer.destroy());
    else answer.writeHead(407, { 'proxy-authenticate': REALM }).end();
  });
  server.on('connect', (asked: IncomingMessage, client: Duplex) => {
    client.on('error', () => undefined);
    if (isKnown(asked)) void tunnel(exit, String(asked.url), client);
    else client.end(`HTTP/1.1 407 Unknown\r\nproxy-authenticate: ${REALM}\r\ncontent-length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username,
    password,
    close: () => {
      server.closeAllConnections();
      server.close();
      exit.close();
    },
  };
}

const REALM = 'Basic realm="guard"';

/** What is encrypted goes through as it is; only where to is known. */
async function tunnel(exit: Exit, target: string, client: Duplex): Promise<void> {
  try {
    const upstream = await exit.connect(parseUrl(`https://${target}`));
    client.write('HTTP/1.1 200 Connected\r\n\r\n');
    pipeline(client, upstream, client, () => undefined);
  } catch {
    // The exit keeps the reason; the browser is told that there is one.
    client.end('HTTP/1.1 403 Refused\r\ncontent-length: 0\r\n\r\n');
  }
}

async function forward(exit: Exit, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = parseUrl(String(asked.url));
  const socket = await exit.connect(url).catch(() => undefined);
  if (socket === undefined) return void answer.writeHead(403).end();
  const headers = { ...withoutHops(asked.headers), host: url.host };
  const options = { createConnection: () => socket, method: asked.method, path: url.pathname + url.search, headers };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(options, resolve).on('error', reject);
  pipeline(asked, sent, () => undefined);
  const got = await promise;
  answer.writeHead(Number(got.statusCode), withoutHops(got.headers));
  pipeline(got, answer, () => undefined);
}

/** They belong to one connection of two. */
const HOPS = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOPS.test(name)));
}
