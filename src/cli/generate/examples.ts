import { CALL_SECTIONS } from './kinds/calls.ts';
import { FORM_SECTIONS } from './kinds/forms.ts';
import { PIPELINE_SECTION } from './kinds/pipeline.ts';
import { WAITING_SECTIONS } from './kinds/waiting.ts';
import { FAILURE_SECTIONS } from './modifiers/failure.ts';
import { LADDER_SECTIONS } from './modifiers/ladder.ts';
import { LOOP_SECTIONS } from './modifiers/loops.ts';
import { SAVING_SECTIONS } from './modifiers/saving.ts';

export const KIND_SECTIONS = [...CALL_SECTIONS, ...FORM_SECTIONS, PIPELINE_SECTION, ...WAITING_SECTIONS];
export const MODIFIER_SECTIONS = [...LOOP_SECTIONS, ...LADDER_SECTIONS, ...FAILURE_SECTIONS, ...SAVING_SECTIONS];

const WHOLE = `
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
`;

const FILES = `
name: read-files
inputs:
  letter: { type: file, description: What the customer wrote }
  logs: { type: files, optional: true }
steps:
  letter:
    tool: fs.read
    with: { path: "\${{ inputs.letter.path }}" }
  errors:
    for_each: \${{ coalesce(inputs.logs, []) }}
    as: log
    key: \${{ log.name }}
    steps:
      read:
        tool: fs.read
        with: { path: "\${{ log.path }}" }
      lines:
        set: \${{ split(steps.read.output.text, "\\n").filter(line, line.contains("ERROR")) }}
    outputs: { lines: "\${{ steps.lines.output }}" }
outputs:
  letter: \${{ steps.letter.output.text }}
  errors: \${{ steps.errors.output }}
`;

const SCHEDULE = `
name: weekly-report
schedule:
  cron: ["0 6 * * mon-fri", "0 9 * * sat"]
  timezone: Europe/Berlin
  overlap: buffer_one
  catchup: 30m
  with: { team: support }
inputs:
  team: { type: string }
steps:
  report:
    model: ollama/smollm2:135m
    prompt: "Write a greeting to the \${{ inputs.team }} team"
outputs:
  report: \${{ steps.report.output }}
`;

const MODELS = `
name: choose-a-model
inputs:
  ticket: { type: string, maxLength: 4000 }
models:
  cheap:
    use: [ollama/qwen3:4b, ollama/smollm2:135m]
    prefer: cost
    temperature: 0
    max_output_tokens: 200
steps:
  answer:
    model: cheap
    prompt: "Answer: \${{ inputs.ticket }}"
outputs:
  answer: \${{ steps.answer.output }}
`;

/** Pipelines of the reference, by what they show. A test makes the plan of each. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  whole: WHOLE,
  files: FILES,
  models: MODELS,
  schedule: SCHEDULE,
  ...Object.fromEntries(KIND_SECTIONS.map(({ kind, example }) => [kind, example])),
  ...Object.fromEntries(MODIFIER_SECTIONS.map(({ name, example }) => [name, example])),
};

/** The files that these name, by their paths. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = { ...PIPELINE_SECTION.files };
