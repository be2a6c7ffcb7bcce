import assert from 'node:assert/strict';
import { costOf } from '../../../src/catalog/cost.ts';
import { costByPrice, worstCost } from '../../../src/pipeline/token-price.ts';

const usage = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 200, cacheWriteTokens: 300 };
const price = { inputNanoUsd: 1250, outputNanoUsd: 10_000 };
const own = { ...price, isOwn: true } as const;

describe('costOf', () => {
  for (const { name, candidate, published, cost } of [
    { name: "nothing for a model of one's own", candidate: { isPaid: false }, published: null, cost: 0 },
    { name: 'the published price', candidate: { isPaid: true, price }, published: 7, cost: 7 },
    { name: 'unknown without a published price', candidate: { isPaid: true }, published: null, cost: null },
    {
      name: "the user's own price before the published one",
      candidate: { isPaid: true, price: own },
      published: 7,
      cost: 2_250_000,
    },
    {
      name: "the user's own price without a published one",
      candidate: { isPaid: true, price: own },
      published: null,
      cost: 2_250_000,
    },
  ]) {
    it(`is ${name}`, () => assert.equal(costOf(candidate, usage, published), cost));
  }
});

describe('costByPrice', () => {
  for (const { name, given, cost } of [
    {
      name: 'takes cached input and cache writes for other input where no price is set',
      given: price,
      cost: 2_250_000,
    },
    { name: 'has a price for cached input', given: { ...price, cachedInputNanoUsd: 125 }, cost: 2_025_000 },
    { name: 'has a price for cache writes', given: { ...price, cacheWriteNanoUsd: 2500 }, cost: 2_625_000 },
    { name: 'rounds up', given: { inputNanoUsd: 0.001, outputNanoUsd: 0 }, cost: 1 },
    { name: 'adds without the errors of fractions', given: { inputNanoUsd: 0.1, outputNanoUsd: 0.7 }, cost: 170 },
    { name: 'is nothing at no price', given: { inputNanoUsd: 0, outputNanoUsd: 0 }, cost: 0 },
  ]) {
    it(name, () => assert.equal(costByPrice(given, usage), cost));
  }
});

describe('worstCost', () => {
  const tokens = { inputTokens: 1000, outputTokens: 100 };
  for (const { name, given, cost } of [
    { name: 'takes the price of input', given: { ...price, cachedInputNanoUsd: 125 }, cost: 2_250_000 },
    {
      name: 'takes the price of cache writes where that is higher',
      given: { ...price, cacheWriteNanoUsd: 2500 },
      cost: 3_500_000,
    },
  ]) {
    it(name, () => assert.equal(worstCost(given, tokens), cost));
  }

  it('is never below what a call can cost', () => {
    for (let cached = 0; cached <= 1000; cached += 50) {
      for (let written = 0; written + cached <= 1000; written += 50) {
        const given = { ...price, cachedInputNanoUsd: 125, cacheWriteNanoUsd: 1562.5 };
        const used = { ...tokens, cachedInputTokens: cached, cacheWriteTokens: written };
        assert.ok(costByPrice(given, used) <= worstCost(given, tokens));
      }
    }
  });
});
