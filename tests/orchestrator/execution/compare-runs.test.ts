import assert from 'node:assert/strict';
import { compareRuns } from '../../../src/pipeline/compare-runs.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import type { StoredValue } from '../../../src/pipeline/value.ts';
import type { RunView, StepView } from '../../../src/pipeline/view.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { cards } from './cards.ts';

const USAGE = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 };
const FACTS = { attempts: 1, costNanoUsd: 5, checks: [] } as const;
const TIMES = { startedAt: 10, endedAt: 30 };

const planOf = (yaml: string): Plan => makePlan(parsePipeline(yaml, 'test.yaml'), cards).plan;
const PLAN = planOf('name: a\nsteps: { x: { set: 1 } }\n');

const viewOf = (facts: Partial<RunView>): RunView => ({
  runId: 'one',
  tenant: 'default',
  pipeline: { name: 'a', planHash: PLAN.hash },
  status: 'done',
  startedAt: 0,
  endedAt: 100,
  steps: [],
  usage: USAGE,
  costNanoUsd: 5,
  hasUnknownCost: false,
  ignored: [],
  ...facts,
});

const done = (id: string, facts: Partial<Extract<StepView, { status: 'done' }>> = {}): StepView => ({
  id,
  kind: 'model',
  status: 'done',
  output: { inline: id },
  ...FACTS,
  ...TIMES,
  ...facts,
});

interface Side {
  readonly view?: Partial<RunView>;
  readonly inputs?: Readonly<Record<string, StoredValue>>;
  readonly plan?: Plan;
}

const compared = (before: Side, after: Side) => {
  const [one, other] = [before, after].map(({ view = {}, inputs = {}, plan = PLAN }) => ({
    plan,
    inputs,
    view: viewOf(view),
  }));
  assert.ok(one && other);
  return compareRuns(one, other);
};

const long = (sha256: string, preview: string): StoredValue => ({ artifact: { sha256, bytes: 20_000, preview } });
const verdict = (check: string, score: number) => ({ check, passed: score > 0.5, score, reason: `${score}` });

const shortened = (preview: string) => ({ view: { steps: [done('x', { output: { preview } })] } });

describe('compareRuns', () => {
  it('finds nothing between a run and itself', () => {
    const { inputs, outputs, steps, isPlanSame, plan } = compared(
      { view: { steps: [done('x')] } },
      { view: { steps: [done('x')] } },
    );
    assert.deepEqual({ inputs, outputs, steps, isPlanSame }, { inputs: {}, outputs: {}, steps: [], isPlanSame: true });
    assert.deepEqual(plan, { added: [], removed: [], changed: [], pipeline: [] });
  });

  it('tells values by their content, long ones by their sha256', () => {
    const { inputs } = compared(
      {
        inputs: { same: { inline: { a: 1, b: 2 } }, long: long('1', 'x'), other: long('1', 'x'), gone: { inline: 1 } },
      },
      {
        inputs: { same: { inline: { b: 2, a: 1 } }, long: long('1', 'y'), other: long('2', 'x'), come: { inline: 2 } },
      },
    );
    assert.deepEqual(Object.keys(inputs), ['other', 'gone', 'come']);
    assert.deepEqual(inputs['gone'], { before: { inline: 1 }, after: undefined });
  });

  it('takes the beginning of a value where there is no more of it', () => {
    assert.deepEqual(compared(shortened('a'), shortened('a')).steps, []);
    assert.equal(compared(shortened('a'), shortened('b')).steps.length, 1);
  });

  it('compares outputs and totals', () => {
    const error = { code: 'RUN_TIMEOUT', message: 'Cannot', attempts: 0 } as const;
    const { outputs, before, after } = compared(
      { view: { outputs: { a: { inline: 1 } } } },
      { view: { runId: 'two', status: 'failed', error, savedNanoUsd: 7, startedAt: 50 } },
    );
    assert.deepEqual(outputs, { a: { before: { inline: 1 }, after: undefined } });
    assert.deepEqual([before.ms, before.savedNanoUsd, before.error], [100, 0, undefined]);
    assert.deepEqual(
      [after.runId, after.status, after.error, after.ms, after.savedNanoUsd],
      ['two', 'failed', 'RUN_TIMEOUT', 50, 7],
    );
  });

  it('takes a run that never began to end as one without time', () => {
    const { endedAt: _, ...open } = viewOf({});
    assert.equal(
      compareRuns({ plan: PLAN, inputs: {}, view: open }, { plan: PLAN, inputs: {}, view: open }).before.ms,
      0,
    );
  });

  it('names steps inside steps by their paths, and those that only one run has', () => {
    const group = (steps: readonly StepView[]): StepView => done('group', { steps });
    const { steps } = compared(
      { view: { steps: [group([done('in', { output: { inline: 1 } })]), done('old')] } },
      {
        view: {
          steps: [group([done('in', { output: { inline: 2 } })]), { id: 'new', kind: 'set', status: 'pending' }],
        },
      },
    );
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['group/in', 'new', 'old'],
    );
    assert.deepEqual(steps[0]?.output, { before: { inline: 1 }, after: { inline: 2 } });
    assert.deepEqual(steps[1]?.facts, { before: undefined, after: { status: 'pending', isReused: false } });
  });

  const failed: StepView = {
    id: 'x',
    kind: 'model',
    status: 'failed',
    error: { code: 'OUTPUT_INVALID', message: 'Cannot', attempts: 2 },
    ...FACTS,
    ...TIMES,
  };
  for (const { name, after, facts } of [
    {
      name: 'its status',
      after: failed,
      facts: { status: 'failed', error: 'OUTPUT_INVALID', costNanoUsd: 5, isReused: false, ms: 20 },
    },
    {
      name: 'that it was skipped',
      after: { id: 'x', kind: 'model', status: 'skipped', because: 'no', endedAt: 3 },
      facts: { status: 'skipped', isReused: false },
    },
    {
      name: 'its cost',
      after: done('x', { costNanoUsd: null }),
      facts: { status: 'done', costNanoUsd: null, isReused: false, ms: 20 },
    },
    {
      name: 'its model',
      after: done('x', { model: 'a/b', usage: USAGE }),
      facts: { status: 'done', model: 'a/b', usage: USAGE, costNanoUsd: 5, isReused: false, ms: 20 },
    },
    {
      name: 'that it was taken over',
      after: done('x', { reused: { runId: 'r', costNanoUsd: 5 } }),
      facts: { status: 'done', costNanoUsd: 5, isReused: true, ms: 20 },
    },
  ] as readonly { name: string; after: StepView; facts: object }[]) {
    it(`says of a step ${name}`, () => {
      const { steps } = compared({ view: { steps: [done('x')] } }, { view: { steps: [after] } });
      assert.deepEqual(steps[0]?.facts.after, facts);
    });
  }

  it('does not count the time of a step', () => {
    const { steps } = compared({ view: { steps: [done('x')] } }, { view: { steps: [done('x', { endedAt: 99 })] } });
    assert.deepEqual(steps, []);
  });

  it('pairs the verdicts of checks that have one name', () => {
    const { steps } = compared(
      { view: { steps: [done('x', { checks: [verdict('length', 1), verdict('length', 0), verdict('old', 1)] })] } },
      { view: { steps: [done('x', { checks: [verdict('length', 1), verdict('length', 0.2), verdict('new', 1)] })] } },
    );
    assert.deepEqual(
      steps[0]?.verdicts.map(({ check, before, after }) => [check, before?.score, after?.score]),
      [
        ['length', 0, 0.2],
        ['new', undefined, 1],
        ['old', 1, undefined],
      ],
    );
  });
});
