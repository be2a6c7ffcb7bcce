import { expr, pipeline } from 'orchestrator';

/** The pipeline of `pipeline.yaml`, built in TypeScript: a reference to what is not there does not compile. */
export const simpleOrchestrator = pipeline({
  name: 'simple-orchestrator',
  description: 'Write a small page about a topic, check it, and keep it as a file.',
  version: '1',
  inputs: {
    topic: { type: 'string', minLength: 2, maxLength: 60, default: 'honey bees' },
    ask: { type: 'boolean', default: true, description: 'Whether the page ends with a question' },
  },
  vars: { sections: ['animals', 'space', 'machines', 'other'] },
  models: { small: { use: 'ollama/smollm2:135m', temperature: 0, max_output_tokens: 48, accept: ['length'] } },
})
  .step('title', ({ inputs }) => ({
    model: 'small',
    prompt: `Write a short title for an article about ${inputs.topic}.`,
    checks: [{ length: { min: 3, max: 200, unit: 'characters' } }],
  }))
  .step('fact', ({ inputs, output }) => ({
    model: 'small',
    prompt: `Tell one interesting fact about ${inputs.topic} in one short sentence.`,
    checks: [{ expect: expr`size(${output}) > 10` }],
  }))
  .step('section', ({ inputs, vars }) => ({
    model: 'small',
    prompt: `In which part of a magazine does an article about ${inputs.topic} belong?`,
    output: { type: 'object', properties: { name: { enum: vars.sections } }, required: ['name'] },
  }))
  .step('question', ({ inputs }) => ({
    if: inputs.ask,
    else: '',
    model: 'small',
    prompt: `Write a quiz question about ${inputs.topic}.`,
  }))
  .step('page', ({ steps }) => ({
    tool: 'text.template',
    with: {
      data: {
        title: expr`trim(${steps.title.output})`,
        fact: expr`trim(${steps.fact.output})`,
        section: expr`upper(${steps.section.output.name})`,
        question: expr`trim(${steps.question.output})`,
      },
      template: [
        '# {{ title }}',
        '{{ section }}',
        '',
        '{{ fact }}',
        '{% if question != "" %}',
        '> {{ question }}',
        '{% endif %}',
        '',
      ].join('\n'),
    },
  }))
  .step('proof', ({ steps }) => ({
    description: 'The page must hold what it promises before it is kept',
    check: {
      value: steps.page.output,
      contains: expr`trim(${steps.title.output})`,
      length: { min: 20, max: 2000, unit: 'characters' },
    },
  }))
  .step('file', ({ steps }) => ({
    tool: 'fs.write',
    with: { path: 'page.md', text: steps.proof.output },
    retry: { attempts: 3, backoff: '1s' },
  }))
  .step('summary', ({ steps }) => ({
    set: {
      section: steps.section.output.name,
      words: expr`size(split(${steps.page.output}, " "))`,
      has_question: expr`${steps.question.output} != ""`,
    },
  }))
  .outputs(({ steps }) => ({
    page: steps.proof.output,
    file: steps.file.output.path,
    summary: steps.summary.output,
  }));
