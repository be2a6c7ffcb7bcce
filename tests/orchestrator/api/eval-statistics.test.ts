import assert from 'node:assert/strict';
import { chanceOf, meanOf, quantileOf, shareOf } from '../../../src/evaluation/statistics.ts';

describe('shareOf', () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
  for (const { count, total, low, high } of [
    { count: 81, total: 263, low: 0.2553, high: 0.3662 },
    { count: 15, total: 148, low: 0.0624, high: 0.1605 },
    { count: 0, total: 20, low: 0, high: 0.1611 },
    { count: 1, total: 29, low: 0.0061, high: 0.1718 },
  ]) {
    it(`gives the published interval of ${count} of ${total}`, () => {
      const found = shareOf(count, total);
      assert.equal(found?.value, count / total);
      assert.deepEqual([found?.low.toFixed(4), found?.high.toFixed(4)], [low.toFixed(4), high.toFixed(4)]);
    });
  }

  it('ends at 1 when all are', () => assert.deepEqual(shareOf(20, 20)?.high, 1));
  it('is nothing of nothing', () => assert.equal(shareOf(0, 0), undefined));
});

describe('meanOf', () => {
  // B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), table 2.1: survival of treated mice in days;
  // the mean is 86.86, its bootstrap standard error 23.36 (plug-in).
  const mice = [94, 197, 16, 38, 99, 141, 23];

  it('gives the mean, between bounds as wide as the published error says', () => {
    const found = meanOf(mice);
    assert.ok(found !== undefined);
    assert.equal(found.value.toFixed(2), '86.86');
    const halfWidth = (found.high - found.low) / 2;
    assert.ok(Math.abs(halfWidth / 1.96 - 23.36) < 2, `${found.low} to ${found.high}`);
  });

  it('gives the same for the same values and seed, and hardly another for another seed', () => {
    assert.deepEqual(meanOf(mice, 1), meanOf(mice, 1));
    assert.notDeepEqual(meanOf(mice, 1), meanOf(mice, 2));
  });

  it('has no width where all are alike', () => {
    assert.deepEqual(meanOf([0.5, 0.5, 0.5]), { value: 0.5, low: 0.5, high: 0.5 });
  });

  it('is nothing of nothing', () => assert.equal(meanOf([]), undefined));
});

describe('chanceOf', () => {
  for (const { onlyOne, onlyOther, chance } of [
    // Two-sided sign tests, as binomial tables have them.
    { onlyOne: 0, onlyOther: 5, chance: 0.0625 },
    { onlyOne: 1, onlyOther: 9, chance: 0.021484375 },
    { onlyOne: 9, onlyOther: 1, chance: 0.021484375 },
    { onlyOne: 2, onlyOther: 8, chance: 0.109375 },
    { onlyOne: 5, onlyOther: 5, chance: 1 },
    { onlyOne: 0, onlyOther: 0, chance: 1 },
    // Agresti, "Categorical Data Analysis", approval of the prime minister: 86 and 150 of 236.
    { onlyOne: 86, onlyOther: 150, chance: 0.0000373 },
  ]) {
    it(`of ${onlyOne} against ${onlyOther} is ${chance}`, () => {
      const found = chanceOf(onlyOne, onlyOther);
      assert.ok(Math.abs(found - chance) < 1e-6, String(found));
    });
  }

  it('holds for thousands of cases', () => {
    const found = chanceOf(4900, 5100);
    assert.ok(found > 0.04 && found < 0.05, String(found));
  });
});

describe('quantileOf', () => {
  it('is the value that so many do not go beyond', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantileOf(values, 0.5), 50.5);
    assert.equal(quantileOf(values, 0.95)?.toFixed(2), '95.05');
  });
  it('is nothing of nothing', () => assert.equal(quantileOf([], 0.5), undefined));
});
