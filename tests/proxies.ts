import { once } from 'node:events';
import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A real proxy in front of a real server. */
export interface Proxy {
  readonly url: string;
  /** Requests that were let through to the server, so far. */
  readonly forwarded: () => number;
  /** Requests whose client went away before the answer was complete. */
  readonly abandoned: () => number;
  close(): Promise<void>;
}

export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpProxyOptions {
  /** Gives a refusal for a request that may not pass. */
  readonly refuse?: (request: IncomingMessage) => Refusal | undefined;
  /** Changes the body of a request on its way. */
  readonly rewrite?: (body: string) => string;
  /** Put behind the path of each request, so that it can be found in the log of the server. */
  readonly query?: string;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Ends the answer after so many bytes, as cleanly as if it were complete. */
  readonly endAfterBytes?: number | ((request: LoggedRequest) => number);
  /** Waits so long before each piece of an answer. */
  readonly slowMs?: number;
  /** Gets a line for each request that reaches the server. */
  readonly log?: LoggedRequest[];
  /** Keeps the answer of the server back until it is fulfilled. */
  readonly hold?: (request: LoggedRequest) => Promise<unknown>;
}

/** A line of a server's log. Times are milliseconds since 1970. */
export interface LoggedRequest {
  readonly url: string;
  readonly body: string;
  readonly askedAt: number;
  /** What has gone to the client. */
  answer: string;
  /** When all of it had. */
  answeredAt?: number;
}

/** An HTTP reverse proxy: what passes reaches the server behind it, and is answered by it. */
export async function startHttpProxy(target: string, options: HttpProxyOptions = {}): Promise<Proxy> {
  const counts = { forwarded: 0, abandoned: 0 };
  const server = createServer((request, response) => {
    const refusal = options.refuse?.(request);
    if (refusal === undefined) pass({ target, request, response }, options, counts).catch(() => response.destroy());
    else response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  });
  return listening(server, counts);
}

interface Exchange {
  readonly target: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function pass(
  { target, request, response }: Exchange,
  {
    rewrite = (body) => body,
    query = '',
    answerHeaders,
    endAfterBytes = Infinity,
    slowMs,
    log,
    hold,
  }: HttpProxyOptions,
  counts: { forwarded: number; abandoned: number },
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.from(rewrite(Buffer.concat(pieces).toString()));
  counts.forwarded += 1;
  const line: LoggedRequest = { url: request.url ?? '', body: body.toString(), askedAt: Date.now(), answer: '' };
  log?.push(line);
  const headers = { ...request.headers, 'content-length': body.length, host: new URL(target).host };
  const upstream = forward(new URL(`${request.url}${query}`, target), { method: request.method ?? 'GET', headers });
  response.on('close', () => {
    if (!response.writableFinished) counts.abandoned += 1;
    upstream.destroy();
  });
  upstream.on('error', () => response.destroy());
  upstream.end(body);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  await hold?.(line);
  // The end of the connection ends the answer, so that the client cannot see that it was cut.
  let left = typeof endAfterBytes === 'number' ? endAfterBytes : endAfterBytes(line);
  if (left !== Infinity) response.useChunkedEncodingByDefault = false;
  const { 'transfer-encoding': _, ...kept } = answer.headers;
  response.writeHead(answer.statusCode ?? 500, { ...kept, ...answerHeaders });
  for await (const piece of answer) {
    const bytes = piece as Buffer;
    if (slowMs !== undefined) await delay(slowMs);
    response.write(bytes.subarray(0, left));
    line.answer += bytes.subarray(0, left).toString();
    left -= bytes.length;
    if (left <= 0) break;
  }
  line.answeredAt = Date.now();
  response.end();
}

/** A token bucket in front of a server: `burst` requests at once, then 429 until `refillMs` have passed for each. */
export function rateLimit({ burst, refillMs }: { burst: number; refillMs: number }): HttpProxyOptions {
  let tokens = burst;
  let filledAt = Date.now();
  return {
    refuse() {
      const refills = Math.floor((Date.now() - filledAt) / refillMs);
      tokens = Math.min(burst, tokens + refills);
      filledAt += refills * refillMs;
      if (tokens > 0) {
        tokens -= 1;
        return undefined;
      }
      const seconds = Math.ceil((filledAt + refillMs - Date.now()) / 1000);
      return { status: 429, headers: { 'retry-after': String(seconds) }, body: '<h1>429 Too Many Requests</h1>' };
    },
  };
}

/** Lets only those pass who bring this key, in either way that vendors' clients send it. */
export function keyCheck(key: string): HttpProxyOptions {
  return {
    refuse({ headers }) {
      const given = headers['x-api-key'] ?? headers.authorization?.replace('Bearer ', '');
      if (given === key) return undefined;
      return {
        status: 401,
        body: JSON.stringify({ error: { message: `Incorrect API key provided: ${String(given)}` } }),
      };
    },
  };
}

/** A TCP proxy that resets the connection once the server has sent so many bytes. */
export async function startResettingProxy(target: string, afterBytes: number): Promise<Proxy> {
  const counts = { forwarded: 0, abandoned: 0 };
  const { hostname, port } = new URL(target);
  const server = createTcpServer((client) => {
    counts.forwarded += 1;
    const upstream = connect(Number(port), hostname);
    let left = afterBytes;
    client.pipe(upstream);
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    upstream.on('data', (bytes) => {
      client.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) client.resetAndDestroy();
    });
  });
  return listening(server, counts);
}

async function listening(server: Server | TcpServer, counts: { forwarded: number; abandoned: number }): Promise<Proxy> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwarded: () => counts.forwarded,
    abandoned: () => counts.abandoned,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A TCP proxy that listens for a word from its clients. */
export interface TappedProxy {
  /** `host:port`. */
  readonly address: string;
  /** Fulfilled when a client has said the word. */
  readonly heard: Promise<unknown>;
  /** Lets everything pass from now on. */
  release(): void;
  /** The same, and ends every connection that there is. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** Once a client has said the word, it hears no answer any more. */
export function startSilencingProxy(target: string, word: string): Promise<TappedProxy> {
  return startTappedProxy(target, { word, holds: 'answers' });
}

/** From the word on, nothing that a client says reaches the server before it is released. */
export function startHoldingProxy(target: string, word: string): Promise<TappedProxy> {
  return startTappedProxy(target, { word, holds: 'questions' });
}

async function startTappedProxy(
  target: string,
  { word, holds }: { readonly word: string; readonly holds: 'answers' | 'questions' },
): Promise<TappedProxy> {
  const [hostname = '', port] = target.split(':');
  const { promise: heard, resolve: hear } = Promise.withResolvers();
  let state: 'open' | 'holding' | 'released' = 'open';
  const held: (() => void)[] = [];
  const clients = new Set<Socket>();
  const server = createTcpServer((client) => {
    clients.add(client);
    const upstream = connect(Number(port), hostname);
    client.on('data', (bytes) => {
      if (state === 'open' && bytes.includes(word)) {
        state = 'holding';
        hear(undefined);
      }
      if (state === 'holding' && holds === 'questions') held.push(() => void upstream.write(bytes));
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => void ((state === 'holding' && holds === 'answers') || client.write(bytes)));
    client.on('error', () => upstream.destroy()).on('close', () => (clients.delete(client), upstream.destroy()));
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): void => {
    state = 'released';
    for (const write of held.splice(0)) write();
  };
  const cut = async (): Promise<void> => {
    release();
    const ended = [...clients].map((client) => once(client, 'close'));
    for (const client of clients) client.destroy();
    await Promise.all(ended);
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    release,
    cut,
    close: async () => {
      server.close();
      await cut();
    },
  };
}
