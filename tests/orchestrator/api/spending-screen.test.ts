import assert from 'node:assert/strict';
import {
  ceilingsTable,
  historyLines,
  spendingReport,
  stopLines,
  stopReport,
} from '../../../src/cli/screen/spending.ts';
import { tableLines } from '../../../src/cli/screen/table.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import type { SpendingView } from '../../../src/spending.ts';

const AT = Date.parse('2026-01-02T03:04:05Z');
const TIME = '2026-01-02T03:04:05.000Z';
const STOP = { at: AT, by: 'ada' };
const NARROW = { ...STOP, tenant: 'acme', provider: 'openai', reason: 'too\ndear' };

const spent = (nanoUsd: number, tokens: number, reservedTokens: number) => ({
  spent: { nanoUsd, tokens },
  reserved: { nanoUsd: 0, tokens: reservedTokens },
});

const VIEW: SpendingView = {
  stops: [NARROW],
  history: [
    { ...STOP, act: 'resume' },
    { ...STOP, act: 'stop' },
  ],
  ceilings: [
    {
      whose: 'tenant acme',
      ceiling: { day: { nanoUsd: 2e9 }, month: { tokens: 5000 } },
      totals: { date: '2026-01-02', day: spent(5e8, 70, 0), month: spent(9e8, 1200, 30) },
    },
  ],
};

describe('stopLines', () => {
  for (const { name, stops, expected } of [
    { name: 'nothing', stops: [], expected: ['Nothing is stopped'] },
    { name: 'all that is paid', stops: [STOP], expected: ['Stopped: paid calls of all tenants, by ada'] },
    {
      name: 'one provider of one tenant, and why',
      stops: [NARROW],
      expected: ['Stopped: calls of provider "openai" of tenant "acme", by ada: too dear'],
    },
  ]) {
    it(`says that what is stopped is ${name}`, () => assert.deepEqual(stopLines(stops), expected));
  }
});

describe('historyLines', () => {
  it('say what was done when', () => {
    assert.deepEqual(historyLines(VIEW.history), [
      `${TIME} resumed: paid calls of all tenants, by ada`,
      `${TIME} stopped: paid calls of all tenants, by ada`,
    ]);
  });
});

describe('ceilingsTable', () => {
  it('has a row for each limit, in its unit', () => {
    const lines = tableLines(ceilingsTable(VIEW), plain).map((line) => line.replaceAll(/ +/gu, ' '));
    assert.deepEqual(lines, [
      'CEILING OF IN A LIMIT SPENT SET ASIDE',
      'tenant acme day, usd $2.00 $0.50 $0',
      'tenant acme month, tokens 5000 1200 30',
    ]);
  });

  it('is empty where no limit is set', () => {
    assert.deepEqual(ceilingsTable({ ...VIEW, ceilings: [] }), { columns: [], rows: [] });
  });
});

describe('spendingReport', () => {
  const stop = { tenant: null, provider: null, by: 'ada', at: TIME, reason: null };

  it('tells programs all of it', () => {
    assert.deepEqual(spendingReport(VIEW), {
      event: 'spending',
      stops: [{ tenant: 'acme', provider: 'openai', by: 'ada', at: TIME, reason: 'too\ndear' }],
      ceilings: [
        { whose: 'tenant acme', period: 'day', unit: 'usd', limit: 2e9, spent: 5e8, reserved: 0 },
        { whose: 'tenant acme', period: 'month', unit: 'tokens', limit: 5000, spent: 1200, reserved: 30 },
      ],
      history: [
        { act: 'resume', ...stop },
        { act: 'stop', ...stop },
      ],
    });
  });

  it('has null for what is not said of a stop', () => assert.deepEqual(stopReport(STOP), stop));
});
