import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardsFor } from '../../../src/cards.ts';
import { mergeCard, readOwnModels } from '../../../src/catalog/models-file.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { loadOwnModels } from '../../../src/own-models.ts';
import { validate } from '../../../src/validate.ts';

const PROVIDERS = [
  { name: 'openai', isPaid: true },
  { name: 'ollama', isPaid: false },
];

function read(text: string) {
  return readOwnModels(Buffer.from(text), 'models.yaml', PROVIDERS);
}

const FULL = `
models:
  openai/ours:
    context_tokens: 32000
    output_tokens_max: 4000
    structured_output: true
    images: false
    price: { input: 1.25, output: 10, cached_input: 0.125, cache_write: 1.5625 }
    speed: 80
    quality: 71.5
  ollama/a/b:c: { tools: true }
`;

describe('readOwnModels', () => {
  it('reads what a user says of models', () => {
    const price = { inputNanoUsd: 1250, outputNanoUsd: 10_000, cachedInputNanoUsd: 125, cacheWriteNanoUsd: 1562.5 };
    assert.deepEqual(read(FULL), [
      {
        provider: 'openai',
        model: 'ours',
        contextTokens: 32_000,
        outputTokensMax: 4000,
        abilities: { structured_output: true, images: false },
        price: { ...price, isOwn: true },
        speed: 80,
        quality: 71.5,
      },
      { provider: 'ollama', model: 'a/b:c', abilities: { tools: true } },
    ]);
  });

  it('rounds prices up to what can be reckoned exactly', () => {
    const [card] = read('models: { openai/m: { price: { input: 0.0000001, output: 0.1 } } }');
    assert.deepEqual(card?.price, { inputNanoUsd: 0.001, outputNanoUsd: 100, isOwn: true });
  });

  for (const { text, findings } of [
    {
      text: 'models: 5',
      findings: ['1:9 VALUE_INVALID Cannot read "models" of the file: it is 5, a map of models is allowed'],
    },
    {
      text: 'model: {}',
      findings: ['1:1 KEY_UNKNOWN Cannot read key "model" of the file: no such key: did you mean "models"?'],
    },
    {
      text: 'models:\n  gpt: {}',
      findings: ['2:3 ID_INVALID Cannot use "gpt" as a model: it is not written provider/model'],
    },
    {
      text: 'models:\n  opnai/gpt: {}',
      findings: [
        '2:3 MODEL_UNKNOWN Cannot use "opnai/gpt" as a model: there is no provider "opnai": did you mean "openai"?',
      ],
    },
    {
      text: 'models:\n  ollama/m: { price: { input: 1, output: 2 } }',
      findings: ['2:15 VALUE_INVALID Cannot use "price" of model "ollama/m": calls of ollama cost nothing'],
    },
    {
      text: 'models:\n  openai/m:\n    price: { input: -1 }\n    speed: 0\n    tool: true\n    context_tokens: many',
      findings: [
        '3:5 KEY_MISSING Cannot read "price" of model "openai/m": the key "output" is missing, dollars per million tokens, such as 1.25, is needed',
        '3:21 VALUE_INVALID Cannot read "price.input" of model "openai/m": it is -1, dollars per million tokens, such as 1.25, is allowed',
        '4:12 VALUE_INVALID Cannot read "speed" of model "openai/m": it is 0, tokens a second, such as 80, is allowed',
        '5:5 KEY_UNKNOWN Cannot read key "tool" of model "openai/m": no such key: did you mean "tools"?',
        '6:21 VALUE_INVALID Cannot read "context_tokens" of model "openai/m": it is "many", a whole number from 1 to 100000000 is allowed',
      ],
    },
    {
      text: 'models:\n  openai/m: { price: free }',
      findings: [
        '2:22 VALUE_INVALID Cannot read "price" of model "openai/m": it is "free", a map with "input" and "output", or unknown, is allowed',
      ],
    },
    { text: '5', findings: ['1:1 VALUE_INVALID Cannot read the file: it is 5, a map with "models" is allowed'] },
    {
      text: '[',
      findings: [
        '1:2 YAML_SYNTAX Cannot read the list or map in brackets: its end is missing, or it is indented too little',
      ],
    },
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => read(text),
        (error: PipelineError) => {
          assert.equal(error.code, 'MODELS_INVALID');
          const shown = error.findings.map(
            ({ position, code, message }) => `${position?.line}:${position?.column} ${code} ${message}`,
          );
          assert.deepEqual(shown, findings);
          return true;
        },
      );
    });
  }
});

describe('mergeCard', () => {
  const price = { inputNanoUsd: 1, outputNanoUsd: 2 };
  const known = {
    provider: 'openai',
    model: 'm',
    contextTokens: 10,
    abilities: { tools: true },
    price,
    prices: [{ overInputTokens: 0, price }],
  };
  const own = { ...price, isOwn: true } as const;
  for (const { name, said, merged } of [
    { name: 'keeps what is known', said: {}, merged: known },
    {
      name: 'lets the user go before',
      said: { contextTokens: 5, quality: 1 },
      merged: { ...known, contextTokens: 5, quality: 1 },
    },
    {
      name: 'adds abilities',
      said: { abilities: { images: false } },
      merged: { ...known, abilities: { tools: true, images: false }, ownAbilities: { images: false } },
    },
    {
      name: 'has no steps of a price of the user',
      said: { price: own },
      merged: { provider: 'openai', model: 'm', contextTokens: 10, abilities: { tools: true }, price: own },
    },
    {
      name: 'forgets a price',
      said: { hasUnknownPrice: true },
      merged: { provider: 'openai', model: 'm', contextTokens: 10, abilities: { tools: true } },
    },
  ] as const) {
    it(name, () => assert.deepEqual(mergeCard(known, { provider: 'openai', model: 'm', ...said }), merged));
  }

  it('takes the user at his word for what nobody knows', () => {
    assert.deepEqual(mergeCard(undefined, { provider: 'openai', model: 'n' }), { provider: 'openai', model: 'n' });
  });
});

describe('models.yaml', () => {
  const OWN =
    'models:\n  openai/gpt-5: { price: { input: 1, output: 2 }, quality: 5 }\n  openai/ours: { price: unknown }\n  openai/able: { tools: true, images: false }\n';
  const PIPELINE = 'name: x\nsteps:\n  a: { model: [openai/gpt-5, openai/ours], prompt: Go }\n';
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-models-'));
    await Promise.all([writeFile(join(folder, 'models.yaml'), OWN), writeFile(join(folder, 'bad.yaml'), 'models: 1')]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('stands beside the pipeline, and its prices are frozen into the plan', () => {
    const { plan } = validate(PIPELINE, { folder, config: loadConfig({ OPENAI_API_KEY: 'k' }) });
    const [step] = plan.steps;
    assert.deepEqual(step?.kind === 'model' && step.candidates, [
      {
        provider: 'openai',
        model: 'gpt-5',
        isPaid: true,
        price: { inputNanoUsd: 1000, outputNanoUsd: 2000, isOwn: true },
      },
      { provider: 'openai', model: 'ours', isPaid: true },
    ]);
  });

  it('says what models can do, which stands in the plan and tells which ones suit a step', () => {
    const files = { folder, config: loadConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }) };
    const { plan } = validate(PIPELINE.replace('openai/gpt-5, openai/ours', 'openai/able'), files);
    const [step] = plan.steps;
    const abilities = { tools: true, images: false };
    assert.deepEqual(step?.kind === 'model' && step.candidates, [
      { provider: 'openai', model: 'able', isPaid: true, abilities },
    ]);
  });

  it('is named by a variable, and then looked for nowhere else', () => {
    const [good, bad, none] = ['models.yaml', 'bad.yaml', 'none.yaml'].map((file) =>
      loadConfig({ OPENAI_API_KEY: 'k', ORCHESTRATOR_MODELS: join(folder, file) }),
    ) as [Config, Config, Config];
    assert.equal(validate(PIPELINE, { config: good }).warnings.length, 0);
    assert.throws(() => loadOwnModels(bad, folder), { code: 'MODELS_INVALID' });
    assert.throws(() => loadOwnModels(none, folder), { code: 'FILE_UNREADABLE' });
  });

  it('is not needed', () => assert.deepEqual(loadOwnModels(loadConfig({}), join(folder, 'nowhere')), []));

  it('adds to the models that can be chosen', () => {
    const own = loadOwnModels(loadConfig({}), folder);
    const cards = cardsFor(loadConfig({}), { own });
    assert.equal(cards.listModels().filter(({ model }) => model === 'gpt-5').length, 1);
    assert.ok(cards.listModels().some(({ model }) => model === 'ours'));
    assert.equal(cards.findModel('openai', 'gpt-5')?.quality, 5);
    assert.equal(cards.findModel('openai', 'gpt-5')?.contextTokens, 400_000);
  });

  it('says what a compatible server has, of which the catalog knows nothing', () => {
    const config = loadConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' });
    assert.equal(cardsFor(config).findModel('openai', 'gpt-5'), undefined);
    const { plan } = validate(PIPELINE, { folder, config });
    const [step] = plan.steps;
    assert.equal(step?.kind === 'model' && step.candidates[0]?.price?.isOwn, true);
  });
});
