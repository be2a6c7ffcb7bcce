import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { addressLines } from '../../../src/cli/dev.ts';
import { startRun } from '../../../src/client.ts';
import { openGround, planOf, type TestGround } from '../../runs.ts';
import { eventsOf, runCli, startCli } from './cli-process.ts';
import { slowPipeline, useCliScene } from './cli-scene.ts';
import type { Gates } from './gates.ts';

let ground: TestGround;
let gates: Gates;
let quick: string;
let slow: string;
useCliScene((scene) => ({ ground, gates, quick, slow } = scene));

// Every worker bundles the workflows before it works: seconds each, and more on a busy machine.
const TIMEOUT_MS = 480_000;

describe('orchestrator on its own servers', function () {
  this.timeout(TIMEOUT_MS);

  let own: TestGround;
  let environment: Readonly<Record<string, string | undefined>>;

  before(async () => {
    own = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: gates.host }, 'own');
    environment = { ...own.environment, TEMPORAL_ADDRESS: undefined, NO_COLOR: '1' };
  });

  after(async () => {
    await runCli(['dev', 'stop'], environment);
    await own.close();
  });

  it('brings a worker to an open run that somebody asks about', async () => {
    const id = `woken-${randomUUID()}`;
    await startRun(own.connection, { plan: planOf(slowPipeline(gates), own.config), id });
    const shown = await runCli(['runs', 'show', id], environment);
    assert.equal(shown.code, 0);
    assert.match(shown.stderr, /Starting a worker/);
    await runCli(['runs', 'cancel', id], environment);
    const watched = await runCli(['runs', 'watch', id], environment);
    assert.equal(watched.code, 1);
    assert.match(watched.stdout, /^Following woken-.*\nhttp:.*\n[^]*run cancelled/);
  });

  it('goes on following when everything is stopped and started again', async () => {
    const id = `patient-${randomUUID()}`;
    const cli = startCli(['run', slow, '--id', id], environment);
    await cli.until(/wait running/);
    assert.equal((await runCli(['dev', 'stop'], environment)).stdout, 'Stopped a worker, Temporal\n');
    assert.match((await runCli(['runs', 'list'], environment)).stdout, /^RUN .*\npatient-/);
    await cli.until(/Starting a worker/);
    gates.open(id);
    const { code, stdout } = await cli.ended;
    assert.equal(code, 0);
    assert.match(stdout, /wait done/);
    const stopped = await runCli(['dev', 'stop', '--json'], environment);
    assert.deepEqual(eventsOf(stopped), [{ event: 'stopped', stopped: ['a worker', 'Temporal'] }]);
    assert.equal((await runCli(['dev', 'stop'], environment)).stdout, 'Nothing was running in the background\n');
  });

  it('starts them with dev and works until Ctrl-C; they stay until they are stopped', async () => {
    const dev = startCli(['dev'], environment);
    await dev.until(/Working on runs/);
    const [started] = eventsOf(await runCli(['run', quick, '--json'], environment));
    assert.match(String(started?.['web_ui']), /^http:.*\/namespaces\/default\/workflows\/quick-/);
    dev.send('SIGINT');
    const { code, stdout, stderr } = await dev.ended;
    assert.equal(code, 0);
    assert.match(stdout, /^Temporal {2}127\.0\.0\.1:\d+ .*\nWeb UI {4}http:.*\nOllama {4}http:.*\nWorking on runs/);
    assert.match(stderr, /stop them with: orchestrator dev stop/);
    const watched = await runCli(['runs', 'watch', String(started?.['run_id'])], environment);
    assert.equal(watched.code, 0);
  });
});

describe('orchestrator dev on a given server', () => {
  it('keeps quiet about a Web UI that it does not know', () => {
    const addresses = { address: 'temporal.example:7233', ollama: 'http://ollama.example' };
    assert.deepEqual(addressLines({ ...ground.config, taskQueue: 'work' }, addresses).slice(0, 2), [
      'Temporal  temporal.example:7233 (namespace "default", task queue "work")',
      'Ollama    http://ollama.example',
    ]);
  });
});

describe('orchestrator doctor', () => {
  it('says what was found', async () => {
    const { stdout, stderr } = await runCli(['doctor'], ground.environment);
    assert.equal(stderr, '');
    assert.match(stdout, /^✓ Node +24/);
  });

  it('fails when something is missing', async () => {
    const ended = await runCli(['doctor', '--json'], { ...ground.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.equal(ended.code, 1);
    const missing = eventsOf(ended).filter(({ status }) => status === 'missing');
    assert.deepEqual(
      missing.map(({ subject }) => subject),
      ['Temporal server'],
    );
  });
});
