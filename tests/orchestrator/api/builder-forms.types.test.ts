import assert from 'node:assert/strict';
import { z } from 'zod';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { type Expr, expr, pipeline, secret, typed } from '../../../src/pipeline/builder.ts';
import type { KeysByKind } from '../../../src/pipeline/builder/step-types.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import type { PipelineSpec, StepKey, StepSpec } from '../../../src/pipeline/spec.ts';

// What is below is read by the compiler; each `@ts-expect-error` is an error itself when its line compiles.

const Review = z.object({ score: z.number(), notes: z.array(z.string()) });

const billing = pipeline({
  name: 'billing',
  inputs: {
    ticket: z.string(),
    kind: { enum: ['old', 'new'] },
    tries: z.int().default(1),
    note: { type: 'string', optional: true },
    address: {
      type: 'object',
      properties: { street: { type: 'string' }, floor: { type: 'integer' } },
      required: ['street'],
    },
    tags: { type: 'array', items: { type: 'string' }, default: [] },
  },
})
  .step('amount', ({ inputs }) => ({ set: inputs.tries }))
  .outputs(({ inputs, steps }) => ({ text: inputs.ticket, amount: steps.amount.output, kind: inputs.kind }));

const noInputs = pipeline({ name: 'none' })
  .step('a', () => ({ set: 1 }))
  .spec();

/** Nothing is known of what it takes and gives. */
const STRANGER: PipelineSpec = {
  name: 'stranger',
  inputs: { anything: { type: 'integer' } },
  steps: { a: { set: '${{ inputs.anything }}' } },
  outputs: { n: '${{ steps.a.output }}' },
};

function begin() {
  return pipeline({
    name: 'typed',
    inputs: {
      ticket: z.string(),
      count: z.int(),
      hint: z.string().optional(),
      parts: z.array(z.object({ id: z.string(), words: z.int() })),
      others: z.array(z.string()).optional(),
      logs: { type: 'files' },
      photo: { type: 'file', optional: true },
      approvers: z.array(z.string()),
    },
    vars: { mode: 'quick', limit: 3 },
    models: { fast: 'ollama/smollm2:135m' },
  })
    .step('classify', ({ inputs }) => ({
      model: 'fast',
      prompt: inputs.ticket,
      output: z.object({ label: z.enum(['bug', 'spam', 'other']), sure: z.boolean(), score: z.number() }),
    }))
    .step('draft', ({ inputs }) => ({ model: 'fast', prompt: inputs.ticket }))
    .step('group', ({ block }) => ({
      steps: block.step('inner', () => ({ set: 1 })).step('other', () => ({ set: 'x' })),
    }));
}

/** Takes a reference to a value of a type, and to nothing wider. */
function of<T>(reference: Expr<T>): void {
  void reference;
}

/** Everything that is allowed, once. */
export function right(): PipelineSpec {
  return begin()
    .step('files', ({ inputs }) => ({ set: [inputs.logs[0]?.path, inputs.photo.bytes, inputs.photo.media_type] }))
    .step('grouped', ({ steps }) => {
      of<number>(steps.group.output.inner);
      of<string>(steps.group.output.other);
      return { set: steps.group.status };
    })
    .step(
      'refine',
      ({ block }) => ({
        description: 'Until it is good',
        needs: 'classify',
        if: expr`1 < 2`,
        else: { text: 'none', last: 0 },
        steps: block
          .previous<{ rewrite: string; review: z.infer<typeof Review> }>()
          .step('rewrite', ({ inputs, previous, steps }) => {
            of<string | null>(previous.rewrite.output);
            of<number>(previous.review.output.score);
            of<string | null>(previous.review.status);
            return {
              model: 'fast',
              prompt: expr<string>`coalesce(${previous.rewrite.output}, ${steps.draft.output})`,
              system: inputs.ticket,
            };
          })
          .step('review', ({ steps }) => ({
            model: 'fast',
            needs: ['rewrite'],
            prompt: steps.rewrite.output,
            output: Review,
          }))
          .step('deeper', ({ block, steps }) => ({
            steps: block
              .step('deepest', ({ previous }) => ({ set: [previous.rewrite.output, steps.review.output.score] }))
              .step('last', ({ steps }) => ({ set: steps.deepest.output })),
          }))
          .outputs(({ steps }) => ({ text: steps.rewrite.output, last: steps.review.output.score })),
      }),
      {
        repeat: ({ steps }) => ({ until: expr`${steps.review.output.score} > 8`, max: 4, on_max: 'fail' }),
        compensate: ({ steps }) => ({ set: steps.refine.output.text }),
        save_to: ({ steps }) => ({ path: `${steps.refine.output.text}.md`, value: steps.refine.output }),
      },
    )
    .step('rounds', ({ steps }) => {
      of<string>(steps.refine.output.text);
      of<number>(steps.refine.output.last);
      of<number>(steps.refine.rounds);
      of<'until' | 'max'>(steps.refine.stopped);
      return { set: steps.refine.rounds };
    })
    .step(
      'counted',
      ({ previous }) => ({
        set: { n: expr<number>`coalesce(${previous.counted.output}, 1)`, m: previous.counted.attempts },
      }),
      { repeat: ({ steps }) => ({ until: expr`${steps.counted.output.n} > 3`, max: 5 }) },
    )
    .step(
      'answers',
      ({ each, inputs }) =>
        each(
          { for_each: inputs.parts, as: 'part', max: 10, concurrency: 2, on_item_error: 'continue', needs: ['draft'] },
          ({ part, index, steps }) => {
            of<string>(part.id);
            of<number>(part.words);
            of<number>(index);
            return {
              model: 'fast',
              prompt: `${part.id} ${steps.draft.output}`,
              retry: { attempts: 2, retry_on: ['NETWORK_FAILED'] },
            };
          },
        ),
      {
        checks: ({ output, part }) => [{ expect: expr`size(${output}) > ${part.words}` }],
        on_error: ({ steps, part }) => ({ value: `${part.id}: ${steps.answers.error.code}` }),
        save_to: ({ steps, part }) => ({ path: `${part.id}.md`, value: steps.answers.output }),
      },
    )
    .step('by_id', ({ each, inputs }) =>
      each({ for_each: inputs.parts }, ({ item }) => ({ key: item.id, set: item.words })),
    )
    .step('grid', ({ each }) =>
      each({ for_each: ['north', 'south'], as: 'row', index: 'y' }, ({ block, row, y }) => ({
        steps: block.step('cells', ({ each }) =>
          each({ for_each: [1, 2], index: 'x' }, ({ item, x }) => ({ set: { row, item, x, y } })),
        ),
      })),
    )
    .step('listed', ({ steps }) => {
      of<(string | null)[]>(steps.answers.output);
      of<{ [key: string]: number }>(steps.by_id.output);
      of<{ cells: { row: 'north' | 'south'; item: 1 | 2; x: number; y: number }[] }[]>(steps.grid.output);
      return {
        set: [steps.answers.items[0]?.error.message, steps.by_id.output['a'], steps.grid.output[0]?.cells[0]?.row],
      };
    })
    .step('route', ({ block, inputs, steps }) => ({
      switch: steps.classify.output.label,
      cases: {
        bug: {
          pipeline: billing,
          with: { ticket: inputs.ticket, kind: 'old', address: { street: inputs.ticket }, note: null },
        },
        spam: { fail: 'It is spam' },
        other: {
          steps: block
            .step('look', () => ({ tool: 'fs.read', with: { path: 'x' } }))
            .outputs(({ steps }) => ({ text: steps.look.output.text, amount: 0 })),
        },
      },
    }))
    .step('simple', ({ inputs, vars, block }) => ({
      switch: vars.mode,
      cases: { quick: { set: inputs.count, compensate: { steps: block.step('undo', () => ({ wait: '1s' })) } } },
    }))
    .step('any', ({ inputs }) => ({
      switch: inputs.ticket,
      cases: { a: { set: 1 }, b: { set: 2 } },
      default: { set: 'x' },
    }))
    .step('flagged', ({ steps }) => ({
      switch: steps.classify.output.sure,
      cases: { true: { set: 1 } },
      default: { set: 2 },
    }))
    .step('graded', ({ steps, vars }) => ({
      switch: vars.limit,
      cases: { 3: { set: steps.flagged.case } },
    }))
    .step('numbered', ({ inputs }) => ({ switch: inputs.count, cases: { 0: { set: 1 }, 1: { set: 2 } } }))
    .step('routed', ({ steps }) => {
      of<'0' | '1'>(steps.numbered.case);
      of<'true' | 'default'>(steps.graded.output);
      of<string>(steps.route.output.text);
      of<number>(steps.route.output.amount);
      of<'bug' | 'spam' | 'other'>(steps.route.case);
      of<'a' | 'b' | 'default'>(steps.any.case);
      of<1 | 2 | 'x'>(steps.any.output);
      return { set: steps.route.case };
    })
    .step(
      'ask',
      ({ inputs, steps }) => ({
        approve: {
          message: `Send ${steps.draft.output}?`,
          to: inputs.approvers,
          options: ['send', 'reject'],
          edit: { text: steps.draft.output },
          answer: z.object({ reason: z.string() }),
          quorum: 2,
          remind: '1d',
          escalate: { after: '2d', to: ['boss', inputs.ticket] },
          timeout: '3d',
          on_timeout: 'reject',
        },
      }),
      {
        approve: {
          notify: ({ event }) => {
            of<'send' | 'reject' | null>(event.choice);
            of<string>(event.message);
            return {
              tool: 'http.request',
              with: { url: 'https://x.example', body: { text: event.message, kind: event.kind, to: event.to } },
            };
          },
        },
      },
    )
    .step('plain', () => ({ approve: { message: 'Go?', to: 'boss', on_timeout: 'approve', timeout: '1h' } }))
    .step('asked', ({ steps }) => {
      of<'send' | 'reject'>(steps.ask.output.choice);
      of<string>(steps.ask.output.edited.text);
      of<string>(steps.ask.output.answer.reason);
      of<string | null>(steps.ask.output.by);
      of<'approve' | 'reject'>(steps.plain.output.choice);
      of<null>(steps.plain.output.edited);
      return { set: steps.ask.output.at };
    })
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
      { wait: { match: ({ event, inputs }) => expr`${event.order} == ${inputs.ticket}` } },
    )
    .step('maybe', () => ({
      wait: { event: 'any', schema: { type: 'integer' }, timeout: '3d', on_timeout: 'continue' },
    }))
    .step('pause', ({ inputs }) => ({ wait: inputs.count }))
    .step('until', () => ({ wait: '2030-01-31T09:00:00Z' }))
    .step('waited', ({ steps }) => {
      of<string>(steps.scanned.output.order);
      of<number | null>(steps.maybe.output);
      of<null>(steps.pause.output);
      return { set: [steps.scanned.output.order, steps.until.status] };
    })
    .step(
      'publish',
      ({ block, steps }) => ({
        tool: 'http.request',
        with: { url: 'https://x.example', headers: { authorization: secret('T') }, body: steps.asked.output },
        on_error: { steps: block.step('note', () => ({ set: 1 })).outputs(() => ({ status: 0 })) },
        reuse: 'never',
        join: 'settled',
      }),
      {
        compensate: ({ block, steps }) => ({
          steps: block.step('undo', () => ({
            tool: 'http.request',
            with: { url: `https://x.example/${steps.publish.output.status}` },
          })),
        }),
      },
    )
    .step('handled', ({ steps }) => ({ set: steps.publish.output.status }), {
      on_error: ({ block, steps }) => ({
        steps: block
          .step('told', () => ({ set: { code: steps.handled.error.code, n: steps.handled.error.attempts } }))
          .outputs(({ steps }) => ({ told: steps.told.output.code })),
      }),
    })
    .step('child', ({ inputs, steps }) => ({
      pipeline: billing,
      with: {
        ticket: `About ${inputs.ticket}`,
        kind: expr`"old"`,
        address: { street: 'x', floor: inputs.count },
        tries: inputs.count,
        tags: [steps.draft.output, 'b'],
      },
    }))
    .step('childless', () => ({ pipeline: noInputs }))
    .step('stranger', () => ({ pipeline: STRANGER, with: { anything: 1 } }))
    .outputs(({ steps }) => {
      of<string>(steps.child.output.text);
      of<number>(steps.child.output.amount);
      of<'old' | 'new'>(steps.child.output.kind);
      return { text: steps.child.output.text, n: typed<{ n: number }>(steps.stranger.output).n };
    });
}

/** Everything that is not; never called. */
export function wrong(known: ReturnType<typeof begin>): void {
  // @ts-expect-error a step inside a group, read from outside
  void known.step('x', ({ steps }) => ({ set: steps.inner.output }));
  // @ts-expect-error an output that a group does not have
  void known.step('x', ({ steps }) => ({ set: steps.group.output.iner }));
  // @ts-expect-error a group of no steps
  void known.step('x', ({ block }) => ({ steps: block }));
  // @ts-expect-error an id that is read from around
  void known.step('x', ({ block }) => ({ steps: block.step('draft', () => ({ set: 1 })) }));
  // @ts-expect-error an id twice in a block
  void known.step('x', ({ block }) => ({ steps: block.step('a', () => ({ set: 1 })).step('a', () => ({ set: 1 })) }));
  // @ts-expect-error a need that stands around the block
  void known.step('x', ({ block }) => ({ steps: block.step('a', () => ({ set: 1, needs: 'draft' })) }));
  void known.step('x', ({ block }) => ({
    // @ts-expect-error a later step of the block
    steps: block.step('a', ({ steps }) => ({ set: steps.b.output })).step('b', () => ({ set: 1 })),
  }));
  // @ts-expect-error the group itself, from inside
  void known.step('x', ({ block }) => ({ steps: block.step('a', ({ steps }) => ({ set: steps.x.output })) }));
  void known.step('x', ({ block }) => ({
    // @ts-expect-error an output of a block that reads what is not in it
    steps: block.step('a', () => ({ set: 1 })).outputs(({ steps }) => ({ b: steps.b.output })),
  }));
  void known.step('x', ({ block }) => ({
    // @ts-expect-error the round before, of which the block says nothing
    steps: block.step('a', ({ previous }) => ({ set: previous.b.output })).step('b', () => ({ set: 1 })),
  }));
  void known.step('x', ({ block }) => ({
    steps: block
      .previous<{ a: string }>()
      .step('a', () => ({ set: 'x' }))
      // @ts-expect-error null is no prompt in the first round
      .step('b', ({ previous }) => ({ model: 'fast', prompt: previous.a.output })),
  }));
  // @ts-expect-error a step of the round before that the block does not have
  void known.step('x', ({ block }) => ({ steps: block.previous<{ b: string }>().step('a', () => ({ set: 'x' })) }));
  // @ts-expect-error a step of the round before that gives something else
  void known.step('x', ({ block }) => ({ steps: block.previous<{ a: string }>().step('a', () => ({ set: 1 })) }));
  void known.step('x', ({ block }) => ({ steps: block.step('a', () => ({ set: 1 })) }), {
    // @ts-expect-error an end of a repetition that reads a step around as if it were inside
    repeat: ({ steps }) => ({ until: expr`${steps.b.output} > 1`, max: 2 }),
  });
  void known.step('x', ({ block }) => ({ steps: block.step('a', () => ({ set: 1 })) }), {
    // @ts-expect-error an end of a repetition that reads the group
    repeat: ({ steps }) => ({ until: expr`${steps.x.output.a} > 1`, max: 2 }),
  });
  void known.step('x', () => ({ model: 'fast', prompt: 'Hi' }), {
    // @ts-expect-error an end of a repetition that is text
    repeat: ({ steps }) => ({ until: steps.x.output, max: 2 }),
  });
  // @ts-expect-error rounds without a limit
  void known.step('x', () => ({ set: 1 }), { repeat: () => ({ until: expr`true` }) });
  // @ts-expect-error a key of a repetition that there is not
  void known.step('x', () => ({ set: 1 }), { repeat: () => ({ max: 2, min: 1 }) });
  // @ts-expect-error the rounds of a step that has none
  void known.step('x', ({ steps }) => ({ set: steps.draft.rounds }));
  // @ts-expect-error the items of a step that has none
  void known.step('x', ({ steps }) => ({ set: steps.draft.items }));
  // @ts-expect-error the case of a step that is no switch
  void known.step('x', ({ steps }) => ({ set: steps.draft.case }));

  // @ts-expect-error a list that is text
  void known.step('x', ({ each, inputs }) => each({ for_each: inputs.ticket }, ({ item }) => ({ set: item })));
  // @ts-expect-error a list that may be null
  void known.step('x', ({ each, inputs }) => each({ for_each: inputs.others }, ({ item }) => ({ set: item })));
  void known.step('x', ({ each, inputs }) =>
    // @ts-expect-error a field that the items do not have
    each({ for_each: inputs.parts, as: 'part' }, ({ part }) => ({ set: part.ids })),
  );
  void known.step('x', ({ each, inputs }) =>
    // @ts-expect-error an item under another name
    each({ for_each: inputs.parts, as: 'part' }, ({ item }) => ({ set: item })),
  );
  void known
    .step('x', ({ each, inputs }) => each({ for_each: inputs.parts, as: 'part' }, () => ({ set: 1 })))
    // @ts-expect-error an item outside of its step
    .step('y', ({ part }) => ({ set: part }));
  // @ts-expect-error a name that means something already
  void known.step('x', ({ each, inputs }) => each({ for_each: inputs.parts, as: 'steps' }, () => ({ set: 1 })));
  // @ts-expect-error one name for an item and its number
  void known.step('x', ({ each, inputs }) => each({ for_each: inputs.parts, as: 'index' }, () => ({ set: 1 })));
  void known.step('x', ({ each }) =>
    each({ for_each: [1] }, ({ block }) => ({
      // @ts-expect-error the name of an item around
      steps: block.step('y', ({ each }) => each({ for_each: [2], index: 'i' }, () => ({ set: 1 }))),
    })),
  );
  // @ts-expect-error a condition that is asked once, where it is said of each item
  void known.step('x', ({ each }) => each({ for_each: [1] }, ({ item }) => ({ set: 1, if: expr`${item} > 1` })));
  // @ts-expect-error a key that says something of the list, where it is said of each item
  void known.step('x', ({ each }) => each({ for_each: [1] }, () => ({ set: 1, max: 3 })));
  // @ts-expect-error a key of the list that there is not
  void known.step('x', ({ each }) => each({ for_each: [1], maximum: 3 }, () => ({ set: 1 })));
  // @ts-expect-error a word that the language does not have
  void known.step('x', ({ each }) => each({ for_each: [1], on_item_error: 'skip' }, () => ({ set: 1 })));
  void known.step('x', ({ each, steps }) =>
    // @ts-expect-error a key of an item that is true or false
    each({ for_each: [1] }, () => ({ set: 1, key: steps.classify.output.sure })),
  );
  // @ts-expect-error a step of an item that is none
  void known.step('x', ({ each }) => each({ for_each: [1] }, () => ({ prompt: 'Hi' })));
  // @ts-expect-error items without a function that says what is done
  void known.step('x', ({ each }) => each({ for_each: [1] }));
  // @ts-expect-error `for_each` without `each`, which knows the item
  void known.step('x', () => ({ for_each: [1], set: 1 }));

  void known.step('x', ({ steps }) => ({
    switch: steps.classify.output.label,
    // @ts-expect-error a case is missing
    cases: { bug: { set: 1 }, spam: { set: 2 } },
  }));
  // @ts-expect-error a case for a number that there is not
  void known.step('x', ({ vars }) => ({ switch: vars.limit, cases: { 3: { set: 1 }, 4: { set: 1 } } }));
  // @ts-expect-error a case for true or false is missing
  void known.step('x', ({ steps }) => ({ switch: steps.classify.output.sure, cases: { true: { set: 1 } } }));
  void known.step('x', ({ steps }) => ({
    switch: steps.classify.output.label,
    // @ts-expect-error a case that the value never has
    cases: { bugs: { set: 1 } },
    default: { set: 2 },
  }));
  // @ts-expect-error a case that is no step
  void known.step('x', ({ inputs }) => ({ switch: inputs.ticket, cases: { a: { prompt: 'Hi' } } }));
  // @ts-expect-error a key that the step of a case does not have
  void known.step('x', ({ inputs }) => ({ switch: inputs.ticket, cases: { a: { set: 1, prompt: 'Hi' } } }));
  void known.step('x', ({ inputs }) => ({
    switch: inputs.ticket,
    cases: { a: { set: 1 } },
    // @ts-expect-error the same in the default
    default: { set: 1, prompt: 'Hi' },
  }));
  // @ts-expect-error a model that has no name here, in a case
  void known.step('x', ({ inputs }) => ({ switch: inputs.ticket, cases: { a: { model: 'fats', prompt: 'Hi' } } }));
  // @ts-expect-error a switch without cases
  void known.step('x', ({ inputs }) => ({ switch: inputs.ticket }));
  // @ts-expect-error a step of a case that needs another one
  void known.step('x', ({ inputs }) => ({ switch: inputs.ticket, cases: { a: { set: 1, needs: 'draft' } } }));

  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error an input of the other pipeline is missing
    with: { ticket: inputs.ticket, address: { street: 'x' } },
  }));
  // @ts-expect-error all of them
  void known.step('x', () => ({ pipeline: billing }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error an input of another type
    with: { ticket: inputs.count, kind: 'old', address: { street: 'x' } },
  }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error a value that the input does not take
    with: { ticket: inputs.ticket, kind: 'odd', address: { street: 'x' } },
  }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error a value that may be null
    with: { ticket: inputs.hint, kind: 'old', address: { street: 'x' } },
  }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error a field of another type
    with: { ticket: inputs.ticket, kind: 'old', address: { street: 'x', floor: inputs.ticket } },
  }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error an item of another type
    with: { ticket: inputs.ticket, kind: 'old', address: { street: 'x' }, tags: [inputs.count] },
  }));
  void known.step('x', ({ inputs }) => ({
    pipeline: billing,
    // @ts-expect-error an input that there is not
    with: { ticket: inputs.ticket, kind: 'old', address: { street: 'x' }, color: 'red' },
  }));
  // @ts-expect-error an input of a pipeline that has none
  void known.step('x', () => ({ pipeline: noInputs, with: { a: 1 } }));
  // @ts-expect-error an output that the other pipeline does not have
  void known.step('x', () => ({ pipeline: noInputs })).step('y', ({ steps }) => ({ set: steps.x.output.text }));
  // @ts-expect-error a path, which begins nowhere
  void known.step('x', () => ({ pipeline: './billing.yaml' }));
  // @ts-expect-error a builder that has not ended
  void known.step('x', () => ({ pipeline: known }));

  void known.step('x', () => ({
    // @ts-expect-error an option that there is not
    approve: { message: 'Go?', options: ['yes', 'no'], timeout: '1d', on_timeout: 'approve' },
  }));
  // @ts-expect-error the same of the usual options
  void known.step('x', () => ({ approve: { message: 'Go?', timeout: '1d', on_timeout: 'yes' } }));
  void known
    .step('x', () => ({ approve: { message: 'Go?' } }))
    // @ts-expect-error a choice that there is not
    .step('y', ({ steps }) => ({ set: steps.x.output.choise }));
  void known
    .step('x', () => ({ approve: { message: 'Go?', answer: z.object({ a: z.string() }) } }))
    // @ts-expect-error a field of the form that there is not
    .step('y', ({ steps }) => ({ set: steps.x.output.answer.b }));
  // @ts-expect-error a key of an approval that there is not
  void known.step('x', () => ({ approve: { message: 'Go?', option: ['a'] } }));
  // @ts-expect-error a key of an escalation that there is not
  void known.step('x', () => ({ approve: { message: 'Go?', escalate: { after: '1d', to: 'a', by: 'b' } } }));
  // @ts-expect-error an approval without a message
  void known.step('x', () => ({ approve: { options: ['a'] } }));
  // @ts-expect-error names that are numbers
  void known.step('x', ({ inputs }) => ({ approve: { message: 'Go?', to: inputs.count } }));
  void known.step('x', () => ({ approve: { message: 'Go?' } }), {
    // @ts-expect-error what an event of an approval does not have
    approve: { notify: ({ event }) => ({ tool: 'http.request', with: { a: event.reason } }) },
  });
  // @ts-expect-error a notification of a step that asks nobody
  void known.step('x', () => ({ set: 1 }), { approve: { notify: () => ({ tool: 'http.request' }) } });

  void known.step('x', () => ({ wait: { event: 'a', schema: z.object({ b: z.string() }) } }), {
    // @ts-expect-error a field that the event does not bring
    wait: { match: ({ event }) => expr`${event.c} == 1` },
  });
  void known
    .step('x', () => ({ wait: { event: 'a', schema: z.object({ b: z.string() }) } }))
    // @ts-expect-error a field that the event does not bring, read by another step
    .step('y', ({ steps }) => ({ set: steps.x.output.c }));
  void known.step('x', () => ({ wait: { event: 'a', schema: z.object({ b: z.string() }) } }), {
    // @ts-expect-error a match that is text
    wait: { match: ({ event }) => event.b },
  });
  // @ts-expect-error a match of a step that waits for a time
  void known.step('x', () => ({ wait: '1h' }), { wait: { match: () => expr`true` } });
  // @ts-expect-error a word that the language does not have
  void known.step('x', () => ({ wait: { event: 'a', timeout: '1d', on_timeout: 'skip' } }));
  // @ts-expect-error a key of a wait that there is not
  void known.step('x', () => ({ wait: { event: 'a', within: '1d' } }));
  // @ts-expect-error a wait for true or false
  void known.step('x', ({ steps }) => ({ wait: steps.classify.output.sure }));
  // @ts-expect-error an event where none is
  void known.step('x', ({ event }) => ({ set: event }));
  // @ts-expect-error a reason that is a number
  void known.step('x', ({ inputs }) => ({ fail: inputs.count }));

  void known.step('x', () => ({ model: 'fast', prompt: 'Hi' }), {
    // @ts-expect-error the output of a step that failed
    on_error: ({ block, steps }) => ({ steps: block.step('y', () => ({ set: steps.x.output.text })) }),
  });
  // @ts-expect-error a field that an error does not have
  void known.step('x', () => ({ set: 1 }), { on_error: ({ steps }) => ({ value: steps.x.error.reason }) });
  // @ts-expect-error a step that comes later, in a handler
  void known.step('x', () => ({ set: 1 }), { on_error: ({ steps }) => ({ value: steps.later.error.code }) });
  // @ts-expect-error a key of a handler that there is not
  void known.step('x', () => ({ set: 1, on_error: { value: 1, values: 2 } }));
  void known.step('x', () => ({ set: 1 }), {
    // @ts-expect-error a handler with a value and steps
    on_error: ({ block }) => ({ value: 1, steps: block.step('h', () => ({ set: 1 })) }),
  });
  void known
    .step('x', ({ block }) => ({ set: 1, on_error: { steps: block.step('h', () => ({ set: 1 })) } }))
    // @ts-expect-error a step of the handler, from outside
    .step('y', ({ steps }) => ({ set: steps.h.output }));
  void known
    .step('x', () => ({ set: { a: 1 } }), { on_error: () => ({ value: { b: 2 } }) })
    // @ts-expect-error what only one of the output and the handler has
    .step('y', ({ steps }) => ({ set: steps.x.output.a }));
  void known.step('x', () => ({ tool: 'fs.write', with: {} }), {
    // @ts-expect-error a field that the output does not have, where it is undone
    compensate: ({ steps }) => ({ set: steps.x.output.text }),
  });
  // @ts-expect-error a key that the step that undoes it does not have
  void known.step('x', () => ({ set: 1 }), { compensate: () => ({ set: 1, prompt: 'Hi' }) });
  // @ts-expect-error the same where it reads nothing of the step
  void known.step('x', () => ({ set: 1, compensate: { set: 1, prompt: 'Hi' } }));
  // @ts-expect-error a field that the output does not have, in a file
  void known.step('x', () => ({ set: { a: 1 } }), { save_to: ({ steps }) => ({ path: 'a', value: steps.x.output.b }) });
  // @ts-expect-error a path that is a number
  void known.step('x', () => ({ set: 1 }), { save_to: ({ steps }) => ({ path: steps.x.output, value: 1 }) });
  // @ts-expect-error a field that the output does not have, in a check
  void known.step('x', () => ({ set: { a: 1 } }), { checks: ({ output }) => [{ expect: expr`${output.b} > 1` }] });
  // @ts-expect-error a key that cannot be said later
  void known.step('x', () => ({ set: 1 }), { timeout: () => '1s' });
  // @ts-expect-error a key of a retry that there is not
  void known.step('x', () => ({ set: 1, retry: { attempt: 2, backoff: '1s' } }));
  // @ts-expect-error a code that there is not
  void known.step('x', () => ({ set: 1, retry: { retry_on: ['NETWORK_BROKEN'] } }));
  // @ts-expect-error a word that the language does not have
  void known.step('x', () => ({ set: 1, join: 'all' }));
  // @ts-expect-error a word that the language does not have
  void known.step('x', () => ({ set: 1, reuse: 'always' }));

  // @ts-expect-error a step of two kinds
  void known.step('x', () => ({ set: 1, wait: '1s' }));

  // @ts-expect-error a key that a pipeline does not have
  void pipeline({ name: 'x', input: {} });
  // @ts-expect-error a key of a budget that there is not
  void pipeline({ name: 'x', budget: { usd: 1, euro: 1 } });
  // @ts-expect-error a key of a model that there is not
  void pipeline({ name: 'x', models: { fast: { use: 'ollama/m', temprature: 0.4 } } });
  // @ts-expect-error a schedule without an input that its runs need
  void pipeline({ name: 'x', inputs: { a: z.string() }, schedule: { cron: '0 6 * * 1' } });
  // @ts-expect-error a schedule that gives another type
  void pipeline({ name: 'x', inputs: { a: z.string() }, schedule: { cron: '0 6 * * 1', with: { a: 1 } } });
  // @ts-expect-error a schedule that gives what there is not
  void pipeline({ name: 'x', schedule: { cron: '0 6 * * 1', with: { a: 1 } } });
  // @ts-expect-error a key of a schedule that there is not
  void pipeline({ name: 'x', schedule: { cron: '0 6 * * 1', zone: 'UTC' } });
  // @ts-expect-error a word that the language does not have
  void pipeline({ name: 'x', schedule: { cron: '0 6 * * 1', overlap: 'wait' } });
}

void pipeline({
  name: 'x',
  inputs: { a: z.string(), b: z.int().default(1) },
  schedule: { cron: ['0 6 * * 1'], timezone: 'UTC', with: { a: 'b' } },
});

type KeyOf<Kind extends StepKey> = keyof Extract<StepSpec, Readonly<Record<Kind, unknown>>>;

/** `each` says these of a step; the outputs of a group are those of its block. */
type SaidElsewhere = 'for_each' | 'as' | 'index' | 'max' | 'concurrency' | 'on_item_error' | 'key' | 'outputs';

/** Each key of the language that the builder does not know, by kind. */
export const unknownKeys: { readonly [Kind in StepKey]: Exclude<KeyOf<Kind>, KeysByKind[Kind] | SaidElsewhere>[] } = {
  model: [],
  tool: [],
  check: [],
  set: [],
  steps: [],
  switch: [],
  pipeline: [],
  approve: [],
  wait: [],
  fail: [],
};

/** Nothing can stand in these lists. */
export type KnowsAll = (typeof unknownKeys)[StepKey][number] extends never ? true : never;
export const knowsAll: KnowsAll = true;

describe('the types of the builder', () => {
  it('let a pipeline with all forms through, which has a plan', () => {
    const { plan } = makePlan(right(), cardsFor(loadConfig({})));
    assert.equal(plan.steps.length, Object.keys(right().steps).length);
  });
});
