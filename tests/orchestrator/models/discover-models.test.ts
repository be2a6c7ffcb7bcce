import assert from 'node:assert/strict';
import { discoverOllama } from '../../../activities/models/ollama-models.ts';
import type { ProviderSettings } from '../../../activities/models/provider.ts';
import { loadConfig } from '../../../src/config.ts';
import { discoverModels } from '../../../src/discover-models.ts';
import type { ModelStepPlan } from '../../../src/pipeline/plan.ts';
import { validateWithServers } from '../../../src/validate.ts';
import { startHttpProxy } from '../../proxies.ts';
import { server } from '../../servers.ts';

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

const CHOOSING =
  'name: x\nmodels: { m: { require: { local: true, structured_output: true } } }\nsteps:\n  a: { model: m, prompt: Go }\n';

/** The models of a server that describes each of them in time. */
const discover = (settings: ProviderSettings) => discoverOllama(settings, (sentence) => assert.fail(sentence));

describe('discoverOllama', () => {
  it('gives a card of each model that answers, by name', async () => {
    const cards = await discover({ baseUrl: server('ollama') });
    const names = cards.map(({ model }) => model);
    assert.deepEqual(names, names.toSorted());
    const card = cards.find(({ model }) => model.split(':')[0] === server('model'));
    assert.deepEqual(card, {
      provider: 'ollama',
      model: `${server('model')}:latest`,
      contextTokens: card?.contextTokens,
      abilities: { structured_output: true, tools: false, images: false },
      isLocal: true,
    });
    assert.ok((card?.contextTokens ?? 0) >= 1024);
  });

  it('leaves out what the server does not describe', async () => {
    const proxy = await startHttpProxy(server('ollama'), {
      refuse: ({ url }) => (url === '/api/show' ? { status: 404, body: '{}' } : undefined),
    });
    try {
      assert.deepEqual(await discover({ baseUrl: proxy.url, apiKey: 'k' }), []);
    } finally {
      await proxy.close();
    }
  });

  it('takes what the server says of a model, and no more', async () => {
    const proxy = await startHttpProxy(server('ollama'), {
      refuse: ({ url }) => (url === '/api/show' ? { status: 200, body: '{"capabilities":["completion"]}' } : undefined),
    });
    try {
      const [card] = await discover({ baseUrl: proxy.url });
      const abilities = { structured_output: true, tools: false, images: false };
      assert.deepEqual(card, { provider: 'ollama', model: card?.model, abilities, isLocal: true });
    } finally {
      await proxy.close();
    }
  });

  it('has none where the list is refused', async () => {
    const proxy = await startHttpProxy(server('ollama'), { refuse: () => ({ status: 500, body: 'broken' }) });
    try {
      assert.deepEqual(await discover({ baseUrl: proxy.url }), []);
    } finally {
      await proxy.close();
    }
  });

  it('shows the others when the server says nothing of one of its models', async () => {
    const known = await discover({ baseUrl: server('ollama') });
    let shown = 0;
    const proxy = await startHttpProxy(server('ollama'), {
      // The connection is cut, for one of them.
      endAfterBytes: ({ url }) => (url === '/api/show' && ++shown === 1 ? 10 : Infinity),
    });
    try {
      const said: string[] = [];
      const cards = await discoverOllama({ baseUrl: proxy.url }, (sentence) => said.push(sentence));
      assert.equal(cards.length, known.length - 1);
      assert.match(
        said.join('\n'),
        /^Cannot say what model "[^"]+" of Ollama at http:\S+ can do: it does not answer$/u,
      );
    } finally {
      await proxy.close();
    }
  });

  it('says that a server does not answer in time', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const proxy = await startHttpProxy(server('ollama'), { hold: () => held });
    try {
      const message = `Cannot list the models of Ollama at ${proxy.url}: it does not answer within 0.1 seconds`;
      await assert.rejects(discover({ baseUrl: proxy.url, silenceMs: 100 }), {
        code: 'PROVIDER_TIMEOUT',
        message,
      });
    } finally {
      letGo();
      await proxy.close();
    }
  });

  it('says that nobody is there', async () => {
    await assert.rejects(discover({ baseUrl: NOWHERE }), { code: 'PROVIDER_UNAVAILABLE' });
  });
});

describe('discoverModels', () => {
  it('finds the models of every server of one own', async () => {
    const found = await discoverModels(loadConfig({ OLLAMA_HOST: server('ollama') }));
    assert.ok(found.some(({ provider, isLocal }) => provider === 'ollama' && isLocal === true));
  });

  it('finds none where no server is', async () => {
    const said: unknown[] = [];
    const config = loadConfig({ OLLAMA_HOST: NOWHERE });
    assert.deepEqual(await discoverModels(config, (silence) => said.push(silence)), []);
    const message = `Cannot list the models of Ollama at ${NOWHERE}: it does not answer`;
    assert.deepEqual(said, [{ provider: 'ollama', code: 'PROVIDER_UNAVAILABLE', message }]);
    assert.ok(Array.isArray(await discoverModels({ ...loadConfig({}), providers: {} })));
  });
});

describe('validateWithServers', () => {
  it('chooses among the models that a server has', async () => {
    const config = loadConfig({ OLLAMA_HOST: server('ollama') });
    const { plan } = await validateWithServers(CHOOSING, { config });
    const { candidates, choice } = plan.steps[0] as ModelStepPlan;
    assert.ok(candidates.length > 0 && candidates.every(({ provider, isPaid }) => provider === 'ollama' && !isPaid));
    assert.match(
      String(choice),
      /^m: \d+ of \d+ models? known to have structured_output, local true,m: by cost: ollama/,
    );
  });

  it('asks no server where nothing hangs on it', async () => {
    const proxy = await startHttpProxy(server('ollama'));
    try {
      const config = loadConfig({ OLLAMA_HOST: proxy.url });
      await validateWithServers('name: x\nsteps:\n  a: { model: ollama/m, prompt: Go }\n', { config });
      assert.equal(proxy.forwarded(), 0);
      await validateWithServers({ name: 'x', steps: { a: { set: 1 } } }, { config });
      assert.ok(proxy.forwarded() > 0);
    } finally {
      await proxy.close();
    }
  });

  it('refuses what no server has', async () => {
    const config = loadConfig({ OLLAMA_HOST: NOWHERE });
    await assert.rejects(validateWithServers(CHOOSING, { config }), { code: 'PIPELINE_INVALID' });
  });
});
