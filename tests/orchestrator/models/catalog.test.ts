import assert from 'node:assert/strict';
import { abilitiesOf, describedModels } from '../../../src/catalog/abilities.ts';
import { describedCards, findModelCard, similarModels } from '../../../src/catalog/models.ts';
import { priceOf } from '../../../src/catalog/prices.ts';

describe('priceOf', () => {
  // 1,000 input tokens, 200 of them cached, and 100 output tokens, by the vendors' published prices per million
  // tokens: input, cached input, output. 800 × input + 200 × cached + 100 × output.
  const usage = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 200 };
  for (const { provider, model, published, nanoUsd } of [
    { provider: 'openai', model: 'gpt-4o', published: '$2.50, $1.25, $10', nanoUsd: 3_250_000 },
    { provider: 'openai', model: 'gpt-4o-2024-08-06', published: '$2.50, $1.25, $10', nanoUsd: 3_250_000 },
    { provider: 'openai', model: 'gpt-4o-mini', published: '$0.15, $0.075, $0.60', nanoUsd: 195_000 },
    { provider: 'openai', model: 'gpt-4.1', published: '$2, $0.50, $8', nanoUsd: 2_500_000 },
    { provider: 'openai', model: 'gpt-4.1-nano', published: '$0.10, $0.025, $0.40', nanoUsd: 125_000 },
    { provider: 'openai', model: 'gpt-5', published: '$1.25, $0.125, $10', nanoUsd: 2_025_000 },
    { provider: 'openai', model: 'gpt-5-nano', published: '$0.05, $0.005, $0.40', nanoUsd: 81_000 },
    { provider: 'openai', model: 'o3', published: '$2, $0.50, $8', nanoUsd: 2_500_000 },
    { provider: 'openai', model: 'o4-mini', published: '$1.10, $0.275, $4.40', nanoUsd: 1_375_000 },
    { provider: 'openai', model: 'gpt-4-turbo', published: '$10, no other for cached input, $30', nanoUsd: 13_000_000 },
    { provider: 'anthropic', model: 'claude-3-haiku-20240307', published: '$0.25, $0.03, $1.25', nanoUsd: 331_000 },
    { provider: 'anthropic', model: 'claude-haiku-4-5', published: '$1, $0.10, $5', nanoUsd: 1_320_000 },
    { provider: 'anthropic', model: 'claude-sonnet-4-5', published: '$3, $0.30, $15', nanoUsd: 3_960_000 },
    { provider: 'anthropic', model: 'claude-sonnet-4-20250514', published: '$3, $0.30, $15', nanoUsd: 3_960_000 },
    { provider: 'anthropic', model: 'claude-opus-4-5-20251101', published: '$5, $0.50, $25', nanoUsd: 6_600_000 },
    { provider: 'anthropic', model: 'claude-opus-4-1', published: '$15, $1.50, $75', nanoUsd: 19_800_000 },
  ]) {
    it(`is ${nanoUsd} for ${model} at ${published}`, () => assert.equal(priceOf(provider, model, usage), nanoUsd));
  }

  it('is higher for a long prompt where the vendor says so', () => {
    // Over 200,000 tokens at $6 and $22.50: 300,000 × 6,000 + 1,000 × 22,500 nano-dollars.
    const long = { inputTokens: 300_000, outputTokens: 1000, cachedInputTokens: 0 };
    assert.equal(priceOf('anthropic', 'claude-sonnet-4-5', long), 1_822_500_000);
  });

  it('is a whole number for every number of tokens', () => {
    for (let tokens = 0; tokens < 2000; tokens += 7) {
      const price = priceOf('openai', 'gpt-4o-mini', {
        inputTokens: tokens,
        outputTokens: tokens,
        cachedInputTokens: 0,
      });
      assert.equal(price, tokens * 750);
    }
  });

  for (const { name, provider, model } of [
    { name: 'a model that the table does not have', provider: 'openai', model: 'gpt-4o-minii' },
    { name: 'a newer model that begins like an older one', provider: 'anthropic', model: 'claude-sonnet-5-5' },
    { name: 'a provider that the table does not have', provider: 'ollama', model: 'smollm2:135m' },
    { name: 'a model of another provider', provider: 'anthropic', model: 'gpt-4o' },
    { name: 'a name in other letters, which the vendor does not know', provider: 'openai', model: 'GPT-4o' },
  ]) {
    it(`is not known for ${name}`, () => assert.equal(priceOf(provider, model, usage), null));
  }

  it('is not known where the table prices something else than tokens', () => {
    assert.equal(findModelCard('openai', 'whisper-1'), undefined);
  });
});

describe('findModelCard', () => {
  it('gives what each length of prompt costs, the highest price that can apply, and what the model can do', () => {
    const usual = { inputNanoUsd: 3000, outputNanoUsd: 15_000, cachedInputNanoUsd: 300, cacheWriteNanoUsd: 3750 };
    const long = { inputNanoUsd: 6000, outputNanoUsd: 22_500, cachedInputNanoUsd: 600, cacheWriteNanoUsd: 7500 };
    assert.deepEqual(findModelCard('anthropic', 'claude-sonnet-4-5-20250929'), {
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      contextTokens: 200_000,
      abilities: { structured_output: true, tools: true, images: true },
      outputTokensMax: 64_000,
      price: long,
      prices: [
        { overInputTokens: 0, price: usual },
        { overInputTokens: 200_000, price: long },
      ],
    });
  });

  it('leaves out what is not known', () => {
    assert.deepEqual(findModelCard('openai', 'ft:gpt-4o-mini-2024-07-18:acme::abc'), {
      provider: 'openai',
      model: 'ft:gpt-4o-mini-2024-07-18:acme::abc',
      price: { inputNanoUsd: 300, outputNanoUsd: 1200 },
    });
  });

  for (const model of ['gpt-5.6-luna-2026-07-01', 'gpt-5-nano-2025-08-07', 'gpt-4.1-2025-04-14', 'o3']) {
    it(`knows the edition ${model}`, () => assert.equal(findModelCard('openai', model)?.model, model));
  }

  for (const { name, model } of [
    { name: 'a model that embeds', model: 'text-embedding-3-small' },
    { name: 'a model that listens', model: 'whisper-1' },
    { name: 'a model that moderates', model: 'omni-moderation-latest' },
    { name: 'a model that does not exist', model: 'gpt-4o-minii' },
  ]) {
    it(`has none of ${name}`, () => assert.equal(findModelCard('openai', model), undefined));
  }
});

describe('describedCards', () => {
  const cards = describedCards();

  it('has every model of the table of abilities, each with a price', () => {
    assert.equal(cards.length, describedModels().length);
    assert.ok(cards.every(({ price }) => price !== undefined));
  });

  it('says of no model that it can do what it is not known to', () => {
    assert.equal(abilitiesOf('openai', 'gpt-4o-mini-tts'), undefined);
    assert.equal(abilitiesOf('anthropic', 'claude-sonnet-5')?.abilities?.structured_output, undefined);
  });
});

describe('similarModels', () => {
  it('gives the nearest names, best first, and only models that answer', () => {
    assert.equal(similarModels('openai', 'gpt-4o-minii')[0], 'gpt-4o-mini');
    assert.equal(similarModels('anthropic', 'claude-sonet-4-5')[0], 'claude-sonnet-4-5');
    assert.ok(similarModels('openai', 'text-embedding-3-smal').every((name) => !name.includes('embedding')));
    assert.ok(similarModels('openai', 'gpt-5').length <= 3);
  });

  it('gives nothing for what is far from every name, or a provider without a catalog', () => {
    assert.deepEqual(similarModels('openai', 'an entirely different name'), []);
    assert.deepEqual(similarModels('ollama', 'smollm2:135m'), []);
  });
});
