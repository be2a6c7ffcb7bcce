import assert from 'node:assert/strict';
import { costOf } from '../../../src/catalog/cost.ts';
import { findModelCard } from '../../../src/catalog/models.ts';
import { priceOf } from '../../../src/catalog/prices.ts';
import type { Usage } from '../../../src/pipeline/result.ts';

/**
 * Dollars per million tokens: what is read, read from a cache, written into one for five minutes, and written. A dash:
 * the vendor has no price of its own for it. Anthropic's are from copies of its page of prices
 * (https://platform.claude.com/docs/en/about-claude/pricing), OpenAI's from those who quote its page
 * (https://developers.openai.com/api/docs/pricing): models.dev of July 2026, and for GPT-6 what was written at its release.
 */
const PUBLISHED = `
anthropic claude-fable-5-1        10    0.25   12.5   50
anthropic claude-fable-5          10    1      12.5   50
anthropic claude-opus-5           5     0.5    6.25   25
anthropic claude-opus-4-8         5     0.5    6.25   25
anthropic claude-opus-4-7         5     0.5    6.25   25
anthropic claude-opus-4-6         5     0.5    6.25   25
anthropic claude-opus-4-5         5     0.5    6.25   25
anthropic claude-opus-4-1         15    1.5    18.75  75
anthropic claude-opus-4-20250514  15    1.5    18.75  75
anthropic claude-sonnet-5         2     0.2    2.5    10
anthropic claude-sonnet-4-6       3     0.3    3.75   15
anthropic claude-sonnet-4-5       3     0.3    3.75   15
anthropic claude-haiku-4-5        1     0.1    1.25   5
anthropic claude-3-5-haiku-latest 0.8   0.08   1      4
anthropic claude-3-haiku-20240307 0.25  0.03   0.3    1.25
openai    gpt-6-astra             10    1      12.5   50
openai    gpt-6-sol               2     0.2    2.5    10
openai    gpt-6-luna              0.1   0.01   0.125  0.5
openai    gpt-5.5                 5     0.5    -      30
openai    gpt-5.4                 2.5   0.25   -      15
openai    gpt-5.4-mini            0.75  0.075  -      4.5
openai    gpt-5.4-nano            0.2   0.02   -      1.25
openai    gpt-5.2                 1.75  0.175  -      14
openai    gpt-5.1                 1.25  0.125  -      10
openai    gpt-5                   1.25  0.125  -      10
openai    gpt-5-mini              0.25  0.025  -      2
openai    gpt-5-nano              0.05  0.005  -      0.4
openai    gpt-4.1                 2     0.5    -      8
openai    gpt-4.1-mini            0.4   0.1    -      1.6
openai    gpt-4.1-nano            0.1   0.025  -      0.4
openai    gpt-4o                  2.5   1.25   -      10
openai    gpt-4o-mini             0.15  0.075  -      0.6
openai    o3                      2     0.5    -      8
openai    o4-mini                 1.1   0.275  -      4.4
openai    o1                      15    7.5    -      60
`;

/** Models whose long prompts cost more: over how many tokens, and how many times as much for what is read and written. */
const LONG = [
  { provider: 'openai', model: 'gpt-6-sol', over: 272_000, read: 2n, written: [3n, 2n] },
  { provider: 'openai', model: 'gpt-5.5', over: 272_000, read: 2n, written: [3n, 2n] },
  { provider: 'openai', model: 'gpt-5.4', over: 272_000, read: 2n, written: [3n, 2n] },
  { provider: 'anthropic', model: 'claude-sonnet-4-5', over: 200_000, read: 2n, written: [3n, 2n] },
] as const;

interface Row {
  readonly provider: string;
  readonly model: string;
  /** Pico-dollars for a token, of which a dollar per million is a million. */
  readonly input: bigint;
  readonly cached: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
}

const ROWS = PUBLISHED.trim()
  .split('\n')
  .map((line): Row => {
    const [provider = '', model = '', input = '', cached = '', write = '', output = ''] = line.split(/\s+/);
    const read = pico(input);
    return {
      provider,
      model,
      input: read,
      cached: pico(cached),
      cacheWrite: write === '-' ? read : pico(write),
      output: pico(output),
    };
  });

/** `0.075` → 75000n, digit by digit: no fraction is ever calculated with. */
function pico(usd: string): bigint {
  const [whole = '', decimals = ''] = usd.split('.');
  return BigInt(whole + decimals.padEnd(6, '0'));
}

/** In nano-dollars, rounded up. */
function billOf({ input, cached, cacheWrite, output }: Row, usage: Usage): number {
  const [all, fromCache, intoCache] = [usage.inputTokens, usage.cachedInputTokens, usage.cacheWriteTokens ?? 0].map(
    BigInt,
  ) as [bigint, bigint, bigint];
  const plain = all - fromCache - intoCache;
  const sum = plain * input + fromCache * cached + intoCache * cacheWrite + BigInt(usage.outputTokens) * output;
  return Number((sum + 999n) / 1000n);
}

/** Reasoning is a part of the output, and is not paid twice. */
const USAGES: readonly Usage[] = [
  { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 },
  { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0 },
  { inputTokens: 1234, outputTokens: 567, cachedInputTokens: 0 },
  { inputTokens: 4740, outputTokens: 255, cachedInputTokens: 4096 },
  { inputTokens: 4740, outputTokens: 255, cachedInputTokens: 0, cacheWriteTokens: 4735 },
  {
    inputTokens: 99_999,
    outputTokens: 31_999,
    cachedInputTokens: 33_331,
    cacheWriteTokens: 22_229,
    reasoningTokens: 31_000,
  },
  { inputTokens: 777, outputTokens: 16_001, cachedInputTokens: 7, reasoningTokens: 15_872 },
];

describe('the bill of a call', () => {
  it('is checked for at least 30 models', () => assert.ok(ROWS.length >= 30));

  for (const row of ROWS) {
    it(`is what the vendor's published price says: ${row.provider}/${row.model}`, () => {
      for (const usage of USAGES)
        assert.equal(priceOf(row.provider, row.model, usage), billOf(row, usage), JSON.stringify(usage));
    });

    it(`is the same by a card with the user's own price of as much: ${row.provider}/${row.model}`, () => {
      const [inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd] = [
        row.input,
        row.output,
        row.cached,
        row.cacheWrite,
      ].map((each) => Number(each) / 1000) as [number, number, number, number];
      const price = { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd, isOwn: true } as const;
      for (const usage of USAGES) assert.equal(costOf({ isPaid: true, price }, usage, null), billOf(row, usage));
    });

    it(`is never more than the price that a plan freezes: ${row.provider}/${row.model}`, () => {
      const { price } = findModelCard(row.provider, row.model) ?? {};
      assert.ok(price !== undefined);
      for (const usage of USAGES) {
        const frozen = costOf({ isPaid: true, price: { ...price, isOwn: true } }, usage, null) as number;
        assert.ok(billOf(row, usage) <= frozen, JSON.stringify(usage));
      }
    });
  }

  for (const { provider, model, over, read, written } of LONG) {
    it(`is higher for the whole of a prompt over ${over} tokens: ${provider}/${model}`, () => {
      const row = ROWS.find((each) => each.provider === provider && each.model === model) as Row;
      const [times, by] = written;
      const long = {
        ...row,
        input: row.input * read,
        cached: row.cached * read,
        cacheWrite: row.cacheWrite * read,
        output: (row.output * times) / by,
      };
      const usage = { inputTokens: over + 1, outputTokens: 999, cachedInputTokens: 1001 };
      assert.equal(priceOf(provider, model, usage), billOf(long, usage));
      const short = { ...usage, inputTokens: over - 1 };
      assert.equal(priceOf(provider, model, short), billOf(row, short));
    });
  }

  it('adds up to that of all calls', () => {
    const calls = ROWS.flatMap((row) => USAGES.map((usage) => ({ row, usage })));
    const bill = calls.reduce((sum, { row, usage }) => sum + (priceOf(row.provider, row.model, usage) as number), 0);
    assert.equal(
      bill,
      calls.reduce((sum, { row, usage }) => sum + billOf(row, usage), 0),
    );
    assert.ok(Number.isSafeInteger(bill));
  });
});
