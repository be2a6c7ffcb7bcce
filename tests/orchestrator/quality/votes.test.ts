import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Vote } from '../../../src/pipeline/result.ts';
import { toolVerdict } from '../../../src/pipeline/tool-verdict.ts';
import { countVotes } from '../../../src/pipeline/votes.ts';

const votesOf = (scores: readonly number[]): readonly Vote[] =>
  scores.map((score, index) => ({ model: 'ollama/m', score, reason: `r${index + 1}` }));

describe('countVotes', () => {
  for (const { scores, pass, expected } of [
    { scores: [0.7], pass: 0.7, expected: { passed: true, score: 0.7, agreement: 1 } },
    { scores: [0.6], pass: 0.7, expected: { passed: false, score: 0.6, agreement: 1 } },
    { scores: [0.9, 0.2, 0.8], pass: 0.7, expected: { passed: true, score: 0.8, agreement: 0.6667 } },
    { scores: [0.1, 0.9, 0.6, 0.2, 0.3], pass: 0.7, expected: { passed: false, score: 0.3, agreement: 0.8 } },
    { scores: [0.1, 0.2], pass: 0.15, expected: { passed: true, score: 0.15, agreement: 0.5 } },
    { scores: [0, 1], pass: 0.6, expected: { passed: false, score: 0.5, agreement: 0.5 } },
    { scores: [0, 0, 0], pass: 0, expected: { passed: true, score: 0, agreement: 1 } },
  ]) {
    it(`of ${scores.join(', ')} for ${pass} is ${expected.score}`, () => {
      const { passed, score, agreement } = countVotes(votesOf(scores), pass);
      assert.deepEqual({ passed, score, agreement }, expected);
    });
  }

  it('quotes the one who judges', () => {
    const { reason } = countVotes([{ model: 'ollama/m', score: 0.4, reason: 'Too "rude",\n  and late. ' }], 0.7);
    assert.equal(reason, 'The judge gives 0.4, at least 0.7 is wanted: "Too \\"rude\\", and late."');
  });

  it('quotes every vote, long ones cut', () => {
    const [first, second] = votesOf([0.4, 0.9]) as [Vote, Vote];
    const { reason, votes } = countVotes([first, { ...second, reason: '😀'.repeat(200) }], 0.7);
    const short = `${'😀'.repeat(160)}…`;
    assert.equal(reason, `The median of 2 votes is 0.65, at least 0.7 is wanted; 50 % agree: 0.4 "r1", 0.9 "${short}"`);
    assert.deepEqual(votes, [first, { ...second, reason: short }]);
  });

  const tenths = fc.integer({ min: 0, max: 10 }).map((count) => count / 10);
  const scores = fc.array(tenths, { minLength: 1, maxLength: 9 });

  it('never contradicts itself, nor more than half of the votes', () => {
    fc.assert(
      fc.property(scores, tenths, (given, pass) => {
        const { passed, score, agreement = 0 } = countVotes(votesOf(given), pass);
        assert.equal(passed, score >= pass);
        const inFavour = given.filter((each) => each >= pass).length / given.length;
        if (inFavour !== 0.5) assert.equal(passed, inFavour > 0.5);
        assert.ok(agreement >= 0.5 && agreement <= 1);
        assert.equal(agreement === 1, inFavour === 0 || inFavour === 1);
        assert.ok(score >= Math.min(...given) && score <= Math.max(...given));
      }),
    );
  });

  it('does not hang on the order of the votes, and rises when one of them does', () => {
    fc.assert(
      fc.property(scores, tenths, fc.nat(), (given, pass, at) => {
        const { score, agreement } = countVotes(votesOf(given), pass);
        const turned = countVotes(votesOf(given.toReversed()), pass);
        assert.deepEqual([turned.score, turned.agreement], [score, agreement]);
        const higher = given.with(at % given.length, 1);
        assert.ok(countVotes(votesOf(higher), pass).score >= score);
      }),
    );
  });
});

describe('toolVerdict', () => {
  for (const { output, verdict } of [
    { output: true, verdict: { passed: true, score: 1, reason: 'Tool "t" accepts the output' } },
    { output: false, verdict: { passed: false, score: 0, reason: 'Tool "t" refuses the output' } },
    { output: { passed: false }, verdict: { passed: false, score: 0, reason: 'Tool "t" refuses the output' } },
    { output: { passed: true, score: 0.25, reason: 'So so' }, verdict: { passed: true, score: 0.25, reason: 'So so' } },
    {
      output: { passed: true, reason: 'x'.repeat(5000), more: [1] },
      verdict: { passed: true, score: 1, reason: 'x'.repeat(2000) },
    },
  ]) {
    it(`of ${JSON.stringify(output).slice(0, 60)}`, () => assert.deepEqual(toolVerdict('t', output), verdict));
  }

  for (const { output, is } of [
    { output: null, is: 'it is empty' },
    { output: 'true', is: 'it is "true"' },
    { output: 1, is: 'it is 1' },
    { output: [true], is: 'it is a list' },
    { output: {}, is: 'it has no "passed"' },
    { output: { passed: 'yes' }, is: '"passed" is "yes"' },
    { output: { passed: true, score: 2 }, is: '"score" is 2' },
    { output: { passed: true, score: -0.1 }, is: '"score" is -0.1' },
    { output: { passed: true, score: '1' }, is: '"score" is "1"' },
    { output: { passed: true, score: null }, is: '"score" is empty' },
    { output: { passed: true, reason: 7 }, is: '"reason" is 7' },
  ]) {
    it(`refuses ${JSON.stringify(output)}`, () => {
      assert.throws(() => toolVerdict('t', output), {
        code: 'TOOL_OUTPUT_INVALID',
        message:
          `Cannot take what tool "t" gives as a verdict: ${is}; true, false or a map with "passed" (true or false), ` +
          '"score" (a number from 0 to 1) and "reason" (a text) is allowed, the last two of which may be missing',
      });
    });
  }
});
