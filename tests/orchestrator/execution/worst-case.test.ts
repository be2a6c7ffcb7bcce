import assert from 'node:assert/strict';
import { additionsOf, REPAIR_TOKENS, worstCase, type Sent } from '../../../src/pipeline/worst-case.ts';

const SENT: Sent = {
  provider: 'anthropic',
  bytes: 100,
  messages: 1,
  images: 0,
  tools: 0,
  isStructured: false,
  maxOutputTokens: 10,
};
const { call, message, image, tools, tool } = additionsOf('anthropic');
const FIRST = 100 + call + message;

describe('worstCase', () => {
  for (const { name, sent, expected } of [
    { name: 'a byte for each token, what the vendor adds, and the output limit', sent: SENT, expected: FIRST + 10 },
    { name: 'pictures', sent: { ...SENT, images: 2 }, expected: FIRST + 2 * image + 10 },
    { name: 'tools', sent: { ...SENT, tools: 3 }, expected: FIRST + tools + 3 * tool + 10 },
    { name: 'a repair', sent: { ...SENT, isStructured: true }, expected: 2 * FIRST + 10 + REPAIR_TOKENS + 20 },
    { name: 'a provider that nobody has told of', sent: { ...SENT, provider: 'own' }, expected: FIRST + 10 },
  ]) {
    it(`counts ${name}`, () => assert.deepEqual(worstCase(sent, undefined), { tokens: expected, nanoUsd: 0 }));
  }

  it('takes the highest price that can apply', () => {
    const price = { inputNanoUsd: 3, outputNanoUsd: 15, cachedInputNanoUsd: 0.3, cacheWriteNanoUsd: 3.75 };
    assert.equal(worstCase(SENT, price).nanoUsd, Math.ceil(FIRST * 3.75 + 10 * 15));
  });

  it('counts a picture of every vendor', () => {
    assert.deepEqual(
      ['anthropic', 'openai', 'ollama'].map((provider) => additionsOf(provider).image),
      [5000, 50_000, 20_000],
    );
  });
});
