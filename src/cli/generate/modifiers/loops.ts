import { RepeatSpec, loopKeys } from '../../../pipeline/spec/loops.ts';
import type { ModifierSection } from '../sections.ts';

const { repeat: _, ...itemKeys } = loopKeys;

/** What makes many of one step. */
export const LOOP_SECTIONS: readonly ModifierSection[] = [
  {
    title: 'A step for each item',
    name: 'for_each',
    text: 'With `for_each` a step is made once for each item of a list. Its output is the list of their outputs, in the order of the items, or with `key` a map. The item is read under the name that `as` gives it, its number under that of `index`; a loop inside a loop needs names of its own. `if`, `else` and `needs` are asked once, everything else of the step is said of each item. `steps.<id>.items` tells `{ status, error, usage }` of each.',
    shape: itemKeys,
    example: `
name: items
inputs:
  parts: { type: array, items: { type: object, properties: { id: { type: string }, text: { type: string } } } }
steps:
  summaries:
    for_each: \${{ inputs.parts }}
    as: part
    key: \${{ part.id }}
    max: 200
    concurrency: 4
    on_item_error: continue                   # null in its place
    model: ollama/smollm2:135m
    prompt: "Sum up part \${{ index + 1 }}: \${{ part.text }}"
  grid:
    for_each: [north, south]
    steps:
      cells:
        for_each: [east, west]
        as: side
        index: column
        set: \${{ item + "-" + side }}
outputs:
  summaries: \${{ steps.summaries.output }}
  failed: \${{ steps.summaries.items.filter(one, one.status == "failed").size() }}
  cells: \${{ flatten(steps.grid.output.map(row, row.cells)) }}
`,
  },
  {
    title: 'A step again and again',
    name: 'repeat',
    text: 'With `repeat` a step is made in rounds, one after another. `previous.<id>` is a step of the round before, as `steps.<id>` is one of this round; in the first round all of it is null. A step that is no group reads itself there. `until` is read when a round has ended, and reads the steps of that round, or the step itself when it is no group. `steps.<id>.rounds` is the number of rounds, `steps.<id>.stopped` is `until` or `max`.',
    shape: RepeatSpec.shape,
    example: `
name: rounds
inputs:
  text: { type: string }
steps:
  refine:
    repeat:
      until: \${{ steps.review.output.score >= 8 }}
      max: 4
    steps:
      rewrite:
        model: ollama/smollm2:135m
        prompt: "Improve this: \${{ coalesce(previous.rewrite.output, inputs.text) }}"
      review:
        model: ollama/smollm2:135m
        prompt: "Score this from 0 to 10: \${{ steps.rewrite.output }}"
        output: { type: object, properties: { score: { type: integer } }, required: [score] }
    outputs: { text: "\${{ steps.rewrite.output }}" }
  doubled:
    repeat: { until: "\${{ steps.doubled.output > 100 }}", max: 20, on_max: fail }
    set: \${{ coalesce(previous.doubled.output, 1) * 2 }}
outputs:
  text: \${{ steps.refine.output.text }}
  rounds: \${{ steps.refine.rounds }}
  doubled: \${{ steps.doubled.output }}
`,
  },
];
