import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { loadOwnParts } from '../src/own-parts/load.ts';
import { follow, linkCommand, missingIn, type Place } from './followed.ts';
import { blocksOf, ROOT } from './markdown.ts';
import { openGround, untilView, type TestGround } from './runs.ts';
import { startTestWorker } from './worker.ts';

/** A program of an example that its pipeline calls. */
export interface ExampleServer {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** What it has printed since it was last asked: the requests. */
  take(): readonly string[];
  stop(): Promise<void>;
}

/** Starts it on a free port. It prints its address first. */
export async function startExampleServer(script: string): Promise<ExampleServer> {
  const child = execa(process.execPath, [...process.execArgv, join(ROOT, script), '0'], { reject: false });
  const lines = child.iterable();
  const { value: address } = await lines.next();
  const printed: string[] = [];
  const reading = (async () => {
    for await (const line of lines) printed.push(line);
  })();
  return {
    host: new URL(String(address)).host,
    take: () => printed.splice(0),
    stop: async () => {
      child.kill();
      await reading;
      await child;
    },
  };
}

/** An example on a ground of its own, with a worker; its commands run from the root of the repository. */
export interface Example extends Place {
  readonly ground: TestGround;
  close(): Promise<void>;
}

export interface ExampleOptions {
  readonly server?: ExampleServer;
  /** Of the worker and of the commands. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Puts what is the test's own in the place of what stands on the page; `folder` is the test's. */
  readonly own?: (text: string, folder: string) => string;
}

export async function openExample({
  server,
  environment = {},
  own = (text) => text,
}: ExampleOptions = {}): Promise<Example> {
  const allowed = server === undefined ? {} : { ORCHESTRATOR_ALLOWED_HOSTS: server.host };
  const ground = await openGround({ ...allowed, ...environment });
  const config = await loadOwnParts(ground.config);
  const worker = await startTestWorker({ ...ground, config });
  const suffix = randomUUID().slice(0, 8);
  return {
    ground,
    folder: ROOT,
    environment: { ...ground.environment, ...(await linkCommand(ground.folder)) },
    // Another one's runs may have the ids of the page.
    own: (text) => own(text.replaceAll(/\b([a-z]+-\d)\b/gu, `$1-${suffix}`), ground.folder),
    close: async () => {
      await worker.stop();
      await config.own?.mcp.close();
      await ground.close();
    },
  };
}

/** For `own`: the address of a server, on the page and as an input of every run. */
export function withServer({ host }: ExampleServer, input: string, onPage: string): (text: string) => string {
  return (text) => text.replaceAll(onPage, host).replaceAll(/(run \S+\.yaml)/gu, `$1 --input ${input}=http://${host}`);
}

/**
 * Defines a test for each command of a page. A run that people look at or steer is waited for, as they would. A
 * `text requests` block is what the server printed since the last one.
 */
export function followPage(page: string, example: () => Example, server?: () => ExampleServer): void {
  const blocks = blocksOf(page);
  blocks.forEach((block, index) => {
    if (block.language === 'sh' && block.note !== 'setup') {
      it(`works: ${page}, line ${block.line}`, async () => {
        await untilSteerable(example(), block.text);
        await follow(example(), block, blocks[index + 1]);
      });
    }
    if (block.note === 'requests') {
      it(`is what the server prints: ${page}, line ${block.line}`, () =>
        untilPrinted(server?.() as ExampleServer, example().own(block.text)));
    }
  });
}

async function untilSteerable({ ground, own }: Example, commands: string): Promise<void> {
  for (const [, runId = ''] of own(commands).matchAll(/runs (?:approve|retry|send|show|skip) (\S+)/gu)) {
    await untilView(ground.connection, runId, ({ status, endedAt }) => status === 'waiting' || endedAt !== undefined);
  }
}

/** Its requests may have been answered a moment before they are printed. */
async function untilPrinted(server: ExampleServer, expected: string): Promise<void> {
  let printed = '';
  for (let tries = 0; tries < 100 && missingIn(printed, expected) !== undefined; tries += 1) {
    await delay(50);
    printed += server
      .take()
      .map((line) => `${line}\n`)
      .join('');
  }
  assert.equal(missingIn(printed, expected), undefined, printed);
}
