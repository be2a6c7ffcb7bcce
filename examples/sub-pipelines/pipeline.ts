import { expr, pipeline } from 'orchestrator';

const small = { use: 'ollama/smollm2:135m', temperature: 0, max_output_tokens: 40, accept: ['length' as const] };

const answer = pipeline({
  name: 'answer',
  description: 'Draft a short answer to a ticket.',
  inputs: {
    ticket: { type: 'string' },
    sign: { type: 'string' },
    hint: { type: 'string', default: '', description: 'What the answer should say' },
  },
  models: { small },
})
  .step('draft', ({ inputs }) => ({
    model: 'small',
    prompt: `Answer this ticket in one sentence. ${inputs.hint} ${inputs.ticket}`,
  }))
  .step('letter', ({ inputs, steps }) => ({ set: `${expr`trim(${steps.draft.output})`}\n${inputs.sign}` }))
  .outputs(({ steps }) => ({
    reply: steps.letter.output,
    words: expr<number>`size(split(${steps.letter.output}, " "))`,
  }));

const billing = pipeline({
  name: 'billing',
  description: 'Answer a ticket about an invoice, and keep a note for the accounts.',
  inputs: { ticket: { type: 'string' } },
})
  .step('answer', ({ inputs }) => ({
    pipeline: answer,
    with: {
      ticket: inputs.ticket,
      sign: 'Your accounts department',
      hint: 'A corrected invoice is on its way.',
    },
  }))
  .step('note', ({ steps }) => ({
    tool: 'fs.write',
    with: { path: 'accounts/note.txt', text: steps.answer.output.reply },
  }))
  .outputs(({ steps }) => ({
    reply: steps.answer.output.reply,
    words: steps.answer.output.words,
    note: steps.note.output.path,
  }));

const bug = pipeline({
  name: 'bug',
  description: 'Draft a report of a bug for the engineers, and an answer for the customer.',
  inputs: { ticket: { type: 'string' } },
  models: { small },
})
  .step(
    'report',
    ({ inputs }) => ({ model: 'small', prompt: `Write a title for a report of this bug: ${inputs.ticket}` }),
    {
      save_to: ({ inputs, steps }) => ({
        path: 'bug.md',
        value: `# ${expr`trim(${steps.report.output})`}\n\n${inputs.ticket}\n`,
      }),
    },
  )
  .step('answer', ({ inputs }) => ({
    pipeline: answer,
    with: { ticket: inputs.ticket, sign: 'The engineers' },
  }))
  .outputs(({ steps }) => ({
    reply: steps.answer.output.reply,
    words: steps.answer.output.words,
    title: expr`trim(${steps.report.output})`,
  }));

/** The pipeline of `pipeline.yaml` and of the files that it names, built in TypeScript: files are values. */
export const subPipelines = pipeline({
  name: 'sub-pipelines',
  description: 'Tell what a ticket is about, and hand it to the pipeline of the team that answers such tickets.',
  version: '1',
  inputs: {
    ticket: { type: 'string', minLength: 5, maxLength: 2000, default: 'The invoice shows the wrong address.' },
    label: {
      enum: ['billing', 'bug', 'question'],
      optional: true,
      description: 'When somebody knows what it is about',
    },
  },
  models: { small: { use: 'ollama/smollm2:135m', temperature: 0, max_output_tokens: 60, accept: ['length'] } },
})
  .step('classify', ({ inputs }) => ({
    if: expr`${inputs.label} == null`,
    else: { label: inputs.label },
    model: 'small',
    prompt: `Is this ticket about billing, a bug or a question? ${inputs.ticket}`,
    output: {
      type: 'object',
      properties: { label: { enum: ['billing', 'bug', 'question'] } },
      required: ['label'],
    },
  }))
  .step('route', ({ inputs, steps }) => ({
    switch: steps.classify.output.label,
    cases: {
      billing: { pipeline: billing, with: { ticket: inputs.ticket } },
      bug: { pipeline: bug, with: { ticket: inputs.ticket } },
    },
    default: { pipeline: answer, with: { ticket: inputs.ticket, sign: 'The support team' } },
  }))
  .outputs(({ steps }) => ({
    label: steps.classify.output.label,
    team: steps.route.case,
    reply: steps.route.output.reply,
  }));
