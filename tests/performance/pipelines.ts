import type { Job } from './engines/engine.ts';

/** The pipeline file that does a job. */
export function pipelineOf(job: Job): string {
  switch (job.kind) {
    case 'sequence':
      return file('bench-sequence', chain(job.steps, template));
    case 'fan':
      return file(
        'bench-fan',
        Array.from({ length: job.width }, (_, index) => template(index + 1)),
        job.width,
      );
    case 'requests':
      return file(
        'bench-requests',
        chain(job.steps, (step) => request(step, job.url)),
      );
    case 'items':
      return file('bench-items', [everyItem(job.items, job.concurrency)], job.concurrency);
    case 'wait':
      return file('bench-wait', ['  go:\n    wait: { event: go }\n']);
  }
}

/**
 * A pipeline of some size as people write them, for validation: models, tools, values and checks, each
 * step reading the one before it. Short enough for 10,000 steps to fit into the longest file that is allowed.
 */
export function typicalPipeline(steps: number): string {
  const kinds = [modelStep, toolStep, valueStep, checkStep];
  const lines = Array.from({ length: steps }, (_, index) => (kinds[index % kinds.length] as StepWriter)(index + 1));
  const head = 'inputs:\n  topic: { type: string, default: rivers }\nmodels:\n  writer: ollama/smollm2:135m\n';
  return `name: bench-typical\n${head}steps:\n${lines.join('')}`;
}

type StepWriter = (step: number) => string;

function file(name: string, steps: readonly string[], concurrency?: number): string {
  const limit = concurrency === undefined ? '' : `concurrency: ${concurrency}\n`;
  return `name: ${name}\n${limit}steps:\n${steps.join('')}`;
}

function chain(steps: number, write: StepWriter): string[] {
  return Array.from({ length: steps }, (_, index) => {
    const needs = index === 0 ? '' : `    needs: step_${index}\n`;
    return `${write(index + 1)}${needs}`;
  });
}

function template(step: number): string {
  return `  step_${step}:\n    tool: text.template\n    with: { template: done, data: {} }\n`;
}

function request(step: number, url: string): string {
  return `  step_${step}:\n    tool: http.request\n    with: { url: "${url}/${step}" }\n`;
}

function everyItem(items: number, concurrency: number): string {
  const loop = `for_each: "\${{ range(${items}) }}"\n    max: ${items}\n    concurrency: ${concurrency}`;
  return `  each:\n    ${loop}\n    tool: text.template\n    with: { template: "{{ n }}", data: { n: "\${{ item }}" } }\n`;
}

function modelStep(step: number): string {
  const about = step === 1 ? 'inputs.topic' : `steps.s${step - 1}.output`;
  return `  s${step}:\n    model: writer\n    prompt: A line about \${{ ${about} }}\n`;
}

function toolStep(step: number): string {
  return `  s${step}:\n    tool: text.template\n    with: { template: "{{ a }}!", data: { a: "\${{ steps.s${step - 1}.output }}" } }\n`;
}

function valueStep(step: number): string {
  const last = `steps.s${step - 1}.output`;
  return `  s${step}:\n    if: \${{ size(${last}) > 0 }}\n    else: none\n    set: \${{ upper(${last}) }}\n`;
}

function checkStep(step: number): string {
  return `  s${step}:\n    check: { value: "\${{ steps.s${step - 1}.output }}", length: { max: 400, unit: words } }\n`;
}
