import assert from 'node:assert/strict';
import { compareRecordings } from './compare.ts';
import { judge, type Goal } from './goals.ts';
import { memoryOf, othersShare, peakMemoryOf, processCpuMs, readCpu, spin } from './machine.ts';
import { bestSpin, countedRounds, disturbance, looksThrottled } from './quiet.ts';
import { parseRecording, type Header, type Round } from './record.ts';
import { REASONS } from './reasons.ts';
import { report } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { estimateMedian, median, quantile, seededRandom } from './statistics.ts';

describe('quantile', () => {
  for (const { name, samples, q, expected } of [
    { name: 'is the middle of an odd number of samples', samples: [3, 1, 2], q: 0.5, expected: 2 },
    { name: 'lies between the two in the middle of an even number', samples: [4, 1, 2, 3], q: 0.5, expected: 2.5 },
    { name: 'is the least at 0', samples: [5, 7], q: 0, expected: 5 },
    { name: 'is the greatest at 1', samples: [5, 7], q: 1, expected: 7 },
    { name: 'is interpolated in between', samples: [0, 10, 20, 30, 40], q: 0.95, expected: 38 },
    { name: 'is the one sample there is', samples: [9], q: 0.95, expected: 9 },
  ]) {
    it(name, () => assert.equal(quantile(samples, q), expected));
  }

  it('refuses to guess without samples', () => assert.throws(() => quantile([], 0.5), RangeError));
});

describe('estimateMedian', () => {
  it('has no width when all rounds agree', () => {
    assert.deepEqual(estimateMedian([2, 2, 2, 2], 1), { value: 2, low: 2, high: 2 });
  });

  it('repeats with its seed', () => {
    assert.deepEqual(estimateMedian([1, 5, 2, 8, 3], 7), estimateMedian([1, 5, 2, 8, 3], 7));
  });

  it('covers the true median of 95 of 100 samples, give or take', () => {
    const random = seededRandom(11);
    const samples = Array.from({ length: 100 }, () => Array.from({ length: 15 }, random));
    const covered = samples
      .map((each, seed) => estimateMedian(each, seed))
      .filter(({ low, high }) => low <= 0.5 && high >= 0.5);
    assert.ok(covered.length >= 88, `${covered.length} of 100`);
  });
});

describe('looksThrottled', () => {
  for (const { ms, expected } of [
    { ms: 10, expected: false },
    { ms: 49.5, expected: true },
    { ms: 75, expected: false },
    { ms: 100.6, expected: true },
    { ms: 104, expected: false },
  ]) {
    it(`${expected ? 'knows' : 'does not see'} the period of a throttled server in ${ms} ms`, () => {
      assert.equal(looksThrottled(ms), expected);
    });
  }
});

const measured = (ms: number) => ({
  samples: { ms: [ms] },
  wallMs: 100,
  workerCpuMs: 50,
  serverCpuMs: 20,
  workerBytes: 2 ** 28,
});

function round(values: { product: number; raw: number }, facts: Partial<Round> = {}): Round {
  return {
    type: 'round',
    scenario: 'sequence-100',
    round: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    spinMs: [50, 51],
    othersShare: 0.02,
    load: 0.5,
    lanes: { 'orchestrator@tuned-file': measured(values.product), 'raw-temporal@tuned-file': measured(values.raw) },
    ...facts,
  };
}

describe('disturbance', () => {
  for (const { name, facts, expected } of [
    { name: 'passes a quiet round', facts: {}, expected: undefined },
    { name: 'passes a round of a machine that cannot tell', facts: { othersShare: undefined }, expected: undefined },
    { name: 'names other processes', facts: { othersShare: 0.31 }, expected: 'others used 31 % of the machine' },
    {
      name: 'names a slow processor',
      facts: { spinMs: [50, 60] },
      expected: 'the processor was 1.20 times slower than at its best',
    },
  ]) {
    it(name, () => {
      const { othersShare: share, ...rest } = { ...round({ product: 1, raw: 1 }), ...facts };
      assert.equal(disturbance(share === undefined ? rest : { ...rest, othersShare: share }, 50), expected);
    });
  }

  it('leaves all rounds in when too few are quiet', () => {
    const rounds = [round({ product: 1, raw: 1 }), round({ product: 1, raw: 1 }, { othersShare: 0.9 })];
    assert.deepEqual(countedRounds(rounds, bestSpin(rounds)), { counted: rounds, kept: 1 });
  });
});

describe('judge', () => {
  const goal: Goal = {
    id: 'step',
    title: 'per step',
    figure: { lane: 'orchestrator@tuned-file', metric: 'ms', quantile: 0.5 },
    dividedBy: { lane: 'raw-temporal@tuned-file', metric: 'ms', quantile: 0.5 },
    limit: { atMost: 1.1 },
    unit: 'ms',
  };
  const busy = { othersShare: 0.9 };
  for (const { name, changed, rounds, expected } of [
    { name: 'is met by ratios below the limit', rounds: [{ product: 21, raw: 20 }], expected: 'met' },
    { name: 'is missed by ratios beyond it', rounds: [{ product: 30, raw: 20 }], expected: 'missed' },
    {
      name: 'is not known when the limit lies within the interval',
      rounds: [
        { product: 20, raw: 20 },
        { product: 30, raw: 20 },
      ],
      expected: 'inconclusive',
    },
    {
      name: 'may ask for the least',
      changed: { limit: { atLeast: 0.9 } },
      rounds: [{ product: 19, raw: 20 }],
      expected: 'met',
    },
    {
      name: 'is missed by less than the least',
      changed: { limit: { atLeast: 0.9 } },
      rounds: [{ product: 9, raw: 20 }],
      expected: 'missed',
    },
  ] as const) {
    it(name, () => {
      const repeated = Array.from({ length: 6 }, (_, index) =>
        round(rounds[index % rounds.length] as (typeof rounds)[0]),
      );
      const judged = judge({ ...goal, ...changed }, { rounds: repeated, bestSpinMs: 50, seed: 1 });
      assert.equal(judged.verdict, expected);
    });
  }

  it('stays open on a busy machine, and still shows the figures', () => {
    const rounds = Array.from({ length: 6 }, () => round({ product: 20, raw: 20 }, busy));
    const { verdict, estimate, kept } = judge(goal, { rounds, bestSpinMs: 50, seed: 1 });
    assert.deepEqual(
      { verdict, estimate, kept },
      { verdict: 'inconclusive', estimate: { value: 1, low: 1, high: 1 }, kept: 0 },
    );
  });

  it('is missed by the one bad round of what must never happen', () => {
    const rounds = [
      ...Array.from({ length: 6 }, () => round({ product: 0, raw: 1 })),
      round({ product: 1, raw: 1 }, busy),
    ];
    const never: Goal = { ...goal, limit: { atMost: 0 }, isNever: true };
    assert.equal(judge(never, { rounds, bestSpinMs: 50, seed: 1 }).verdict, 'missed');
  });

  it('is not known when nothing was measured', () => {
    assert.equal(judge(goal, { rounds: [], bestSpinMs: 50, seed: 1 }).verdict, 'inconclusive');
  });
});

describe('a recording', () => {
  const header: Header = {
    type: 'header',
    date: '2026-01-01T00:00:00.000Z',
    commit: 'abc1234',
    hasChanges: false,
    command: 'npm run bench',
    seed: 1,
    versions: { node: 'v24.0.0' },
    profiles: { shipped: ['server', 'start-dev'] },
    machine: { cpus: 2, model: 'a processor', memoryBytes: 2 ** 34, system: 'linux' },
  };
  const failure = { type: 'failure', scenario: 'fan-100', message: 'no such luck' } as const;
  const rounds = [1, 2, 3].map(() => round({ product: 30, raw: 20 }));
  const text = [header, ...rounds, failure].map((line) => `${JSON.stringify(line)}\n`).join('');

  it('is read back as it was written', () => {
    assert.deepEqual(parseRecording(text), { header, rounds, failures: [failure] });
  });

  it('is refused when a line is not one of ours', () => {
    assert.throws(() => parseRecording(`${text}{"type":"other"}\n`));
  });

  it('is refused without its header', () => {
    assert.throws(() => parseRecording(JSON.stringify(failure)), /no header/u);
  });

  it('becomes a table with a row for each goal', () => {
    const page = report(parseRecording(text));
    const goals = SCENARIOS.flatMap((scenario) => scenario.goals);
    for (const { title } of goals) assert.ok(page.includes(`| ${title} | `), title);
    assert.match(
      page,
      /\| 100 sequential no-op steps, per step \| ≤ 1\.1 \| 1\.50 \| 1\.50 to 1\.50 \| 30 ms \| 20 ms \| 3 of 3 \| \*\*missed\*\* \|/u,
    );
    assert.match(page, /`fan-100` could not be measured: no such luck/u);
  });

  it('gives way to a later one where that has measured again, and says who measured what', () => {
    const later = { ...header, commit: 'later', command: 'npm run bench -- --only sequential-100' };
    const again = [1, 2, 3].map(() => round({ product: 20, raw: 20 }));
    const page = report(parseRecording(text), { header: later, rounds: again, failures: [] });
    assert.match(page, /per step \| ≤ 1\.1 \| 1\.00 \| 1\.00 to 1\.00 \| 20 ms \| 20 ms \| 3 of 3 \| met \|/u);
    assert.match(
      page,
      /at commit `later` by `npm run bench -- --only sequential-100`.*Of this recording are `sequence-100`\.\n/u,
    );
    assert.match(page, /`fan-100` could not be measured/u);
    const found = { header: later, rounds: [{ ...again[0], scenario: 'fan-100' } as Round], failures: [] };
    assert.doesNotMatch(report(parseRecording(text), found), /could not be measured/u);
  });

  it('says so when the machine was never quiet', () => {
    const busy = rounds.map((each) => ({ ...each, othersShare: 0.9 }));
    assert.match(report({ header, rounds: busy, failures: [] }), /never quiet/u);
    assert.doesNotMatch(report({ header, rounds, failures: [] }), /never quiet/u);
  });

  it('tells what stands in the way of goals that are not met, and of no others', () => {
    const quick = [1, 2, 3].map(() => round({ product: 20, raw: 20 }));
    assert.match(report({ header, rounds, failures: [] }), /## What stands between[^#]*- A step costs more/u);
    assert.doesNotMatch(report({ header, rounds, failures: [] }), /A short run pays/u);
    assert.doesNotMatch(report({ header, rounds: quick, failures: [] }), /What stands between/u);
  });

  it('is compared with another one, figure by figure', () => {
    const old = parseRecording(text);
    const recent = { ...old, rounds: old.rounds.map(() => round({ product: 15, raw: 20 })) };
    assert.match(
      compareRecordings(old, recent),
      /\| sequence-100, orchestrator@tuned-file, ms \| 30\.00 \| 15\.00 \| 0\.50 \|/u,
    );
  });
});

describe('the scenarios', () => {
  it('have names of their own, and goals about their own lanes', () => {
    assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
    for (const { goals, lanes } of SCENARIOS) {
      const asked = goals.flatMap(({ figure, dividedBy }) => [figure.lane, dividedBy?.lane ?? figure.lane]);
      for (const lane of asked) assert.ok((lanes as readonly string[]).includes(lane), lane);
    }
  });
});

describe('the reasons', () => {
  it('are about goals that there are', () => {
    const known = new Set(SCENARIOS.flatMap(({ goals }) => goals.map(({ id }) => id)));
    for (const { goals } of REASONS) for (const id of goals) assert.ok(known.has(id), id);
  });
});

describe('the machine', () => {
  it('counts work of ours as ours', function () {
    const before = readCpu();
    if (before === undefined) return this.skip();
    const cpuBefore = processCpuMs(process.pid);
    const ms = median([spin(), spin(), spin(), spin()]);
    assert.ok(ms > 1);
    assert.ok(processCpuMs(process.pid) > cpuBefore);
    const after = readCpu();
    assert.ok((after?.ownMs ?? 0) > before.ownMs);
    const share = othersShare(before, after) ?? NaN;
    assert.ok(share >= 0 && share <= 1.1, String(share));
  });

  it('knows what a process holds, and the most that it has held', function () {
    if (process.platform !== 'linux') return this.skip();
    const held = memoryOf(process.pid);
    assert.ok(held > 10e6);
    // Linux counts a little late.
    assert.ok(peakMemoryOf(process.pid) > held * 0.9);
    assert.equal(peakMemoryOf(2 ** 30), 0);
  });
});
