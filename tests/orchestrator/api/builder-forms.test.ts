import assert from 'node:assert/strict';
import { z } from 'zod';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { expr, pipeline } from '../../../src/pipeline/builder.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { PipelineSpec } from '../../../src/pipeline/spec.ts';

const CARDS = cardsFor(loadConfig({}));
const MODEL = 'ollama/smollm2:135m';

const BILLING = `
name: billing
inputs:
  ticket: { type: string }
  address: { type: object, properties: { street: { type: string }, floor: { type: integer } }, required: [street] }
  tags: { type: array, items: { type: string }, default: [] }
  note: { type: string, optional: true }
steps: { answer: { model: '${MODEL}', prompt: '\${{ inputs.ticket }}' } }
outputs: { text: '\${{ steps.answer.output }}', street: '\${{ inputs.address.street }}' }
`;

const CALLER = `
name: twin
inputs: { ticket: { type: string }, floor: { type: integer } }
steps:
  bill:
    pipeline: ./billing.yaml
    with: { ticket: '\${{ inputs.ticket }}', address: { street: Here, floor: '\${{ inputs.floor }}' }, tags: [a] }
  all:
    for_each: [a, b]
    pipeline: ./billing.yaml
    with: { ticket: '\${{ item }}', address: { street: There }, note: null }
outputs: { text: '\${{ steps.bill.output.text }}', street: '\${{ steps.all.output[0].street }}' }
`;

const billing = pipeline({
  name: 'billing',
  inputs: {
    ticket: z.string(),
    address: {
      type: 'object',
      properties: { street: { type: 'string' }, floor: { type: 'integer' } },
      required: ['street'],
    },
    tags: { type: 'array', items: { type: 'string' }, default: [] },
    note: z.string().optional(),
  },
})
  .step('answer', ({ inputs }) => ({ model: MODEL, prompt: inputs.ticket }))
  .outputs(({ inputs, steps }) => ({ text: steps.answer.output, street: inputs.address.street }));

const caller = pipeline({ name: 'twin', inputs: { ticket: z.string(), floor: { type: 'integer' } } })
  .step('bill', ({ inputs }) => ({
    pipeline: billing,
    with: { ticket: inputs.ticket, address: { street: 'Here', floor: inputs.floor }, tags: ['a'] },
  }))
  .step('all', ({ each }) =>
    each({ for_each: ['a', 'b'] }, ({ item }) => ({
      pipeline: billing,
      with: { ticket: item, address: { street: 'There' }, note: null },
    })),
  )
  .outputs(({ steps }) => ({ text: steps.bill.output.text, street: steps.all.output[0]?.street }));

/** A pipeline in both notations. */
interface Twin {
  readonly construct: string;
  readonly yaml: string;
  readonly built: PipelineSpec;
}

const TWINS: readonly Twin[] = [
  {
    construct: 'a group with outputs, and one without',
    yaml: `
name: twin
inputs: { ticket: { type: string } }
steps:
  answer:
    description: Draft and letter
    steps:
      draft: { model: '${MODEL}', prompt: '\${{ inputs.ticket }}' }
      letter: { needs: draft, set: 'Dear \${{ steps.draft.output }}' }
    outputs: { text: '\${{ steps.letter.output }}' }
  all:
    needs: [answer]
    steps:
      one: { set: '\${{ steps.answer.output.text }}' }
      two: { steps: { deep: { set: '\${{ steps.one.output }}' } } }
outputs:
  text: \${{ steps.answer.output.text }}
  deep: \${{ steps.all.output.two.deep }}
`,
    built: pipeline({ name: 'twin', inputs: { ticket: z.string() } })
      .step('answer', ({ block, inputs }) => ({
        description: 'Draft and letter',
        steps: block
          .step('draft', () => ({ model: MODEL, prompt: inputs.ticket }))
          .step('letter', ({ steps }) => ({ needs: 'draft', set: `Dear ${steps.draft.output}` }))
          .outputs(({ steps }) => ({ text: steps.letter.output })),
      }))
      .step('all', ({ block }) => ({
        needs: ['answer'],
        steps: block
          .step('one', ({ steps }) => ({ set: steps.answer.output.text }))
          .step('two', ({ block, steps }) => ({ steps: block.step('deep', () => ({ set: steps.one.output })) })),
      }))
      .outputs(({ steps }) => ({ text: steps.answer.output.text, deep: steps.all.output.two.deep })),
  },
  {
    construct: 'rounds of a group and of one step',
    yaml: `
name: twin
inputs: { text: { type: string } }
steps:
  refine:
    repeat: { until: '\${{ steps.review.output.score >= 8 }}', max: 4, on_max: fail }
    steps:
      rewrite: { model: '${MODEL}', prompt: '\${{ coalesce(previous.rewrite.output, inputs.text) }}' }
      review:
        model: '${MODEL}'
        prompt: 'Score \${{ steps.rewrite.output }}'
        output: { type: object, properties: { score: { type: integer } }, required: [score] }
    outputs: { text: '\${{ steps.rewrite.output }}' }
  doubled:
    repeat: { until: '\${{ steps.doubled.output > 100 }}', max: 20 }
    set: \${{ coalesce(previous.doubled.output, 1) * 2 }}
  thrice: { repeat: { max: 3 }, set: 1 }
outputs:
  rounds: \${{ steps.refine.rounds }}
  stopped: \${{ steps.doubled.stopped }}
`,
    built: pipeline({ name: 'twin', inputs: { text: z.string() } })
      .step(
        'refine',
        ({ block, inputs }) => ({
          steps: block
            .previous<{ rewrite: string }>()
            .step('rewrite', ({ previous }) => ({
              model: MODEL,
              prompt: expr`coalesce(${previous.rewrite.output}, ${inputs.text})`,
            }))
            .step('review', ({ steps }) => ({
              model: MODEL,
              prompt: `Score ${steps.rewrite.output}`,
              output: { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'] },
            }))
            .outputs(({ steps }) => ({ text: steps.rewrite.output })),
        }),
        { repeat: ({ steps }) => ({ until: expr`${steps.review.output.score} >= 8`, max: 4, on_max: 'fail' }) },
      )
      .step('doubled', ({ previous }) => ({ set: expr<number>`coalesce(${previous.doubled.output}, 1) * 2` }), {
        repeat: ({ steps }) => ({ until: expr`${steps.doubled.output} > 100`, max: 20 }),
      })
      .step('thrice', () => ({ repeat: { max: 3 }, set: 1 }))
      .outputs(({ steps }) => ({ rounds: steps.refine.rounds, stopped: steps.doubled.stopped })),
  },
  {
    construct: 'items, by number and by key, in one another',
    yaml: `
name: twin
inputs:
  parts: { type: array, items: { type: object, properties: { id: { type: string }, text: { type: string } }, required: [id, text] } }
  urgent: { type: boolean }
steps:
  summaries:
    if: \${{ inputs.urgent }}
    else: {}
    for_each: \${{ inputs.parts }}
    as: part
    key: \${{ part.id }}
    max: 200
    concurrency: 4
    on_item_error: continue
    model: '${MODEL}'
    prompt: 'Part \${{ index + 1 }}: \${{ part.text }}'
    checks: [{ expect: '\${{ size(output) > size(part.text) }}' }]
    on_error: { value: '\${{ part.id }}: \${{ steps.summaries.error.code }}' }
    save_to: { path: 'parts/\${{ index }}.md', value: '\${{ steps.summaries.output }}' }
  grid:
    for_each: [north, south]
    steps:
      cells: { for_each: [east, west], as: side, index: column, set: '\${{ item }}-\${{ side }}-\${{ column }}' }
outputs:
  first: \${{ steps.grid.output[0].cells[1] }}
  failed: \${{ steps.summaries.items[0].status }}
`,
    built: pipeline({
      name: 'twin',
      inputs: {
        parts: {
          type: 'array',
          items: {
            type: 'object',
            properties: { id: { type: 'string' }, text: { type: 'string' } },
            required: ['id', 'text'],
          },
        },
        urgent: z.boolean(),
      },
    })
      .step(
        'summaries',
        ({ each, inputs }) =>
          each(
            {
              if: inputs.urgent,
              else: {},
              for_each: inputs.parts,
              as: 'part',
              max: 200,
              concurrency: 4,
              on_item_error: 'continue',
            },
            ({ part, index }) => ({ key: part.id, model: MODEL, prompt: `Part ${expr`${index} + 1`}: ${part.text}` }),
          ),
        {
          checks: ({ output, part }) => [{ expect: expr`size(${output}) > size(${part.text})` }],
          on_error: ({ steps, part }) => ({ value: `${part.id}: ${steps.summaries.error.code}` }),
          save_to: ({ steps, index }) => ({ path: `parts/${index}.md`, value: steps.summaries.output }),
        },
      )
      .step('grid', ({ each }) =>
        each({ for_each: ['north', 'south'] }, ({ block, item }) => ({
          steps: block.step('cells', ({ each }) =>
            each({ for_each: ['east', 'west'], as: 'side', index: 'column' }, ({ side, column }) => ({
              set: `${item}-${side}-${column}`,
            })),
          ),
        })),
      )
      .outputs(({ steps }) => ({
        first: steps.grid.output[0]?.cells[1],
        failed: steps.summaries.items[0]?.status,
      })),
  },
  {
    construct: 'a switch with and without a default',
    yaml: `
name: twin
inputs: { label: { type: string, enum: [billing, bug] }, count: { type: integer } }
steps:
  route:
    switch: \${{ inputs.label }}
    cases:
      billing: { set: { team: accounts } }
      bug:
        steps: { look: { tool: fs.read, with: { path: bugs.md } } }
        outputs: { team: '\${{ steps.look.output.text }}' }
  size:
    switch: \${{ inputs.count }}
    cases: { '0': { set: none }, '1': { model: '${MODEL}', prompt: Hello, retry: { attempts: 2 } } }
    default: { fail: 'There are \${{ inputs.count }}' }
outputs:
  team: \${{ steps.route.output.team }}
  case: \${{ steps.size.case }}
`,
    built: pipeline({ name: 'twin', inputs: { label: z.enum(['billing', 'bug']), count: { type: 'integer' } } })
      .step('route', ({ block, inputs }) => ({
        switch: inputs.label,
        cases: {
          billing: { set: { team: 'accounts' } },
          bug: {
            steps: block
              .step('look', () => ({ tool: 'fs.read', with: { path: 'bugs.md' } }))
              .outputs(({ steps }) => ({ team: steps.look.output.text })),
          },
        },
      }))
      .step('size', ({ inputs }) => ({
        switch: inputs.count,
        cases: { 0: { set: 'none' }, 1: { model: MODEL, prompt: 'Hello', retry: { attempts: 2 } } },
        default: { fail: `There are ${inputs.count}` },
      }))
      .outputs(({ steps }) => ({ team: steps.route.output.team, case: steps.size.case })),
  },
  {
    construct: 'an approval with everything',
    yaml: `
name: twin
inputs: { draft: { type: string }, leads: { type: array, items: { type: string } } }
steps:
  ask:
    approve:
      message: Send "\${{ inputs.draft }}"?
      to: \${{ inputs.leads }}
      options: [send, reject]
      edit: { text: '\${{ inputs.draft }}' }
      answer: { type: object, properties: { reason: { type: string } }, required: [reason] }
      quorum: 2
      remind: 1d
      escalate: { after: 2d, to: [head] }
      timeout: 3d
      on_timeout: reject
      notify: { tool: http.request, with: { method: POST, url: 'https://chat.example', body: { text: '\${{ event.message }}' } } }
  plain: { approve: { message: 'Go on?', to: lead } }
outputs:
  text: \${{ steps.ask.output.edited.text }}
  choice: \${{ steps.plain.output.choice }}
`,
    built: pipeline({ name: 'twin', inputs: { draft: z.string(), leads: z.array(z.string()) } })
      .step(
        'ask',
        ({ inputs }) => ({
          approve: {
            message: `Send "${inputs.draft}"?`,
            to: inputs.leads,
            options: ['send', 'reject'],
            edit: { text: inputs.draft },
            answer: z.object({ reason: z.string() }),
            quorum: 2,
            remind: '1d',
            escalate: { after: '2d', to: ['head'] },
            timeout: '3d',
            on_timeout: 'reject',
          },
        }),
        {
          approve: {
            notify: ({ event }) => ({
              tool: 'http.request',
              with: { method: 'POST', url: 'https://chat.example', body: { text: event.message } },
            }),
          },
        },
      )
      .step('plain', () => ({ approve: { message: 'Go on?', to: 'lead' } }))
      .outputs(({ steps }) => ({ text: steps.ask.output.edited.text, choice: steps.plain.output.choice })),
  },
  {
    construct: 'waits for a time and for events',
    yaml: `
name: twin
inputs: { order: { type: string }, pause: { type: string } }
steps:
  short: { wait: 10m }
  long: { needs: short, wait: '\${{ inputs.pause }}' }
  scanned:
    wait:
      event: scanned
      match: \${{ event.order == inputs.order }}
      schema: { type: object, properties: { order: { type: string } }, required: [order] }
      timeout: 3d
      on_timeout: { value: { order: none } }
  any: { wait: { event: any, timeout: 1h, on_timeout: continue } }
outputs:
  order: \${{ steps.scanned.output.order }}
`,
    built: pipeline({ name: 'twin', inputs: { order: z.string(), pause: z.string() } })
      .step('short', () => ({ wait: '10m' }))
      .step('long', ({ inputs }) => ({ needs: 'short', wait: inputs.pause }))
      .step(
        'scanned',
        () => ({
          wait: {
            event: 'scanned',
            schema: z.object({ order: z.string() }),
            timeout: '3d',
            on_timeout: { value: { order: 'none' } },
          },
        }),
        { wait: { match: ({ event, inputs }) => expr`${event.order} == ${inputs.order}` } },
      )
      .step('any', () => ({ wait: { event: 'any', timeout: '1h', on_timeout: 'continue' } }))
      .outputs(({ steps }) => ({ order: steps.scanned.output.order })),
  },
  {
    construct: 'what becomes of steps that fail',
    yaml: `
name: twin
steps:
  refused: { fail: No, on_error: continue }
  search:
    tool: http.request
    with: { url: https://tracker.example }
    retry: { attempts: 5, backoff: 1s, max_backoff: 30s, within: 2m, retry_on: [NETWORK_FAILED], never_on: [STEP_TIMEOUT] }
    timeout: 10s
    on_error: { value: { status: 0, body: '\${{ steps.search.error.message }}' } }
  publish:
    tool: http.request
    with: { method: POST, url: https://tracker.example }
    on_error:
      steps: { note: { set: '\${{ steps.publish.error.code }}' } }
      outputs: { status: 0, code: '\${{ steps.note.output }}' }
  held: { join: settled, needs: [refused, publish], set: 1, on_error: hold }
  plain: { set: 1, on_error: { steps: { again: { set: 2 } } } }
outputs: { status: '\${{ steps.search.output.status }}', refused: '\${{ steps.refused.error.message }}' }
`,
    built: pipeline({ name: 'twin' })
      .step('refused', () => ({ fail: 'No', on_error: 'continue' }))
      .step(
        'search',
        () => ({
          tool: 'http.request',
          with: { url: 'https://tracker.example' },
          retry: {
            attempts: 5,
            backoff: '1s',
            max_backoff: '30s',
            within: '2m',
            retry_on: ['NETWORK_FAILED'],
            never_on: ['STEP_TIMEOUT'],
          },
          timeout: '10s',
        }),
        { on_error: ({ steps }) => ({ value: { status: 0, body: steps.search.error.message } }) },
      )
      .step('publish', () => ({ tool: 'http.request', with: { method: 'POST', url: 'https://tracker.example' } }), {
        on_error: ({ block, steps }) => ({
          steps: block
            .step('note', () => ({ set: steps.publish.error.code }))
            .outputs((inside) => ({ status: 0, code: inside.steps.note.output })),
        }),
      })
      .step('held', () => ({ join: 'settled', needs: ['refused', 'publish'], set: 1, on_error: 'hold' }))
      .step('plain', ({ block }) => ({ set: 1, on_error: { steps: block.step('again', () => ({ set: 2 })) } }))
      .outputs(({ steps }) => ({ status: steps.search.output.status, refused: steps.refused.error.message })),
  },
  {
    construct: 'what is undone, kept and not taken over',
    yaml: `
name: twin
steps:
  reserve:
    tool: http.request
    with: { method: POST, url: https://stock.example }
    compensate: { tool: http.request, with: { method: DELETE, url: 'https://stock.example/\${{ steps.reserve.output.status }}' } }
    save_to: { path: reserved.json, value: '\${{ steps.reserve.output.body }}' }
    reuse: never
  charge:
    needs: reserve
    set: 1
    compensate:
      steps:
        refund: { set: '\${{ steps.charge.output }}' }
        note: { set: '\${{ steps.refund.output }}' }
  both:
    set: 2
    budget: { usd: 0.5, tokens: 100, on_exceeded: fail }
    compensate: { set: 3 }
    save_to: { path: fixed.txt, value: fixed }
`,
    built: pipeline({ name: 'twin' })
      .step(
        'reserve',
        () => ({ tool: 'http.request', with: { method: 'POST', url: 'https://stock.example' }, reuse: 'never' }),
        {
          compensate: ({ steps }) => ({
            tool: 'http.request',
            with: { method: 'DELETE', url: `https://stock.example/${steps.reserve.output.status}` },
          }),
          save_to: ({ steps }) => ({ path: 'reserved.json', value: steps.reserve.output.body }),
        },
      )
      .step('charge', () => ({ needs: 'reserve', set: 1 }), {
        compensate: ({ block, steps }) => ({
          steps: block
            .step('refund', () => ({ set: steps.charge.output }))
            .step('note', (inside) => ({ set: inside.steps.refund.output })),
        }),
      })
      .step('both', () => ({
        set: 2,
        budget: { usd: 0.5, tokens: 100, on_exceeded: 'fail' },
        compensate: { set: 3 },
        save_to: { path: 'fixed.txt', value: 'fixed' },
      }))
      .spec(),
  },
  {
    construct: 'inputs that are files, a budget and limits',
    yaml: `
name: twin
description: Reads files
version: '2'
tags: [files]
timeout: 1h
concurrency: 5
budget: { usd: 0.5, tokens: 1000, on_exceeded: fail }
inputs:
  letter: { type: file, description: What came }
  logs: { type: files, optional: true }
vars: { word: ERROR }
models: { small: { use: ['${MODEL}'], temperature: 0 } }
steps:
  letter: { tool: fs.read, with: { path: '\${{ inputs.letter.path }}' } }
  logs: { set: { first: '\${{ inputs.logs[0].name }}', all: '\${{ inputs.logs }}' } }
  sum: { model: small, prompt: 'Sum up \${{ steps.letter.output.text }}. Look for \${{ vars.word }}' }
outputs: { sum: '\${{ steps.sum.output }}' }
`,
    built: pipeline({
      name: 'twin',
      description: 'Reads files',
      version: '2',
      tags: ['files'],
      timeout: '1h',
      concurrency: 5,
      budget: { usd: 0.5, tokens: 1000, on_exceeded: 'fail' },
      inputs: { letter: { type: 'file', description: 'What came' }, logs: { type: 'files', optional: true } },
      vars: { word: 'ERROR' },
      models: { small: { use: [MODEL], temperature: 0 } },
    })
      .step('letter', ({ inputs }) => ({ tool: 'fs.read', with: { path: inputs.letter.path } }))
      .step('logs', ({ inputs }) => ({ set: { first: inputs.logs[0]?.name, all: inputs.logs } }))
      .step('sum', ({ steps, vars }) => ({
        model: 'small',
        prompt: `Sum up ${steps.letter.output.text}. Look for ${vars.word}`,
      }))
      .outputs(({ steps }) => ({ sum: steps.sum.output })),
  },
  {
    construct: 'a schedule',
    yaml: `
name: twin
schedule: { cron: ['0 6 * * mon-fri', '0 9 * * sat'], timezone: Europe/Berlin, overlap: buffer_one, catchup: 30m, with: { team: support } }
inputs: { team: { type: string }, tone: { type: string, default: warm } }
steps: { a: { set: '\${{ inputs.team }} \${{ inputs.tone }}' } }
`,
    built: pipeline({
      name: 'twin',
      schedule: {
        cron: ['0 6 * * mon-fri', '0 9 * * sat'],
        timezone: 'Europe/Berlin',
        overlap: 'buffer_one',
        catchup: '30m',
        with: { team: 'support' },
      },
      inputs: { team: z.string(), tone: z.string().default('warm') },
    })
      .step('a', ({ inputs }) => ({ set: `${inputs.team} ${inputs.tone}` }))
      .spec(),
  },
];

describe('a pipeline in TypeScript, next to the same in YAML', () => {
  for (const { construct, yaml, built } of TWINS) {
    it(`is the same object, and has the same plan: ${construct}`, () => {
      const parsed = parsePipeline(yaml, 'twin.yaml');
      assert.deepEqual(built, parsed.spec);
      assert.equal(makePlan(built, CARDS).plan.hash, makePlan(parsed, CARDS).plan.hash);
    });
  }

  it('has the same plan: pipelines in pipelines', () => {
    const links = new Map([['./billing.yaml', parsePipeline(BILLING, 'billing.yaml')]]);
    const parsed = { ...parsePipeline(CALLER, 'twin.yaml'), links };
    assert.equal(makePlan(caller, CARDS).plan.hash, makePlan(parsed, CARDS).plan.hash);
  });

  it('holds the other pipeline as it is', () => {
    assert.deepEqual(caller.steps['bill'], {
      pipeline: parsePipeline(BILLING, 'billing.yaml').spec,
      with: { ticket: '${{ inputs.ticket }}', address: { street: 'Here', floor: '${{ inputs.floor }}' }, tags: ['a'] },
    });
  });
});

describe('a step', () => {
  it('has no key of which nothing is said', () => {
    const nothing: object = { save_to: undefined };
    assert.deepEqual(
      pipeline({ name: 'x' })
        .step('a', () => ({ set: 1 }), nothing)
        .spec().steps,
      { a: { set: 1 } },
    );
  });

  it('says nothing twice', () => {
    const start = pipeline({ name: 'x' });
    assert.throws(
      () => start.step('a', () => ({ set: 1, on_error: 'fail' }), { on_error: () => 'continue' as const }),
      {
        code: 'KEY_DUPLICATE',
        message: 'Cannot add the step "a": it says "on_error" twice',
      },
    );
  });

  it('has an id of its own in a block, which the types demand too', () => {
    assert.throws(
      () =>
        pipeline({ name: 'x' }).step('a', ({ block }) => ({
          // @ts-expect-error the id is taken
          steps: block.step('b', () => ({ set: 1 })).step('b', () => ({ set: 2 })),
        })),
      { code: 'KEY_DUPLICATE', message: 'Cannot add the step "b": there is one of that id' },
    );
  });
});

describe('a block', () => {
  it('is left as it is when a step is added to it', () => {
    pipeline({ name: 'x' }).step('a', ({ block }) => {
      const start = block.step('b', () => ({ set: 1 }));
      const [left, right] = [start.step('c', () => ({ set: 2 })), start.step('c', () => ({ set: 3 }))];
      const specs = [start, left, right].map((steps) =>
        pipeline({ name: 'x' })
          .step('a', () => ({ steps }))
          .spec(),
      );
      assert.deepEqual(
        specs.map(({ steps }) => steps['a']),
        [
          { steps: { b: { set: 1 } } },
          { steps: { b: { set: 1 }, c: { set: 2 } } },
          { steps: { b: { set: 1 }, c: { set: 3 } } },
        ],
      );
      return { steps: left };
    });
  });
});
