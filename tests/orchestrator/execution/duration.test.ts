import assert from 'node:assert/strict';
import { durationText, parseDuration } from '../../../src/pipeline/duration.ts';

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['365d', 31_536_000_000],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(parseDuration(text), ms));
    it(`writes ${text}`, () => assert.equal(durationText(ms), text));
  }

  for (const text of ['', '5', 's', '0s', '-1s', '1.5s', '5 s', '5S', '05s', '1h30m', '366d', '9999999999ms', '5s\n']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), undefined));
  }
});
