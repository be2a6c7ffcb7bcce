import type { KindSection } from '../sections.ts';

/** The kind that is another pipeline. */
export const PIPELINE_SECTION: KindSection = {
  kind: 'pipeline',
  title: 'Pipelines in pipelines',
  text: 'A pipeline step runs another pipeline as a part of the run, with a history of its own. It is named by the path of its file, relative to the file that names it, inside the folder of the first one. Nothing but `with` goes in: the other pipeline has its own `inputs`, `vars`, `models`, `concurrency` and `timeout`. Nothing but its `outputs` comes out. All files are checked together, and the plan holds all of them. Pipelines may not lead back to one another, nor be more than 10 deep. In TypeScript a pipeline step takes another pipeline in place of a path.',
  example: `
name: pipeline-step
inputs:
  tickets: { type: array, items: { type: string } }
steps:
  answers:
    for_each: \${{ inputs.tickets }}
    as: ticket
    pipeline: ./answer.yaml
    with: { ticket: "\${{ ticket }}", tone: formal }
outputs:
  replies: \${{ steps.answers.output.map(answer, answer.reply) }}
`,
  files: {
    './answer.yaml': `
name: answer
inputs:
  ticket: { type: string }
  tone: { enum: [warm, formal], default: warm }
steps:
  draft:
    model: ollama/smollm2:135m
    prompt: "Answer in a \${{ inputs.tone }} tone: \${{ inputs.ticket }}"
outputs:
  reply: \${{ steps.draft.output }}
`,
  },
};
