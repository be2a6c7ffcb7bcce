import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/errors.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { BlockPlan, Plan, StepPlan, Template } from '../../../src/pipeline/plan.ts';
import { readsOf } from '../../../src/pipeline/template.ts';
import { cards } from './cards.ts';

const HEAD = `name: x
inputs:
  parts: { type: array, items: { type: object, properties: { id: { type: string }, n: { type: integer } } } }
  kind: { type: string }
  n: { type: integer }
steps:
`;

function planned(steps: string, more = ''): ReturnType<typeof makePlan> {
  return makePlan(parsePipeline(`${HEAD}${steps}\n${more}`, 'p.yaml'), cards);
}

function planOf(steps: string, more = ''): Plan {
  return planned(steps, more).plan;
}

function stepOf(step: string, more = ''): StepPlan {
  return planOf(`  a: ${step}\n${more}`).steps.find(({ id }) => id === 'a') as StepPlan;
}

function warningsOf(steps: string, more = ''): readonly string[] {
  return planned(steps, more).warnings.map(({ position, code, message }) => {
    return `${position?.line}:${position?.column} ${code} ${message}`;
  });
}

/** The sources of a template's expressions, and its values. */
function shown(template: Template): unknown {
  switch (template.kind) {
    case 'expression':
      return template.expression.source.trim();
    case 'literal':
      return template.value;
    case 'map':
      return Object.fromEntries(Object.entries(template.entries).map(([key, entry]) => [key, shown(entry)]));
    default:
      return template.kind;
  }
}

/** Every step with what it waits for, those inside it in brackets: `a < b, c? [d]`. */
function orderText(steps: readonly StepPlan[]): string {
  return steps.map(stepText).join('; ');
}

function stepText(step: StepPlan): string {
  const waits = step.dependsOn.map((id) => `${id}${step.tolerates.includes(id) ? '?' : ''}`);
  const inner = innerOf(step).map((block) => ` [${orderText(block)}]`);
  return `${step.id}${waits.length === 0 ? '' : ` < ${waits.join(', ')}`}${inner.join('')}`;
}

function innerOf(step: StepPlan): readonly (readonly StepPlan[])[] {
  if (step.kind === 'steps') return [step.body.steps];
  if (step.kind !== 'switch') return [];
  return [[...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])]];
}

/** A step in so many groups. */
function nested(depth: number): object {
  return Array.from({ length: depth - 1 }, (_, index) => `g${index}`).reduce<object>(
    (inner, id) => ({ steps: { [id]: inner } }),
    { set: '${{ inputs.n }}' },
  );
}

function refusalOf(steps: object): readonly string[] {
  const pipeline = { name: 'x', inputs: { n: {} }, steps };
  try {
    makePlan(parsePipeline(JSON.stringify(pipeline), 'p.yaml'), cards);
  } catch (error) {
    if (error instanceof PipelineError) return error.findings.map(({ code, message }) => `${code} ${message}`);
    throw error;
  }
  return [];
}

describe('a group', () => {
  it('gives what its outputs say', () => {
    const { kind, body } = stepOf(
      '{ steps: { b: { set: 1 }, c: { set: 2 } }, outputs: { sum: "${{ steps.b.output + steps.c.output }}", two: 2 } }',
    ) as {
      kind: string;
      body: BlockPlan;
    };
    assert.deepEqual([kind, body.steps.map(({ id }) => id)], ['steps', ['b', 'c']]);
    assert.deepEqual(shown(body.outputs), { sum: 'steps.b.output + steps.c.output', two: 2 });
  });

  it('gives a map of its steps otherwise, each in its place in the order', () => {
    const { body } = stepOf('{ steps: { late: { set: "${{ steps.early.output }}" }, early: { set: 2 } } }') as {
      body: BlockPlan;
    };
    assert.deepEqual(shown(body.outputs), { early: 'steps.early.output', late: 'steps.late.output' });
    assert.deepEqual(readsOf(body.outputs), ['steps.early.output', 'steps.late.output']);
  });

  it('is tried once, for as long as it takes, unless it says otherwise', () => {
    const plain = stepOf('{ steps: { b: { set: 1 } } }');
    assert.deepEqual([plain.retry.attempts, 'timeoutMs' in plain], [1, false]);
    const bounded = stepOf('{ steps: { b: { set: 1 } }, retry: { attempts: 3 }, timeout: 2h }');
    assert.deepEqual([bounded.retry.attempts, bounded.timeoutMs], [3, 7_200_000]);
  });

  it('may be judged', () => {
    const { checks } = stepOf('{ steps: { b: { set: 1 } }, checks: [{ expect: "${{ output.b == 1 }}" }] }');
    assert.deepEqual(
      checks.map(({ check }) => check),
      ['expect'],
    );
  });
});

describe('what steps inside a step wait for', () => {
  for (const { name, steps, expected } of [
    {
      name: 'the step around them waits for, when it stands outside',
      steps:
        '  g: { steps: { b: { set: "${{ steps.a.output }}" }, c: { set: "${{ steps.b.output }}" } } }\n  a: { set: 1 }',
      expected: 'a; g < a [b; c < b]',
    },
    {
      name: 'is what the whole of a step waits for, however deep',
      steps:
        '  a: { set: 1 }\n  b: { set: 1 }\n  g: { steps: { h: { steps: { i: { set: "${{ steps.a.output }}" } }, outputs: { o: "${{ steps.b.output }}" } }, k: { set: 1 } } }',
      expected: 'a; b; g < a, b [h [i]; k]',
    },
    {
      name: 'may end in any way when only its status is read',
      steps: '  a: { set: 1 }\n  g: { steps: { b: { set: "${{ steps.a.status }}" } } }',
      expected: 'a; g < a? [b]',
    },
    {
      name: 'must be done when one of them needs that',
      steps:
        '  a: { set: 1 }\n  g: { steps: { b: { set: "${{ steps.a.status }}" }, c: { set: "${{ steps.a.output }}" } } }',
      expected: 'a; g < a [b; c]',
    },
    {
      name: 'may end in any way when the step inside joins what has settled',
      steps: '  a: { set: 1 }\n  g: { steps: { b: { join: settled, set: "${{ steps.a.output }}" } } }',
      expected: 'a; g < a? [b]',
    },
    {
      name: 'may end in any way when the step around joins what has settled',
      steps:
        '  a: { set: 1 }\n  z: { set: 1 }\n  g: { join: settled, needs: z, steps: { b: { set: "${{ steps.a.output }}" }, c: { set: "${{ steps.b.output }}" } } }',
      expected: 'a; z; g < a?, z? [b; c < b]',
    },
    {
      name: 'must be done unless join is settled',
      steps:
        '  a: { set: 1 }\n  b: { join: done, set: "${{ steps.a.output }}" }\n  c: { join: settled, needs: a, set: "${{ steps.b.output }}" }',
      expected: 'a; b < a; c < a?, b?',
    },
    {
      name: 'the switch waits for, whichever case runs',
      steps:
        '  a: { set: 1 }\n  b: { set: 1 }\n  c: { set: 1 }\n  s: { switch: "${{ steps.a.output }}", cases: { "1": { set: "${{ steps.b.output }}" } }, default: { steps: { d: { set: "${{ steps.c.status }}" } } } }',
      expected: 'a; b; c; s < a, b, c? [1; default [d]]',
    },
    {
      name: 'the loop waits for, with its list, its key and its end',
      steps:
        '  a: { set: [1] }\n  b: { set: k }\n  c: { set: 1 }\n  d: { set: 1 }\n  l: { for_each: "${{ steps.a.output }}", key: "${{ steps.b.output + string(item) }}", repeat: { max: 2, until: "${{ steps.c.output == steps.l.output }}" }, set: "${{ steps.d.output }}" }',
      expected: 'a; b; c; d; l < a, b, c, d',
    },
    {
      name: 'is not the step itself, when that is read at the end of a round',
      steps:
        '  a: { repeat: { max: 3, until: "${{ steps.a.output > 2 }}" }, set: "${{ coalesce(previous.a.output, 0) + 1 }}" }',
      expected: 'a',
    },
  ]) {
    it(name, () => assert.equal(orderText(planOf(steps).steps), expected));
  }
});

describe('a switch', () => {
  it('has a step for each case, named by it, and one for all others', () => {
    const step = stepOf(
      '{ switch: "${{ inputs.kind }}", cases: { bug report: { set: 1 }, other/x: { set: 2 } }, default: { set: 3 } }',
    );
    assert.ok(step.kind === 'switch');
    assert.equal(shown(step.on), 'inputs.kind');
    assert.deepEqual(
      step.cases.map(({ id, kind }) => [id, kind]),
      [
        ['bug report', 'set'],
        ['other/x', 'set'],
      ],
    );
    assert.equal(step.otherCase?.id, 'default');
  });

  it('may do without a default', () => {
    const step = stepOf('{ switch: "${{ inputs.kind }}", cases: { a: { set: 1 } } }');
    assert.ok(step.kind === 'switch' && !('otherCase' in step));
  });

  it('may be chosen by several values together', () => {
    const step = stepOf('{ switch: "${{ inputs.kind }}-${{ inputs.n }}", cases: { a-1: { set: 1 } } }');
    assert.ok(step.kind === 'switch' && step.on.kind === 'text');
  });

  it('lets a case have the name of a step, which means that step', () => {
    const { steps } = planOf(
      '  bug: { set: 1 }\n  s: { switch: "${{ inputs.kind }}", cases: { bug: { set: "${{ steps.bug.output }}" } } }',
    );
    assert.equal(orderText(steps), 'bug; s < bug [bug]');
  });
});

describe('for_each', () => {
  it('has limits without being told', () => {
    const { forEach } = stepOf('{ for_each: "${{ inputs.parts }}", set: "${{ item.n + index }}" }');
    const { over, ...rest } = forEach as NonNullable<typeof forEach>;
    assert.equal(shown(over), 'inputs.parts');
    assert.deepEqual(rest, { as: 'item', index: 'index', max: 1000, concurrency: 10, onItemError: 'fail' });
  });

  it('takes every key', () => {
    const { forEach, kind } = stepOf(
      '{ for_each: [{ id: a }], as: part, index: i, key: "${{ part.id }}", max: 1000000, concurrency: 500, on_item_error: continue, steps: { b: { set: "${{ part }} ${{ i }}" } } }',
    );
    const { key, over, ...rest } = forEach as NonNullable<typeof forEach>;
    assert.deepEqual([kind, key?.reads, shown(over)], ['steps', ['part'], [{ id: 'a' }]]);
    assert.deepEqual(rest, { as: 'part', index: 'i', max: 1_000_000, concurrency: 500, onItemError: 'continue' });
  });

  it('may stand in another one with names of its own', () => {
    const step = stepOf(
      '{ for_each: "${{ inputs.parts }}", as: row, index: y, steps: { b: { for_each: "${{ range(row.n) }}", set: "${{ row.n * item + y * index }}" } } }',
    );
    assert.ok(step.kind === 'steps');
    assert.deepEqual(step.body.steps[0]?.dependsOn, []);
  });

  it('may use a name again where the first one is not read', () => {
    assert.equal(
      planOf('  a: { for_each: [1], set: "${{ item }}" }\n  b: { for_each: [2], set: "${{ item }}" }').steps.length,
      2,
    );
  });
});

describe('repeat', () => {
  it('goes on to its end without being told', () => {
    const { repeat } = stepOf('{ repeat: { max: 3 }, set: 1 }');
    assert.deepEqual(repeat, { max: 3, onMax: 'continue' });
  });

  it('reads the steps of the round that has ended, when it repeats a group', () => {
    const { repeat } = stepOf(
      '{ repeat: { max: 10000, until: "${{ steps.b.output > 3 }}", on_max: fail }, steps: { b: { set: "${{ coalesce(previous.b.output, 0) + 1 }}" } } }',
    );
    assert.deepEqual([repeat?.until?.reads, repeat?.onMax], [['steps.b.output'], 'fail']);
  });

  it('lets the inside of a round read the round before, and that of a repetition around it', () => {
    const step = stepOf(
      '{ repeat: { max: 2 }, steps: { b: { set: 1 }, c: { repeat: { max: 2 }, steps: { d: { steps: { e: { set: "${{ previous.d.status }} ${{ previous.b.output }}" } } } } } } }',
    );
    assert.ok(step.kind === 'steps');
    assert.equal(orderText([step]), 'a [b; c [d [e]]]');
  });

  it('lets each item of a repeated step read its own last round', () => {
    const { repeat } = stepOf(
      '{ for_each: [1, 2], repeat: { max: 3, until: "${{ steps.a.output > item }}" }, set: "${{ coalesce(previous.a.output, item) * 2 }}" }',
    );
    assert.deepEqual(repeat?.until?.reads, ['item', 'steps.a.output']);
  });

  it('lets a switch read the case of its last round', () => {
    const { repeat } = stepOf(
      '{ repeat: { max: 3, until: "${{ steps.a.case == \'x\' }}" }, switch: "${{ coalesce(previous.a.case, inputs.kind) }}", cases: { x: { set: 1 }, y: { set: 2 } } }',
    );
    assert.deepEqual(repeat?.until?.reads, ['steps.a.case']);
  });
});

describe('the types of what steps with others in them give', () => {
  for (const { name, steps } of [
    {
      name: 'a group: what its outputs are',
      steps:
        '  a: { steps: { b: { set: { n: 1 } } }, outputs: { m: "${{ steps.b.output.n }}" } }\n  c: { set: "${{ steps.a.output.m + 1 }}" }',
    },
    {
      name: 'a group of groups: maps in maps',
      steps:
        '  a: { steps: { b: { steps: { c: { model: ollama/m, prompt: x } } } } }\n  d: { set: "${{ upper(steps.a.output.b.c) }}" }',
    },
    {
      name: 'a switch whose cases are alike: what they have in common',
      steps:
        '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: abc } }, default: { model: ollama/m, prompt: x } }\n  b: { set: "${{ upper(steps.a.output) }}" }',
    },
    {
      name: 'a switch whose cases differ: anything',
      steps:
        '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: abc } }, default: { set: [1] } }\n  b: { set: "${{ steps.a.output + 1 }}" }',
    },
    {
      name: 'a switch whose cases give maps: the fields of all',
      steps:
        '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: { x: 1, y: a } } }, default: { set: { x: 2.5, z: { d: 1 } } } }\n  b: { set: ["${{ steps.a.output.x + 1.5 }}", "${{ steps.a.output.?y.orValue(\'\') }}", "${{ has(steps.a.output.z) }}"] }',
    },
    {
      name: 'a switch with a case that gives any map: any field',
      steps:
        '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: { x: 1 } } }, default: { model: ollama/m, prompt: x, output: { type: object } } }\n  b: { set: "${{ steps.a.output.whatever }}" }',
    },
    {
      name: 'for_each: a list',
      steps:
        '  a: { for_each: "${{ inputs.parts }}", set: "${{ item.n * 2 }}" }\n  b: { set: "${{ sum(steps.a.output) + steps.a.output[0] }}" }',
    },
    {
      name: 'for_each with a key: a map',
      steps:
        '  a: { for_each: "${{ inputs.parts }}", key: "${{ item.id }}", set: "${{ item.n }}" }\n  b: { set: "${{ steps.a.output.x + steps.a.output[inputs.kind] }}" }',
    },
    {
      name: 'for_each that goes on: items that may be null',
      steps:
        '  a: { for_each: [1], on_item_error: continue, set: "${{ item }}" }\n  b: { set: "${{ coalesce(steps.a.output[0], 1) + 1 }}" }',
    },
    {
      name: 'repeat: what a round gives',
      steps:
        '  a: { repeat: { max: 2 }, set: "${{ inputs.n + 1 }}" }\n  b: { set: "${{ steps.a.output + steps.a.rounds }} ${{ upper(steps.a.stopped) }}" }',
    },
    {
      name: 'an else: what it widens',
      steps:
        '  a: { if: "${{ inputs.n > 1 }}", else: [], for_each: [1], set: "${{ item }}" }\n  b: { set: "${{ sum(steps.a.output) }}" }',
    },
    {
      name: 'items: their status, error and usage',
      steps:
        '  a: { for_each: [1], set: 1 }\n  b: { set: "${{ steps.a.items.filter(i, i.status == \'failed\').map(i, upper(i.error.code)) }} ${{ steps.a.items[0].usage.input_tokens + 1 }}" }',
    },
    {
      name: 'the round before: what is known of a step before it is compiled',
      steps:
        '  a: { repeat: { max: 2 }, steps: { b: { model: ollama/m, prompt: "${{ upper(previous.b.output) }}" }, c: { for_each: [1], set: "${{ previous.c.items[0].status }}" } } }',
    },
  ]) {
    it(name, () => assert.ok(planOf(steps).steps.length > 0));
  }
});

describe('the outputs that may be null', () => {
  for (const { name, steps, more = '', expected } of [
    {
      name: 'are none when a switch has a case for everything',
      steps: '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: 1 } }, default: { set: 2 } }',
      more: 'outputs: { a: "${{ steps.a.output }}" }',
      expected: [],
    },
    {
      name: 'are those of a switch with a case that may fail',
      steps: '  a: { switch: "${{ inputs.n }}", cases: { "1": { set: 1 } }, default: { set: 2, on_error: continue } }',
      more: 'outputs: { a: "${{ steps.a.output }}" }',
      expected: [
        '8:12 OUTPUT_MAY_BE_NULL Cannot promise output "a": step "a" has a case, "default", that may fail, and then it has no value',
      ],
    },
    {
      name: 'are not those of a loop over such a switch, whose items are null',
      steps:
        '  a: { for_each: [1], switch: "${{ item }}", cases: { "1": { set: 1, on_error: continue } }, default: { set: 2 } }',
      more: 'outputs: { a: "${{ steps.a.output }}" }',
      expected: [],
    },
    {
      name: 'are told once for each step that reads them',
      steps:
        '  a: { if: "${{ inputs.n > 1 }}", set: 1 }\n  b: { join: settled, set: ["${{ steps.a.output }}", "${{ steps.a.output }}"] }',
      expected: [
        '8:3 OUTPUT_MAY_BE_NULL Cannot promise step "b" what it reads: step "a" may be skipped, and "join" lets this one go on without it',
      ],
    },
    {
      name: 'are those that read a field of a group which is such a step',
      steps:
        '  a: { steps: { b: { set: 1, if: "${{ inputs.n > 1 }}" }, c: { steps: { d: { set: 1, on_error: continue } } }, e: { set: 1 } } }',
      more: 'outputs: { b: "${{ steps.a.output.b }}", d: "${{ steps.a.output.c.d }} ${{ steps.a.output.e }}", all: "${{ steps.a.output }}" }',
      expected: [
        '8:12 OUTPUT_MAY_BE_NULL Cannot promise output "b": step "a/b" may be skipped, and then it has no value',
        '8:42 OUTPUT_MAY_BE_NULL Cannot promise output "d": step "a/c/d" may fail, and then it has no value',
      ],
    },
    {
      name: 'are not those that read a field of the items of such a group',
      steps: '  a: { for_each: [1], key: "${{ string(item) }}", steps: { b: { set: 1, if: "${{ item > 1 }}" } } }',
      more: 'outputs: { b: "${{ steps.a.output.b }}" }',
      expected: [],
    },
    {
      name: 'are not those for which something stands in',
      steps: '  a: { set: { b: 1.5 }, if: "${{ inputs.n > 1 }}" }',
      more: 'outputs: { a: "${{ coalesce(steps.a.output.b, 1) }}", b: "${{ steps.a.output.?b.orValue(1) }}", c: "${{ has(steps.a.output.b) }}", d: "${{ coalesce(1, steps.a.output) }}", e: "${{ inputs.n }}", f: "${{ steps.a.output.b }}", g: "${{ steps.a.output[inputs.kind] }}" }',
      expected: [
        '8:132 OUTPUT_MAY_BE_NULL Cannot promise output "d": step "a" may be skipped, and then it has no value',
        '8:195 OUTPUT_MAY_BE_NULL Cannot promise output "f": step "a" may be skipped, and then it has no value',
        '8:225 OUTPUT_MAY_BE_NULL Cannot promise output "g": step "a" may be skipped, and then it has no value',
      ],
    },
    {
      name: 'are those that read a field of what nobody gave in time',
      steps:
        '  a: { approve: { message: x, answer: { type: object, properties: { b: { type: string } } }, timeout: 1s, on_timeout: reject } }\n  w: { wait: { event: e, timeout: 1s, on_timeout: continue } }\n  l: { for_each: [1], wait: { event: e, timeout: 1s, on_timeout: continue } }\n  f: { approve: { message: x, answer: { type: object }, timeout: 1s } }',
      more: 'outputs: { a: "${{ steps.a.output.answer.b }}", w: "${{ steps.w.output.b }}", x: "${{ steps.a.output.choice == \'reject\' ? \'\' : steps.a.output.answer.b }}", y: "${{ steps.w.output != null && steps.w.output.b }}", z: "${{ [steps.a.output.answer, steps.w.output, steps.f.output.answer.b] }}", l: "${{ steps.l.output[0] }}" }',
      expected: [
        '11:12 OUTPUT_MAY_BE_NULL Cannot promise output "a" what it reads: "steps.a.output.answer" is null when nothing comes in time, and fields of null cannot be read: use coalesce(…) or ".?"',
        '11:49 OUTPUT_MAY_BE_NULL Cannot promise output "w" what it reads: "steps.w.output" is null when nothing comes in time, and fields of null cannot be read: use coalesce(…) or ".?"',
      ],
    },
    {
      name: 'are not told where only the status is read',
      steps: '  a: { if: "${{ inputs.n > 1 }}", set: 1 }\n  b: { join: settled, set: "${{ steps.a.status }}" }',
      expected: [],
    },
  ]) {
    it(name, () => assert.deepEqual(warningsOf(steps, more), expected));
  }

  it('may come from a switch that lacks a case for a value that is possible', () => {
    const steps =
      '  a: { set: { kind: "${{ inputs.kind }}" } }\n  b: { switch: "${{ steps.c.output.l }}", cases: { x: { set: 1 } } }\n  c: { model: ollama/m, prompt: p, output: { type: object, properties: { l: { enum: [x, y] } } } }';
    assert.deepEqual(warningsOf(steps), [
      '8:3 SWITCH_NO_CASE Cannot promise step "b": it has no case for "y" and no "default", and fails then',
    ]);
  });
});

const loop = (...steps: readonly string[]) => `  a: { repeat: { max: 3 }, steps: { ${steps.join(', ')} } }`;

describe('what is read of the round before', () => {
  for (const { name, steps, reads } of [
    {
      name: 'is warned of when it is a field',
      steps: loop('n: { set: { x: "${{ previous.n.output.x > 1 ? 1 : 2 }}" } }'),
      reads: ['"set" of step "a/n" previous.n.output'],
    },
    {
      name: 'is warned of in until, in groups, and in loops of steps that read themselves',
      steps: `${loop('n: { steps: { b: { set: "${{ previous.n.output.b }}" } } }')}
  c: { repeat: { max: 3, until: "\${{ previous.c.output.x == 1 }}" }, set: { x: 1 } }`,
      reads: ['"set" of step "a/n/b" previous.n.output', '"repeat.until" of step "c" previous.c.output'],
    },
    {
      name: 'is warned of when it is a field of a field, of an error, of an item',
      steps: loop(
        'b: { for_each: [1], set: "${{ previous.b.items[0].status }}" }',
        'n: { set: "${{ previous.n.output.x.y }}" }',
        'o: { set: "${{ [previous.n.error.code] }}", on_error: continue }',
      ),
      reads: [
        '"set" of step "a/b" previous.b.items',
        '"set" of step "a/n" previous.n.output',
        '"set" of step "a/o" previous.n.error',
      ],
    },
    {
      name: 'is fine as a whole',
      steps: loop('n: { set: { x: "${{ previous.n.output }}" } }'),
      reads: [],
    },
    {
      name: 'is fine where something stands in',
      steps: loop(
        'b: { set: "${{ coalesce(previous.n.output.x, 1) }}" }',
        'c: { set: "${{ previous.n.output.?x.orValue(1) }}" }',
        'd: { set: "${{ has(previous.n.output.x) }}" }',
        'n: { set: { x: 1.5 } }',
      ),
      reads: [],
    },
    {
      name: 'is not fine as that which stands in',
      steps: loop('n: { set: { x: "${{ coalesce(inputs.n, previous.n.output.x) }}" } }'),
      reads: ['"set" of step "a/n" previous.n.output'],
    },
    {
      name: 'is fine behind a question for it',
      steps: loop(
        'b: { set: "${{ previous.n.output != null ? previous.n.output.x : 1 }}" }',
        'c: { set: "${{ previous.n.output != null && previous.n.output.x > 1 }}" }',
        'd: { set: "${{ previous.n.output == null || previous.n.output.x > 1 }}" }',
        'n: { set: { x: 1.5 } }',
      ),
      reads: [],
    },
    {
      name: 'is not fine behind another question, nor in the question',
      steps: loop(
        'b: { set: "${{ inputs.n > 1 ? previous.n.output.x : 1 }}" }',
        'c: { set: "${{ inputs.n > 1 && previous.n.output.x > 1 }}" }',
        'd: { set: "${{ previous.n.output.x > 1 ? previous.n.output.x : 1 }}" }',
        'n: { set: { x: 1.5 } }',
      ),
      reads: ['b', 'c', 'd'].map((id) => `"set" of step "a/${id}" previous.n.output`),
    },
    {
      name: 'is fine in a step whose condition asks for it, and in those inside',
      steps: loop(
        'n: { if: "${{ previous.n.status == \'done\' }}", else: { x: 1 }, steps: { x: { set: "${{ previous.n.output.x }}" } } }',
      ),
      reads: [],
    },
    {
      name: 'is not fine in a condition, nor in a step with another one',
      steps: loop(
        'b: { if: "${{ previous.n.output.x == 1 }}", set: 1 }',
        'n: { if: "${{ inputs.n > 1 }}", else: { x: 1 }, set: { x: "${{ previous.n.output.x }}" } }',
      ),
      reads: ['"if" of step "a/b" previous.n.output', '"set" of step "a/n" previous.n.output'],
    },
  ]) {
    it(name, () => {
      const expected = reads.map((read) => {
        const [, place, path] = /^(.*) (\S+)$/u.exec(read) as unknown as [string, string, string];
        return `OUTPUT_MAY_BE_NULL Cannot promise ${place} what it reads: "${path}" is null in the first round, and fields of null cannot be read: use coalesce(…) or ".?"`;
      });
      assert.deepEqual(
        warningsOf(steps).map((text) => text.replace(/^\S+ /u, '')),
        expected,
      );
    });
  }
});

describe('steps in one another', () => {
  it('may be twenty deep', () => assert.deepEqual(refusalOf({ a: nested(20) }), []));

  it('may not be deeper', () => {
    assert.deepEqual(refusalOf({ a: nested(21) }), [
      'VALUE_INVALID Cannot read step "g0": it stands more than 20 steps deep',
    ]);
  });

  it('may be twenty deep in handlers, each with values of some depth', () => {
    let step: object = { set: [[[[[[[[1]]]]]]]] };
    for (let depth = 1; depth < 20; depth += 1) step = { set: 1, on_error: { steps: { [`h${depth}`]: step } } };
    assert.deepEqual(refusalOf({ a: step }), []);
  });

  it('may not be more than ten thousand, those inside others counted', () => {
    const inner = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`s${index}`, { set: 1 }]));
    const groups = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`g${index}`, { steps: inner }]));
    assert.deepEqual(refusalOf(groups), [
      'VALUE_INVALID Cannot read "steps" of the pipeline: it has more than 10000 steps, those inside others counted',
    ]);
  });
});
