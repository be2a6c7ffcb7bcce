import assert from 'node:assert/strict';
import { allowedCron, allowedTimezone } from '../../../src/pipeline/schedule-times.ts';

const FIVE_FIELDS =
  'a text of five fields (minute, hour, day of the month, month, day of the week) such as "0 6 * * 1"';
const ZONE = 'the name of a time zone such as "Europe/Berlin" or "UTC"';

describe('allowedCron', () => {
  for (const text of [
    '* * * * *',
    '0 6 * * 1',
    ' 0  6 * * 1 ',
    '*/15 8-18 * jan-mar MON-FRI',
    '0,30 10/4 1-15/2 1,7 0',
    '0 0 * * 5-7',
    '05 0 * sept sund',
    '0 0 29 2 *',
    '0 0 31 2,3 *',
    '0 0 30 */2 *',
    '0 0 28-31 feb *',
  ]) {
    it(`takes "${text}"`, () => assert.equal(allowedCron(text), undefined));
  }

  for (const [text, allowed] of [
    ['', FIVE_FIELDS],
    ['0 6 * *', FIVE_FIELDS],
    ['0 0 6 * * 1', FIVE_FIELDS],
    ['@daily', FIVE_FIELDS],
    [`0${',0'.repeat(100)} * * * *`, 'a text of at most 200 characters'],
    ['60 * * * *', 'a minute from 0 to 59 in place of "60"'],
    ['-5 * * * *', 'a minute from 0 to 59 in place of "-5"'],
    ['1,,2 * * * *', 'a minute from 0 to 59 in place of ""'],
    ['1-2-3 * * * *', 'a minute from 0 to 59 in place of "1-2-3"'],
    ['1/2/3 * * * *', 'a minute from 0 to 59 in place of "1/2/3"'],
    ['0 24 * * *', 'an hour from 0 to 23 in place of "24"'],
    ['0 8-24 * * *', 'an hour from 0 to 23 in place of "8-24"'],
    ['0 0 0 * *', 'a day of the month from 1 to 31 in place of "0"'],
    ['0 0 L * *', 'a day of the month from 1 to 31 in place of "L"'],
    ['0 0 * ja *', 'a month from 1 to 12 in place of "ja"'],
    ['0 0 * 13 *', 'a month from 1 to 12 in place of "13"'],
    ['0 0 * * 8', 'a day of the week from 0 to 7 in place of "8"'],
    ['0 0 * * monady', 'a day of the week from 0 to 7 in place of "monady"'],
    ['0 18-8 * * *', 'a range that goes up in place of "18-8"'],
    ['0 0 * * fri-sun', 'a range that goes up in place of "fri-sun"'],
    ['*/0 * * * *', 'a step of at least 1 in place of "*/0"'],
    ['*/x * * * *', 'a step of at least 1 in place of "*/x"'],
    ['0 0 30 2 *', 'a day that one of its months has in place of "30"'],
    ['0 0 31 4,jun,9-11/2 *', 'a day that one of its months has in place of "31"'],
  ] as const) {
    it(`refuses "${text.slice(0, 30)}"`, () => assert.equal(allowedCron(text), allowed));
  }
});

describe('allowedTimezone', () => {
  it('takes every zone that Node lists', () => {
    assert.deepEqual(
      Intl.supportedValuesOf('timeZone').filter((name) => allowedTimezone(name) !== undefined),
      [],
    );
  });

  for (const name of [
    'UTC',
    'GMT',
    'Etc/UTC',
    'Etc/GMT+3',
    'Europe/Kyiv',
    'Asia/Kolkata',
    'US/Pacific',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Australia/NSW',
  ]) {
    it(`takes ${name}`, () => assert.equal(allowedTimezone(name), undefined));
  }

  for (const [name, allowed] of [
    ['', ZONE],
    ['Local', ZONE],
    ['Mars/Phobos', ZONE],
    ['Etc/Unknown/Place', ZONE],
    ['SystemV/AST4', ZONE],
    ['PST', ZONE],
    ['+01:00', ZONE],
    ['utc', '"UTC"'],
    ['europe/berlin', '"Europe/Berlin"'],
    ['US/PACIFIC', '"America/Los_Angeles"'],
    ['Europe/Berln', '"Europe/Berlin"'],
  ] as const) {
    it(`refuses "${name}"`, () => assert.equal(allowedTimezone(name), allowed));
  }
});
