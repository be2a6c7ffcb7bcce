import assert from 'node:assert/strict';
import { z } from 'zod';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { expr, pipeline, secret, typed } from '../../../src/pipeline/builder.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import type { ToolOutputs } from '../../../src/pipeline/builder/value-types.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';

const CARDS = cardsFor(loadConfig({}));

const YAML = `
name: support-triage
description: Sort a ticket, and answer it.
version: '3'
tags: [support]
timeout: 1d
concurrency: 4
inputs:
  ticket: { type: string, maxLength: 20000, description: What the customer wrote }
  tone: { type: string, enum: [warm, formal], default: warm }
  hint: { type: string, optional: true }
  parts: { type: array, items: { type: string }, default: [] }
vars:
  signature: The support team
models:
  fast: ollama/smollm2:135m
  writer: { use: ollama/smollm2:135m, temperature: 0.4, max_output_tokens: 100 }
steps:
  classify:
    model: fast
    prompt: 'Classify this ticket: \${{ inputs.ticket }}'
    output:
      type: object
      properties: { label: { type: string, enum: [billing, bug, spam] }, confidence: { type: number } }
      required: [label, confidence]
    checks:
      - expect: \${{ output.confidence >= 0.6 }}
  similar:
    if: \${{ steps.classify.output.label == "bug" }}
    else: { status: 0, headers: {}, body: [] }
    tool: http.request
    with:
      url: https://tracker.example/search
      query: { q: '\${{ inputs.ticket }}' }
      headers: { authorization: 'Bearer \${{ secrets.TRACKER_TOKEN }}' }
    retry: { attempts: 5, backoff: 2s, max_backoff: 1m }
    timeout: 30s
  reply:
    model: writer
    needs: similar
    system: 'Answer in a \${{ inputs.tone }} tone. \${{ inputs.hint }}'
    prompt: 'Answer \${{ inputs.ticket }}. Sign as \${{ vars.signature }}. Known: \${{ steps.similar.output.body[0] }}'
    on_error: continue
  judged:
    check: { value: '\${{ steps.reply.output }}', length: { max: 400, unit: words } }
  summary:
    set: { label: '\${{ steps.classify.output.label }}', parts: '\${{ inputs.parts }}', first: '\${{ inputs.parts[0] }}', run: '\${{ run.id }}' }
outputs:
  reply: \${{ steps.judged.output }}
  sure: \${{ steps.classify.output.confidence > 0.9 && steps.reply.status == "done" }}
  summary: \${{ steps.summary.output }}
`;

const built = pipeline({
  name: 'support-triage',
  description: 'Sort a ticket, and answer it.',
  version: '3',
  tags: ['support'],
  timeout: '1d',
  concurrency: 4,
  inputs: {
    ticket: z.string().max(20000).describe('What the customer wrote'),
    tone: z.enum(['warm', 'formal']).default('warm'),
    hint: z.string().optional(),
    parts: { type: 'array', items: { type: 'string' }, default: [] },
  },
  vars: { signature: 'The support team' },
  models: {
    fast: 'ollama/smollm2:135m',
    writer: { use: 'ollama/smollm2:135m', temperature: 0.4, max_output_tokens: 100 },
  },
})
  .step('classify', ({ inputs, output }) => ({
    model: 'fast',
    prompt: `Classify this ticket: ${inputs.ticket}`,
    output: z.object({ label: z.enum(['billing', 'bug', 'spam']), confidence: z.number() }),
    checks: [{ expect: expr`${typed<{ confidence: number }>(output).confidence} >= ${0.6}` }],
  }))
  .step('similar', ({ inputs, steps }) => ({
    if: expr`${steps.classify.output.label} == ${'bug'}`,
    else: { status: 0, headers: {}, body: [] },
    tool: 'http.request',
    with: {
      url: 'https://tracker.example/search',
      query: { q: inputs.ticket },
      headers: { authorization: `Bearer ${secret('TRACKER_TOKEN')}` },
    },
    retry: { attempts: 5, backoff: '2s', max_backoff: '1m' },
    timeout: '30s',
  }))
  .step('reply', ({ inputs, steps, vars }) => ({
    model: 'writer',
    needs: 'similar',
    system: `Answer in a ${inputs.tone} tone. ${inputs.hint}`,
    prompt: `Answer ${inputs.ticket}. Sign as ${vars.signature}. Known: ${typed<string[]>(steps.similar.output.body)[0]}`,
    on_error: 'continue',
  }))
  .step('judged', ({ steps }) => ({ check: { value: steps.reply.output, length: { max: 400, unit: 'words' } } }))
  .step('summary', ({ inputs, steps, run }) => ({
    set: { label: steps.classify.output.label, parts: inputs.parts, first: inputs.parts[0], run: run.id },
  }))
  .outputs(({ steps }) => ({
    reply: steps.judged.output,
    sure: expr`${steps.classify.output.confidence} > 0.9 && ${steps.reply.status} == "done"`,
    summary: steps.summary.output,
  }));

describe('pipeline', () => {
  it('makes the object that the same pipeline in YAML stands for', () => {
    assert.deepEqual(built, parsePipeline(YAML, 'pipeline.yaml').spec);
  });

  it('gives the same plan, to the hash', () => {
    const { plan } = makePlan(built, CARDS);
    assert.equal(plan.hash, makePlan(parsePipeline(YAML, 'pipeline.yaml'), CARDS).plan.hash);
  });

  it('makes a plain object', () => {
    assert.deepEqual(structuredClone(built), built);
  });

  it('gives a pipeline without inputs, models and outputs', () => {
    assert.deepEqual(
      pipeline({ name: 'small' })
        .step('one', () => ({ set: 1 }))
        .spec(),
      { name: 'small', steps: { one: { set: 1 } } },
    );
  });

  it('leaves a builder as it is when a step is added to it', () => {
    const start = pipeline({ name: 'tree' }).step('a', () => ({ set: 1 }));
    const [left, right] = [start.step('b', () => ({ set: 2 })), start.step('b', () => ({ set: 3 }))];
    assert.deepEqual(
      [start.spec(), left.spec(), right.spec()].map(({ steps }) => steps),
      [{ a: { set: 1 } }, { a: { set: 1 }, b: { set: 2 } }, { a: { set: 1 }, b: { set: 3 } }],
    );
  });

  it('leaves out what is undefined', () => {
    const limit: number | undefined = undefined;
    const spec = pipeline({ name: 'x' })
      .step('a', () => ({ set: { limit, list: [limit, 1] } }))
      .spec();
    assert.deepEqual(spec.steps['a'], { set: { list: [null, 1] } });
  });

  it('refuses a second step of the same id, which the types do too', () => {
    const start = pipeline({ name: 'x' }).step('a', () => ({ set: 1 }));
    // @ts-expect-error the id is taken
    assert.throws(() => start.step('a', () => ({ set: 2 })), {
      code: 'KEY_DUPLICATE',
      message: 'Cannot add the step "a": there is one of that id',
    });
  });

  it('refuses a zod schema that JSON Schema cannot say', () => {
    assert.throws(() => pipeline({ name: 'x', inputs: { at: z.date() } }), {
      code: 'SCHEMA_INVALID',
      message: 'Cannot write a zod schema as JSON Schema: Date cannot be represented in JSON Schema',
    });
  });

  it('leaves it to makePlan to refuse what the types cannot see', () => {
    const spec = pipeline({ name: 'x' })
      .step('a', () => ({ set: 'Hi ${{ inputs.nobody }}' }))
      .spec();
    assert.throws(() => makePlan(spec, CARDS), { code: 'PIPELINE_INVALID' });
  });
});

describe('an input in zod', () => {
  const rows: readonly (readonly [name: string, input: z.ZodType, expected: object])[] = [
    ['is required', z.int().min(1).max(9), { type: 'integer', minimum: 1, maximum: 9 }],
    ['is optional', z.boolean().optional(), { type: 'boolean', optional: true }],
    ['has a default', z.number().default(2.5), { type: 'number', default: 2.5 }],
    ['may be null', z.string().nullable(), { type: ['string', 'null'] }],
    [
      'has fields',
      z.object({ a: z.string() }),
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
  ];

  for (const [name, input, expected] of rows) {
    it(`${name}: ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(pipeline({ name: 'x', inputs: { value: input } }).spec().inputs, { value: expected });
    });
  }
});

describe('a reference', () => {
  const { steps } = pipeline({
    name: 'x',
    inputs: { 'odd key': { type: 'object', properties: { 'a-b': { type: 'array', items: { type: 'string' } } } } },
  })
    .step('a', ({ inputs }) => ({
      set: [
        inputs['odd key']['a-b'][0],
        `${inputs['odd key']} and ${inputs['odd key']['a-b']}`,
        JSON.parse(JSON.stringify({ ref: inputs['odd key'] })) as { ref: string },
        expr`${[1, 'two', null, true]}.filter(x, x in ${inputs['odd key']['a-b']})`,
        expr`size(${expr`1 + 2`}) > 0`,
        expr`  r"\d" == ${'quote " and \\ and \n'}  `,
      ],
    }))
    .spec();

  it('renders as CEL', () => {
    assert.deepEqual(steps['a'], {
      set: [
        '${{ inputs["odd key"]["a-b"][0] }}',
        '${{ inputs["odd key"] }} and ${{ inputs["odd key"]["a-b"] }}',
        { ref: '${{ inputs["odd key"] }}' },
        '${{ [1, "two", null, true].filter(x, x in (inputs["odd key"]["a-b"])) }}',
        '${{ size((1 + 2)) > 0 }}',
        '${{ r"\\d" == "quote \\" and \\\\ and \\n" }}',
      ],
    });
  });

  it('is text where text is wanted, and nothing else', () => {
    pipeline({ name: 'x', inputs: { a: z.string() } }).step('b', ({ inputs }) => {
      assert.equal(inputs.a.toString(), '${{ inputs.a }}');
      assert.equal((inputs.a as unknown as Record<symbol, unknown>)[Symbol.iterator], undefined);
      return { set: inputs.a };
    });
  });
});

describe('ToolOutputs', () => {
  const fields = {
    'browser.open': ['pdf', 'screenshot', 'text', 'title', 'url'],
    'code.javascript': [],
    'code.python': [],
    'data.query': [],
    'fs.list': ['files'],
    'fs.read': ['path', 'text'],
    'fs.write': ['bytes', 'path'],
    'http.request': ['body', 'headers', 'status'],
    'pdf.read': ['pages', 'text'],
    'shell.run': ['exit_code', 'stderr', 'stdout'],
    'sql.query': ['row_count', 'rows'],
    'text.template': [],
    'web.fetch': ['markdown', 'title', 'url'],
    'web.search': ['results'],
  } satisfies { [Name in keyof ToolOutputs]: readonly (keyof ToolOutputs[Name])[] };

  it('says of every tool what its card says', () => {
    const ofCards = CARDS.tools.map(({ name, output }) => {
      const properties = output === true ? {} : (output['properties'] ?? {});
      return [name, Object.keys(properties).toSorted()];
    });
    assert.deepEqual(fields, Object.fromEntries(ofCards));
  });
});
