/** Pipelines of the reference. A test makes the plan of each. */
export const EXAMPLES = {
  whole: `
# yaml-language-server: $schema=node_modules/orchestrator/docs/pipeline.schema.json
name: support-triage
description: Sort a ticket and draft an answer.
version: "3"
tags: [support]
timeout: 1h
concurrency: 20
x-brief: &brief { max: 120, unit: words }     # keys that begin with x- are yours, here for an anchor

inputs:
  ticket: { type: string, maxLength: 20000, description: What the customer wrote }
  tone: { type: string, enum: [warm, formal], default: warm }
  labels: { type: array, items: { type: string }, default: [billing, bug, other] }
  deadline: { type: string, format: date, optional: true }
vars:
  signature: The support team

models:
  fast: ollama/smollm2:135m
  writer:
    use: [anthropic/claude-sonnet-4-5, ollama/smollm2:135m]
    system: You are a senior support engineer.
    temperature: 0.4
    max_output_tokens: 1200

steps:
  classify:
    description: Sort the ticket
    model: fast
    prompt: "Classify this ticket: \${{ inputs.ticket }}"
    output:
      type: object
      properties: { label: { enum: "\${{ inputs.labels }}" }, confidence: { type: number } }
      required: [label, confidence]
    checks:
      - expect: \${{ output.confidence >= 0.0 && output.confidence <= 1.0 }}

  similar:
    if: \${{ steps.classify.output.label == "bug" }}
    else: []                                   # its output when the condition is false
    tool: http.request
    with:
      url: https://tracker.example/search
      query: { q: "\${{ inputs.ticket }}" }
      headers: { authorization: "Bearer \${{ secrets.TRACKER_TOKEN }}" }
    retry: { attempts: 3, backoff: 1s, max_backoff: 30s }
    timeout: 10s
    on_error: continue

  draft:
    model: writer
    prompt: |
      Answer this ticket in a \${{ inputs.tone }} tone:

      \${{ inputs.ticket }}

      Sign as \${{ vars.signature }}.
    checks:
      - length: *brief

  note:
    set:
      label: \${{ steps.classify.output.label }}
      search: \${{ steps.similar.status }}
      words: \${{ size(split(steps.draft.output, " ")) }}

outputs:
  reply: \${{ steps.draft.output }}
  note: \${{ steps.note.output }}
`,
  model: `
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
  tool: `
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
  check: `
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
  set: `
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
  steps: `
name: group-step
inputs:
  ticket: { type: string }
steps:
  answer:
    steps:
      draft:
        model: ollama/smollm2:135m
        prompt: "Answer this: \${{ inputs.ticket }}"
      letter:
        set: "Dear customer, \${{ steps.draft.output }}"
    outputs:
      text: \${{ steps.letter.output }}
outputs:
  reply: \${{ steps.answer.output.text }}      # what stands in the group, only its outputs tell
`,
} as const;
