import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { ModelCall } from '../../../activities/calls.ts';
import type { MayBuy } from '../../../activities/models/may-buy.ts';
import { createMayBuy, type Ceilings } from '../../../activities/spending/above-runs.ts';
import { openCounter } from '../../../activities/spending/counter.ts';
import { DEPLOYMENT, openList } from '../../../activities/spending/growing-list.ts';
import { openStops } from '../../../activities/spending/stops.ts';
import { loadConfig, type Config } from '../../../src/config.ts';
import { excessOf, setAside, settleOn, totalsOn, type Totals } from '../../../src/pipeline/ceiling.ts';
import type { Purchase } from '../../../src/pipeline/result.ts';
import { describeSpending, resumeSpending, stopSpending } from '../../../src/spending.ts';

const NONE = { spent: { nanoUsd: 0, tokens: 0 }, reserved: { nanoUsd: 0, tokens: 0 } };
const tokens = (count: number) => ({ nanoUsd: 0, tokens: count });

describe('what stands above all runs', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-spending-'));
    store = openLocalDisk(folder);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds the end of a list that others have added to, however long it has become', async () => {
    const writer = openList<{ n: number }>(store, 'list');
    const reader = openList<{ n: number }>(store, 'list');
    assert.equal(await reader.last(), undefined);
    for (let number = 1; number <= 13; number += 1) {
      assert.equal(await writer.add({ number, entry: { n: number } }), true);
      if (number === 1 || number === 2 || number === 9 || number === 13) {
        assert.deepEqual(await reader.last(), { number, entry: { n: number } });
      }
    }
    assert.equal(await reader.add({ number: 13, entry: { n: 0 } }), false, 'somebody was quicker');
    assert.deepEqual(await openList(store, 'list').read(13), { n: 13 });
  });

  const totals = totalsOn(undefined, '2026-11-22');

  it('counts by the day and by the month', () => {
    const begun = setAside(totals, tokens(50));
    const [date] = ['2026-11-22'];
    const amounts = { amount: tokens(50), used: tokens(20) };
    const ended = settleOn(begun, date, amounts);
    assert.deepEqual(ended.day, { ...NONE, spent: tokens(20) });
    const nextDay = totalsOn(begun, '2026-11-23');
    assert.deepEqual([nextDay.day, nextDay.month.reserved], [NONE, tokens(50)]);
    const late = settleOn(nextDay, date, amounts);
    assert.deepEqual([late.day, late.month.spent], [NONE, tokens(20)], 'what began yesterday is no part of today');
    assert.equal(totalsOn(nextDay, date), nextDay, 'a clock that is behind turns nothing back');
  });

  for (const { name, ceiling, amount, expected } of [
    { name: 'nothing when nothing is limited', ceiling: { day: {}, month: {} }, amount: 1e12, expected: undefined },
    { name: 'nothing when it just fits', ceiling: { day: { tokens: 70 }, month: {} }, amount: 20, expected: undefined },
    {
      name: 'what comes back soon',
      ceiling: { day: { tokens: 69 }, month: {} },
      amount: 20,
      expected: { period: 'day', unit: 'tokens', limit: 69, taken: 50, isPassing: true },
    },
    {
      name: 'what is over',
      ceiling: { day: { tokens: 100 }, month: { tokens: 49 } },
      amount: 20,
      expected: { period: 'month', unit: 'tokens', limit: 49, taken: 50, isPassing: false },
    },
  ] as const) {
    it(`says of a ceiling that is too low: ${name}`, () => {
      const both = { spent: tokens(30), reserved: tokens(20) };
      assert.deepEqual(excessOf({ date: '', day: both, month: both }, ceiling, tokens(amount)), expected);
    });
  }

  it('never lets several workers go over a ceiling together, and refuses nobody who fits', async () => {
    const workers = Array.from({ length: 4 }, () => openCounter(openLocalDisk(folder), 'all', '2026-11'));
    const ceiling = { day: { tokens: 100 }, month: {} };
    const asked = Array.from({ length: 60 }, (_, index) =>
      (workers[index % 4] as (typeof workers)[number]).reserve('2026-11-22', tokens(3), ceiling),
    );
    const answers = await Promise.all(asked);
    const refused = answers.filter((answer) => answer !== undefined);
    assert.equal(answers.length - refused.length, 33);
    assert.ok(refused.every(({ isPassing }) => isPassing));
    const [one, other] = workers as [(typeof workers)[number], (typeof workers)[number]];
    assert.deepEqual((await one.totals('2026-11-22')).day.reserved, tokens(99));
    await Promise.all(
      Array.from({ length: 33 }, (_, index) =>
        (index % 2 === 0 ? one : other).settle('2026-11-22', { amount: tokens(3), used: tokens(1) }),
      ),
    );
    assert.deepEqual((await other.totals('2026-11-22')).month, { ...NONE, spent: tokens(33) });
  });

  it('fails when the store does, and goes on afterwards', async () => {
    const counter = openCounter(store, 'all', '2026-11');
    await rm(folder, { recursive: true });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(folder, 'a file in the way');
    const ceiling = { day: {}, month: {} };
    await assert.rejects(counter.reserve('2026-11-22', tokens(1), ceiling), { code: 'STORE_UNAVAILABLE' });
    await rm(folder);
    assert.equal(await counter.reserve('2026-11-22', tokens(1), ceiling), undefined);
  });

  const price = { inputNanoUsd: 1000, outputNanoUsd: 5000 };
  const PAID = { provider: 'openai', model: 'gpt-x', isPaid: true, price };
  const FREE = { provider: 'ollama', model: 'small', isPaid: false };

  const NO_CEILING: Ceilings = { all: { day: {}, month: {} }, tenant: { day: {}, month: {} } };
  const request = { model: 'x', messages: [{ role: 'user', text: 'hello' }], maxOutputTokens: 10 } as const;
  const { signal } = new AbortController();

  function configOf(): Config {
    return loadConfig({ HOME: folder, ORCHESTRATOR_ARTIFACTS: folder });
  }

  it('stops what is named, before the next call, and says who did it and why', async () => {
    const mayBuy = createMayBuy(store, NO_CEILING);
    const asks = (call: ModelCall): Promise<unknown> => mayBuy(call, request, signal);
    await asks(callOf(PAID));
    await stopSpending(configOf(), { by: 'ada', reason: 'a loop' });
    await assert.rejects(asks(callOf(PAID)), {
      code: 'SPENDING_STOPPED',
      message: /"openai\/gpt-x": ada has stopped paid calls of all tenants at .*Z \("a loop"\), `orchestrator resume/,
    });
    await asks(callOf(FREE));
    await stopSpending(configOf(), { by: 'ada', provider: 'ollama', tenant: 'acme' });
    await assert.rejects(asks(callOf(FREE, 'acme')), {
      message: /stopped calls of provider "ollama" of tenant "acme"/,
    });
    await asks(callOf(FREE));
    await resumeSpending(configOf(), { by: 'grace' });
    await asks(callOf(PAID, 'acme'));
    const { stops, history } = await describeSpending(configOf());
    assert.deepEqual(
      stops.map(({ provider, tenant }) => [provider, tenant]),
      [['ollama', 'acme']],
    );
    assert.deepEqual(
      history.map(({ act, by, reason }) => [act, by, reason]),
      [
        ['resume', 'grace', undefined],
        ['stop', 'ada', undefined],
        ['stop', 'ada', 'a loop'],
      ],
    );
  });

  for (const { name, request: asked, message } of [
    { name: 'an unknown provider', request: { provider: 'openia' }, message: /"openia": there is none of that name/ },
    { name: 'a name that no tenant has', request: { tenant: 'ACME' }, message: /"ACME"/ },
    {
      name: 'what was not stopped',
      request: { tenant: 'acme' },
      message: /paid calls of tenant "acme".*nothing is stopped/,
    },
  ] as const) {
    it(`does not resume ${name}`, () =>
      assert.rejects(async () => resumeSpending(configOf(), { by: 'ada', ...asked }), { message }));
  }

  it('says what is stopped when something else is to be resumed', async () => {
    await stopSpending(configOf(), { by: 'ada', provider: 'openai' });
    await assert.rejects(resumeSpending(configOf(), { by: 'ada' }), {
      code: 'USAGE',
      message: /stopped are calls of provider "openai" of all tenants/,
    });
  });

  it('keeps every stop of several people who stop at the same moment', async () => {
    const tenants = ['a', 'b', 'c', 'd'];
    await Promise.all(tenants.map((tenant) => stopSpending(configOf(), { by: 'ada', tenant })));
    const { stops, history } = await describeSpending(configOf());
    assert.deepEqual(new Set(stops.map(({ tenant }) => tenant)), new Set(tenants));
    assert.equal(history.length, tenants.length);
  });

  it('tells of what was done as far as it can be read', async () => {
    const writer = openStops(store);
    for (const tenant of ['a', 'b']) await writer.change({ act: 'stop', by: 'ada', at: 1, tenant });
    const [last, first] = await writer.history(5);
    assert.deepEqual([last?.tenant, first?.tenant], ['b', 'a']);
    assert.deepEqual(await writer.history(1), [last]);
    await rm(join(folder, DEPLOYMENT, 'names/spending-stops/1'));
    assert.deepEqual(await writer.history(5), [last]);
    assert.equal((await writer.now()).length, 2);
  });

  const answer: Purchase = {
    model: 'openai/gpt-x',
    attempt: 1,
    reason: 'answer',
    usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 0 },
    costNanoUsd: 22_000,
  };

  async function spentAfter(mayBuy: MayBuy, call: ModelCall, bought: Purchase): Promise<Totals> {
    const tell = await mayBuy(call, request, signal);
    await tell(bought);
    const date = new Date().toISOString().slice(0, 10);
    return openCounter(store, 'all', date.slice(0, 7)).totals(date);
  }

  const IN_DOLLARS: Ceilings = { ...NO_CEILING, all: { day: { nanoUsd: 10_000_000 }, month: {} } };

  for (const { name, bought, isWhole } of [
    { name: 'what a call used', bought: answer, isWhole: false },
    {
      name: 'all that was set aside, when nobody knows',
      bought: { ...answer, reason: 'failure', code: 'PROVIDER_TIMEOUT', costNanoUsd: null },
      isWhole: true,
    },
  ] as const) {
    it(`counts ${name}`, async () => {
      const { usage: _, ...rest } = bought;
      const { day } = await spentAfter(createMayBuy(store, IN_DOLLARS), callOf(PAID), isWhole ? rest : bought);
      assert.deepEqual(day.reserved, NONE.reserved);
      if (isWhole) assert.ok(day.spent.nanoUsd > 200_000 && day.spent.tokens > 200, JSON.stringify(day));
      else assert.deepEqual(day.spent, { nanoUsd: 22_000, tokens: 10 });
    });
  }

  it('counts nothing for a call that cannot have been billed', async () => {
    const { usage: _, ...rest } = answer;
    const refused = { ...rest, reason: 'failure', code: 'PROVIDER_RATE_LIMITED', costNanoUsd: 0 } as const;
    const { day } = await spentAfter(createMayBuy(store, IN_DOLLARS), callOf(PAID), refused);
    assert.deepEqual(day, NONE);
  });

  it('gives back what it has set aside above when a tenant has no more', async () => {
    const ceilings = { all: { day: { tokens: 10_000 }, month: {} }, tenant: { day: {}, month: { tokens: 50 } } };
    await assert.rejects(createMayBuy(store, ceilings)(callOf(PAID), request, signal), {
      code: 'CEILING_REACHED',
      message:
        /0 tokens of the 50 tokens that tenant "default" may spend in a month .* may take \d+ tokens; the next month/,
    });
    const environment = { HOME: folder, ORCHESTRATOR_ARTIFACTS: folder };
    const limits = { ORCHESTRATOR_CEILING_DAY_TOKENS: '10000', ORCHESTRATOR_TENANT_CEILING_MONTH_USD: '2.5' };
    const { ceilings: shown } = await describeSpending(loadConfig({ ...environment, ...limits }));
    assert.deepEqual(
      shown.map(({ whose, totals: { day } }) => [whose, day]),
      [
        ['all tenants', NONE],
        ['tenant default', NONE],
      ],
    );
  });

  it('counts the worst of an answer whose price nobody knows', async () => {
    const { day } = await spentAfter(createMayBuy(store, IN_DOLLARS), callOf(PAID), { ...answer, costNanoUsd: null });
    assert.equal(day.spent.tokens, 10);
    assert.ok(day.spent.nanoUsd > 200_000, JSON.stringify(day));
    assert.deepEqual(day.reserved, NONE.reserved);
  });

  it('says in dollars what is left of a ceiling in dollars', async () => {
    const ceilings = { ...NO_CEILING, all: { day: { nanoUsd: 1000 }, month: {} } };
    await assert.rejects(createMayBuy(store, ceilings)(callOf(PAID), request, signal), {
      code: 'CEILING_REACHED',
      message:
        /: \$0 of the \$0\.000001 that all tenants may spend in a day are spent or set aside, and the call may take \$0\.000\d+; the next day \(UTC\)/u,
    });
  });

  it('keeps no ceiling in dollars for a model whose price nobody knows', async () => {
    const { price: _, ...unknown } = PAID;
    const mayBuy = createMayBuy(store, IN_DOLLARS);
    await assert.rejects(mayBuy(callOf(unknown), request, signal), { code: 'PRICE_UNKNOWN' });
    const inTokens = createMayBuy(store, { ...NO_CEILING, all: { day: { tokens: 1000 }, month: {} } });
    await inTokens(callOf(unknown), request, signal);
    await mayBuy(callOf(FREE), request, signal);
  });

  it('waits for what is set aside for other calls, until it is called off', async () => {
    const mayBuy = createMayBuy(store, { ...NO_CEILING, all: { day: { tokens: 400 }, month: {} } });
    const tell = await mayBuy(callOf(FREE), request, signal);
    const second = mayBuy(callOf(FREE), request, signal);
    const off = new AbortController();
    const third = mayBuy(callOf(FREE), request, off.signal);
    off.abort();
    await assert.rejects(third, { name: 'AbortError' });
    await tell(answer);
    await (
      await second
    )(answer);
  });
});

describe('the ceilings of a configuration', () => {
  it('are read in dollars and tokens', () => {
    const config = loadConfig({
      HOME: '/home/ada',
      ORCHESTRATOR_CEILING_MONTH_USD: '12.5',
      ORCHESTRATOR_TENANT_CEILING_DAY_TOKENS: '1000',
    });
    assert.deepEqual(config.ceilings, {
      all: { day: {}, month: { nanoUsd: 12_500_000_000 } },
      tenant: { day: { tokens: 1000 }, month: {} },
    });
  });

  for (const [variable, value] of [
    ['ORCHESTRATOR_CEILING_DAY_USD', '$5'],
    ['ORCHESTRATOR_TENANT_CEILING_MONTH_TOKENS', '-1'],
    ['ORCHESTRATOR_CEILING_DAY_TOKENS', '99999999999999'],
    ['ORCHESTRATOR_TENANT', 'orchestrator-deployment'],
  ] as const) {
    it(`refuses ${variable}=${value}`, () =>
      assert.throws(() => loadConfig({ HOME: '/home/ada', [variable]: value }), {
        code: 'CONFIG_INVALID',
        message: new RegExp(`Cannot use ${variable}`),
      }));
  }
});

function callOf(candidate: ModelCall['candidate'], tenant = 'default'): ModelCall {
  return { tenant, runId: 'run', path: 'ask', scope: {}, candidate, maxOutputTokens: 10 };
}
