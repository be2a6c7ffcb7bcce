import { answered } from './history-acts.ts';
import type { HistoryCase } from './history-cases.ts';

/** Runs that climb ladders: of models, of people, of a conversation with tools, in several histories. */
export const LADDER_CASES: readonly HistoryCase[] = [
  {
    name: 'ladder',
    act: answered({ step: 'note/ask-1', choice: 'accept', by: 'ann', edited: 'short' }),
    yaml: `name: ladder
models:
  small: { use: ollama/MODEL, max_output_tokens: 4, accept: [length], temperature: 0 }
  longer: { use: ollama/MODEL, max_output_tokens: 8, accept: [length], temperature: 0 }
steps:
  draft:
    for_each: [sea, sky]
    model: small
    prompt: "Tell me of the \${{ item }}"
    checks: [{ length: { min: 5, unit: words } }]
    on_check_fail: [{ repair: 2 }, { model: longer }, continue]
  note:
    set: too long
    checks: [{ length: { max: 5 } }]
    on_check_fail: [ask]
  talk:
    model: small
    prompt: Go
    tools: [{ tool: text.template, with: { template: next, data: {} } }]
    max_turns: 2
    checks: [{ length: { min: 1000 } }]
    on_check_fail: [repair, continue]
    on_error: continue
outputs: { note: "\${{ steps.note.output }}" }
`,
  },
  {
    name: 'ladder-continued',
    renewAfterEvents: 30,
    also: { first: { first: true } },
    act: answered({ step: 'draft/ask-1', choice: 'reject', by: 'ann' }),
    yaml: `name: ladder_continued
models: { small: { use: ollama/MODEL, max_output_tokens: 4, accept: [length], temperature: 0 } }
steps:
  draft:
    model: small
    prompt: Tell me of the sea
    checks: [{ length: { min: 1000 } }]
    on_check_fail: [repair, ask]
    on_error: continue
  others: { for_each: "\${{ range(8) }}", concurrency: 1, tool: text.template, with: { template: x, data: {} } }
outputs: { others: "\${{ steps.others.output }}" }
`,
  },
];
