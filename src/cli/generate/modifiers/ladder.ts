import { AskRungSpec, RungSpec } from '../../../pipeline/spec/rungs.ts';
import type { ModifierSection } from '../sections.ts';

/** What is done about an output that does not pass its checks. */
export const LADDER_SECTIONS: readonly ModifierSection[] = [
  {
    title: 'When a check fails',
    name: 'on_check_fail',
    text: 'Without `on_check_fail` a step fails with `CHECK_FAILED` when its output does not pass its `checks`. With it, rungs are climbed in order, each once, and after each all checks are asked again: `repair` asks the model again, and quotes its answer and the verdicts (`{ repair: 2 }` does so twice at most); `{ model: … }` asks another model the question of the step; `ask` lets people accept the output, change and accept it, or reject it; `continue`, which comes last, takes what there is. When no rung helps the step fails. `repair` and `model` are for steps that ask a model. A check that fails never uses up `retry`. `steps.<id>.checks` has the verdicts on the output that was taken. [Quality](quality.md) tells more. The keys of a rung that is a map, one of them, and those of its `ask`:',
    shape: { ...RungSpec.shape, ...AskRungSpec.shape },
    example: `
name: ladder
models:
  small: ollama/smollm2:135m
  larger: ollama/smollm2:360m
inputs:
  ticket: { type: string }
steps:
  answer:
    model: small
    prompt: "Answer this ticket: \${{ inputs.ticket }}"
    checks:
      - length: { min: 20, max: 800, unit: characters }
      - no_pii: true
    on_check_fail:
      - repair: 2
      - model: larger
      - ask: { to: [support-leads], timeout: 1d }
  note:
    set: "\${{ steps.answer.output }}"
    checks: [{ contains: "Regards" }]
    on_check_fail: [continue]
outputs:
  answer: \${{ steps.answer.output }}
  verdicts: \${{ steps.note.checks }}
`,
  },
];
