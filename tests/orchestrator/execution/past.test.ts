import assert from 'node:assert/strict';
import { pastOf, type PastRun } from '../../../src/pipeline/past.ts';
import type { CallRecord } from '../../../src/pipeline/result.ts';

const NO_TOKENS = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 };

/** A call that used so many tokens, for as many nano-dollars. */
function callOf(path: string, tokens: number, costNanoUsd: number | null = tokens): CallRecord {
  const usage = { ...NO_TOKENS, inputTokens: tokens };
  const result = { status: 'done', output: { inline: null }, attempts: 1, checks: [], usage, costNanoUsd } as const;
  return { path, kind: 'model', endedAt: 0, result };
}

function runOf(tokens: number, calls: readonly CallRecord[] = []): PastRun {
  return { view: { usage: { ...NO_TOKENS, outputTokens: tokens }, costNanoUsd: 2 * tokens }, calls };
}

describe('pastOf', () => {
  it('is nothing without runs', () => assert.equal(pastOf([]), undefined));

  it('leaves out forks, which take over what they need not buy', () => {
    const fork = runOf(1);
    const view = { ...fork.view, forkOf: 'another' };
    assert.equal(pastOf([{ ...fork, view }]), undefined);
    assert.equal(pastOf([{ ...fork, view }, runOf(3)])?.tokens.p50, 3);
  });

  for (const { runs, p50, p90 } of [
    { runs: [5], p50: 5, p90: 5 },
    { runs: [9, 1], p50: 1, p90: 9 },
    { runs: [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], p50: 5, p90: 9 },
    { runs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], p50: 6, p90: 10 },
  ]) {
    it(`tells of runs of ${runs.join(', ')} tokens what half and nine of ten did not go beyond`, () => {
      const past = pastOf(runs.map((tokens) => runOf(tokens)));
      assert.equal(past?.runs, runs.length);
      assert.deepEqual(past?.tokens, { p50, p90 });
      assert.deepEqual(past?.nanoUsd, { p50: 2 * p50, p90: 2 * p90 });
    });
  }

  it('adds up the items, rounds and tries of a step, and leaves out what used nothing', () => {
    const skipped = { path: 'c', kind: 'model', endedAt: 0, result: { status: 'skipped', because: '' } } as const;
    const set = { path: 'd', kind: 'set', endedAt: 0, result: { ...callOf('d', 1).result } } as CallRecord;
    const { usage: _, ...withoutUsage } = set.result as Extract<CallRecord['result'], { status: 'done' }>;
    const past = pastOf([
      runOf(6, [callOf('a[0]#1/inner', 1), callOf('a[12]#2/inner', 2), callOf('a~2/inner', 3), callOf('b', 7, null)]),
      runOf(1, [callOf('a[0]/inner', 10), skipped, { ...set, result: withoutUsage }]),
    ]);
    assert.deepEqual(Object.fromEntries(past?.steps ?? []), {
      'a/inner': { tokens: { p50: 6, p90: 10 }, nanoUsd: { p50: 6, p90: 10 } },
      b: { tokens: { p50: 7, p90: 7 }, nanoUsd: { p50: 0, p90: 0 } },
    });
  });
});
