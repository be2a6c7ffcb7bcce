import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRun } from '../../src/client.ts';
import { ensureModel } from '../../src/local/model.ts';
import { startOllama } from '../../src/local/ollama-server.ts';
import { freePort } from '../../src/local/ports.ts';
import { startTemporal } from '../../src/local/temporal-server.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { doneSteps, openGround, planOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

const STEPS = 6;

/** Six model calls in a row: each reads the one before. */
function chain(model: string): string {
  const steps = Array.from({ length: STEPS }, (_, index) => {
    const read = index === 0 ? '' : ` After: \${{ steps.s${index}.output }}`;
    return `  s${index + 1}: { model: small, prompt: "Word ${index + 1}.${read}" }`;
  });
  return `name: chain
models: { small: { use: ollama/${model}, max_output_tokens: 6, accept: [length], temperature: 0 } }
steps:
${steps.join('\n')}
outputs: { last: "\${{ steps.s${STEPS}.output }}" }
`;
}

/** How often a model server was asked for an answer, as its own log has it. */
async function callsIn(log: string): Promise<number> {
  const text = await readFile(log, 'utf8');
  return text.split('\n').filter((line) => line.startsWith('[GIN] ') && line.includes('/api/chat')).length;
}

interface Scene {
  readonly ground: TestGround;
  readonly ollamaLog: string;
  readonly workerLog: string;
}

/** A ground with a model server of its own, whose log counts the calls of this scene only. */
async function openScene(temporal: 'shared' | 'own' = 'shared'): Promise<Scene> {
  const ground = await openGround({ OLLAMA_HOST: `127.0.0.1:${await freePort()}` }, temporal);
  const { url } = await startOllama(ground.local, () => undefined);
  await ensureModel(url, server('model'), () => undefined);
  const { state } = ground.local.folders;
  return { ground, ollamaLog: join(state, 'ollama.log'), workerLog: join(state, 'worker.log') };
}

async function kill({ local }: TestGround, which: 'temporal' | 'ollama'): Promise<void> {
  const record = JSON.parse(await readFile(join(local.folders.state, `${which}.json`), 'utf8')) as { pid: number };
  process.kill(record.pid, 'SIGKILL');
  while (isAlive(record.pid)) await delay(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function assertWhole(view: RunView): void {
  assert.equal(view.status, 'done', JSON.stringify(view.error));
  assert.equal(doneSteps(view), STEPS);
}

/** At the moment of the fault one call may be in flight: that one, and no other, may be made again. */
const IN_FLIGHT = 1;

describe('a run of six model calls', () => {
  let scene: Scene;
  let worker: WorkerProcess | undefined;

  afterEach(async () => {
    await worker?.stop('SIGKILL');
    worker = undefined;
    await scene.ground.close();
  });

  async function start(): Promise<string> {
    const { connection, config, environment } = scene.ground;
    worker = await startWorkerProcess(connection, environment, scene.workerLog);
    return (await startRun(connection, { plan: planOf(chain(server('model')), config) })).runId;
  }

  it('goes on where its worker was killed', async () => {
    scene = await openScene();
    const { connection, environment } = scene.ground;
    const runId = await start();
    await untilView(connection, runId, (view) => doneSteps(view) >= 3);
    assert.equal(await worker?.stop('SIGKILL'), 'SIGKILL');
    worker = await startWorkerProcess(connection, environment, scene.workerLog);
    assertWhole(await untilEnd(connection, runId));
    const calls = await callsIn(scene.ollamaLog);
    assert.ok(calls <= STEPS + IN_FLIGHT, `${calls} calls were made for ${STEPS} steps`);
  });

  it('loses nothing when its worker is stopped: the call in flight ends or is handed over', async () => {
    scene = await openScene();
    const { connection, environment } = scene.ground;
    const runId = await start();
    await untilView(connection, runId, (view) => doneSteps(view) >= 2);
    assert.equal(await worker?.stop('SIGTERM'), 0);
    worker = await startWorkerProcess(connection, environment, scene.workerLog);
    assertWhole(await untilEnd(connection, runId));
    const calls = await callsIn(scene.ollamaLog);
    assert.ok(calls <= STEPS + IN_FLIGHT, `${calls} calls were made for ${STEPS} steps`);
  });

  it('waits for a model server that is away for 20 s', async () => {
    scene = await openScene();
    const { connection } = scene.ground;
    const runId = await start();
    await untilView(connection, runId, (view) => doneSteps(view) >= 2);
    await kill(scene.ground, 'ollama');
    await delay(20_000);
    await startOllama(scene.ground.local, () => undefined);
    assertWhole(await untilEnd(connection, runId));
    assert.ok((await callsIn(scene.ollamaLog)) <= STEPS + IN_FLIGHT);
  });

  it('goes on when the Temporal server was killed and restarted on its database', async () => {
    scene = await openScene('own');
    const { connection } = scene.ground;
    const runId = await start();
    await untilView(connection, runId, (view) => doneSteps(view) >= 3);
    await kill(scene.ground, 'temporal');
    await startTemporal(scene.ground.local, () => undefined);
    assertWhole(await untilEnd(connection, runId));
    assert.ok((await callsIn(scene.ollamaLog)) <= STEPS + IN_FLIGHT);
  });
});
