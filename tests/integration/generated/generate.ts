import {
  indexName,
  itemName,
  type Block,
  type Body,
  type OnError,
  type Read,
  type Step,
  type Sum,
  type Test,
} from './pipelines.ts';

/** What can be read at a place, and how deep it is. */
interface Scope {
  readonly reads: readonly Read[];
  readonly depth: number;
  /** Inside another pipeline, or in something that is done often: nothing costly. */
  readonly isCheap: boolean;
}

const DEPTH_MAX = 3;

/** The same pipelines for the same seed. */
export function generator(seed: number): () => Block {
  // A linear congruential generator (Numerical Recipes).
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const chance = (share: number): boolean => next() < share;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  let ids = 0;

  function sum({ reads }: Scope): Sum {
    const count = reads.length === 0 ? 0 : below(3);
    const terms = Array.from({ length: count }, () => ({ read: pick(reads), factor: 1 + below(3) }));
    return { base: 1 + below(9), terms };
  }

  function test(scope: Scope): Test {
    return { sum: sum(scope), by: 2, rest: chance(0.7) ? 0 : 1 };
  }

  function block(scope: Scope): Block {
    const count = scope.depth === 0 ? 3 + below(4) : 1 + below(3);
    const steps: Step[] = [];
    // Steps are named before they are made, so that a round can read what comes later in the round before.
    const names = Array.from({ length: count }, () => `s${(ids += 1)}`);
    for (const id of names) {
      const beside = steps.flatMap((each): Read[] => [
        { of: 'output', id: each.id },
        { of: 'output', id: each.id },
        { of: 'status', id: each.id },
      ]);
      steps.push(step(id, { ...scope, reads: [...scope.reads, ...beside] }, steps));
    }
    if (scope.depth === 0 || chance(0.6)) return { steps };
    const inside = { ...scope, reads: names.map((id): Read => ({ of: 'output', id })) };
    return { steps, outputs: { n: sum(inside), m: sum(inside) } };
  }

  function step(id: string, around: Scope, beside: readonly Step[]): Step {
    const needs = beside.length > 0 && chance(0.2) ? [pick(beside).id] : [];
    const hasItems = !around.isCheap && chance(0.15);
    const isLong = hasItems && around.depth === 0 && chance(0.1);
    const local: readonly Read[] = [
      { of: 'name', id: itemName(id) },
      { of: 'name', id: indexName(id) },
    ];
    const inItem = hasItems ? { ...around, reads: [...around.reads, ...local, ...local], isCheap: true } : around;
    const hasRounds = !isLong && chance(0.15);
    const body = bodyOf(id, inItem, { isLeaf: isLong, hasRounds });
    const isForm = body.kind === 'group' || body.kind === 'switch' || body.kind === 'pipeline';
    return {
      id,
      body,
      needs,
      joins: chance(0.15),
      ...(chance(0.2) ? { when: test(around) } : {}),
      ...(chance(0.1) ? { otherwise: below(100) } : {}),
      ...(hasItems
        ? {
            forEach: {
              over: sum(around),
              by: 4,
              atLeast: isLong ? 100 : 0,
              concurrency: 1 + below(5),
              mayFail: chance(0.5),
              hasKeys: chance(0.3),
            },
          }
        : {}),
      ...(hasRounds ? { repeat: repeatOf(id, body, inItem) } : {}),
      // What was done in a round beside a failure is nobody's to know, and would be read.
      onError: hasRounds && body.kind === 'group' ? { kind: pick(['fail', 'continue']) } : onErrorOf(inItem),
      attempts: isForm && chance(0.2) ? 2 : 1,
    };
  }

  function repeatOf(id: string, body: Body, scope: Scope): NonNullable<Step['repeat']> {
    const own: readonly Read[] =
      body.kind === 'group'
        ? body.block.steps.map((each): Read => ({ of: 'output', id: each.id }))
        : [{ of: 'output', id }];
    const max = !scope.isCheap && chance(0.2) ? 21 + below(5) : 1 + below(3);
    return {
      max,
      ...(chance(0.7) ? { until: { sum: sum({ ...scope, reads: own }), by: 2, rest: 0 } } : {}),
      mustHold: chance(0.2),
    };
  }

  function bodyOf(id: string, scope: Scope, { isLeaf, hasRounds }: { isLeaf: boolean; hasRounds: boolean }): Body {
    const before: readonly Read[] = hasRounds ? [{ of: 'previous', id }] : [];
    const own = { ...scope, reads: [...scope.reads, ...before] };
    const inner = { ...scope, depth: scope.depth + 1 };
    const kind = isLeaf || scope.depth >= DEPTH_MAX ? below(55) : below(100);
    if (kind < 44) return { kind: 'set', value: sum(own) };
    if (kind < 49) return { kind: 'fail' };
    if (kind < 55) return { kind: 'wait' };
    if (kind < 78) return { kind: 'group', block: hasRounds ? inRounds(block(inner)) : block(inner) };
    if (kind < 94 || scope.isCheap) {
      const cases = ['k0', 'k1', 'k2'].slice(0, 1 + below(3)).map((name) => caseOf(name, inner));
      return { kind: 'switch', on: sum(own), cases, ...(chance(0.7) ? { other: caseOf('default', inner) } : {}) };
    }
    const alone = block({ reads: [{ of: 'input', id: 'given' }], depth: scope.depth + 1, isCheap: true });
    const inside = { ...scope, reads: alone.steps.map(({ id: each }): Read => ({ of: 'output', id: each })) };
    return { kind: 'pipeline', input: sum(own), block: { ...alone, outputs: { a: sum(inside), b: sum(inside) } } };
  }

  /** Lets some steps of a round read what the round before gave. */
  function inRounds(made: Block): Block {
    const reads = made.steps.map(({ id }): Read => ({ of: 'previous', id }));
    const steps = made.steps.map((each): Step => {
      if (each.body.kind !== 'set' || chance(0.4)) return each;
      const { value } = each.body;
      return {
        ...each,
        body: { kind: 'set', value: { ...value, terms: [...value.terms, { read: pick(reads), factor: 1 }] } },
      };
    });
    return { ...made, steps };
  }

  function caseOf(id: string, scope: Scope): Step {
    const isGroup = scope.depth < DEPTH_MAX && chance(0.4);
    const body: Body = isGroup ? { kind: 'group', block: block(scope) } : { kind: 'set', value: sum(scope) };
    const when = chance(0.1) ? { when: test(scope) } : {};
    return { id, body, needs: [], joins: false, ...when, onError: { kind: 'fail' }, attempts: 1 };
  }

  function onErrorOf(scope: Scope): OnError {
    const kind = below(100);
    if (kind < 35) return { kind: 'continue' };
    if (kind < 65) return { kind: 'value', value: sum(scope) };
    if (kind < 80) return { kind: 'steps', block: block({ ...scope, depth: DEPTH_MAX, isCheap: true }) };
    return { kind: 'fail' };
  }

  return () => {
    ids = 0;
    return block({ reads: [{ of: 'input', id: 'x' }], depth: 0, isCheap: false });
  };
}
