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
  close(): Promise<void>;
}

/**
 * `/wait?ms=100` answers after that time; `/bytes?count=50000` with that many letters; `/flaky?times=2&key=x`
 * with 503 that many times for each key, then 200; `/status?code=404` with that status; anything else with its path.
 */
export async function startWebServer(): Promise<WebServer> {
  const requests: string[] = [];
  const failed = new Map<string, number>();
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response, failed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, failed: Map<string, number>): Promise<void> {
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
      const times = failed.get(key) ?? 0;
      failed.set(key, times + 1);
      return times < number('times') ? reply(503, 'not now') : reply(200, 'at last');
    }
    default:
      return reply(200, pathname);
  }
}
