import type { Goal } from './goals.ts';
import type { LaneId } from './ground.ts';
import type { Work } from './measures/measures.ts';

/** How much of a scenario is done. */
export interface Size {
  readonly rounds: number;
  /** How often the work is done in one round, for each lane. */
  readonly repeats: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly work: Work;
  readonly lanes: readonly LaneId[];
  /** Absent where the scenario belongs to the full bench only. */
  readonly smoke?: Size;
  readonly full: Size;
  readonly goals: readonly Goal[];
}

const PRODUCT = 'orchestrator@tuned-file';
const RAW = 'raw-temporal@tuned-file';
const SHIPPED = 'orchestrator@shipped';
const COMPILER = 'orchestrator';

/** The goals of the design, and what is run to judge them. A new scenario is one more entry. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'sequence-100',
    title: '100 steps one after the other, each next to nothing',
    work: { kind: 'runs', job: { kind: 'sequence', steps: 100 }, per: 100, leadInSteps: 0 },
    lanes: [PRODUCT, RAW],
    smoke: { rounds: 3, repeats: 1 },
    full: { rounds: 9, repeats: 2 },
    goals: [
      {
        id: 'step',
        title: '100 sequential no-op steps, per step',
        figure: { lane: PRODUCT, metric: 'ms', quantile: 0.5 },
        dividedBy: { lane: RAW, metric: 'ms', quantile: 0.5 },
        limit: { atMost: 1.1 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'one-step',
    title: 'Runs of one step, from the start to the known result',
    work: { kind: 'runs', job: { kind: 'sequence', steps: 1 }, per: 1, leadInSteps: 0 },
    lanes: [PRODUCT, RAW],
    smoke: { rounds: 3, repeats: 20 },
    full: { rounds: 9, repeats: 60 },
    goals: [
      {
        id: 'one-step-p50',
        title: 'one-step run, p50',
        figure: { lane: PRODUCT, metric: 'ms', quantile: 0.5 },
        dividedBy: { lane: RAW, metric: 'ms', quantile: 0.5 },
        limit: { atMost: 1.1 },
        unit: 'ms',
      },
      {
        id: 'one-step-p95',
        title: 'one-step run, p95',
        figure: { lane: PRODUCT, metric: 'ms', quantile: 0.95 },
        dividedBy: { lane: RAW, metric: 'ms', quantile: 0.95 },
        limit: { atMost: 1.2 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'fan-100',
    title: '100 steps at once',
    work: { kind: 'runs', job: { kind: 'fan', width: 100 }, per: 1, leadInSteps: 0 },
    lanes: [PRODUCT, RAW],
    smoke: { rounds: 3, repeats: 2 },
    full: { rounds: 9, repeats: 6 },
    goals: [
      {
        id: 'fan',
        title: 'fan-out of 100',
        figure: { lane: PRODUCT, metric: 'ms', quantile: 0.5 },
        dividedBy: { lane: RAW, metric: 'ms', quantile: 0.5 },
        limit: { atMost: 1.15 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'throughput-20',
    title: 'Runs of one step, 20 at a time',
    work: { kind: 'throughput', job: { kind: 'sequence', steps: 1 }, concurrency: 20 },
    lanes: [PRODUCT, RAW],
    smoke: { rounds: 3, repeats: 60 },
    full: { rounds: 7, repeats: 200 },
    goals: [
      {
        id: 'throughput',
        title: 'runs a second, concurrency 20',
        figure: { lane: PRODUCT, metric: 'runsPerSecond', quantile: 0.5 },
        dividedBy: { lane: RAW, metric: 'runsPerSecond', quantile: 0.5 },
        limit: { atLeast: 0.9 },
        unit: 'runs/s',
      },
    ],
  },
  {
    name: 'embedded-server',
    title: 'The embedded server against Temporal as shipped, 20 steps one after the other',
    work: { kind: 'runs', job: { kind: 'sequence', steps: 20 }, per: 20, leadInSteps: 15 },
    lanes: [SHIPPED, PRODUCT],
    smoke: { rounds: 3, repeats: 1 },
    full: { rounds: 7, repeats: 1 },
    goals: [
      {
        id: 'embedded',
        title: '`orchestrator dev` against `temporal server start-dev` as shipped, times quicker per step',
        figure: { lane: SHIPPED, metric: 'ms', quantile: 0.5 },
        dividedBy: { lane: PRODUCT, metric: 'ms', quantile: 0.5 },
        limit: { atLeast: 8 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'for-each-1000',
    title: '`for_each` over 1,000 items, 50 at a time, each next to nothing',
    work: { kind: 'items', code: 'built', items: 1000, concurrency: 50, leadInItems: 200 },
    lanes: [PRODUCT, RAW],
    full: { rounds: 5, repeats: 1 },
    goals: [],
  },
  {
    name: 'for-each-10000',
    title: '`for_each` over 10,000 items, 50 at a time, each next to nothing',
    work: { kind: 'items', code: 'built', items: 10_000, concurrency: 50, leadInItems: 200 },
    lanes: [PRODUCT, RAW],
    full: { rounds: 5, repeats: 1 },
    goals: [
      {
        id: 'items',
        title: '`for_each` over 10,000 items, per item',
        figure: { lane: PRODUCT, metric: 'ms', quantile: 0.5 },
        dividedBy: { lane: RAW, metric: 'ms', quantile: 0.5 },
        limit: { atMost: 1.15 },
        unit: 'ms',
      },
      {
        id: 'items-memory',
        title: '`for_each` over 10,000 items, the most memory of the worker',
        figure: { lane: PRODUCT, metric: 'peakMB', quantile: 1 },
        limit: { atMost: 350 },
        unit: 'MB',
      },
      {
        id: 'items-events',
        title: '`for_each` over 10,000 items, the longest history',
        figure: { lane: PRODUCT, metric: 'events', quantile: 1 },
        limit: { atMost: 10_000 },
        unit: 'events',
        isNever: true,
      },
    ],
  },
  {
    name: 'open-runs-1000',
    title: '1,000 open runs that wait for an event',
    work: { kind: 'open-runs', code: 'built', leadInRuns: 50, runs: 1000, settleMs: 2000 },
    lanes: [PRODUCT, RAW],
    full: { rounds: 3, repeats: 1 },
    goals: [
      {
        id: 'memory-per-run',
        title: 'memory of the worker per cached run',
        figure: { lane: PRODUCT, metric: 'kilobytesPerRun', quantile: 0.5 },
        limit: { atMost: 450 },
        unit: 'KB',
      },
    ],
  },
  {
    name: 'fork-200',
    title:
      'A finished run of 200 steps once more without its calls: a fork, and by hand a reset to the end of its history',
    work: { kind: 'fork', steps: 200 },
    lanes: [PRODUCT, RAW],
    full: { rounds: 5, repeats: 2 },
    goals: [
      {
        id: 'fork-calls',
        title: 'fork of a finished run: calls made',
        figure: { lane: PRODUCT, metric: 'calls', quantile: 1 },
        limit: { atMost: 0 },
        unit: 'calls',
        isNever: true,
      },
    ],
  },
  {
    name: 'worker-start',
    title: 'Start of a worker with the pre-built bundle',
    work: { kind: 'start', code: 'built' },
    lanes: [PRODUCT, RAW],
    smoke: { rounds: 3, repeats: 1 },
    full: { rounds: 7, repeats: 1 },
    goals: [
      {
        id: 'start',
        title: 'worker ready with the pre-built bundle',
        figure: { lane: PRODUCT, metric: 'readyMs', quantile: 0.5 },
        limit: { atMost: 700 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'worker-start-sources',
    title: 'Start of a worker from the sources',
    work: { kind: 'start', code: 'sources' },
    lanes: [PRODUCT, RAW],
    full: { rounds: 5, repeats: 1 },
    goals: [],
  },
  {
    name: 'worker-killed',
    title: '`kill -9` of the worker in step 9 of 20, each 100 ms; another one is started 0.3 s later',
    work: { kind: 'crash', code: 'built', steps: 20, killAfter: 8, stepMs: 100, restartMs: 300 },
    lanes: [PRODUCT, RAW],
    full: { rounds: 5, repeats: 1 },
    goals: [
      {
        id: 'killed-again',
        title: 'worker killed: finished steps that ran again',
        figure: { lane: PRODUCT, metric: 'finishedAgain', quantile: 1 },
        limit: { atMost: 0 },
        unit: 'steps',
        isNever: true,
      },
      {
        id: 'killed-next',
        title: 'worker killed: until the next step',
        figure: { lane: PRODUCT, metric: 'nextStepMs', quantile: 0.5 },
        limit: { atMost: 2500 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'model-call',
    title:
      'One call of a small model for 16 tokens: as an activity makes it, and through the client of its vendor alone',
    work: { kind: 'model-call', outputTokens: 16 },
    lanes: [COMPILER],
    full: { rounds: 5, repeats: 20 },
    goals: [
      {
        id: 'model-call',
        title: 'a model call with journal and stream against one through the client of its vendor',
        figure: { lane: COMPILER, metric: 'askedMs', quantile: 0.5 },
        dividedBy: { lane: COMPILER, metric: 'directMs', quantile: 0.5 },
        limit: { atMost: 1.05 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'tool-call',
    title: 'Calls of a tool that takes 50 ms: as 20 steps of a run, and of the same function by itself',
    work: { kind: 'tool-call', toolMs: 50, steps: 20 },
    lanes: [PRODUCT],
    full: { rounds: 5, repeats: 3 },
    goals: [
      {
        id: 'tool-call',
        title: 'a tool of 50 ms as a step against the same function',
        figure: { lane: PRODUCT, metric: 'stepMs', quantile: 0.5 },
        dividedBy: { lane: PRODUCT, metric: 'directMs', quantile: 0.5 },
        limit: { atMost: 1.2 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'validate-1000',
    title: 'Validation of a file of 1,000 steps, with positions',
    work: { kind: 'validate', steps: 1000, found: [] },
    lanes: [COMPILER],
    smoke: { rounds: 3, repeats: 1 },
    full: { rounds: 7, repeats: 1 },
    goals: [
      {
        id: 'validate-1000',
        title: 'validate 1,000 steps with positions',
        figure: { lane: COMPILER, metric: 'laterMs', quantile: 0.5 },
        limit: { atMost: 150 },
        unit: 'ms',
      },
    ],
  },
  {
    name: 'validate-10000',
    title: 'Validation of a file of 10,000 steps, with positions',
    work: { kind: 'validate', steps: 10_000, found: ['PLAN_TOO_LARGE'] },
    lanes: [COMPILER],
    full: { rounds: 5, repeats: 1 },
    goals: [
      {
        id: 'validate-10000',
        title: 'validate 10,000 steps with positions',
        figure: { lane: COMPILER, metric: 'laterMs', quantile: 0.5 },
        limit: { atMost: 1500 },
        unit: 'ms',
      },
    ],
  },
];
