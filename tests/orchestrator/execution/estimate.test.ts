import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { hostFunctions } from '../../../src/pipeline/expression-host.ts';
import { schemaBytes } from '../../../src/pipeline/estimate/schema-bytes.ts';
import { rootSizes } from '../../../src/pipeline/estimate/sizes.ts';
import { knownBytes, templateBytes } from '../../../src/pipeline/estimate/template-bytes.ts';
import { estimatePlan, type PlanEstimate } from '../../../src/pipeline/estimate.ts';
import type { Json, JsonObject, JsonSchema } from '../../../src/pipeline/json.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { compileTemplate } from '../../../src/pipeline/template-compile.ts';
import { renderTemplate } from '../../../src/pipeline/template.ts';
import { cards } from './cards.ts';

function bytesOf(value: Json): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Text as people write it: control characters take more bytes in JSON than any other. */
function textOf(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme', maxLength: Math.floor(maxLength / 8) }).filter((text) => !/\p{Cc}/u.test(text));
}

/** A schema, and values that fit it. */
const closed: fc.Arbitrary<readonly [schema: JsonObject, value: Json]> = fc.letrec<{
  any: readonly [JsonObject, Json];
}>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc
      .integer({ min: 8, max: 200 })
      .chain((max) =>
        textOf(max).map((text): readonly [JsonObject, Json] => [{ type: 'string', maxLength: max }, text]),
      ),
    fc.integer().map((value): readonly [JsonObject, Json] => [{ type: 'integer' }, value]),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value): readonly [JsonObject, Json] => [{ type: ['number', 'null'] }, value]),
    fc.boolean().map((value): readonly [JsonObject, Json] => [{ type: 'boolean' }, value]),
    fc
      .array(fc.string(), { minLength: 1, maxLength: 5 })
      .map((all): readonly [JsonObject, Json] => [{ enum: all }, all.at(-1) as string]),
    fc.string().map((value): readonly [JsonObject, Json] => [{ const: value }, value]),
    fc
      .tuple(tie('any'), fc.integer({ min: 0, max: 6 }))
      .map(([[items, value], count]): readonly [JsonObject, Json] => [
        { type: 'array', items, maxItems: count },
        Array.from({ length: count }, () => value),
      ]),
    fc
      .dictionary(fc.string({ maxLength: 10 }), tie('any'), { maxKeys: 4 })
      .map((entries): readonly [JsonObject, Json] => [
        {
          type: 'object',
          properties: Object.fromEntries(Object.entries(entries).map(([key, [schema]]) => [key, schema])),
          additionalProperties: false,
        },
        Object.fromEntries(Object.entries(entries).map(([key, [, value]]) => [key, value])),
      ]),
    fc
      .tuple(tie('any'), tie('any'))
      .map(([[a, value], [b]]): readonly [JsonObject, Json] => [{ anyOf: [a, b] }, value]),
  ),
})).any;

describe('schemaBytes', () => {
  it('is never less than a value that fits', () => {
    fc.assert(
      fc.property(closed, ([schema, value]) => {
        assert.ok(bytesOf(value) <= (schemaBytes(schema) as number), JSON.stringify([schema, value]));
      }),
    );
  });

  for (const schema of [
    true,
    {},
    { type: 'string' },
    { type: 'array', items: { type: 'integer' } },
    { type: 'array', maxItems: 3 },
    { type: 'object', properties: { a: { type: 'integer' } } },
    { type: 'object', additionalProperties: false },
    { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
    { anyOf: [{ type: 'integer' }, { type: 'string' }] },
  ] as readonly JsonSchema[]) {
    it(`is not known for ${JSON.stringify(schema)}`, () => assert.equal(schemaBytes(schema), undefined));
  }

  it('takes the one or the other', () => {
    const bound = schemaBytes({ oneOf: [{ type: 'string', maxLength: 100 }, { type: 'boolean' }] });
    assert.equal(bound, 402);
  });
});

const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  'inputs.text': { type: 'string', maxLength: 80 },
  'inputs.list': { type: 'array', items: { type: 'string', maxLength: 40 }, maxItems: 5 },
  'inputs.count': { type: 'integer' },
  'inputs.open': { type: 'string' },
};

function sizeOf(path: string): number | undefined {
  return schemaBytes(SCHEMAS[path] as JsonSchema);
}

function templateOf(text: string) {
  const { template, problems } = compileTemplate(text, { schemas: SCHEMAS }, { allowSecrets: false });
  assert.deepEqual(problems, []);
  return template;
}

const BOUNDED = [
  'inputs.text',
  'inputs.text + "!" + string(inputs.count)',
  'inputs.list',
  'inputs.list[0]',
  'inputs.list[?0].orValue("none")',
  'inputs.count > 3 ? inputs.text : "few"',
  'coalesce(inputs.text, "none")',
  '[inputs.text, inputs.text]',
  '{"a": inputs.text, "b": -inputs.count}',
  'join(inputs.list, ", and then ")',
  'upper(inputs.text)',
  'lower(inputs.text)',
  'trim(inputs.text)',
  'size(inputs.text) + 4',
  'has(inputs.text) && !(inputs.count == 2)',
  '1.0',
  'null',
];

describe('rootSizes', () => {
  const { plan } = makePlan(
    parsePipeline(
      'name: x\ninputs: { text: { type: string, maxLength: 10 } }\nvars: { v: a }\nsteps: { a: { set: 1 } }\n',
      'p.yaml',
    ),
    cards,
  );
  for (const { path, expected } of [
    { path: 'inputs.text', expected: 42 },
    { path: 'inputs.other', expected: undefined },
    { path: 'vars.v', expected: 3 },
    { path: 'vars.other', expected: 4 },
    { path: 'event', expected: undefined },
    { path: 'inputs', expected: undefined },
  ]) {
    it(`says of ${path} that it takes ${expected}`, () => assert.equal(rootSizes(plan)(path), expected));
  }
});

describe('templateBytes', () => {
  for (const source of BOUNDED) {
    it(`is never less than what becomes of ${source}`, () => {
      const template = templateOf(`Say \${{ ${source} }}.`);
      fc.assert(
        fc.property(
          textOf(80),
          fc.array(textOf(40), { minLength: 1, maxLength: 5 }),
          fc.integer(),
          (text, list, count) => {
            const values = { 'inputs.text': text, 'inputs.list': list, 'inputs.count': count };
            const rendered = renderTemplate(template, values, { host: hostFunctions });
            assert.ok(bytesOf(rendered) <= (templateBytes(template, sizeOf) as number), JSON.stringify(rendered));
          },
        ),
      );
    });
  }

  for (const source of [
    'inputs.open',
    'upper(inputs.open)',
    'inputs.list.map(i, inputs.text)',
    'join(inputs.list)',
    'json(inputs.text)',
  ]) {
    it(`is not known for ${source}, but for what stands around it`, () => {
      const template = templateOf(`Say \${{ ${source} }}.`);
      assert.equal(templateBytes(template, sizeOf), undefined);
      assert.equal(knownBytes(template, sizeOf), 'Say .'.length);
    });
  }

  it('counts maps, lists and secrets', () => {
    const { template } = compileTemplate(
      { list: ['${{ inputs.text }}', 1], key: '${{ secrets.KEY }}', both: 'a ${{ secrets.KEY }}' },
      { schemas: SCHEMAS },
      { allowSecrets: true },
    );
    const bound = templateBytes(template, sizeOf) as number;
    assert.ok(bound >= bytesOf({ list: ['x'.repeat(80), 1], key: '', both: 'a ' }));
  });
});

function estimateOf(text: string): PlanEstimate {
  return estimatePlan(makePlan(parsePipeline(`name: x\n${text}`, 'p.yaml'), cards).plan);
}

/** `path times`, and what is not known. */
function shownSteps({ steps }: PlanEstimate): readonly string[] {
  return steps.map(({ path, times, unknown }) => [path, times, ...unknown].join(' '));
}

const PAID = 'anthropic/claude-text';

function tokensOfTurns(turns: number): number {
  const step = `{ model: ollama/m, prompt: Go, tools: [text.template], max_turns: ${turns}, retry: { attempts: 1 } }`;
  return estimateOf(`steps:\n  a: ${step}`).worst.tokens;
}

describe('estimatePlan', () => {
  it('multiplies what one call may use by items, rounds and tries', () => {
    fc.assert(
      fc.property(
        fc.record({
          items: fc.integer({ min: 1, max: 50 }),
          rounds: fc.integer({ min: 1, max: 20 }),
          tries: fc.integer({ min: 1, max: 9 }),
        }),
        ({ items, rounds, tries }) => {
          const step = `{ model: ${PAID}, prompt: Go, retry: { attempts: ${tries} } }`;
          const {
            steps: [alone],
          } = estimateOf(`steps:\n  a: { model: ${PAID}, prompt: Go, retry: { attempts: 1 } }`);
          const { steps, worst } = estimateOf(
            `inputs: { list: { type: array } }\nsteps:\n  g:\n    for_each: "\${{ inputs.list }}"\n    max: ${items}\n    repeat: { max: ${rounds} }\n    steps: { a: ${step} }`,
          );
          assert.equal(steps[0]?.times, items * rounds);
          assert.equal(worst.nanoUsd, (alone?.worst.nanoUsd as number) * items * rounds * tries);
          assert.equal(worst.tokens, (alone?.worst.tokens as number) * items * rounds * tries);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('adds up every candidate, and takes only the dearest case of a switch', () => {
    const both = estimateOf(`steps:\n  a: { model: [${PAID}, ollama/m], prompt: Go, retry: { attempts: 2 } }`);
    const [paid, free] = both.steps[0]?.calls ?? [];
    assert.ok((paid?.nanoUsd ?? 0) > 0 && free?.nanoUsd === 0);
    assert.equal(both.worst.nanoUsd, 2 * (paid?.nanoUsd ?? 0));
    assert.equal(both.worst.tokens, 2 * ((paid?.tokens ?? 0) + (free?.tokens ?? 0)));
    const one = `{ model: ${PAID}, prompt: Go }`;
    const { worst } = estimateOf(`steps:\n  a: ${one}`);
    const route = estimateOf(
      `inputs: { x: {} }\nsteps:\n  r: { switch: "\${{ inputs.x }}", cases: { a: ${one}, b: { set: 1 } }, default: ${one} }`,
    );
    const single = estimateOf(
      `inputs: { x: { enum: [a] } }\nsteps:\n  r: { switch: "\${{ inputs.x }}", cases: { a: ${one} } }`,
    );
    assert.deepEqual(shownSteps(single), ['r/a 1']);
    assert.deepEqual(shownSteps(route), ['r/a 1', 'r/default 1']);
    assert.deepEqual(route.worst, worst);
  });

  it('says that a price is not known', () => {
    const { hasUnknownPrice, steps } = estimateOf('steps:\n  a: { model: anthropic/claude-large, prompt: Go }');
    assert.ok(hasUnknownPrice);
    assert.equal(steps[0]?.calls[0]?.nanoUsd, null);
  });

  it('goes into groups, handlers, what undoes a step, and other pipelines', () => {
    const estimate = estimateOf(`
inputs: { list: { type: array, items: { type: string, maxLength: 10 }, maxItems: 4 } }
steps:
  each:
    for_each: [1, 2, 3]
    retry: { attempts: 2 }
    steps: { ask: { model: ollama/m, prompt: Go } }
    on_error: { steps: { tell: { model: ollama/m, prompt: Tell } }, outputs: { told: "\${{ steps.tell.output }}" } }
    compensate: { steps: { take_back: { model: ollama/m, prompt: Back } } }
  child:
    pipeline:
      name: child
      inputs: { text: { type: string }, files: { type: files, optional: true } }
      steps: { ask: { model: ollama/m, prompt: "\${{ inputs.text }}", attach: ["\${{ inputs.files }}"] } }
    with: { text: "\${{ join(inputs.list, ' ') }}" }
`);
    assert.deepEqual(shownSteps(estimate), [
      'each/ask 6',
      'each/on_error/tell 3',
      'each/compensate/take_back 1',
      'child/ask 1 inputs.files',
    ]);
  });

  for (const { name, text, expected } of [
    { name: 'inputs without a limit', text: 'prompt: "${{ inputs.open }}"', expected: ['inputs.open'] },
    {
      name: 'inputs with one',
      text: 'prompt: "${{ inputs.short }} ${{ vars.v }} ${{ run.id }}"',
      expected: [],
    },
    { name: 'what tools give', text: 'prompt: "${{ steps.fetched.output }}"', expected: ['steps.fetched.output'] },
    {
      name: 'what a model writes',
      text: 'prompt: "${{ steps.told.output }} ${{ steps.told.status }}"',
      expected: [],
    },
    { name: 'errors', text: 'prompt: "${{ steps.told.error }}"', expected: ['steps.told.error'] },
    { name: 'loops inside expressions', text: 'prompt: "${{ [inputs.short].map(s, s) }}"', expected: ['inputs.short'] },
    {
      name: 'a value of a list with an end',
      text: 'prompt: "${{ steps.many.output }} ${{ steps.kept.output }}"',
      expected: [],
    },
    { name: 'a list of values', text: 'prompt: "${{ steps.pairs.output }}"', expected: [] },
    {
      name: 'an item inside a group, and what a loop reads from outside',
      text: 'for_each: ["a"]\n    steps: { ask: { model: ollama/m, prompt: "${{ item }} ${{ inputs.short }}" } }',
      expected: [],
    },
    { name: 'lists by key', text: 'prompt: "${{ steps.keyed.output }}"', expected: ['steps.keyed.output'] },
    { name: 'what people say', text: 'prompt: "${{ steps.asked.output }}"', expected: ['steps.asked.output'] },
    {
      name: 'the round before',
      text: 'prompt: "${{ coalesce(steps.rounds.output, 1) }} ${{ steps.alone.output }}"',
      expected: [],
    },
    {
      name: 'a text that grows from round to round',
      text: 'prompt: "${{ steps.grows.output }}"',
      expected: ['steps.grows.output'],
    },
    {
      name: 'what tools give to a model',
      text: 'prompt: Go\n    tools: [text.template]',
      expected: ['what its tools give'],
    },
  ]) {
    it(`${expected.length === 0 ? 'knows' : 'does not know'} ${name}`, () => {
      const { steps } = estimateOf(`
inputs:
  open: { type: string }
  short: { type: string, maxLength: 10 }
vars: { v: a value }
steps:
  fetched: { tool: text.template, with: { template: x, data: {} } }
  told: { model: ollama/m, prompt: Go, output: { type: object, properties: { a: { type: boolean } }, additionalProperties: false } }
  many: { for_each: ["a", "b"], as: letter, set: "\${{ letter }} \${{ index }}", if: "\${{ true }}", else: [] }
  kept: { check: { value: "\${{ inputs.short }}", length: { max: 3 } }, on_error: { value: none } }
  pairs: { for_each: ["\${{ inputs.short }}", b], set: "\${{ item }}" }
  keyed: { for_each: ["a"], key: "\${{ item }}", set: 1 }
  asked: { approve: { message: Well? } }
  rounds:
    repeat: { max: 3 }
    steps:
      write: { model: ollama/m, prompt: "\${{ coalesce(previous.write.output, '') }}" }
    outputs: { text: "\${{ steps.write.output }}" }
  alone: { repeat: { max: 2 }, model: ollama/m, prompt: "\${{ coalesce(previous.alone.output, '') }}" }
  grows: { repeat: { max: 9 }, set: "\${{ coalesce(previous.grows.output, '') + inputs.short }}" }
  refused: { fail: no }
  last:
    ${text.startsWith('for_each') ? '' : 'model: ollama/m'}
    ${text}
`);
      assert.deepEqual(steps.at(-1)?.unknown, expected);
    });
  }

  it('lets a conversation grow from turn to turn', () => {
    const [one, two, three] = [tokensOfTurns(1), tokensOfTurns(2), tokensOfTurns(3)];
    assert.ok(two > 2 * one && three - two > two - one);
  });

  it('adds every rung of a ladder, with the longest complaint and the models that would be asked', () => {
    const ladder = 'checks: [{ contains: a }], on_check_fail: [{ repair: 2 }, { model: longer }, ask, continue]';
    const { steps, worst } = estimateOf(`
models: { longer: { use: ollama/l, max_output_tokens: 2000 } }
steps:
  a: { for_each: [1, 2], model: ollama/m, prompt: Go, retry: { attempts: 1 }, ${ladder} }
`);
    assert.deepEqual(
      steps.map(({ path, times, calls }) => [path, times, calls[0]?.model]),
      [
        ['a', 2, 'ollama/m'],
        ['a/repair-1', 2, 'ollama/m'],
        ['a/repair-2', 2, 'ollama/m'],
        ['a/model-1', 2, 'ollama/l'],
      ],
    );
    const [own, repair, again, other] = steps.map((step) => step.worst.tokens) as [number, number, number, number];
    assert.equal(worst.tokens, 2 * (own + repair + again + other));
    // The answer has 1024 tokens at most, each of four bytes; the complaint 2000 characters, each of three.
    assert.ok(repair - own > 1024 * 4 + 2000 * 3 && repair - own < 1024 * 4 + 2000 * 3 + 100);
    assert.deepEqual([again, other - own], [repair, 2000 - 1024]);
  });

  it('lets a repair read all that was said in a conversation', () => {
    const ladder = 'checks: [{ contains: a }], on_check_fail: [repair]';
    const [alone, talked] = ['', 'tools: [text.template], max_turns: 3, '].map((more) => {
      const { steps } = estimateOf(`steps: { a: { model: ollama/m, prompt: Go, ${more}${ladder} } }`);
      return steps[1]?.worst.tokens ?? 0;
    }) as [number, number];
    assert.ok(alone > 0 && talked > 3 * alone);
  });
});
