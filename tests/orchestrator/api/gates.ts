import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server whose answers wait until a test lets them go: one gate for each path. */
export interface Gates {
  /** `127.0.0.1:<port>`, for `ORCHESTRATOR_ALLOWED_HOSTS`. */
  readonly host: string;
  readonly url: string;
  /** Answers everybody who waits at the gate, and who comes later, with "opened". */
  open(name: string): void;
  /** How often somebody came to the gate. */
  visits(name: string): number;
  /** Waits until somebody has come. */
  visit(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function startGates(): Promise<Gates> {
  const waiting = new Map<string, ServerResponse[]>();
  const opened = new Set<string>();
  const visits = new Map<string, number>();
  const server = createServer((request, response) => {
    const name = String(request.url).slice(1);
    visits.set(name, (visits.get(name) ?? 0) + 1);
    if (opened.has(name)) response.end('opened');
    else waiting.set(name, [...(waiting.get(name) ?? []), response]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    open(name) {
      opened.add(name);
      for (const response of waiting.get(name) ?? []) response.end('opened');
    },
    visits: (name) => visits.get(name) ?? 0,
    visit: async (name) => {
      while (!visits.has(name)) await once(server, 'request');
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
