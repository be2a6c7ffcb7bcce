import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { Ollama } from 'ollama';
import type { Config } from '../../../src/config.ts';
import { isAlive, startBackground, stopBackground } from '../../../src/local/background.ts';
import { stateFiles } from '../../../src/local/folders.ts';
import { startOllama } from '../../../src/local/ollama-server.ts';
import { ollamaProgram } from '../../../src/local/ollama-program.ts';
import { freePort, isListening } from '../../../src/local/ports.ts';
import { provideProgram } from '../../../src/local/program.ts';
import { readRecord } from '../../../src/local/record.ts';
import { stopLocal } from '../../../src/local/stop.ts';
import { temporalCli } from '../../../src/local/temporal-program.ts';
import { startTemporal } from '../../../src/local/temporal-server.ts';
import { server } from '../../servers.ts';
import { openLocalGround, withPath, type LocalGround } from './ground.ts';

const run = promisify(execFile);

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

async function pidIn(record: string): Promise<number> {
  const { pid } = (await readRecord(record)) ?? { pid: Number.NaN };
  return pid;
}

async function kill(pid: number, mark: string): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (await isAlive(pid, mark)) await delay(20);
}

/** A cache in which the program is one that ends at once. */
async function brokenCache(folder: string, file: string): Promise<string> {
  const cache = join(ground.folder, 'broken');
  await mkdir(join(cache, 'orchestrator', folder), { recursive: true });
  await copyFile('/bin/false', join(cache, 'orchestrator', folder, file));
  return cache;
}

const mark = 'mark-of-a-test';

function script(code: string) {
  return { program: process.execPath, args: ['-e', code, mark], env: { WORD: 'said' } };
}

describe('a background process', () => {
  it('writes its log, knows its end, and is known by its command line', async () => {
    const log = join(ground.folder, 'logs/one.log');
    const started = await startBackground({
      ...script('console.log(process.env.WORD); setInterval(() => 0, 1000)'),
      log,
    });
    assert.equal(await isAlive(started.pid, mark), true);
    assert.equal(await isAlive(started.pid, 'another mark'), false);
    assert.equal(await stopBackground(started.pid, 'another mark'), false);
    while ((await readFile(log, 'utf8')) !== 'said\n') await delay(10);
    assert.equal(started.hasEnded(), false);
    assert.equal(await stopBackground(started.pid, mark), true);
    assert.equal(await stopBackground(started.pid, mark), false);
    while (!started.hasEnded()) await delay(10);
  });

  it('is ended by force when it does not listen', async () => {
    const log = join(ground.folder, 'deaf.log');
    const { pid } = await startBackground({
      ...script("process.on('SIGTERM', () => 0); console.log('ready'); setInterval(() => 0, 1000)"),
      log,
    });
    while ((await readFile(log, 'utf8')) !== 'ready\n') await delay(10);
    assert.equal(await stopBackground(pid, mark, 100), true);
    assert.equal(await isAlive(pid, mark), false);
  });

  it('keeps one old log', async () => {
    const log = join(ground.folder, 'long.log');
    await writeFile(log, Buffer.alloc(11 * 1024 * 1024));
    const started = await startBackground({ ...script(''), log });
    while (!started.hasEnded()) await delay(10);
    assert.equal((await stat(`${log}.old`)).size, 11 * 1024 * 1024);
    assert.equal((await stat(log)).size, 0);
  });
});

async function connect(config: Config): Promise<{ client: Client; address: string; close: () => Promise<void> }> {
  const { address } = await startTemporal(config, ground.say);
  const connection = await Connection.connect({ address });
  return {
    client: new Client({ connection, namespace: config.namespace }),
    address,
    close: () => connection.close(),
  };
}

describe('the embedded Temporal server', () => {
  it('is started once for two at once, goes on, and is found again', async () => {
    const config = ground.config();
    const [one, two] = await Promise.all([startTemporal(config, ground.say), startTemporal(config, ground.say)]);
    assert.equal(Number(one.startedNow) + Number(two.startedNow), 1);
    assert.equal(one.address, two.address);
    assert.match(await (await fetch(one.webUi ?? '')).text(), /<html/i);
    // The second waits for the first.
    const stopped = await Promise.all([stopLocal(config), stopLocal(config)]);
    assert.deepEqual(stopped.flat(), ['Temporal']);
  });

  it('keeps runs when it is killed, at the same address', async () => {
    const config = ground.config();
    const before = await connect(config);
    const typedSearchAttributes = [
      { key: defineSearchAttributeKey('OrchestratorPipeline', SearchAttributeType.KEYWORD), value: 'kept' },
    ];
    await before.client.workflow.start('absent', { workflowId: 'kept', taskQueue: 'none', typedSearchAttributes });
    await before.close();
    const { temporalRecord, temporalDatabase } = stateFiles(config);
    await kill(await pidIn(temporalRecord), temporalDatabase);
    const after = await connect(config);
    assert.equal(after.address, before.address);
    const { searchAttributes } = await after.client.workflow.getHandle('kept').describe();
    assert.deepEqual(searchAttributes['OrchestratorPipeline'], ['kept']);
    await after.close();
  });

  it('has any namespace that is asked for, with 30 days of retention, and lists runs by our search attributes', async () => {
    await startTemporal(ground.config(), ground.say);
    for (const namespace of ['default', 'another']) {
      const { client, close } = await connect(ground.config({ TEMPORAL_NAMESPACE: namespace }));
      const { config } = await client.workflowService.describeNamespace({ namespace });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 86_400);
      assert.equal((await client.workflow.count("OrchestratorTenant = 'a' AND OrchestratorCostUsd > 1")).count, 0);
      await client.workflow.start('absent', { workflowId: namespace, taskQueue: 'none' });
      await close();
    }
  });

  it('is not started without a namespace that Temporal would take', async () => {
    const config = ground.config({ TEMPORAL_NAMESPACE: 'x'.repeat(2000) });
    await assert.rejects(startTemporal(config, ground.say), {
      code: 'SETUP_FAILED',
      message: /^Cannot prepare namespace "xxx/,
    });
  });

  it('reports a program that ends at once', async () => {
    const config = ground.config({ XDG_CACHE_HOME: await brokenCache(temporalCli.folder, 'temporal') });
    await assert.rejects(startTemporal(config, ground.say), {
      code: 'SETUP_FAILED',
      message: /^Cannot start Temporal with .*\/temporal: it does not answer, and its log ends with: /,
    });
  });

  it('reports a server that stands still', async () => {
    const config = ground.config();
    await startTemporal(config, ground.say);
    const pid = await pidIn(stateFiles(config).temporalRecord);
    process.kill(pid, 'SIGSTOP');
    try {
      await assert.rejects(startTemporal(config, ground.say), {
        code: 'TEMPORAL_UNAVAILABLE',
        message: new RegExp(`^Cannot use the embedded Temporal server: process ${pid} runs but does not answer at 127`),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('starts anew when its record cannot be read', async () => {
    const config = ground.config();
    await mkdir(config.folders.state, { recursive: true });
    await writeFile(stateFiles(config).temporalRecord, 'half a rec');
    assert.equal((await startTemporal(config, ground.say)).startedNow, true);
  });
});

describe('a given Temporal server', () => {
  it('is used, and nothing is started', async () => {
    const config = ground.config({ TEMPORAL_ADDRESS: server('temporal') });
    assert.deepEqual(await startTemporal(config, ground.say), { address: server('temporal'), startedNow: false });
    assert.deepEqual(ground.lines, []);
  });

  it('that is away is reported at once', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await assert.rejects(startTemporal(ground.config({ TEMPORAL_ADDRESS: address }), ground.say), {
      code: 'TEMPORAL_UNAVAILABLE',
      message: `Cannot reach the Temporal server at ${address}: check TEMPORAL_ADDRESS and its companions, or unset them to use the embedded server`,
    });
  });

  it('that refuses search attributes is reported', async () => {
    const port = await freePort();
    const log = join(ground.folder, 'test-server.log');
    const { pid } = await startBackground({ program: server('timeSkipping'), args: [String(port)], env: {}, log });
    try {
      const address = `127.0.0.1:${port}`;
      while (!(await isListening(address))) await delay(50);
      await assert.rejects(startTemporal(ground.config({ TEMPORAL_ADDRESS: address }), ground.say), {
        code: 'SETUP_FAILED',
        message: /^Cannot register search attributes in namespace "default": .*; add OrchestratorPipeline, /,
      });
    } finally {
      await stopBackground(pid, String(port));
    }
  });
});

describe('startOllama', () => {
  it('uses the server that answers at OLLAMA_HOST', async () => {
    const config = ground.config({ OLLAMA_HOST: server('ollama') });
    assert.deepEqual(await startOllama(config, ground.say), { url: server('ollama'), startedNow: false });
  });

  it('starts one beside what has the port and is no Ollama, and finds it again', async () => {
    const other = createServer((_, response) => response.end('I am no Ollama')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = (other.address() as AddressInfo).port;
    const config = ground.config({ OLLAMA_HOST: `127.0.0.1:${port}` });
    const { url, startedNow } = await startOllama(config, ground.say);
    other.close();
    assert.equal(startedNow, true);
    assert.notEqual(new URL(url).port, String(port));
    assert.deepEqual(await startOllama(config, ground.say), { url, startedNow: false });
    assert.deepEqual(await stopLocal(config), ['Ollama']);
    assert.equal((await startOllama(config, ground.say)).startedNow, true);
  });

  it('takes away what a killed one has left, and starts it anew', async () => {
    const config = ground.config({ OLLAMA_HOST: `127.0.0.1:${await freePort()}` });
    const { url } = await startOllama(config, ground.say);
    await new Ollama({ host: url }).generate({ model: server('model'), prompt: 'Hi', options: { num_predict: 1 } });
    const { pid, mark: program } = (await readRecord(stateFiles(config).ollamaRecord)) ?? { pid: Number.NaN, mark: '' };
    const runners = async (): Promise<string> =>
      (await run('pgrep', ['-g', String(pid), '-f', ' runner ']).catch(() => ({ stdout: '' }))).stdout;
    assert.notEqual(await runners(), '');
    await kill(pid, program);
    assert.notEqual(await runners(), '');
    assert.deepEqual(await startOllama(config, ground.say), { url, startedNow: true });
    assert.equal(await runners(), '');
  });

  it('starts it where OLLAMA_HOST says when the port is free, and from PATH when it is there', async () => {
    const { path } = await provideProgram(await ollamaProgram(), ground.config().folders.cache, ground.say);
    await symlink(path, join(ground.folder, 'ollama'));
    const port = await freePort();
    const config = ground.config({ OLLAMA_HOST: `localhost:${port}` });
    await withPath(`${ground.folder}:${process.env['PATH']}`, async () => {
      assert.equal((await startOllama(config, ground.say)).url, `http://127.0.0.1:${port}`);
    });
    assert.equal((await readRecord(stateFiles(config).ollamaRecord))?.program, join(ground.folder, 'ollama'));
  });

  for (const { name, host, code, message } of [
    {
      name: 'a server elsewhere that is away',
      host: 'http://nowhere.invalid:1',
      code: 'SETUP_FAILED',
      message:
        'Cannot reach Ollama at http://nowhere.invalid:1: start it there, or unset OLLAMA_HOST to have one started here',
    },
    {
      name: 'what is no address',
      host: 'http://',
      code: 'CONFIG_INVALID',
      message: 'Cannot use OLLAMA_HOST: "http://" is no address, allowed are host, host:port and URLs',
    },
  ]) {
    it(`reports ${name}`, async () => {
      await assert.rejects(startOllama(ground.config({ OLLAMA_HOST: host }), ground.say), { code, message });
    });
  }

  it('reports a program that ends at once', async () => {
    const { folder } = await ollamaProgram();
    const environment = {
      XDG_CACHE_HOME: await brokenCache(folder, 'ollama'),
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    };
    await assert.rejects(startOllama(ground.config(environment), ground.say), {
      code: 'SETUP_FAILED',
      message: /^Cannot start Ollama with .*\/ollama: /,
    });
  });
});
