import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { openLocalDisk } from '../../../../activities/artifacts/local-disk.ts';
import type { ToolCall } from '../../../../activities/calls.ts';
import { performCall, type ToolDeps } from '../../../../activities/tools/call-tool.ts';
import { tools } from '../../../../activities/tools/tools.ts';
import { openWorkspace } from '../../../../activities/tools/workspace.ts';
import type { Json } from '../../../../src/pipeline/json.ts';
import type { Template } from '../../../../src/pipeline/plan.ts';
import { removeFolder, startServer, temporaryFolder } from '../surroundings.ts';
import type { Attack } from './web-tools.ts';

/** Who has written the input of a tool. */
export const WRITERS = ['pipeline', 'model'] as const;
export type Writer = (typeof WRITERS)[number];

/** A place to attack: what must not be reached is watched. */
export interface AttackGround {
  /** Makes the attack, and holds that it is refused: by what a pipeline says, or by what a model wants. */
  refuses(attack: Attack, writer: Writer): Promise<void>;
  /** Holds that nothing was reached, read or changed since the beginning. */
  checkUntouched(): Promise<void>;
  close(): Promise<void>;
}

const CANARY = 'canary: nobody reads this';

export async function openAttackGround(): Promise<AttackGround> {
  const folder = await temporaryFolder();
  const canary = await startServer((_, response) => response.end(CANARY));
  const open = await startServer((request, response) => misbehave(request, response));
  const workspaces = join(folder, 'workspaces');
  const secret = await layTraps(await openWorkspace(workspaces, 'default', 'run'));
  const deps: ToolDeps = {
    store: openLocalDisk(join(folder, 'store')),
    tools,
    secrets: {},
    workspaces,
    allowedHosts: [open.host],
    // No browser: what is refused is refused before one is started.
    settings: { browser: '/nowhere/chromium', searchUrl: canary.url },
  };
  return {
    async refuses({ tool, input, code, message = /^Cannot / }, writer) {
      const value = filledIn(input, { canary: canary.host, open: open.host });
      const written =
        writer === 'pipeline' ? { with: literal(value) } : { with: literal({}), given: { inline: value } };
      const call: ToolCall = {
        tenant: 'default',
        runId: 'run',
        path: 'step',
        scope: {},
        effect: 'reads',
        tool,
        ...written,
      };
      await assert.rejects(performCall(deps, call, AROUND), (error: Error & { code: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(CANARY), error.message);
        return true;
      });
    },
    async checkUntouched() {
      assert.deepEqual(canary.seen, []);
      assert.equal(await readFile(secret, 'utf8'), CANARY);
    },
    async close() {
      await canary.close();
      await open.close();
      await removeFolder(folder);
    },
  };
}

const AROUND = { signal: new AbortController().signal, heartbeat: () => undefined };

function literal(value: Json): Template {
  return { kind: 'literal', value };
}

function filledIn(input: Json, { canary, open }: { canary: string; open: string }): Json {
  const port = canary.slice(canary.indexOf(':') + 1);
  const text = JSON.stringify(input)
    .replaceAll('{canary}', canary)
    .replaceAll('{open}', open)
    .replaceAll('{port}', port);
  return JSON.parse(text) as Json;
}

/** Puts links and other things that are no files into a workspace, and a file outside of it; its path comes back. */
async function layTraps(workspace: string): Promise<string> {
  const secret = join(workspace, '..', 'canary.txt');
  await writeFile(secret, CANARY);
  await symlink(secret, join(workspace, 'link'));
  await symlink(join(workspace, '..'), join(workspace, 'folder'));
  await symlink('/dev/zero', join(workspace, 'device'));
  await mkdir(join(workspace, 'own'));
  await execa('mkfifo', [join(workspace, 'pipe')]);
  return secret;
}

const BOMB = Buffer.alloc(11 * 1024 * 1024);
const PACKERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  br: (bytes) => brotliCompressSync(bytes, { params: { 1: 1 } }),
  deflate: deflateSync,
  'gzip, gzip': (bytes) => gzipSync(gzipSync(bytes)),
};

/** A server that does what its path says. */
function misbehave({ url }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(String(url), 'http://host');
  const by = String(searchParams.get('by'));
  switch (pathname) {
    case '/redirect':
      return void response.writeHead(302, { location: String(searchParams.get('to')) }).end();
    case '/circle':
      return void response.writeHead(302, { location: '/circle' }).end();
    case '/bomb':
      return void response
        .writeHead(200, { 'content-type': 'text/html', 'content-encoding': by })
        .end(PACKERS[by]?.(BOMB));
    case '/lie':
      return void response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end('plain');
    case '/headers':
      return void response.writeHead(200, { 'x-flood': 'x'.repeat(100_000) }).end();
    case '/endless':
      return endless(response.writeHead(200, { 'content-type': 'text/html' }));
    default:
      return void response.writeHead(200, { 'content-type': 'application/zip' }).end('PK');
  }
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const send = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(send));
  };
  send();
}
