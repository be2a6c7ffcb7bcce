import { toppedUp } from './history-acts.ts';
import type { HistoryCase } from './history-cases.ts';

const SMALL = 'models: { small: { use: ollama/MODEL, max_output_tokens: 4, accept: [length] } }';

/**
 * Runs that keep to budgets: of a part that asks for more at the root, of steps, and in several histories. And one whose
 * calls nobody takes from the queue of their provider, so that the next model is asked, or none.
 */
export const MONEY_CASES: readonly HistoryCase[] = [
  {
    name: 'topped-up',
    act: toppedUp,
    also: { part: { part: 'part' } },
    yaml: `name: topped_up
budget: { tokens: 5000 }
${SMALL}
steps:
  part:
    pipeline:
      name: inner
      budget: { tokens: 235 }
      ${SMALL}
      steps:
        first: { model: small, prompt: Say a }
        second: { needs: first, model: small, prompt: Say b }
`,
  },
  {
    name: 'budget-continued',
    renewAfterEvents: 30,
    also: { first: { first: true } },
    yaml: `name: budget_continued
budget: { tokens: 9000 }
${SMALL}
steps:
  each: { for_each: "\${{ range(8) }}", concurrency: 2, budget: { tokens: 5000 }, model: small, prompt: "Say \${{ item }}" }
`,
  },
  {
    name: 'queue-timeout',
    yaml: `name: queue_timeout
models: { small: { use: [openai/MODEL, ollama/MODEL], max_output_tokens: 4, accept: [length] } }
steps:
  next: { model: small, prompt: Say a, queue_timeout: 1s }
  alone: { model: openai/MODEL, prompt: Say b, queue_timeout: 1s, on_error: continue }
outputs: { code: "\${{ steps.alone.error.code }}" }
`,
  },
];
