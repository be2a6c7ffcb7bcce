import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openLocalDisk } from '../../activities/artifacts/local-disk.ts';
import { startRun } from '../../src/client.ts';
import { askPast } from '../../src/cli/past.ts';
import { loadConfig } from '../../src/config.ts';
import { findPast } from '../../src/past-runs.ts';
import { validateWithServers } from '../../src/validate.ts';
import { openGround, stepOf, untilEnd, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

describe('models that were chosen', () => {
  const name = `choice-${randomUUID()}`;
  let ground: TestGround;
  let worker: { stop(): Promise<void> };
  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
  });
  after(async () => {
    await worker.stop();
    await ground.close();
  });

  it('answer in their order, are told in the result, and are remembered for the next estimate', async () => {
    const yaml = `
name: ${name}
models:
  able:
    use: [ollama/not-there, "ollama/${server('model')}:latest"]
    require: { local: true }
    max_output_tokens: 3
    accept: [length]
steps:
  each:
    for_each: ["a", "b"]
    model: able
    prompt: "Say \${{ item }}."
  tell: { model: able, prompt: Go }
  plain: { model: "ollama/${server('model')}", prompt: Go, retry: { attempts: 1 }, on_error: continue }
`;
    assert.equal(await findPast(ground.connection, name), undefined);
    const { plan } = await validateWithServers(yaml, { config: ground.config });
    const { runId } = await startRun(ground.connection, { plan });
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const told = stepOf(view, 'tell');
    assert.ok(told.status === 'done');
    assert.equal(told.model, `ollama/${server('model')}:latest`);
    assert.deepEqual(told.choice, ['able: 2 of 2 models known to have local true']);
    assert.equal('choice' in stepOf(view, 'plain'), false);
    // A list of runs lags behind their ends.
    let past = await askPast(ground.config, name);
    for (let tries = 0; past === undefined && tries < 100; tries += 1) past = await askPast(ground.config, name);
    assert.equal(past?.runs, 1);
    assert.deepEqual([...(past?.steps.keys() ?? [])].toSorted(), ['each', 'plain', 'tell']);
    const elsewhere = { ...ground.connection, store: openLocalDisk(join(ground.folder, 'elsewhere')) };
    assert.equal(await findPast(elsewhere, name), undefined);
    assert.equal(past?.tokens.p50, view.usage.inputTokens + view.usage.outputTokens);
  });

  it('have no past where no server runs', async () => {
    const nowhere = loadConfig({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
    assert.equal(await askPast(nowhere, name), undefined);
    assert.equal(await askPast(loadConfig({ XDG_STATE_HOME: ground.folder }), name), undefined);
  });
});
