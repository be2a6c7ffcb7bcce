import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SetStepPlan } from '../../../src/pipeline/plan.ts';
import { NO_CALL, type StepResult } from '../../../src/pipeline/result.ts';
import { decideNext } from '../../../src/pipeline/schedule.ts';

const DONE: StepResult = { status: 'done', output: { inline: null }, ...NO_CALL };
const FAILED: StepResult = { status: 'failed', error: { code: 'TOOL_FAILED', message: 'x', attempts: 1 }, ...NO_CALL };
const SKIPPED: StepResult = { status: 'skipped', because: 'its condition was false' };

function step(id: string, dependsOn: readonly string[] = [], tolerates: readonly string[] = []): SetStepPlan {
  return {
    id,
    kind: 'set',
    value: { kind: 'literal', value: null },
    dependsOn,
    tolerates,
    checks: [],
    retry: { attempts: 1, backoffMs: 1, maxBackoffMs: 1 },
    timeoutMs: 1000,
    onError: { kind: 'continue' },
  };
}

const plan = [step('a'), step('b', ['a']), step('c', ['a'], ['a']), step('d', ['b', 'c'])];

function decisions(results: Record<string, StepResult>, running: readonly string[] = []): readonly string[] {
  const progress = { results: new Map(Object.entries(results)), running: new Set(running) };
  return decideNext(plan, progress).map(({ kind, step: { id } }) => `${kind} ${id}`);
}

describe('decideNext', () => {
  for (const { name, results, running, expected } of [
    { name: 'offers what depends on nothing', results: {}, expected: ['start a'] },
    { name: 'leaves out what runs', results: {}, running: ['a'], expected: [] },
    { name: 'offers all that became ready at once', results: { a: DONE }, expected: ['start b', 'start c'] },
    { name: 'skips what needs a failed step', results: { a: FAILED }, expected: ['skip b', 'start c'] },
    { name: 'skips what needs a skipped step', results: { a: SKIPPED }, expected: ['skip b', 'start c'] },
    { name: 'waits for the last dependency', results: { a: DONE, b: DONE }, running: ['c'], expected: [] },
    { name: 'is empty when all have ended', results: { a: DONE, b: DONE, c: DONE, d: DONE }, expected: [] },
  ] as const) {
    it(name, () => assert.deepEqual(decisions(results, running), expected));
  }

  it('says why a step is skipped', () => {
    const [first] = decideNext(plan, { results: new Map([['a', FAILED]]), running: new Set() });
    assert.deepEqual(first, { kind: 'skip', step: plan[1], because: 'step "a" was failed' });
  });
});

/** A graph in plan order: each step depends on some of those before it, and tolerates some of these. */
const graphs = fc
  .array(
    fc.record({
      depends: fc.array(fc.nat(), { maxLength: 4 }),
      tolerates: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    }),
    {
      minLength: 1,
      maxLength: 25,
    },
  )
  .map((rows) =>
    rows.map(({ depends, tolerates }, index) => {
      const ids = index === 0 ? [] : [...new Set(depends.map((each) => `s${each % index}`))];
      return step(
        `s${index}`,
        ids,
        ids.filter((_, at) => tolerates[at] === true),
      );
    }),
  );

const ends = [DONE, DONE, DONE, FAILED, SKIPPED];

interface Trace {
  readonly started: readonly string[];
  readonly results: ReadonlyMap<string, StepResult>;
}

/** Runs a graph with the scheduler; `choices` say which running step ends next, and how. */
function drive(steps: readonly SetStepPlan[], choices: readonly number[]): Trace {
  const results = new Map<string, StepResult>();
  const running = new Set<string>();
  const started: string[] = [];
  let turn = 0;
  const choose = (): number => choices[turn++ % choices.length] as number;
  while (results.size < steps.length) {
    const next = decideNext(steps, { results, running });
    for (const decision of next) {
      const { id } = decision.step;
      if (decision.kind === 'skip') results.set(id, { status: 'skipped', because: decision.because });
      else running.add(started[started.push(id) - 1] as string);
    }
    if (next.length > 0) continue;
    assert.ok(running.size > 0, 'nothing is ready and nothing runs: the run would hang');
    const id = [...running][choose() % running.size] as string;
    running.delete(id);
    results.set(id, ends[choose() % ends.length] as StepResult);
  }
  return { started, results };
}

/** What must have happened, said without any scheduling: a step started exactly when all that it needs was done. */
function shouldStart({ dependsOn, tolerates }: SetStepPlan, results: Trace['results']): boolean {
  return dependsOn.every((id) => tolerates.includes(id) || results.get(id)?.status === 'done');
}

describe('decideNext over generated graphs', () => {
  const choices = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });

  it('starts a step once, and only when all that it needs is done', () => {
    fc.assert(
      fc.property(graphs, choices, (steps, picks) => {
        const { started, results } = drive(steps, picks);
        assert.equal(new Set(started).size, started.length);
        for (const each of steps) assert.equal(started.includes(each.id), shouldStart(each, results), each.id);
      }),
      { numRuns: 3000 },
    );
  });

  it('never starts a step before its dependencies have ended', () => {
    fc.assert(
      fc.property(graphs, choices, (steps, picks) => {
        const { started } = drive(steps, picks);
        for (const { id, dependsOn } of steps.filter((each) => started.includes(each.id))) {
          for (const before of dependsOn.filter((each) => started.includes(each))) {
            assert.ok(started.indexOf(before) < started.indexOf(id));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves nothing that is ready waiting', () => {
    fc.assert(
      fc.property(graphs, choices, (steps, picks) => {
        const { results } = drive(steps, picks);
        const progress = { results, running: new Set<string>() };
        assert.deepEqual(decideNext(steps, progress), []);
        assert.equal(results.size, steps.length);
      }),
      { numRuns: 1000 },
    );
  });
});
