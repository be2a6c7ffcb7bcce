import assert from 'node:assert/strict';
import { noPii } from '../../../activities/quality/no-pii.ts';
import type { Json } from '../../../src/pipeline/json.ts';

const check = async (subject: Json, signal = new AbortController().signal) => noPii.run(subject, true, { signal });

const CLEAN = { passed: true, score: 1, reason: 'No personal data was found' };
const BYTES_MAX = 1_048_576;

describe('no_pii', () => {
  for (const { name, subject } of [
    { name: 'nothing', subject: '' },
    { name: 'an innocent text', subject: 'Write us by e-mail, or call us; we take cards and know your IBAN.' },
    { name: 'values that are no text', subject: [null, true, 7, {}, { a: [] }] },
    { name: 'an order number', subject: 'Order 4012345678901234, 302-1234567-1234567, #123456789' },
    { name: 'a date and a time', subject: '2026-11-22T20:00:00+02:00, 22.11.2026 +01:00 1763841712000, +2026-11-22' },
    {
      name: 'a version',
      subject: 'v24.1.0, +1.2.3, 13.15.35-rc.1+20130313144700, left-pad@1.3.0, react@19.0.0-rc.next',
    },
    { name: 'a number with a fraction', subject: '[0.4111111111111111, 1.5500000000000004]' },
    { name: 'a table of numbers', subject: '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n41 11 11 11 11 11 11 11' },
    { name: 'a UUID and a hash', subject: '41111111-1111-4111-8111-111111111111 a4111111111111111b 4111111111111111f' },
    { name: 'an IP address', subject: '192.168.0.1, 8.8.8.8, 2001:db8::1' },
    { name: 'a handle, a picture and a remote', subject: '@anna, logo@2x.png, a@b, git@github.com:owner/name.git' },
    { name: 'a card with a wrong check sum', subject: '4111 1111 1111 1112, 3782-822463-10006' },
    { name: 'an IBAN with a wrong check sum', subject: 'DE89 3704 0044 0532 0130 01, XX82WEST12345698765432' },
    { name: 'a telephone number that no country has', subject: '+999 123 456 789, +1 000 000 0000, +12345678' },
    { name: 'a telephone number without a country', subject: '030 901820, (213) 373-4253' },
    { name: 'many cards with a wrong check sum', subject: '4111 1111 1111 1112\n'.repeat(60) },
    { name: 'parts on two lines', subject: '4111 1111\n1111 1111\nanna\n@web.de' },
  ] satisfies { name: string; subject: Json }[]) {
    it(`passes ${name}`, async () => assert.deepEqual(await check(subject), CLEAN));
  }

  for (const { name, subject, found } of [
    { name: 'an e-mail address', subject: 'Hello,\nwrite to **anna.b+c@web.de**.', found: 'e-mail address in line 2' },
    { name: 'one with other letters', subject: 'mailto:jürgen@müller.de', found: 'e-mail address in line 1' },
    { name: 'one without a space behind', subject: '<anna@mail.web.de>Hello', found: 'e-mail address in line 1' },
    { name: 'one of a strange top level', subject: 'anna@shop.xn--p1ai', found: 'e-mail address in line 1' },
    { name: 'a telephone number', subject: 'Call +49 30 901820 now', found: 'telephone number in line 1' },
    { name: 'one with brackets', subject: '\n\n(+1 (213) 373-4253)', found: 'telephone number in line 3' },
    { name: 'one in a link', subject: 'tel:+4930901820', found: 'telephone number in line 1' },
    { name: 'one behind a sign', subject: '1 +1, +2 + +4930901820', found: 'telephone number in line 1' },
    { name: 'one before a date', subject: '+12133734253 2026-11-22', found: 'telephone number in line 1' },
    { name: 'a card', subject: 'Visa: 4111111111111111.', found: 'payment card number in line 1' },
    {
      name: 'a card in groups',
      subject: 'on 22 5500-0000-0000-0004 123 12/28',
      found: 'payment card number in line 1',
    },
    {
      name: 'a card of fifteen digits',
      subject: '3782\u{a0}822463\u{a0}10005',
      found: 'payment card number in line 1',
    },
    {
      name: 'a card behind another number',
      subject: '2026 4111 1111 1111 1111',
      found: 'payment card number in line 1',
    },
    { name: 'a card as a number', subject: { card: 4111111111111111 }, found: 'payment card number in line 2' },
    { name: 'an IBAN', subject: 'gb82west12345698765432', found: 'IBAN in line 1' },
    { name: 'an IBAN in groups', subject: 'BE68 5390 0754 7034 BANK', found: 'IBAN in line 1' },
    { name: 'an IBAN behind a word', subject: 'ab12 is DE89 3704 0044 0532 0130 00 at', found: 'IBAN in line 1' },
    { name: 'a value deep in a map', subject: { a: [{ b: 'x\nanna@web.de' }] }, found: 'e-mail address in line 4' },
    { name: 'the name of a field', subject: { 'anna@web.de': 1 }, found: 'e-mail address in line 1' },
    {
      name: 'a line, once for each kind',
      subject: 'GB82WEST12345698765432 anna@web.de, otto@web.de',
      found: 'e-mail address in line 1, IBAN in line 1',
    },
    {
      name: 'more than five lines',
      subject: Array.from({ length: 60 }, (_, at) => `anna${at}@web.de`),
      found: `${[1, 2, 3, 4, 5].map((line) => `e-mail address in line ${line}`).join(', ')} and 55 more`,
    },
  ] satisfies { name: string; subject: Json; found: string }[]) {
    it(`fails ${name}, and does not quote it`, async () => {
      const reason = `The text holds personal data: ${found}`;
      assert.deepEqual(await check(subject), { passed: false, score: 0, reason });
    });
  }

  it('looks through the longest text that is allowed', async () => {
    const subject = `${'x '.repeat(BYTES_MAX / 2 - 6)} anna@web.de`;
    assert.equal(Buffer.byteLength(subject), BYTES_MAX);
    assert.equal((await check(subject)).reason, 'The text holds personal data: e-mail address in line 1');
  });

  it('cannot look through a longer one', async () => {
    const message = 'Cannot look for personal data: the text has 1048578 bytes, at most 1048576 are allowed';
    await assert.rejects(check('ä'.repeat(BYTES_MAX / 2 + 1)), { code: 'VALUE_INVALID', message });
  });

  it('ends when it is cancelled', async () => {
    const subject = '+49 30 901820 '.repeat(1000);
    await assert.rejects(check(subject, AbortSignal.abort()), { name: 'AbortError' });
  });
});
