import type { Plan, StepPlan } from '../plan.ts';
import { conditionOf, loopsOf, whatOf } from './labels.ts';
import { type NamedStep, named, partsOf } from './parts.ts';

/**
 * The plan as a Mermaid flowchart, in which a step that holds steps is drawn around them. Dotted arrows lead to steps
 * that go on however the one before ends, and to what comes when a step failed or is undone.
 */
export function planMermaid({ steps }: Plan): string {
  let count = 0;
  const nextName = () => `s${count++}`;
  return ['flowchart TD', ...blockLines(named(steps), { indent: '  ', nextName })].join('\n');
}

interface Drawing {
  readonly indent: string;
  /** Mermaid's own words cannot be names, and ids need not be unique in a plan. */
  readonly nextName: () => string;
}

/** The steps that stand beside one another, and the arrows between them. */
function blockLines(steps: readonly NamedStep[], drawing: Drawing): readonly string[] {
  const drawn = steps.map((each) => ({ ...each, name: drawing.nextName(), label: labelOf(each) }));
  const names = new Map(drawn.map(({ step, name }) => [step.id, name]));
  const lines = drawn.flatMap((each) => stepLines(each, drawing));
  const arrows = steps.flatMap(({ step: { id, dependsOn, tolerates } }) =>
    dependsOn.map((before) => {
      return `${drawing.indent}${names.get(before)} ${tolerates.includes(before) ? '-.->' : '-->'} ${names.get(id)}`;
    }),
  );
  return [...lines, ...arrows];
}

interface DrawnStep {
  readonly step: StepPlan;
  readonly name: string;
  readonly label: string;
}

function stepLines({ step, name, label }: DrawnStep, drawing: Drawing): readonly string[] {
  const shape = SHAPES[step.kind];
  const parts = partsOf(step);
  const steps = parts.filter(({ role }) => role === undefined).flatMap((part) => part.steps);
  return [
    ...(shape === undefined
      ? boxLines({ name, label, steps }, drawing)
      : [`${drawing.indent}${name}${shape[0]}"${label}"${shape[1]}`]),
    ...parts.flatMap(({ role, steps: beside }) => {
      return role === undefined ? [] : besideLines({ role, steps: beside, owner: name }, drawing);
    }),
  ];
}

/** Of the steps that hold no others. */
const SHAPES: Readonly<Partial<Record<StepPlan['kind'], readonly [string, string]>>> = {
  model: ['[', ']'],
  tool: ['[[', ']]'],
  check: ['{{', '}}'],
  set: ['(', ')'],
  approve: ['[/', '/]'],
  wait: ['([', '])'],
  fail: ['>', ']'],
};

interface Box {
  readonly name: string;
  readonly label: string;
  readonly steps: readonly NamedStep[];
}

function boxLines({ name, label, steps }: Box, { indent, nextName }: Drawing): readonly string[] {
  return [
    `${indent}subgraph ${name}["${label}"]`,
    ...blockLines(steps, { indent: `${indent}  `, nextName }),
    `${indent}end`,
  ];
}

/** What comes only when the step failed, or is undone. */
function besideLines(
  { role, steps, owner }: Pick<Box, 'steps'> & { readonly role: string; readonly owner: string },
  drawing: Drawing,
): readonly string[] {
  const name = drawing.nextName();
  return [...boxLines({ name, label: role, steps }, drawing), `${drawing.indent}${owner} -.-> ${name}`];
}

function labelOf({ name, step }: NamedStep): string {
  return [name, whatOf(step), ...conditionOf(step), ...loopsOf(step)].map(escaped).join('<br/>');
}

/** Mermaid reads `#34;` as a character; so nothing in a label can end it or become HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} _.,:/()=-]/gu, (character) => `#${character.codePointAt(0)};`);
}
