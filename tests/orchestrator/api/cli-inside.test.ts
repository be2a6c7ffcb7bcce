import assert from 'node:assert/strict';
import { detailLines } from '../../../src/cli/screen/run-details.ts';
import { filesTable } from '../../../src/cli/screen/files-table.ts';
import { runReport, stepReport } from '../../../src/cli/screen/report.ts';
import { changeLines, changesBetween } from '../../../src/cli/screen/run-changes.ts';
import { endLines, undoneLines } from '../../../src/cli/screen/run-end.ts';
import { errorLine } from '../../../src/cli/screen/step-error.ts';
import { progressText, stepLines } from '../../../src/cli/screen/step-lines.ts';
import { stepsTable } from '../../../src/cli/screen/steps-table.ts';
import { tableLines } from '../../../src/cli/screen/table.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import type { RunView, StepView } from '../../../src/pipeline/view.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const ENDED = { startedAt: START, endedAt: START + 1000, attempts: 1, costNanoUsd: 0, checks: [] };
const ERROR = { code: 'TOOL_FAILED', message: 'Cannot go on', attempts: 1 } as const;

const REVIEW: StepView = {
  id: 'review',
  path: 'refine#2/review',
  kind: 'set',
  status: 'done',
  output: { inline: 1 },
  ...ENDED,
};
const REFINE: StepView = {
  id: 'refine',
  kind: 'steps',
  status: 'running',
  startedAt: START,
  round: 2,
  steps: [REVIEW, { id: 'ask', path: 'refine#2/ask', kind: 'approve', status: 'waiting', startedAt: START + 1000 }],
};
const DRAFTS: StepView = {
  id: 'drafts',
  kind: 'model',
  status: 'running',
  startedAt: START,
  progress: { total: 200, done: 11, failed: 1, running: 8 },
};
const VIEW: RunView = {
  runId: 'run-1',
  tenant: 'default',
  pipeline: { name: 'demo', planHash: 'abcdef' },
  status: 'running',
  startedAt: START,
  steps: [REFINE, DRAFTS],
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 },
  costNanoUsd: 0,
  hasUnknownCost: false,
  ignored: [],
};

const rowsOf = (...steps: readonly StepView[]) =>
  tableLines(stepsTable(stepLines(steps), { now: START + 2500, spinner: '*' }), plain).slice(1);
const tellings = (earlier: RunView | undefined, steps: readonly StepView[]) =>
  changesBetween(earlier, { ...VIEW, steps }).flatMap((change) => changeLines(change, plain));

describe('stepLines', () => {
  it('puts each step after the one that holds it', () => {
    assert.deepEqual(
      stepLines([REFINE, DRAFTS]).map(({ path, depth }) => `${depth} ${path}`),
      ['0 refine', '1 refine#2/review', '1 refine#2/ask', '0 drafts'],
    );
  });
});

describe('progressText', () => {
  const done: StepView = { id: 'drafts', kind: 'model', status: 'done', output: { inline: [] }, ...ENDED };
  for (const { name, step, expected } of [
    { name: 'the round', step: REFINE, expected: 'round 2' },
    { name: 'items that have ended, and failed ones', step: DRAFTS, expected: '12/200, 1 failed' },
    {
      name: 'items of a loop that is over',
      step: { ...done, counts: { total: 3, failed: 0 } } as StepView,
      expected: '3/3',
    },
    { name: 'items and round', step: { ...DRAFTS, round: 1 } as StepView, expected: '12/200, 1 failed, round 1' },
    { name: 'nothing of a step that does one thing', step: done, expected: '' },
  ]) {
    it(`tells ${name}`, () => assert.equal(progressText(step), expected));
  }
});

describe('stepsTable', () => {
  it('indents what is inside, and tells how far loops are', () => {
    assert.deepEqual(rowsOf(REFINE, DRAFTS), [
      '*  refine    steps    running  round 2           2.5s',
      '✓    review  set      done                       1.0s',
      '?    ask     approve  waiting                    1.5s',
      '*  drafts    model    running  12/200, 1 failed  2.5s',
    ]);
  });
  for (const { name, facts, expected } of [
    { name: 'the case that ran', facts: { case: 'billing' }, expected: 'case billing' },
    { name: 'how many rounds there were', facts: { rounds: 1, stopped: 'until' }, expected: '1 round' },
    {
      name: 'that there could be no more',
      facts: { rounds: 4, stopped: 'max' },
      expected: '4 rounds, no more allowed',
    },
    {
      name: 'what was chosen, and by whom',
      facts: { decision: { choice: 'send', by: ['ada', 'grace'] } },
      expected: 'send, by ada, grace',
    },
    {
      name: 'what was chosen by nobody',
      facts: { decision: { choice: 'reject', by: [] } },
      expected: 'reject, since the time was over',
    },
    { name: 'what went wrong first', facts: { handled: ERROR }, expected: 'in spite of TOOL_FAILED Cannot go on' },
    {
      name: 'whence it was taken',
      facts: { reused: { runId: 'run-0', costNanoUsd: 5 } },
      expected: 'reused from run-0',
    },
    { name: 'that a person gave it', facts: { givenBy: 'person' }, expected: 'given by a person' },
  ]) {
    it(`remarks ${name}`, () => {
      const step = { ...REVIEW, ...facts } as StepView;
      assert.equal(rowsOf(step)[0], `✓  review  set   done    1.0s  ${expected}`);
    });
  }
  it('says where inside a step its failure began', () => {
    const failed: StepView = { id: 'g', kind: 'steps', status: 'failed', ...ENDED, error: { ...ERROR, at: 'g/x' } };
    assert.equal(rowsOf(failed)[0], '✗  g     steps  failed  1.0s  TOOL_FAILED g/x: Cannot go on');
  });
});

describe('changesBetween', () => {
  it('names steps by their paths', () => {
    assert.deepEqual(tellings(undefined, VIEW.steps), [
      'refine running, round 2',
      'refine#2/review done, 1.0s',
      'refine#2/ask waiting',
      'drafts running, 12/200, 1 failed',
    ]);
  });
  it('tells of a new round', () => {
    assert.deepEqual(tellings(VIEW, [{ ...REFINE, round: 3, steps: [] }, DRAFTS]), ['refine running, round 3']);
  });
  for (const { done, expected } of [
    { done: 12, expected: [] },
    { done: 19, expected: ['drafts running, 20/200, 1 failed'] },
  ]) {
    it(`tells of ${expected.length === 0 ? 'no' : 'another'} tenth of a loop at ${done + 1} items`, () => {
      const further = { ...DRAFTS, progress: { total: 200, done, failed: 1, running: 8 } };
      assert.deepEqual(tellings(VIEW, [REFINE, further]), expected);
    });
  }
});

describe('detailLines', () => {
  const page = { now: START + 2500, width: Infinity, paint: plain };
  it('shows what else a run left', () => {
    const view: RunView = {
      ...VIEW,
      steps: [],
      forkOf: 'run-0',
      savedNanoUsd: 5e8,
      waits: [{ step: 'nap', until: START }],
      compensations: [
        { step: 'publish', status: 'failed', error: ERROR },
        { step: 'post', status: 'unknown' },
      ],
      files: [{ path: 'a.md', sha256: 'ff', bytes: 12, step: 'publish' }],
      children: [{ path: 'drafts[0-99]', runId: 'run-1/drafts[0-99]' }],
    };
    assert.deepEqual(detailLines(view, page).slice(3), [
      'forked from run-0, $0.50 saved by results of before',
      '',
      '',
      '',
      'Waits for',
      '  ? nap: waits until 2026-01-02T03:04:05.000Z',
      '',
      'Compensation',
      '  ✗ publish failed: TOOL_FAILED Cannot go on',
      '  ? post not undone, since nobody knows whether it took effect',
      '',
      'Files',
      '  a.md, 12 bytes, of publish',
      '',
      'Parts with a history of their own',
      '  drafts[0-99]: run-1/drafts[0-99]',
    ]);
  });
  it('shows what is limited, and how much of it is gone', () => {
    const spent = { nanoUsd: 5e8, tokens: 40 };
    const budget = {
      limit: { nanoUsd: 2e9 },
      spent,
      reserved: { nanoUsd: 0, tokens: 12 },
      steps: [
        { step: 'draft', limit: { nanoUsd: 1e9, tokens: 90 }, spent, reserved: { nanoUsd: 0, tokens: 0 } },
        { step: 'refine', limit: { tokens: 50 }, spent, reserved: { nanoUsd: 0, tokens: 0 } },
        { step: 'open', limit: {}, spent, reserved: { nanoUsd: 0, tokens: 0 } },
      ],
    };
    assert.deepEqual(detailLines({ ...VIEW, budget }, page).slice(3, 7), [
      'budget: $0.50 of $2.00 spent, 12 tokens set aside',
      'budget of draft: $0.50 of $1.00 and 40 of 90 tokens spent',
      'budget of refine: 40 of 50 tokens spent',
      '',
    ]);
    const { steps: _, ...alone } = budget;
    assert.deepEqual(detailLines({ ...VIEW, budget: alone }, page)[4], '');
  });
  it('says nothing of savings where there are none', () => {
    assert.equal(detailLines({ ...VIEW, forkOf: 'run-0' }, page)[3], 'forked from run-0');
  });
  for (const { counts, expected } of [
    { counts: { total: 9, failed: 1 }, expected: [] },
    { counts: { total: 40, failed: 13 }, expected: ['  and 12 more of drafts'] },
    { counts: undefined, expected: [] },
  ]) {
    it(`tells which items failed and were left, of ${counts?.failed ?? 'an unknown number'}`, () => {
      const failures = [{ path: 'drafts[7]', code: ERROR.code, message: 'It has\nno text' }];
      const done: StepView = {
        id: 'drafts',
        kind: 'model',
        status: 'done',
        output: { inline: [] },
        ...ENDED,
        failures,
      };
      const step = counts === undefined ? done : { ...done, counts };
      assert.deepEqual(detailLines({ ...VIEW, steps: [step] }, page).slice(7), [
        'Errors',
        '  error TOOL_FAILED drafts[7]: It has no text',
        ...expected,
      ]);
    });
  }
  it('tells a failure once, where it began', () => {
    const inner: StepView = { id: 'x', path: 'g/x', kind: 'tool', status: 'failed', ...ENDED, error: ERROR };
    const group: StepView = {
      id: 'g',
      kind: 'steps',
      status: 'failed',
      ...ENDED,
      error: { ...ERROR, at: 'g/x' },
      steps: [inner],
    };
    assert.deepEqual(detailLines({ ...VIEW, steps: [group] }, page).slice(-2), [
      'Errors',
      '  error TOOL_FAILED g/x: Cannot go on',
    ]);
    const ended = detailLines({ ...VIEW, steps: [group], error: { ...ERROR, stepId: 'g', at: 'g/x' } }, page);
    assert.equal(ended.includes('Errors'), false);
  });
});

describe('endLines', () => {
  it('says how a failed run goes on from the step that failed', () => {
    const error = { ...ERROR, stepId: 'g', at: 'g/x' };
    const lines = endLines({ view: { ...VIEW, status: 'failed', error }, outputs: {}, link: undefined }, [], plain);
    assert.deepEqual(lines.slice(1, 3), [
      'error TOOL_FAILED g/x: Cannot go on',
      '  try again from there: orchestrator runs fork run-1 --from g',
    ]);
  });
});

describe('undoneLines', () => {
  for (const { name, compensations, expected } of [
    { name: 'nothing where nothing had to be undone', compensations: undefined, expected: [] },
    {
      name: 'what was undone',
      compensations: [
        { step: 'charge', status: 'done' },
        { step: 'reserve', status: 'done' },
      ],
      expected: ['', 'undone: charge, reserve'],
    },
    {
      name: 'what was not',
      compensations: [
        { step: 'charge', status: 'failed', error: ERROR },
        { step: 'post', status: 'unknown' },
        { step: 'reserve', status: 'running' },
      ],
      expected: [
        '',
        'not undone: charge: TOOL_FAILED Cannot go on',
        'not undone: post: nobody knows whether it took effect',
        'not undone: reserve: the run was stopped',
      ],
    },
    {
      name: 'of many only the first, and where all are',
      compensations: [
        ...Array.from({ length: 12 }, (_, index) => ({ step: `each[${index}]`, status: 'done' as const })),
        ...Array.from({ length: 11 }, (_, index) => ({ step: `post[${index}]`, status: 'unknown' as const })),
      ],
      expected: [
        '',
        `undone: ${Array.from({ length: 10 }, (_, index) => `each[${index}]`).join(', ')}, and 2 more`,
        ...Array.from({ length: 10 }, (_, index) => `not undone: post[${index}]: nobody knows whether it took effect`),
        'not undone: and 1 more',
        '  all of them: orchestrator runs show run-1',
      ],
    },
  ] as const) {
    it(`says ${name}`, () => {
      assert.deepEqual(undoneLines(compensations === undefined ? VIEW : { ...VIEW, compensations }), expected);
    });
  }
});

describe('errorLine', () => {
  it('names nothing when it was no step', () =>
    assert.equal(errorLine(ERROR, plain), 'error TOOL_FAILED Cannot go on'));
});

describe('stepReport', () => {
  it('tells how far a step is that does its work many times', () => {
    assert.deepEqual(stepReport({ ...DRAFTS, round: 1, childRunId: 'run-1/drafts' }), {
      id: 'drafts',
      kind: 'model',
      status: 'running',
      progress: { total: 200, done: 11, failed: 1, running: 8 },
      round: 1,
      child_run_id: 'run-1/drafts',
      started_at: '2026-01-02T03:04:05.000Z',
    });
  });
  it('tells how a step came to its output', () => {
    const reused = { runId: 'run-0', costNanoUsd: 5e8 };
    const failures = [{ path: 'refine[1]', code: ERROR.code, message: 'Cannot go on' }];
    const facts = { case: 'a', rounds: 2, stopped: 'max', counts: { total: 2, failed: 1 }, givenBy: 'person' } as const;
    const decision = { choice: 'send', by: ['ada'] };
    const report = stepReport({ ...REVIEW, ...facts, failures, decision, reused, handled: { ...ERROR, at: 'x' } });
    assert.deepEqual(report, {
      id: 'review',
      path: 'refine#2/review',
      kind: 'set',
      status: 'done',
      started_at: '2026-01-02T03:04:05.000Z',
      ended_at: '2026-01-02T03:04:06.000Z',
      attempts: 1,
      cost_usd: 0,
      checks: [],
      reused: { run_id: 'run-0', cost_usd: 0.5 },
      handled: { ...ERROR, at: 'x' },
      given_by: 'person',
      case: 'a',
      rounds: 2,
      stopped: 'max',
      items: { total: 2, failed: 1 },
      failures: [{ path: 'refine[1]', code: 'TOOL_FAILED', message: 'Cannot go on' }],
      decision: { choice: 'send', by: ['ada'] },
      output: 1,
    });
  });
});

describe('runReport', () => {
  it('holds the steps inside steps, and all that waits or was left', () => {
    const report = runReport({
      ...VIEW,
      steps: [REFINE],
      held: [{ step: 'x', error: ERROR, since: START }],
      waits: [{ step: 'nap' }],
      approvals: [],
      compensations: [
        { step: 'a', status: 'failed', error: ERROR },
        { step: 'b', status: 'done' },
      ],
      files: [{ path: 'a.md', sha256: 'ff', bytes: 12, step: 'publish' }],
      children: [{ path: 'p', runId: 'run-1/p' }],
      forkOf: 'run-0',
      savedNanoUsd: 5e8,
    });
    const { steps, held, waits, approvals, compensations, files, children, fork_of, saved_usd } = report;
    assert.deepEqual(
      { held, waits, approvals, compensations, files, children, fork_of, saved_usd },
      {
        held: [{ step: 'x', error: ERROR, since: '2026-01-02T03:04:05.000Z' }],
        waits: [{ step: 'nap', event: null, until: null }],
        approvals: [],
        compensations: [
          { step: 'a', status: 'failed', error: ERROR },
          { step: 'b', status: 'done' },
        ],
        files: [{ path: 'a.md', sha256: 'ff', bytes: 12, step: 'publish' }],
        children: [{ path: 'p', run_id: 'run-1/p' }],
        fork_of: 'run-0',
        saved_usd: 0.5,
      },
    );
    const [refine] = steps as { steps: { path: string }[] }[];
    assert.deepEqual(
      refine?.steps.map(({ path }) => path),
      ['refine#2/review', 'refine#2/ask'],
    );
  });
});

describe('a budget in runReport', () => {
  it('has null for a limit that there is not', () => {
    const [spent, reserved] = [
      { nanoUsd: 5e8, tokens: 40 },
      { nanoUsd: 0, tokens: 12 },
    ];
    const budget = { limit: { nanoUsd: 2e9 }, spent, reserved };
    const steps = [{ step: 'draft', limit: { tokens: 90 }, spent, reserved }];
    const shown = { spent: { usd: 0.5, tokens: 40 }, set_aside: { usd: 0, tokens: 12 } };
    const { budget: report } = runReport({ ...VIEW, budget: { ...budget, steps } });
    assert.deepEqual(report, {
      limit: { usd: 2, tokens: null },
      ...shown,
      steps: [{ step: 'draft', limit: { usd: null, tokens: 90 }, ...shown }],
    });
  });
});

describe('filesTable', () => {
  it('lists the files that steps saved', () => {
    const files = [{ path: 'a.md', sha256: 'ff', bytes: 12, step: 'publish' }];
    assert.deepEqual(tableLines(filesTable(files), plain), ['FILE  BYTES  STEP', 'a.md  12     publish']);
  });
});
