import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createScrubber } from '../../../activities/tools/scrub.ts';

const SECRET = 'hunter2+/ "ü" \\ 100%';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64Url = (text: string): string => Buffer.from(text).toString('base64url');

describe('createScrubber', () => {
  const scrubber = createScrubber([SECRET]);
  const text = (given: string) => scrubber.value(given);

  for (const { name, given, expected } of [
    { name: 'as it is', given: `a ${SECRET} b ${SECRET}`, expected: 'a [secret] b [secret]' },
    { name: 'URL-encoded', given: `?q=${encodeURIComponent(SECRET)}&r`, expected: '?q=[secret]&r' },
    {
      name: 'URL-encoded in lower case',
      given: encodeURIComponent(SECRET).replaceAll(/%../g, (code) => code.toLowerCase()),
      expected: '[secret]',
    },
    { name: 'as a form encodes it', given: encodeURIComponent(SECRET).replaceAll('%20', '+'), expected: '[secret]' },
    { name: 'inside JSON', given: JSON.stringify({ key: SECRET }), expected: '{"key":"[secret]"}' },
    { name: 'in base64', given: base64(SECRET), expected: '[secret]' },
    { name: 'in base64 for URLs', given: base64Url(SECRET), expected: '[secret]' },
  ]) {
    it(`finds a secret ${name}`, () => assert.equal(text(given), expected));
  }

  for (const before of ['', 'u', 'us', 'use', 'user:']) {
    it(`finds a secret in base64 behind "${before}"`, () => {
      for (const encode of [base64, base64Url]) {
        const scrubbed = scrubber.sentence(`Basic ${encode(`${before}${SECRET}after`)}`);
        assert.match(scrubbed, /\[secret\]/);
        assert.ok(!scrubbed.includes(encode(SECRET).slice(4, -4)));
      }
    });
  }

  it('goes through lists, maps and their keys, and leaves other values alone', () => {
    assert.deepEqual(scrubber.value([{ [SECRET]: [`x${SECRET}`, 1, null, true] }]), [
      { '[secret]': ['x[secret]', 1, null, true] },
    ]);
  });

  it('keeps a key that is named like a part of every object', () => {
    const given = JSON.parse('{"__proto__":{"a":1},"constructor":"b"}');
    assert.equal(JSON.stringify(scrubber.value(given)), '{"__proto__":{"a":1},"constructor":"b"}');
  });

  it('replaces the longer of two secrets where one contains the other', () => {
    assert.equal(createScrubber(['abc', 'abcdef']).value('abcdef abc'), '[secret] [secret]');
  });

  it('changes nothing without secrets, or for an empty one', () => {
    assert.equal(createScrubber([]).value('text'), 'text');
    assert.equal(createScrubber(['']).value('text'), 'text');
  });

  it('leaves short pieces of base64 in innocent text', () => {
    assert.equal(createScrubber(['abc']).value('YWJj is innocent, abc is not'), 'YWJj is innocent, [secret] is not');
  });

  for (const { name, given, expected } of [
    { name: 'cut off', given: `it said ${JSON.stringify(SECRET.slice(0, 10))} …`, expected: 'it said "[secret]" …' },
    {
      name: 'cut off in a URL',
      given: `GET /?q=${encodeURIComponent(SECRET).slice(0, 12)}`,
      expected: 'GET /?q=[secret]',
    },
    {
      name: 'whole and cut off',
      given: `${SECRET} or ${SECRET.slice(0, 8)}, hunter`,
      expected: '[secret] or [secret], hunter',
    },
    {
      name: 'in JSON in quotes',
      given: JSON.stringify(JSON.stringify({ a: SECRET })),
      expected: '"{\\"a\\":\\"[secret]\\"}"',
    },
  ]) {
    it(`finds a secret ${name} in a sentence`, () => assert.equal(scrubber.sentence(given), expected));
  }

  it('leaves the beginning of a secret in a value, where it may be something else', () => {
    assert.equal(text('hunter2+/ '), 'hunter2+/ ');
  });

  it('leaves no secret in any text, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'binary' }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.isWellFormed() && !'[secret]'.includes(secret));
        const scrub = createScrubber([secret]);
        for (const encode of [String, encodeURIComponent, JSON.stringify]) {
          const given = `${before}${encode(secret)}${after}`;
          for (const scrubbed of [scrub.value(given) as string, scrub.sentence(given)]) {
            assert.ok(scrubbed.includes('[secret]'));
            assert.ok(!scrubbed.includes(secret) || `${before}${after}`.includes(secret));
          }
        }
      }),
    );
  });
});
