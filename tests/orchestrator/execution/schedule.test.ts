import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SetStepPlan } from '../../../src/pipeline/plan.ts';
import { NO_CALL, type StepResult } from '../../../src/pipeline/result.ts';
import { decideNext, type Progress } from '../../../src/pipeline/schedule.ts';

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

/** A graph in plan order: each step depends on some of those before it, and tolerates some of these, or joins them all. */
const graphs = fc
  .array(
    fc.record({
      depends: fc.array(fc.nat(), { maxLength: 4 }),
      tolerates: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      joinsSettled: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((rows) =>
    rows.map(({ depends, tolerates, joinsSettled }, index) => {
      const ids = index === 0 ? [] : [...new Set(depends.map((each) => `s${each % index}`))];
      return step(
        `s${index}`,
        ids,
        ids.filter((_, at) => joinsSettled || tolerates[at] === true),
      );
    }),
  );

/** How a step ends when it runs: `failed` is one that may, `skipped` one whose condition is false. */
const ends = fc.array(fc.constantFrom(DONE, DONE, DONE, FAILED, SKIPPED), { minLength: 25, maxLength: 25 });
/** Which of the running steps ends next. */
const orders = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });

interface Trace {
  readonly started: readonly string[];
  readonly ended: readonly string[];
  readonly results: ReadonlyMap<string, StepResult>;
}

/** Runs a graph with the scheduler, to its end. */
function drive(steps: readonly SetStepPlan[], endOf: readonly StepResult[], order: readonly number[]): Trace {
  const results = new Map<string, StepResult>();
  const running = new Set<string>();
  const started: string[] = [];
  for (let turn = 0; results.size < steps.length;) {
    const next = decideNext(steps, { results, running });
    for (const decision of next) {
      const { id } = decision.step;
      if (decision.kind === 'skip') results.set(id, { status: 'skipped', because: decision.because });
      else running.add(started[started.push(id) - 1] as string);
    }
    if (next.length > 0) continue;
    assertNothingWaits(steps, { results, running });
    const id = [...running][(order[turn++ % order.length] as number) % running.size] as string;
    running.delete(id);
    results.set(id, endOf[Number(id.slice(1))] as StepResult);
  }
  return { started, ended: [...results.keys()], results };
}

/** Whoever has not started waits for somebody who runs, or waits too. */
function assertNothingWaits(steps: readonly SetStepPlan[], { results, running }: Progress): void {
  assert.ok(running.size > 0, 'nothing is ready and nothing runs: the run would hang');
  for (const { id, dependsOn } of steps) {
    if (results.has(id) || running.has(id)) continue;
    assert.ok(
      dependsOn.some((before) => !results.has(before)),
      `${id} is ready and waits`,
    );
  }
}

/** How every step ends, told without any scheduling: in plan order, each from those before it. */
function fates(steps: readonly SetStepPlan[], endOf: readonly StepResult[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [index, { id, dependsOn, tolerates }] of steps.entries()) {
    const runs = dependsOn.every((before) => tolerates.includes(before) || known.get(before) === 'done');
    known.set(id, runs ? (endOf[index] as StepResult).status : 'skipped');
  }
  return known;
}

describe('decideNext over generated graphs', () => {
  it('ends every step as it must, in whatever order they end, and leaves nothing waiting that is ready', () => {
    fc.assert(
      fc.property(graphs, ends, orders, (steps, endOf, order) => {
        const { results } = drive(steps, endOf, order);
        const found = steps.map(({ id }) => [id, results.get(id)?.status]);
        assert.deepEqual(found, [...fates(steps, endOf)]);
      }),
      { numRuns: 4000 },
    );
  });

  it('starts a step once, and only when all that it needs is done', () => {
    fc.assert(
      fc.property(graphs, ends, orders, (steps, endOf, order) => {
        const { started, results } = drive(steps, endOf, order);
        assert.equal(new Set(started).size, started.length);
        for (const { id, dependsOn, tolerates } of steps) {
          const isDone = (before: string): boolean => results.get(before)?.status === 'done';
          const mayStart = dependsOn.every((before) => tolerates.includes(before) || isDone(before));
          assert.equal(started.includes(id), mayStart, id);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never starts a step before its dependencies have ended, nor skips it before', () => {
    fc.assert(
      fc.property(graphs, ends, orders, (steps, endOf, order) => {
        const { ended } = drive(steps, endOf, order);
        for (const { id, dependsOn } of steps) {
          for (const before of dependsOn) assert.ok(ended.indexOf(before) < ended.indexOf(id));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('decides nothing more when all have ended', () => {
    fc.assert(
      fc.property(graphs, ends, orders, (steps, endOf, order) => {
        const { results } = drive(steps, endOf, order);
        assert.deepEqual(decideNext(steps, { results, running: new Set() }), []);
      }),
      { numRuns: 500 },
    );
  });

  it('says of a skipped step which one it needed', () => {
    fc.assert(
      fc.property(graphs, ends, orders, (steps, endOf, order) => {
        const { started, results } = drive(steps, endOf, order);
        for (const { id, dependsOn, tolerates } of steps.filter((each) => !started.includes(each.id))) {
          const missing = dependsOn.find((each) => !tolerates.includes(each) && results.get(each)?.status !== 'done');
          const because = `step "${missing}" was ${results.get(missing as string)?.status}`;
          assert.deepEqual(results.get(id), { status: 'skipped', because });
        }
      }),
      { numRuns: 500 },
    );
  });
});
