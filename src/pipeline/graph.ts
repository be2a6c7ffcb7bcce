import { durationText } from './duration.ts';
import { notesOf, whatOf } from './graph/labels.ts';
import { type NamedStep, countOf, named, partsOf } from './graph/parts.ts';
import type { Plan, StepPlan } from './plan.ts';

/**
 * The steps of a plan for people: one line each, in an order in which each comes after all that it waits for, and
 * those inside a step below it, indented.
 */
export function planText({ pipeline, steps, outputs, limits }: Plan): string {
  const rows = rowsOf(named(steps), '  ');
  const nameWidth = widest(rows.map(({ name }) => name));
  const whatWidth = widest(rows.map(({ what }) => what));
  const lines = rows.map(({ name, what, notes }) => {
    return `${name.padEnd(nameWidth)}  ${what.padEnd(whatWidth)}  ${notes}`.trimEnd();
  });
  const time = limits.timeoutMs === undefined ? '' : `, at most ${durationText(limits.timeoutMs)}`;
  const version = pipeline.version === undefined ? '' : ` (version ${pipeline.version})`;
  const given = Object.keys(outputs);
  return [
    `${pipeline.name}${version}: ${stepsText(steps)}, ${limits.concurrency} at a time${time}`,
    ...lines,
    ...(given.length === 0 ? [] : [`  gives ${given.join(', ')}`]),
  ].join('\n');
}

function stepsText(steps: readonly StepPlan[]): string {
  const all = countOf(steps);
  const inside = all === steps.length ? '' : ` (${all} with those inside)`;
  return `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}${inside}`;
}

interface Row {
  readonly name: string;
  readonly what: string;
  readonly notes: string;
}

function rowsOf(steps: readonly NamedStep[], indent: string): readonly Row[] {
  return steps.flatMap(({ name, step }) => [
    { name: `${indent}${name}`, what: whatOf(step), notes: [...waitsOf(step), ...notesOf(step)].join('; ') },
    ...partsOf(step).flatMap(({ role, steps: inner }) => {
      if (role === undefined) return rowsOf(inner, `${indent}  `);
      return [{ name: `${indent}  ${role}:`, what: '', notes: '' }, ...rowsOf(inner, `${indent}    `)];
    }),
  ]);
}

function waitsOf({ dependsOn, tolerates }: StepPlan): readonly string[] {
  const waits = dependsOn.map((id) => (tolerates.includes(id) ? `${id} (however it ends)` : id));
  return waits.length === 0 ? [] : [`after ${waits.join(', ')}`];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
