import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tendWorker } from '../../../src/cli/background-worker.ts';
import { connect, startRun } from '../../../src/client.ts';
import { cancelRun } from '../../../src/runs.ts';
import { planOf, untilEnd, type TestGround } from '../../runs.ts';
import { server } from '../../servers.ts';
import { eventsOf, runCli, startCli, startOnTerminal } from './cli-process.ts';
import { slowPipeline, useCliScene } from './cli-scene.ts';
import type { Gates } from './gates.ts';

let ground: TestGround;
let gates: Gates;
let quick: string;
let slow: string;
useCliScene((scene) => ({ ground, gates, quick, slow } = scene));

// Every worker bundles the workflows before it works: seconds each, and more on a busy machine.
const TIMEOUT_MS = 180_000;

describe('orchestrator run without a worker', function () {
  this.timeout(TIMEOUT_MS);

  it('starts one that lives on, and uses it for the next run', async () => {
    const first = await runCli(['run', quick], ground.environment);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /^Starting a worker in the background: process \d+, log .*worker\.log\n$/);
    const second = await runCli(['run', quick], ground.environment);
    assert.deepEqual([second.code, second.stderr], [0, '']);
  });

  it('starts another when that one dies in the middle of a run', async () => {
    const id = `tended-${randomUUID()}`;
    const cli = startOnTerminal(['run', slow, '--id', id], ground.environment);
    await cli.until(/wait/);
    await killWorker(ground.folder);
    await cli.until(/Starting a worker/);
    gates.open(id);
    assert.equal((await cli.ended).code, 0);
  });

  it('says why it cannot start one', async () => {
    const id = `doomed-${randomUUID()}`;
    const cli = startCli(['run', slow, '--id', id], ground.environment);
    await cli.until(/wait running/);
    await killWorker(ground.folder);
    await cli.until(/Starting a worker/);
    await killWorker(ground.folder);
    const { code, stderr } = await cli.ended;
    assert.equal(code, 1);
    assert.match(stderr, /\nerror SETUP_FAILED Cannot start a worker: it ended; .*worker\.log ends with: /);
    await cancelRun(ground.connection, id);
  });
});

describe('orchestrator worker', function () {
  this.timeout(TIMEOUT_MS);

  it('lets a call in flight end before SIGTERM ends it, and ends at once when Ctrl-C comes twice', async () => {
    const [drained, left] = [`drained-${randomUUID()}`, `left-${randomUUID()}`];
    const first = startCli(['worker', '--json'], ground.environment);
    await first.until(/"ready"/);
    await runCli(['run', slow, '--id', drained, '--detach'], ground.environment);
    await gates.visit(drained);
    first.send('SIGTERM');
    await first.until(/DRAINING/);
    gates.open(drained);
    const ended = await first.ended;
    assert.deepEqual([ended.code, eventsOf(ended)[0]?.['task_queue']], [0, ground.config.taskQueue]);

    const second = startCli(['worker'], ground.environment);
    await second.until(/Working on task queue/);
    assert.equal((await untilEnd(ground.connection, drained)).status, 'done');
    assert.equal(gates.visits(drained), 1);
    await runCli(['run', slow, '--id', left, '--detach'], ground.environment);
    await gates.visit(left);
    second.send('SIGINT');
    await second.until(/DRAINING/);
    second.send('SIGINT');
    assert.equal((await second.ended).code, 130);
    await cancelRun(ground.connection, left);
  });

  it('ends by itself when nothing has been open for as long as it was told', async () => {
    const { code, stdout, stderr } = await runCli(['worker', '--idle-exit', '1s'], {
      ...ground.environment,
      ORCHESTRATOR_TASK_QUEUE: `idle-${randomUUID()}`,
    });
    assert.equal(code, 0);
    assert.match(stdout, /^Working on task queue "idle-/);
    assert.match(stderr, /Worker state changed/);
    assert.doesNotMatch(stderr, /WARN/, 'that workers of calls have no workflows is meant');
  });
});

describe('orchestrator on a given server', () => {
  it('leaves it to other people to run the workers of open runs', async () => {
    const id = `abandoned-${randomUUID()}`;
    const nobody = { ...ground.connection, taskQueue: `nobody-${randomUUID()}` };
    await startRun(nobody, { plan: planOf(slowPipeline(gates), ground.config), id });
    const environment = { ...ground.environment, ORCHESTRATOR_TASK_QUEUE: nobody.taskQueue };
    const { code, stderr } = await runCli(['runs', 'show', id], environment);
    assert.equal(code, 1);
    assert.match(stderr, /^error WORKER_MISSING /);
    await cancelRun(ground.connection, id);
  });
});

describe('tendWorker', () => {
  it('says that the server is away, and goes on', async function () {
    this.timeout(TIMEOUT_MS);
    const line = await startLine(server('temporal'));
    const connection = await connect(ground.config, { address: line.address });
    const stop = new AbortController();
    const said = new Promise<string>((resolve) => {
      const wanted = { config: ground.config, connection, environment: {} };
      void tendWorker(wanted, resolve, stop.signal).finally(() => connection.close());
    });
    line.cut();
    assert.match(await said, /^Cannot reach Temporal at 127\.0\.0\.1:/);
    stop.abort();
  });
});

/** A line to a server that can be cut. */
async function startLine(target: string): Promise<{ readonly address: string; cut(): void }> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    const far = dial({ host: host as string, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from.on('error', () => to.destroy()));
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Kills the worker that was started last in the background, as a machine without memory would; waits until it is gone. */
async function killWorker(folder: string): Promise<void> {
  const pids = (await readFile(join(folder, 'orchestrator', 'workers.pid'), 'utf8')).trim().split('\n');
  const pid = Number(pids.at(-1));
  process.kill(pid, 'SIGKILL');
  while (isThere(pid)) await delay(50);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    return false;
  }
}
