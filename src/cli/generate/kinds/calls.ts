import { OfferedToolSpec } from '../../../pipeline/spec/kinds/conversation.ts';
import type { KindSection } from '../sections.ts';

/** The kinds that make a call, or compute. */
export const CALL_SECTIONS: readonly KindSection[] = [
  {
    kind: 'model',
    title: 'Model steps',
    text: 'A model step asks a model. Its output is the text of the answer or, with `output`, a value that meets that JSON Schema. A file that holds a prompt is found as that of another pipeline is: from the file that names it, in the folder of the first pipeline or below; it is read when the pipeline is checked, and what is in it becomes part of the plan.',
    tables: [
      {
        text: 'An item of `tools` is the name of a tool, or a map. The model gives the input of each call, without what `with` fixes; it is checked as any input of a tool is, and what a call gives, or why it failed, goes back to the model. [Models that call tools](agents.md) tells the rest.',
        shape: OfferedToolSpec.shape,
      },
    ],
    example: `
name: model-step
inputs:
  ticket: { type: string }
steps:
  sentiment:
    model: [ollama/smollm2:135m, anthropic/claude-sonnet-4-5]
    system: You read support tickets.
    prompt: "How does the customer feel? \${{ inputs.ticket }}"
    output:
      type: object
      properties: { mood: { enum: [happy, neutral, angry] }, why: { type: string } }
      required: [mood, why]
      additionalProperties: false
outputs:
  mood: \${{ steps.sentiment.output.mood }}
`,
  },
  {
    kind: 'tool',
    title: 'Tool steps',
    text: "A tool step calls one of the [tools](#tools). Its output is the tool's.",
    example: `
name: tool-step
inputs:
  text: { type: string }
steps:
  save:
    tool: fs.write
    with: { path: notes/reply.md, text: "\${{ inputs.text }}" }
  load:
    tool: fs.read
    needs: save                                # reads nothing of it, and yet must come after it
    with: { path: notes/reply.md }
outputs:
  text: \${{ steps.load.output.text }}
`,
  },
  {
    kind: 'check',
    title: 'Check steps',
    text: 'A check step judges a value. Its output is that value; it fails when one of its checks does not hold.',
    example: `
name: check-step
inputs:
  letter: { type: string }
steps:
  fair:
    check:
      value: \${{ inputs.letter }}
      length: { min: 20, max: 300, unit: words }
      contains: { any: [Dear, Hello] }
    on_error: continue
  verdict:
    set: \${{ steps.fair.status == "done" }}    # runs however the step "fair" ends
outputs:
  is_fair: \${{ steps.verdict.output }}
`,
  },
  {
    kind: 'set',
    title: 'Set steps',
    text: 'A set step computes a value. Its output is that value.',
    example: `
name: set-step
inputs:
  orders: { type: array, items: { type: object, properties: { total: { type: number } } } }
steps:
  totals:
    set:
      count: \${{ size(inputs.orders) }}
      sum: \${{ sum(inputs.orders.map(order, order.total)) }}
outputs:
  totals: \${{ steps.totals.output }}
`,
  },
];
