import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findQuote, plainText } from '../../../activities/quality/find-quote.ts';
import { groundedIn } from '../../../activities/quality/grounded-in.ts';
import type { Json } from '../../../src/pipeline/json.ts';

const SOURCE = 'The mill – built in 1874 –\n stood “by the river” for ninety\u00a0years. It burnt down.';

describe('findQuote', () => {
  for (const { name, quote, found } of [
    { name: 'what stands there letter by letter', quote: 'stood “by the river” for ninety', found: 1 },
    { name: 'what differs in white space', quote: 'built in  1874 –\tstood', found: 1 },
    { name: 'what differs in capitals', quote: 'THE MILL', found: null },
    { name: 'longer text that differs in capitals', quote: 'IT BURNT DOWN', found: 1 },
    {
      name: 'what differs in quotation marks and dashes',
      quote: 'mill - built in 1874 - stood "by the river"',
      found: 1,
    },
    { name: 'what is quoted in marks of its own', quote: '"It burnt down."', found: 1 },
    { name: 'what ends in an ellipsis', quote: 'It burnt down…', found: 1 },
    { name: 'what ends in three dots', quote: 'stood “by the river”...', found: 1 },
    { name: 'what is written with a ligature', quote: 'the \uFB01rst day', found: 2 },
    { name: 'other words', quote: 'stood by the lake for ninety years', found: null },
    { name: 'words that are left out', quote: 'The mill stood by the river', found: null },
    { name: 'another number', quote: 'built in 1875', found: null },
    { name: 'nothing', quote: '', found: null },
    { name: 'white space', quote: ' \n ', found: null },
    { name: 'too little', quote: 'in 1874', found: null },
    { name: 'signs only', quote: '“.............................”', found: null },
  ]) {
    it(`${found === null ? 'does not find' : 'finds'} ${name}`, () => {
      assert.equal(findQuote(quote, [SOURCE, 'On the first day'].map(plainText)), found);
    });
  }

  it('finds every long enough piece of a source, and tells which one', () => {
    const word = fc.stringMatching(/^[a-z]{3,9}$/);
    const words = fc.array(word, { minLength: 6, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.nat({ max: 2 }), (text, from) => {
        const quote = text
          .slice(from, from + 4)
          .join('  ')
          .toUpperCase();
        assert.equal(findQuote(quote, [plainText('nothing of it'), plainText(text.join('\n'))]), 2);
      }),
    );
  });
});

describe('grounded_in', () => {
  const { signal } = new AbortController();
  const run = async (options: { sources: Json; claims: Json; pass?: number }) =>
    groundedIn.run('', groundedIn.options.parse({ pass: 1, ...options }), { signal });

  it('passes what is shown, and tells where', async () => {
    const claims = [
      { claim: 'It was built in 1874', quote: 'built in 1874' },
      { claim: 'It rained', quote: 'it rained all day' },
    ];
    assert.deepEqual(await run({ sources: [SOURCE, { weather: { today: 'It rained all day' } }], claims }), {
      passed: true,
      score: 1,
      reason: '2 of 2 claims have a quote that stands in a source, a share of 1 is wanted',
      quotes: [
        { claim: 'It was built in 1874', quote: 'built in 1874', source: 1 },
        { claim: 'It rained', quote: 'it rained all day', source: 2 },
      ],
    });
  });

  it('names what is not shown, and why', async () => {
    const claims = [
      { claim: 'It was built in 1874', quote: 'built in 1874' },
      { claim: 'It had five floors', quote: 'the mill had five floors' },
      { claim: 'It was red', quote: ' ' },
    ];
    const { passed, score, reason } = await run({ sources: SOURCE, claims, pass: 0.5 });
    assert.deepEqual([passed, score], [false, 0.333]);
    assert.equal(
      reason,
      '1 of 3 claims have a quote that stands in a source, a share of 0.5 is wanted; not shown: ' +
        '"It had five floors" ("the mill had five floors" stands in no source), "It was red" (no quote)',
    );
  });

  it('names five of many, and keeps few characters of each', async () => {
    const claims = Array.from({ length: 7 }, () => ({ claim: 'c'.repeat(300), quote: '' }));
    const { reason, quotes } = await run({ sources: [], claims });
    assert.match(reason, / \(no quote\) and 2 more$/);
    assert.ok(reason.length < 2000);
    assert.equal(quotes?.[0]?.claim, `${'c'.repeat(200)}…`);
  });

  it('takes no claims for none that is shown', () => {
    assert.equal(groundedIn.options.safeParse({ sources: '', claims: [], pass: 0 }).success, false);
  });

  it('refuses sources that are too long', async () => {
    const sources = ['x'.repeat(5_000_000), 'x'.repeat(4_000_000)];
    await assert.rejects(run({ sources, claims: [{ claim: 'a', quote: 'b' }] }), {
      code: 'VALUE_INVALID',
      message: 'Cannot look for quotes in the sources: they have 9000000 bytes, at most 8388608 are allowed',
    });
  });

  it('ends when it is cancelled', async () => {
    const options = groundedIn.options.parse({ sources: '', claims: [{ claim: 'a', quote: 'b' }], pass: 1 });
    await assert.rejects(async () => groundedIn.run('', options, { signal: AbortSignal.abort(new Error('over')) }), {
      message: 'over',
    });
  });
});
