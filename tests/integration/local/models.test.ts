import assert from 'node:assert/strict';
import { Ollama } from 'ollama';
import { ensureModel, listModels, SMALL_MODEL } from '../../../src/local/model.ts';
import { startOllama } from '../../../src/local/ollama-server.ts';
import { createPackagedModel } from '../../../src/local/packaged-model.ts';
import { freePort } from '../../../src/local/ports.ts';
import { server } from '../../servers.ts';
import { cacheWithoutModels, openLocalGround, skipWithout, withPath, type LocalGround } from './ground.ts';

const COPY = 'orchestrator-test-copy';

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

describe('ensureModel', () => {
  it('does nothing when the model is there, tag or no tag', async () => {
    const ollama = new Ollama({ host: server('ollama') });
    await ollama.copy({ source: server('model'), destination: COPY });
    try {
      for (const model of [server('model'), COPY, `${COPY}:latest`])
        await ensureModel(server('ollama'), model, ground.say);
      assert.deepEqual(ground.lines, []);
    } finally {
      await ollama.delete({ model: COPY });
    }
  });

  it('says why a model cannot be had', async () => {
    const url = server('ollama');
    await assert.rejects(ensureModel(url, 'orchestrator-no-such-model:1', ground.say), (error: Error) => {
      const [first, second, ...more] = error.message.split('\n');
      assert.equal(
        first,
        `Cannot provide model orchestrator-no-such-model:1: let Ollama at ${url} reach its registry, or for ${SMALL_MODEL} let python3 with pip reach Python's packages`,
      );
      assert.match(second ?? '', /^ {2}- Pulling model orchestrator-no-such-model:1: pull model manifest: /);
      return more.length === 0;
    });
  });

  it('brings the small model to a server that has none', async function () {
    await skipWithout(this, 'python3');
    const environment = {
      XDG_CACHE_HOME: await cacheWithoutModels(ground),
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    };
    const { url } = await startOllama(ground.config(environment), ground.say);
    assert.deepEqual(await listModels(url), []);
    await ensureModel(url, SMALL_MODEL, ground.say);
    assert.deepEqual(await listModels(url), [SMALL_MODEL]);
  });
});

describe('createPackagedModel', () => {
  it('makes a model that speaks in turns, always answers alike, and leaves the other processors alone', async function () {
    await skipWithout(this, 'python3');
    const model = 'orchestrator-test-packaged:1';
    const ollama = new Ollama({ host: server('ollama') });
    await createPackagedModel(server('ollama'), model);
    try {
      const { template, parameters, details } = await ollama.show({ model });
      assert.match(template, /<\|im_start\|>assistant/);
      assert.match(parameters, /temperature +0$/m);
      assert.match(parameters, /num_thread +1$/m);
      assert.equal(details.parameter_size, '134.52M');
    } finally {
      await ollama.delete({ model });
    }
  });

  it('reports what the server refuses', async function () {
    await skipWithout(this, 'python3');
    await assert.rejects(createPackagedModel(server('ollama'), 'no name!'), {
      code: 'SETUP_FAILED',
      message: /^Cannot give the model to Ollama at http.*: \/api\/create answered 400, /,
    });
  });

  it('reports a machine without Python', async () => {
    await withPath(ground.folder, async () => {
      await assert.rejects(createPackagedModel(server('ollama'), 'any'), {
        message: /^Cannot run "python3 -m": .*ENOENT/,
      });
    });
  });
});
