import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import { keepFile } from '../../../activities/tools/keep-file.ts';
import { openWorkspace } from '../../../activities/tools/workspace.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Template } from '../../../src/pipeline/plan.ts';
import { compileTemplate } from '../../../src/pipeline/template-compile.ts';
import type { Scope } from '../../../src/pipeline/value.ts';

/** A context as a worker makes it, for a run of its own in `folder`. */
export function toolContext(folder: string, facts: Partial<ToolContext> = {}): ToolContext {
  return {
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    openWorkspace: () => openWorkspace(folder, 'default', 'run'),
    keepFile: async (name, bytes) => {
      const run = { store: openLocalDisk(join(folder, 'artifacts')), tenant: 'default', runId: 'run' };
      const workspace = await openWorkspace(folder, 'default', 'run');
      return keepFile(run, workspace, { call: 'step', name, bytes, secrets: new Set() });
    },
    settings: {},
    secret: (name) => assert.fail(`there is no secret ${name}`),
    effect: 'reads',
    idempotencyKey: 'key-1',
    allowedHosts: [],
    ...facts,
  };
}

/** Temporal's own surroundings of an activity, silent about failures that a test wants. */
export function activityEnvironment(info: Partial<Info> = {}): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

/** Compiles a value as a pipeline writes it. `scope` names what it may read. */
export function template(value: Json, scope: Scope = {}): Template {
  const schemas = Object.fromEntries(Object.keys(scope).map((path) => [path, true as const]));
  const { template: compiled, problems } = compileTemplate(value, { schemas }, { allowSecrets: true });
  assert.deepEqual(problems, []);
  return compiled;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'orchestrator-tools-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** What a server was asked, in the order in which it came. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  /** `127.0.0.1:port`, as an operator allows it. */
  readonly host: string;
  readonly seen: SeenRequest[];
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a web server on a port of its own. */
export async function startServer(answer: RequestListener): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    close: () => stop(server),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
