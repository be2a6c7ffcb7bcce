import assert from 'node:assert/strict';
import { setImmediate as giveWay } from 'node:timers/promises';
import { noPii } from '../../../activities/quality/no-pii.ts';
import { noSecrets } from '../../../activities/quality/no-secrets.ts';
import { similarTo } from '../../../activities/quality/similar-to.ts';
import { textSimilarity } from '../../../activities/quality/text-similarity.ts';
import type { Json } from '../../../src/pipeline/json.ts';

const CONTEXT = { signal: new AbortController().signal };
const GITHUB = `ghp_${'a1B2'.repeat(9)}`;
const ANTHROPIC = `sk-ant-api03-${'a'.repeat(93)}AA`;

const similarity = async (subject: Json, options: object) =>
  similarTo.run(subject, similarTo.options.parse(options), CONTEXT);
const secrets = async (subject: Json) => noSecrets.run(subject, true, CONTEXT);

describe('textSimilarity', () => {
  for (const { one, other, score } of [
    { one: 'Hello world', other: 'hello  WORLD ', score: 1 },
    { one: '\uFB01ne', other: 'fine', score: 1 },
    { one: '', other: ' ', score: 1 },
    { one: '', other: 'abc', score: 0 },
    { one: 'abc', other: 'xyz', score: 0 },
    { one: 'Hello world', other: 'Hello word', score: 0.761 },
    { one: 'First one. Second two.', other: 'Second two. First one.', score: 0.954 },
    { one: 'a '.repeat(1000), other: `${'a '.repeat(1000)}b`, score: 0.999 },
  ]) {
    it(`of ${JSON.stringify(one).slice(0, 30)} and ${JSON.stringify(other).slice(0, 30)} is ${score}`, () => {
      assert.equal(textSimilarity(one, other), score);
      assert.equal(textSimilarity(other, one), score);
    });
  }
});

describe('similar_to', () => {
  it('passes what is similar enough', async () => {
    assert.deepEqual(await similarity('Hello word', { text: 'Hello world', pass: 0.76 }), {
      passed: true,
      score: 0.761,
      reason: 'The text is similar to "Hello world" by 0.761, at least 0.76 is wanted',
    });
  });

  it('fails what is not, by 0.8 unless told otherwise', async () => {
    assert.deepEqual(await similarity('Hello word', { text: 'Hello world' }), {
      passed: false,
      score: 0.761,
      reason: 'The text is similar to "Hello world" by 0.761, at least 0.8 is wanted; it is "Hello word"',
    });
  });

  it('cannot compare what is too long', async () => {
    const message = 'Cannot compare two texts: one has 200001 characters, at most 200000 are allowed';
    await assert.rejects(similarity('x'.repeat(200_001), { text: 'x' }), { code: 'VALUE_INVALID', message });
    await assert.rejects(similarity('x', { text: 'x'.repeat(200_001) }), { code: 'VALUE_INVALID', message });
  });
});

describe('no_secrets', () => {
  for (const subject of ['', 'An innocent text about keys and tokens.', 7, null, { a: ['b', { c: true }] }]) {
    it(`passes ${JSON.stringify(subject)}`, async () => {
      assert.deepEqual(await secrets(subject), { passed: true, score: 1, reason: 'No secret was found' });
    });
  }

  for (const { name, subject, found } of [
    { name: 'a text', subject: `One line\ntoken ${GITHUB}`, found: 'GITHUB_TOKEN in line 2' },
    { name: 'a value deep in a map', subject: { a: [{ b: ANTHROPIC }] }, found: 'ANTHROPIC_API_KEY in line 3' },
    { name: 'the name of a field', subject: { [GITHUB]: 1 }, found: 'GITHUB_TOKEN in line 1' },
    {
      name: 'more than five places',
      subject: Array.from({ length: 7 }, (_, at) => `ghp_${String(at).repeat(2)}${'a1B2'.repeat(8)}zz`),
      found: /^(GITHUB_TOKEN in line \d+, ){4}GITHUB_TOKEN in line \d+ and 2 more$/,
    },
  ] satisfies { name: string; subject: Json; found: string | RegExp }[]) {
    it(`fails a secret in ${name}, and does not quote it`, async () => {
      const { passed, score, reason } = await secrets(subject);
      assert.deepEqual({ passed, score }, { passed: false, score: 0 });
      const start = 'The text holds what looks like a secret: ';
      assert.equal(reason.slice(0, start.length), start);
      if (typeof found === 'string') assert.equal(reason.slice(start.length), found);
      else assert.match(reason.slice(start.length), found);
      assert.ok(!reason.includes('a1B2') && !reason.includes('aaaa'));
    });
  }

  it('counts lines as no_pii does', async () => {
    const subject = ['one', { two: [3, 'a\nb'], four: `${GITHUB} ada@example.org` }];
    assert.match((await secrets(subject)).reason, / GITHUB_TOKEN in line 7$/);
    assert.match((await noPii.run(subject, true, CONTEXT)).reason, / e-mail address in line 7$/);
  });

  it('refuses what is too long', async () => {
    await assert.rejects(secrets('x'.repeat(1_048_577)), {
      code: 'VALUE_INVALID',
      message: 'Cannot look for secrets: the text has 1048577 bytes, at most 1048576 are allowed',
    });
  });

  it('leaves the worker its thread, however long it looks', async () => {
    const looking = secrets(`${GITHUB} `.repeat(3000));
    const isDone = looking.then(() => true);
    let turns = 0;
    while (!(await Promise.race([isDone, giveWay(false)]))) turns += 1;
    assert.ok(turns > 100, `${turns} turns`);
    assert.equal((await looking).passed, false);
  });

  it('ends when it is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('over'));
    await assert.rejects(async () => noSecrets.run(GITHUB, true, { signal }), { message: 'over' });
  });
});
