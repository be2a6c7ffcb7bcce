import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cards, ModelCard } from '../../../src/pipeline/card.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { chooseModels, type Prefer, type Require } from '../../../src/pipeline/make-plan/choose.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { ModelStepPlan } from '../../../src/pipeline/plan.ts';
import { cards } from './cards.ts';

function priced(model: string, usd: number, more: Partial<ModelCard> = {}): ModelCard {
  const price = { inputNanoUsd: usd * 1000, outputNanoUsd: usd * 4000 };
  return { provider: 'anthropic', model, price, ...more };
}

const ALL = { structured_output: true, tools: true, images: true } as const;
const POOL: readonly ModelCard[] = [
  priced('dear', 10, { abilities: ALL, contextTokens: 200_000, quality: 90, speed: 50 }),
  priced('cheap', 1, { abilities: { ...ALL, images: false }, contextTokens: 100_000, quality: 60, speed: 200 }),
  priced('middle', 3, { abilities: { tools: true }, contextTokens: 1_000_000, quality: 85 }),
  { provider: 'openai', model: 'unpriced', abilities: ALL },
  {
    provider: 'ollama',
    model: 'small',
    abilities: { structured_output: true, tools: false },
    contextTokens: 8192,
    isLocal: true,
  },
];

/** The names of those that are chosen, or why there are none. */
function choose(prefer: Prefer | undefined, require: Require = {}, pool = POOL): string {
  const choosing = chooseModels({ pool, require, prefer, most: Infinity });
  return 'fault' in choosing ? choosing.fault : choosing.chosen.map(({ model }) => model).join(' ');
}

describe('chooseModels', () => {
  for (const { prefer, require, chosen } of [
    { prefer: undefined, require: {}, chosen: 'dear cheap middle unpriced small' },
    { prefer: undefined, require: { tools: true }, chosen: 'dear cheap middle unpriced' },
    { prefer: undefined, require: { structured_output: true, images: true }, chosen: 'dear unpriced' },
    { prefer: undefined, require: { context_tokens: 100_000 }, chosen: 'dear cheap middle' },
    { prefer: undefined, require: { local: true }, chosen: 'small' },
    { prefer: undefined, require: { local: false, context_tokens: 1 }, chosen: 'dear cheap middle' },
    { prefer: 'cost', require: {}, chosen: 'small cheap middle dear' },
    { prefer: 'speed', require: {}, chosen: 'cheap dear' },
    { prefer: 'quality', require: {}, chosen: 'dear middle cheap' },
    { prefer: 'balanced', require: {}, chosen: 'cheap dear middle' },
    { prefer: 'balanced', require: { images: true }, chosen: 'dear' },
  ] as const) {
    it(`gives ${chosen} for ${JSON.stringify(require)} by ${prefer ?? 'the order of the list'}`, () => {
      assert.equal(choose(prefer, require), chosen);
    });
  }

  for (const { name, prefer, require, pool, fault } of [
    {
      name: 'no model fits',
      prefer: 'cost',
      require: { images: true, local: true },
      pool: POOL,
      fault: /^none of 5 models is known to have images, local true$/,
    },
    {
      name: 'no card says the price',
      prefer: 'cost',
      require: {},
      pool: POOL.slice(3, 4),
      fault: /^of 1 model, no card says the price$/,
    },
    {
      name: 'no card says the speed',
      prefer: 'speed',
      require: {},
      pool: POOL.slice(3),
      fault: /^of 2 models, no card says the speed: write "speed"/,
    },
    {
      name: 'no card says the quality',
      prefer: 'quality',
      require: {},
      pool: POOL.slice(3),
      fault: /^of 2 models, no card says the quality: write "quality"/,
    },
    {
      name: 'no card says price and quality',
      prefer: 'balanced',
      require: {},
      pool: POOL.slice(3),
      fault: /^of 2 models, no card says the price and the quality/,
    },
  ] as const) {
    it(`says what is missing when ${name}`, () => assert.match(choose(prefer, require, pool), fault));
  }

  it('weighs the speed too where every card says it', () => {
    const pool = [
      priced('a', 1, { quality: 1, speed: 30 }),
      priced('b', 2, { quality: 2, speed: 20 }),
      priced('c', 3, { quality: 3, speed: 10 }),
    ];
    assert.equal(choose('balanced', {}, pool), 'a b c');
  });

  it('takes of a price that grows with the prompt that of a short one', () => {
    const long = { inputNanoUsd: 9000, outputNanoUsd: 9000 };
    const short = { inputNanoUsd: 500, outputNanoUsd: 500 };
    const prices = [
      { overInputTokens: 0, price: short },
      { overInputTokens: 1000, price: long },
    ];
    const pool = [priced('flat', 1), { provider: 'openai', model: 'tiered', price: long, prices }];
    assert.equal(choose('cost', {}, pool), 'tiered flat');
  });

  it('gives the same choice whatever the order of the pool', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...POOL], { minLength: POOL.length }),
        fc.constantFrom<Prefer>('cost', 'speed', 'quality', 'balanced'),
        (pool, prefer) => assert.equal(choose(prefer, {}, pool), choose(prefer)),
      ),
    );
  });

  it('tells its reasons', () => {
    const choosing = chooseModels({ pool: POOL, require: { tools: true }, prefer: 'cost', most: 2 });
    assert.deepEqual('reasons' in choosing && choosing.reasons, [
      '4 of 5 models known to have tools',
      'by cost: anthropic/cheap ($1 in and $4 out per million tokens), anthropic/middle ($3 in and $12 out per million tokens)',
      'left out, since no card says enough: openai/unpriced',
    ]);
    const balanced = chooseModels({ pool: POOL.slice(0, 3), require: {}, prefer: 'balanced', most: 1 });
    assert.match(String('reasons' in balanced && balanced.reasons), /quality 60, 200 tokens a second\)$/);
    const free = chooseModels({ pool: POOL.slice(4), require: {}, prefer: 'cost', most: 1 });
    assert.deepEqual('reasons' in free && free.reasons, ['by cost: ollama/small (free)']);
    const many = chooseModels({
      pool: Array.from({ length: 6 }, (_, at) => priced(`m${at}`, 1, at === 0 ? { speed: 1 } : {})),
      require: {},
      prefer: 'speed',
      most: 1,
    });
    assert.match(String('reasons' in many && many.reasons), /anthropic\/m1, anthropic\/m2, anthropic\/m3 and 2 more$/);
  });
});

/** A world in which there are these models too. */
function worldOf(models: readonly ModelCard[]): Cards {
  return {
    ...cards,
    listModels: () => models,
    findModel: (provider, model) =>
      models.find((card) => card.provider === provider && card.model === model) ?? cards.findModel(provider, model),
  };
}

function planned(models: string, step: string): ModelStepPlan {
  const text = `name: x\nmodels: ${models}\nsteps:\n  a: { prompt: Go, ${step} }\n`;
  return makePlan(parsePipeline(text, 'p.yaml'), worldOf(POOL)).plan.steps[0] as ModelStepPlan;
}

describe('a name of models with require or prefer', () => {
  it('takes the best three of all that can be used, with their prices, and says why', () => {
    const { candidates, choice } = planned(
      '{ m: { require: { structured_output: true }, temperature: 0 } }',
      'model: m',
    );
    assert.deepEqual(
      candidates.map(({ provider, model, isPaid, price }) => [provider, model, isPaid, price?.inputNanoUsd]),
      [
        ['ollama', 'small', false, undefined],
        ['anthropic', 'cheap', true, 1000],
        ['anthropic', 'dear', true, 10_000],
      ],
    );
    assert.deepEqual(
      choice?.map((each) => each.slice(0, 20)),
      ['m: 3 of 4 models kno', 'm: by cost: ollama/s', 'm: openai is left ou'],
    );
  });

  it('takes all that fit of those that people list, in their order', () => {
    const models = '{ m: { use: [anthropic/dear, ollama/other, anthropic/cheap], require: { tools: true } } }';
    assert.deepEqual(
      planned(models, 'model: m').candidates.map(({ model }) => model),
      ['dear', 'cheap'],
    );
  });

  it('orders what people list, where they prefer something', () => {
    const models = '{ m: { use: [anthropic/dear, anthropic/cheap, ollama/other], prefer: cost } }';
    assert.deepEqual(
      planned(models, 'model: m').candidates.map(({ model }) => model),
      ['other', 'cheap', 'dear'],
    );
  });

  it('has nothing to choose from where nothing is known', () => {
    const text = 'name: x\nmodels: { m: { prefer: cost } }\nsteps:\n  a: { model: m, prompt: Go }\n';
    assert.throws(
      () => makePlan(parsePipeline(text, 'p.yaml'), worldOf([])),
      /"prefer" of model "m": no model is known; openai is left out until/,
    );
  });

  it('says nothing where people name the models themselves', () => {
    assert.equal(planned('{ m: { use: anthropic/dear } }', 'model: m').choice, undefined);
  });

  it('allows a model that nobody knows where its price may be unknown', () => {
    const { candidates } = planned('{ m: { use: anthropic/brand-new, price: unknown } }', 'model: m');
    assert.deepEqual(candidates, [{ provider: 'anthropic', model: 'brand-new', isPaid: true }]);
  });
});

function findings(step: string): readonly string[] {
  const text = `name: x\ninputs: { files: { type: files } }\nsteps:\n  a: { ${step} }\n`;
  try {
    return makePlan(parsePipeline(text, 'p.yaml'), worldOf(POOL)).warnings.map(({ message }) => message);
  } catch (error) {
    return (error as { findings: { message: string }[] }).findings.map(({ message }) => message);
  }
}

describe('a model step', () => {
  for (const { name, step, said } of [
    {
      name: 'may ask what nobody knows whether a model can',
      step: 'model: anthropic/middle, prompt: Go, output: { type: object }',
      said: [],
    },
    {
      name: 'gets calls of tools by structured answers',
      step: 'model: ollama/small, prompt: Go, tools: [text.template]',
      said: [],
    },
    {
      name: 'is told that only texts can be attached',
      step: 'model: anthropic/cheap, prompt: Go, attach: ["${{ inputs.files }}"]',
      said: [
        'Cannot use "model" of step "a": anthropic/cheap takes no pictures, and so only texts among what "attach" gives',
      ],
    },
    {
      name: 'cannot say more than its model takes',
      step: `model: ollama/small, system: "${'word '.repeat(2000)}", messages: [{ user: "${'word '.repeat(10_000)}" }]`,
      said: [
        'Cannot use "model" of step "a": ollama/small takes 8192 tokens, and what the step says and gets is at least 8524',
      ],
    },
    {
      name: 'may say much in what it reads',
      step: 'model: ollama/small, prompt: "${{ inputs.files[0].name }} is it"',
      said: [],
    },
  ]) {
    it(name, () => assert.deepEqual(findings(step), said));
  }
});
