import { jsonToText } from '../expression/value.ts';
import type { ForEachPlan, RepeatPlan, StepPlan, Template, TextPart } from '../plan.ts';
import type { WaitPlan } from '../waiting-plan.ts';

/** What a step does: `model ollama/smollm2:135m`, `tool http.request`, `switch inputs.kind`. */
export function whatOf(step: StepPlan): string {
  switch (step.kind) {
    case 'model':
      return `model ${step.candidates.map(({ provider, model }) => `${provider}/${model}`).join(', else ')}`;
    case 'tool':
      return `tool ${step.tool}`;
    case 'steps':
      return 'group';
    case 'switch':
      return `switch ${templateText(step.on)}`;
    case 'pipeline':
      return `pipeline ${step.plan.pipeline.name}`;
    case 'approve':
      return `approve: ${step.options.join(' or ')}`;
    case 'wait':
      return waitText(step.wait);
    case 'fail':
      return `fail: ${templateText(step.reason)}`;
    case 'check':
    case 'set':
      return step.kind;
  }
}

function waitText(wait: WaitPlan): string {
  return wait.kind === 'time' ? `wait ${templateText(wait.at)}` : `wait for event ${wait.event}`;
}

/** What else is said of a step, apart from what it waits for. */
export function notesOf(step: StepPlan): readonly string[] {
  const { otherwise, checks, onError, saveTo } = step;
  return [
    ...conditionOf(step),
    ...(otherwise === undefined ? [] : ['has an else']),
    ...loopsOf(step),
    ...(checks.length === 0 ? [] : [`checks ${checks.map(({ check }) => check).join(', ')}`]),
    ...(onError.kind === 'continue' ? ['may fail'] : []),
    ...(onError.kind === 'hold' ? ['held when it fails'] : []),
    ...(onError.kind === 'value' ? ['has a value for its failure'] : []),
    ...(saveTo === undefined ? [] : [`saves ${templateText(saveTo.path)}`]),
  ];
}

/** Whether it is made at all. */
export function conditionOf({ condition }: StepPlan): readonly string[] {
  return condition === undefined ? [] : [`if ${oneLine(condition.source)}`];
}

/** How often it is made. */
export function loopsOf({ forEach, repeat }: StepPlan): readonly string[] {
  return [
    ...(forEach === undefined ? [] : [itemsText(forEach)]),
    ...(repeat === undefined ? [] : [roundsText(repeat)]),
  ];
}

function itemsText({ over, as, max, concurrency }: ForEachPlan): string {
  return `for each ${as} of ${templateText(over)}, ${concurrency} at a time, at most ${max}`;
}

function roundsText({ until, max }: RepeatPlan): string {
  return until === undefined ? `${max} rounds` : `at most ${max} rounds until ${oneLine(until.source)}`;
}

/** As it was written, on one line, and not longer than one reads. */
function templateText(template: Template): string {
  const text = oneLine(writtenText(template));
  return text.length <= CHARS_SHOWN ? text : `${text.slice(0, CHARS_SHOWN)}…`;
}

const CHARS_SHOWN = 60;

function writtenText(template: Exclude<TextPart, { kind: 'text' }> | Template): string {
  switch (template.kind) {
    case 'literal':
      return Array.isArray(template.value) ? `a list of ${template.value.length}` : jsonToText(template.value);
    case 'expression':
      return template.expression.source;
    case 'text':
      return template.parts
        .map((part) => (part.kind === 'text' ? part.text : `\${{ ${writtenText(part).trim()} }}`))
        .join('');
    default:
      return `a ${template.kind}`;
  }
}

function oneLine(source: string): string {
  return source.trim().replaceAll(/\s+/g, ' ');
}
