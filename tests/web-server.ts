import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A web server for tools to talk to. */
export interface WebServer {
  /** `127.0.0.1:<port>`, for `ORCHESTRATOR_ALLOWED_HOSTS`. */
  readonly host: string;
  readonly url: string;
  /** `METHOD path?query` of every request, oldest first. */
  readonly requests: readonly string[];
  /** Lets everybody through who waits at a gate, or will. */
  open(key: string): void;
  /** Never answers the first request for a path that begins so. */
  loseFirst(start: string): void;
  close(): Promise<void>;
}

interface Memory {
  readonly failed: Map<string, number>;
  readonly gates: Map<string, PromiseWithResolvers<void>>;
  readonly lost: Map<string, Set<string>>;
}

/**
 * `/wait?ms=100` answers after that time; `/bytes?count=50000` with that many letters; `/flaky?times=2&key=x`
 * with 503 that many times for each key, then 200; `/status?code=404` with that status; `/gate?key=x` when it is opened;
 * anything else with its path.
 */
export async function startWebServer(): Promise<WebServer> {
  const requests: string[] = [];
  const memory: Memory = { failed: new Map(), gates: new Map(), lost: new Map() };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (isLost(memory, request.url ?? '')) return;
    void answer(request, response, memory);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
    open: (key) => gateAt(memory, key).resolve(),
    loseFirst: (start) => void memory.lost.set(start, new Set()),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function gateAt({ gates }: Memory, key: string): PromiseWithResolvers<void> {
  const gate = gates.get(key) ?? Promise.withResolvers<void>();
  gates.set(key, gate);
  return gate;
}

function isLost({ lost }: Memory, path: string): boolean {
  for (const [start, known] of lost) {
    if (!path.startsWith(start) || known.has(path)) continue;
    known.add(path);
    return true;
  }
  return false;
}

async function answer(request: IncomingMessage, response: ServerResponse, memory: Memory): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
  const number = (name: string): number => Number(searchParams.get(name) ?? 0);
  const reply = (status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  };
  switch (pathname) {
    case '/wait':
      await delay(number('ms'));
      return reply(200, 'waited');
    case '/bytes':
      return reply(200, 'x'.repeat(number('count')));
    case '/status':
      return reply(number('code'), 'as asked');
    case '/flaky': {
      const key = searchParams.get('key') ?? '';
      const times = memory.failed.get(key) ?? 0;
      memory.failed.set(key, times + 1);
      return times < number('times') ? reply(503, 'not now') : reply(200, 'at last');
    }
    case '/gate':
      await gateAt(memory, searchParams.get('key') ?? '').promise;
      return reply(200, 'open');
    default:
      return reply(200, pathname);
  }
}
