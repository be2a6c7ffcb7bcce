import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** An HTTP server that answers every request after a while, and remembers each. */
export interface SlowServer {
  readonly url: string;
  /** Every request in the order of arrival; `at` is that of `performance.now()`. */
  readonly requests: readonly { readonly path: string; readonly at: number }[];
  /** Settles when somebody asks for a path. */
  asked(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openSlowServer(answerMs: number): Promise<SlowServer> {
  const requests: { path: string; at: number }[] = [];
  const waiting = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, at: performance.now() });
    waiting.get(path)?.();
    void delay(answerMs).then(() => response.end('done'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    asked: (path) => new Promise((resolve) => waiting.set(path, resolve)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
