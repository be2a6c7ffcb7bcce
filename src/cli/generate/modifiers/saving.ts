import { SaveToSpec } from '../../../pipeline/spec/saving.ts';
import type { ModifierSection } from '../sections.ts';

/** What is kept of a step that is done. */
export const SAVING_SECTIONS: readonly ModifierSection[] = [
  {
    title: 'Files of a run',
    name: 'save_to',
    text: 'With `save_to` a step that is done leaves a file that people can fetch, beside its output. A text is saved as it is, everything else as JSON. With `for_each` every item leaves one.',
    shape: SaveToSpec.shape,
    example: `
name: save-to
inputs:
  parts: { type: array, items: { type: string } }
steps:
  drafts:
    for_each: \${{ inputs.parts }}
    as: part
    model: ollama/smollm2:135m
    prompt: "Answer \${{ part }}"
    save_to: { path: "drafts/\${{ index }}.md", value: "\${{ steps.drafts.output }}" }
  today:
    tool: http.request
    with: { url: https://tracker.example/today }
    reuse: never                                # a fork asks again
outputs:
  drafts: \${{ steps.drafts.output }}
`,
  },
];
