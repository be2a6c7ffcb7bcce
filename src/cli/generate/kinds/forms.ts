import type { KindSection } from '../sections.ts';

/** The kinds that hold steps. */
export const FORM_SECTIONS: readonly KindSection[] = [
  {
    kind: 'steps',
    title: 'Groups',
    text: 'A group is several steps as one. Its steps may read the steps around it; from outside only the output of the group can be read. An id, or the name of an item, that can be read from around may not be used again inside.',
    example: `
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
  },
  {
    kind: 'switch',
    title: 'Switches',
    text: 'A switch makes one of several steps: that of the case whose name is the value, as text. Its output is that of the case that ran, whose name is `steps.<id>.case` (`default` for the default). A value that has no case fails the step with `SWITCH_NO_CASE` when there is no default. What any of the cases reads, the switch waits for.',
    example: `
name: switch-step
inputs:
  ticket: { type: string }
steps:
  classify:
    model: ollama/smollm2:135m
    prompt: "Classify this ticket: \${{ inputs.ticket }}"
    output: { type: object, properties: { label: { enum: [billing, bug, other] } }, required: [label] }
  route:
    switch: \${{ steps.classify.output.label }}
    cases:
      billing: { set: { team: accounts, urgent: false } }
      bug:
        steps:
          known:
            tool: fs.read
            with: { path: known-bugs.md }
          compare:
            model: ollama/smollm2:135m
            prompt: "Is this one of them? \${{ inputs.ticket }} \${{ steps.known.output.text }}"
        outputs: { team: engineering, urgent: true, answer: "\${{ steps.compare.output }}" }
    default: { set: { team: general, urgent: false } }
outputs:
  team: \${{ steps.route.output.team }}
  case: \${{ steps.route.case }}
`,
  },
];
