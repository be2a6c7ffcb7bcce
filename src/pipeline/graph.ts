import { durationText } from './duration.ts';
import type { Plan, StepPlan } from './plan.ts';

/** The steps of a plan for people: one line each, in an order in which each comes after all that it waits for. */
export function planText({ pipeline, steps, outputs, limits }: Plan): string {
  const idWidth = widest(steps.map(({ id }) => id));
  const whatWidth = widest(steps.map(whatOf));
  const lines = steps.map((step) => {
    return `  ${step.id.padEnd(idWidth)}  ${whatOf(step).padEnd(whatWidth)}  ${notesOf(step).join('; ')}`.trimEnd();
  });
  const time = limits.timeoutMs === undefined ? '' : `, at most ${durationText(limits.timeoutMs)}`;
  const version = pipeline.version === undefined ? '' : ` (version ${pipeline.version})`;
  const names = Object.keys(outputs);
  return [
    `${pipeline.name}${version}: ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}, ${limits.concurrency} at a time${time}`,
    ...lines,
    ...(names.length === 0 ? [] : [`  gives ${names.join(', ')}`]),
  ].join('\n');
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}

/** What a step does: `model ollama/smollm2:135m`, `tool http.request`. */
function whatOf(step: StepPlan): string {
  switch (step.kind) {
    case 'model':
      return `model ${step.candidates.map(({ provider, model }) => `${provider}/${model}`).join(', else ')}`;
    case 'tool':
      return `tool ${step.tool}`;
    default:
      return step.kind;
  }
}

function notesOf({ condition, otherwise, dependsOn, tolerates, checks, onError }: StepPlan): readonly string[] {
  const waits = dependsOn.map((id) => (tolerates.includes(id) ? `${id} (however it ends)` : id));
  return [
    ...(waits.length === 0 ? [] : [`after ${waits.join(', ')}`]),
    ...(condition === undefined ? [] : [`if ${oneLine(condition.source)}`]),
    ...(otherwise === undefined ? [] : ['has an else']),
    ...(checks.length === 0 ? [] : [`checks ${checks.map(({ check }) => check).join(', ')}`]),
    ...(onError.kind === 'continue' ? ['may fail'] : []),
  ];
}

function oneLine(source: string): string {
  return source.trim().replaceAll(/\s+/g, ' ');
}

/** The plan as a Mermaid flowchart. Dotted arrows lead to steps that go on however the one before ends. */
export function planMermaid({ steps }: Plan): string {
  const names = new Map(steps.map(({ id }, index) => [id, `s${index}`]));
  const nodes = steps.map((step) => {
    const [open, close] = SHAPES[step.kind] ?? ['(', ')'];
    const condition = step.condition === undefined ? [] : [`if ${oneLine(step.condition.source)}`];
    const label = [step.id, whatOf(step), ...condition].map(escaped).join('<br/>');
    return `  ${names.get(step.id)}${open}"${label}"${close}`;
  });
  const arrows = steps.flatMap(({ id, dependsOn, tolerates }) =>
    dependsOn.map((before) => `  ${names.get(before)} ${tolerates.includes(before) ? '-.->' : '-->'} ${names.get(id)}`),
  );
  return ['flowchart TD', ...nodes, ...arrows].join('\n');
}

const SHAPES: Partial<Readonly<Record<StepPlan['kind'], readonly [string, string]>>> = {
  model: ['[', ']'],
  tool: ['[[', ']]'],
  check: ['{{', '}}'],
  set: ['(', ')'],
};

/** Mermaid reads `#34;` as a character; so nothing in a label can end it or become HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} _.,:/()=-]/gu, (character) => `#${character.codePointAt(0)};`);
}
