import { judge, type Goal, type Judged } from './goals.ts';
import { bestSpin, countedRounds } from './quiet.ts';
import { REASONS } from './reasons.ts';
import type { Header, Measured, Recording, Round } from './record.ts';
import { SCENARIOS } from './scenarios.ts';
import { median, quantile } from './statistics.ts';
import { USAGE } from './usage.ts';

/**
 * Recordings as one page of Markdown: the goals, and every figure behind them. What several have measured is taken from
 * the last of them.
 */
export function report(...given: [Recording, ...Recording[]]): string {
  const recordings = given.map((recording, index) => without(recording, given.slice(index + 1)));
  const judged = SCENARIOS.flatMap(({ goals, name }) => {
    const { header, rounds } = recordings.find((recording) => namesIn(recording).has(name)) ?? given[0];
    const ofScenario = rounds.filter(({ scenario }) => scenario === name);
    return goals.map((goal) => judge(goal, { rounds: ofScenario, bestSpinMs: bestSpin(rounds), seed: header.seed }));
  });
  const failed = recordings
    .flatMap(({ failures }) => failures)
    .map(({ scenario, message }) => `- \`${scenario}\` could not be measured: ${message}`);
  return [
    '# Performance',
    '',
    ...introduction(recordings),
    '',
    '## Goals',
    '',
    ...busyNote(judged),
    ...goalTable(judged),
    ...(failed.length === 0 ? [] : ['', ...failed]),
    ...reasonsFor(judged),
    '',
    '## Figures',
    '',
    'Medians over the rounds that count; a sample is one run, or one of its steps or items. Processor time is that of the worker and of the server while they were measured.',
    '',
    ...figureTable(recordings),
    '',
    '## How to measure',
    '',
    '```',
    USAGE,
    '```',
    '',
    'Scenarios, engines and server profiles are data in `tests/performance/`; every figure here comes from a line of a recording in `tests/performance/results/`. The servers are started for the bench, on free ports, and are gone afterwards.',
    '',
  ].join('\n');
}

/** What later recordings have not measured again. */
function without({ header, rounds, failures }: Recording, later: readonly Recording[]): Recording {
  const isLatest = ({ scenario }: { readonly scenario: string }) => !later.some((one) => namesIn(one).has(scenario));
  return { header, rounds: rounds.filter(isLatest), failures: failures.filter(isLatest) };
}

function namesIn({ rounds, failures }: Recording): ReadonlySet<string> {
  return new Set([...rounds, ...failures].map(({ scenario }) => scenario));
}

function introduction(recordings: readonly Recording[]): string[] {
  const profiles = Object.assign({}, ...recordings.map(({ header }) => header.profiles)) as Header['profiles'];
  return [
    ...recordings.flatMap((recording, index) => [measuredBy(recording, index === 0), '']),
    'R is a workflow written by hand for the same job, on the same server with the same worker options. Both are measured in turns; the result is the median of the ratios of all rounds, with the interval that holds 95 % of the medians of resampled rounds. Rounds in which other processes used more than a fifth of the machine, or in which a fixed piece of work took 1.15 times its best, do not count; fewer than three that do make a result inconclusive.',
    '',
    ...Object.entries(profiles).map(([name, args]) => `- server \`${name}\`: \`temporal ${args.join(' ')}\``),
  ];
}

function measuredBy(recording: Recording, isFirst: boolean): string {
  const { date, commit, hasChanges, command, versions, machine } = recording.header;
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const what = isFirst
    ? ''
    : ` Of this recording are ${[...namesIn(recording)].map((name) => `\`${name}\``).join(', ')}.`;
  return `Measured on ${date.slice(0, 10)} at commit \`${commit}\`${hasChanges ? ' with changes' : ''} by \`${command}\`, on ${machine.cpus} × ${machine.model}, ${memory}, ${machine.system}; ${programs.join(', ')}. Client, worker, server and database share the machine.${what}`;
}

/** Figures of a busy machine are about its other work, and the page must not pretend otherwise. */
function busyNote(judged: readonly Judged[]): string[] {
  if (judged.some(({ kept }) => kept > 0)) return [];
  const note =
    'The machine was never quiet while this was measured, so no round counts: read the ratios as hints only.';
  return [note, ''];
}

const VERDICTS = { met: 'met', missed: '**missed**', inconclusive: 'inconclusive' } as const;

function goalTable(judged: readonly Judged[]): string[] {
  return [
    '| what | goal | result | 95 % | measured | R | rounds | |',
    '|---|---|---|---|---|---|---|---|',
    ...judged.map(({ goal, verdict, estimate, figure, reference, kept, rounds }) => {
      const isRatio = goal.dividedBy !== undefined;
      const result = estimate === undefined ? '–' : amount(estimate.value, isRatio);
      const interval =
        estimate === undefined ? '–' : `${amount(estimate.low, isRatio)} to ${amount(estimate.high, isRatio)}`;
      const columns = [
        goal.title,
        limitText(goal),
        isRatio || estimate === undefined ? result : `${result} ${goal.unit}`,
        interval,
        figure === undefined ? '–' : `${amount(figure, false)} ${goal.unit}`,
        reference === undefined ? '–' : `${amount(reference, false)} ${goal.unit}`,
        `${kept} of ${rounds}`,
        VERDICTS[verdict],
      ];
      return `| ${columns.join(' | ')} |`;
    }),
  ];
}

function limitText({ limit, dividedBy, unit }: Goal): string {
  const [sign, value] = 'atMost' in limit ? ['≤', limit.atMost] : ['≥', limit.atLeast];
  return dividedBy === undefined ? `${sign} ${value} ${unit}` : `${sign} ${value}`;
}

function reasonsFor(judged: readonly Judged[]): string[] {
  const open = judged.filter(({ verdict, estimate }) => verdict !== 'met' && estimate !== undefined);
  const reasons = REASONS.filter(({ goals }) => open.some(({ goal }) => goals.includes(goal.id)));
  if (reasons.length === 0) return [];
  return ['', '## What stands between these figures and the goals', '', ...reasons.map(({ text }) => `- ${text}`)];
}

function figureTable(recordings: readonly Recording[]): string[] {
  const rows = SCENARIOS.flatMap(({ name, title, lanes }) =>
    recordings.flatMap(({ rounds }) => {
      const all = rounds.filter(({ scenario }) => scenario === name);
      const { counted } = countedRounds(all, bestSpin(rounds));
      return lanes.flatMap((lane) => figureRows(title, lane, counted));
    }),
  );
  return [
    '| scenario | engine and server | what | p50 | p95 | worker CPU | server CPU | worker memory |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function figureRows(title: string, lane: string, rounds: readonly Round[]): string[] {
  const measured = rounds.flatMap((round) => round.lanes[lane] ?? []);
  const metrics = new Set(measured.flatMap(({ samples }) => Object.keys(samples)));
  return [...metrics].map((metric) => {
    const values = measured.flatMap(({ samples }) => samples[metric] ?? []);
    const columns = [title, lane, metric, amount(median(values), false), amount(quantile(values, 0.95), false)];
    return `| ${[...columns, ...usage(measured)].join(' | ')} |`;
  });
}

function usage(measured: readonly Measured[]): string[] {
  const share = (of: (one: Measured) => number) => {
    const used = median(measured.map((one) => of(one) / one.wallMs));
    return used === 0 ? '–' : `${Math.round(used * 100)} %`;
  };
  const most = Math.max(...measured.map(({ workerBytes }) => workerBytes));
  const memory = most === 0 ? '–' : `${Math.round(most / 2 ** 20)} MiB`;
  return [share(({ workerCpuMs }) => workerCpuMs), share(({ serverCpuMs }) => serverCpuMs), memory];
}

function amount(value: number, isRatio: boolean): string {
  if (isRatio) return value.toFixed(2);
  if (value >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}
