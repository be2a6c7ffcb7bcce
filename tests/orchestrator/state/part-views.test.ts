import assert from 'node:assert/strict';
import { isInside, withParts } from '../../../src/pipeline/part-views.ts';
import type { ApprovalView, RunView, StepView } from '../../../src/pipeline/view.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const EMPTY: RunView = {
  runId: 'run-1',
  tenant: 'default',
  pipeline: { name: 'demo', planHash: 'abc' },
  status: 'running',
  startedAt: START,
  isIdle: true,
  steps: [],
  usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 },
  costNanoUsd: 10,
  hasUnknownCost: false,
  ignored: [],
};
const PART: RunView = { ...EMPTY, costNanoUsd: 5, usage: { inputTokens: 10, outputTokens: 20, cachedInputTokens: 3 } };

const running = (id: string, rest: Partial<StepView> = {}): StepView =>
  ({ id, kind: 'pipeline', status: 'running', startedAt: START, ...rest }) as StepView;
const waiting = (path: string): StepView => ({ ...running('ask', { path }), status: 'waiting' }) as StepView;
const ASKED: ApprovalView = {
  step: 'sub/ask',
  message: 'Yes?',
  to: [],
  options: ['yes'],
  quorum: 1,
  askedAt: START,
  answers: [],
  reminders: 0,
  isEscalated: false,
};

describe('isInside', () => {
  for (const [path, part, expected] of [
    ['sub/ask', 'sub', true],
    ['sub', 'sub', false],
    ['subs/ask', 'sub', false],
    ['refine#2/review', 'refine', true],
    ['refine#2', 'refine', true],
    ['group~2/a', 'group', true],
    ['drafts[3]', 'drafts[0-99]', true],
    ['drafts[100]#2/x', 'drafts[100-199]', true],
    ['drafts[100]', 'drafts[0-99]', false],
    ['drafts[5]', 'drafts[10-99]', false],
    ['drafts', 'drafts[0-99]', false],
    ['others[3]', 'drafts[0-99]', false],
    ['drafts[3]/deep[120]/x', 'drafts[3]/deep[100-199]', true],
  ] as const) {
    it(`says ${expected} of ${path} in ${part}`, () => assert.equal(isInside(path, part), expected));
  }
});

/** A view with these parts going on in it. */
const around = (view: Partial<RunView>, ...paths: readonly string[]): RunView => ({
  ...EMPTY,
  ...view,
  children: paths.map((path) => ({ path, runId: `run-1/${path}` })),
});

describe('withParts', () => {
  it('leaves a view as it is of whose parts nothing is known', () => {
    const view = around({}, 'sub');
    assert.equal(withParts(view, new Map()), view);
    assert.equal(withParts(EMPTY, new Map([['sub', PART]])), EMPTY);
  });

  it('puts the steps of a pipeline into the step that it is', () => {
    const inner = [running('a', { path: 'sub/a' })];
    const { steps } = withParts(
      around({ steps: [running('sub')] }, 'sub'),
      new Map([['sub', { ...PART, steps: inner }]]),
    );
    assert.deepEqual(steps, [running('sub', { steps: inner })]);
  });

  it('puts parts of parts into theirs', () => {
    const parts = new Map([
      ['sub', around({ ...PART, steps: [running('deep', { path: 'sub/deep' })] }, 'sub/deep')],
      ['sub/deep', { ...PART, steps: [running('x', { path: 'sub/deep/x' })] }],
    ]);
    const [step] = withParts(around({ steps: [running('sub')] }, 'sub'), parts).steps;
    assert.equal(step?.steps?.[0]?.steps?.[0]?.path, 'sub/deep/x');
  });

  it('shows the round that goes on, and what is inside it', () => {
    const inner = [running('review', { path: 'refine#7/review' })];
    const rounds = { ...PART, steps: [running('refine', { round: 7, steps: inner })] };
    const [step] = withParts(around({ steps: [running('refine')] }, 'refine'), new Map([['refine', rounds]])).steps;
    assert.deepEqual([step?.round, step?.steps], [7, inner]);
    const bare = { ...PART, steps: [running('refine', { round: 7 })] };
    const [other] = withParts(around({ steps: [running('refine')] }, 'refine'), new Map([['refine', bare]])).steps;
    assert.deepEqual([other?.round, other?.steps], [7, undefined]);
    const early = { ...PART, steps: [running('refine')] };
    const [first] = withParts(around({ steps: [running('refine')] }, 'refine'), new Map([['refine', early]])).steps;
    assert.deepEqual(first, running('refine'));
  });

  it('counts the items that parts go through', () => {
    const chunk = (done: number, failed: number, status: RunView['status'] = 'running'): RunView => ({
      ...PART,
      status,
      steps: [running('drafts', { progress: { total: 100, done, failed, running: 4 } })],
    });
    const progress = { total: 500, done: 99, failed: 1, running: 2 };
    const view = around({ steps: [running('drafts', { progress })] }, 'drafts[100-199]', 'drafts[200-299]');
    const parts = new Map([
      ['drafts[100-199]', chunk(40, 2)],
      ['drafts[200-299]', chunk(5, 0)],
    ]);
    const [step] = withParts(view, parts).steps;
    assert.deepEqual(step?.progress, { total: 500, done: 144, failed: 3, running: 8 });
    assert.equal(step?.status, 'running');
    const held = new Map([['drafts[100-199]', chunk(1, 0, 'waiting')]]);
    const one = withParts(around({ steps: view.steps }, 'drafts[100-199]'), held);
    assert.deepEqual([one.steps[0]?.status, one.status], ['waiting', 'waiting']);
    const early = { ...PART, steps: [running('drafts')] };
    const [begun] = withParts(
      around({ steps: view.steps }, 'drafts[100-199]'),
      new Map([['drafts[100-199]', early]]),
    ).steps;
    assert.deepEqual(begun?.progress, progress);
    // Of the other part nothing is known.
    assert.equal(withParts(view, held).status, 'running');
  });

  it('adds up what was used', () => {
    const parts = new Map([
      ['a', { ...PART, savedNanoUsd: 3 }],
      ['b', { ...PART, hasUnknownCost: true, savedNanoUsd: 4 }],
    ]);
    const { usage, costNanoUsd, hasUnknownCost, savedNanoUsd } = withParts(around({}, 'a', 'b'), parts);
    assert.deepEqual(usage, { inputTokens: 21, outputTokens: 42, cachedInputTokens: 6 });
    assert.deepEqual([costNanoUsd, hasUnknownCost, savedNanoUsd], [20, true, 7]);
  });

  it('collects what parts ask and left', () => {
    const file = { path: 'a.md', sha256: 'ff', bytes: 1, step: 'sub/a' };
    const part: RunView = {
      ...PART,
      ignored: ['event: nobody waits'],
      approvals: [ASKED],
      waits: [{ step: 'sub/nap' }],
      held: [{ step: 'sub/x', error: { code: 'TOOL_FAILED', message: 'x', attempts: 1 }, since: START }],
      children: [{ path: 'sub/deep', runId: 'run-1/sub/deep' }],
      files: [file],
      compensations: [{ step: 'sub/y', status: 'done' }],
    };
    const view = withParts(around({ files: [{ ...file, path: 'b.md' }] }, 'sub'), new Map([['sub', part]]));
    const { approvals, waits, held, children, files, compensations, ignored } = view;
    const lists = { approvals, waits, held, children, files, compensations, ignored };
    assert.deepEqual(
      Object.values(lists).map((list) => list?.length),
      [1, 1, 1, 2, 2, 1, 1],
    );
    const over = withParts(around({}, 'sub'), new Map([['sub', { ...part, endedAt: START }]]));
    assert.deepEqual(
      [over.approvals, over.waits, over.held, over.children?.length, over.files?.length],
      [undefined, undefined, undefined, 1, 1],
    );
  });

  const sub = [running('sub')];
  for (const { name, view, isBusy = false, part, expected } of [
    {
      name: 'waits when its only part does',
      view: { steps: sub },
      part: { status: 'waiting', steps: [waiting('sub/ask')] },
      expected: ['waiting', 'waiting'],
    },
    {
      name: 'waits when it waits itself and its part does, too',
      view: { steps: [...sub, waiting('ask')], status: 'waiting' },
      part: { status: 'waiting' },
      expected: ['waiting', 'waiting'],
    },
    {
      name: 'goes on while a part does',
      view: { steps: sub, status: 'waiting' },
      part: { status: 'running' },
      expected: ['running', 'running'],
    },
    {
      name: 'goes on while something goes on beside the part',
      view: { steps: sub },
      isBusy: true,
      part: { status: 'waiting' },
      expected: ['running', 'waiting'],
    },
    {
      name: 'is paused, whatever its parts do',
      view: { steps: sub, status: 'paused' },
      part: { status: 'running' },
      expected: ['paused', 'running'],
    },
  ] as const) {
    it(`says that a run ${name}`, () => {
      const { isIdle: _, ...busy } = around(view, 'sub');
      const whole = withParts(isBusy ? busy : around(view, 'sub'), new Map([['sub', { ...PART, ...part }]]));
      assert.deepEqual([whole.status, whole.steps[0]?.status], expected);
    });
  }

  it('says of a group that it waits when the part in it does', () => {
    const group = running('group', { steps: [running('sub', { path: 'group/sub' })] });
    const other = running('other', { steps: [{ ...running('x'), status: 'held' } as StepView] });
    const idle = running('idle', { steps: [{ id: 'y', kind: 'set', status: 'pending' }] });
    const part = { ...PART, status: 'waiting' } as const;
    const view = around({ steps: [group, other, idle] }, 'group/sub');
    const { steps } = withParts(view, new Map([['group/sub', part]]));
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['waiting', 'waiting', 'running'],
    );
  });
});
