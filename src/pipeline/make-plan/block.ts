import type { Json, JsonSchema } from '../json.ts';
import type { BlockPlan, Expression, StepPlan, Template } from '../plan.ts';
import { FINDINGS_MAX, type Path, type Problem, placeText, wrongKey } from '../problem.ts';
import type { StepMap } from '../spec/inner.ts';
import type { StepSpec } from '../spec.ts';
import { inCompileOrder } from './compile-order.ts';
import { type Draft, compileAt, within } from './draft.ts';
import { addStepNames, mapOf } from './step-names.ts';
import { orderOf } from './order.ts';

/** Steps as they were written, and where. */
export interface WrittenBlock {
  /** Of the map of steps. */
  readonly path: Path;
  readonly steps: StepMap;
  /** What the block gives, and where that stands; by default a map of the ids of its steps to their outputs. */
  readonly outputs?: { readonly path: Path; readonly value: Json };
}

export interface PlannedBlock {
  readonly plan: BlockPlan;
  /** What it gives. */
  readonly output: JsonSchema;
  /** Where what stands in the block may be read. */
  readonly inside: Draft;
}

export type PlanBlock = (draft: Draft, written: WrittenBlock) => PlannedBlock;
export type PlanStep = (draft: Draft, path: Path, step: StepSpec) => StepPlan;

/** Compiles steps that see the steps around them, and puts them in an order in which each comes after all that it depends on. */
export function planBlock(around: Draft, { path, steps, outputs }: WrittenBlock): PlannedBlock {
  const inside = openBlock(around, path, Object.keys(steps));
  const plans = new Map<string, StepPlan>();
  for (const [id, step] of inCompileOrder(inside, steps)) {
    if (inside.problems.length > FINDINGS_MAX) break;
    plans.set(id, inside.planStep(inside, [...path, id], step));
  }
  const graph = new Map(Object.keys(steps).map((id) => [id, plans.get(id)?.dependsOn ?? []]));
  const { order, circles } = orderOf(graph);
  for (const circle of circles) inside.problems.push(circleProblem(path, circle));
  const gives = outputs === undefined ? outputsOf(order, inside) : compileAt(inside, outputs);
  return {
    plan: { steps: order.flatMap((id) => plans.get(id) ?? []), outputs: gives.template },
    output: gives.schema,
    inside,
  };
}

function openBlock(around: Draft, path: Path, ids: readonly string[]): Draft {
  const names: Record<string, JsonSchema> = {};
  for (const id of ids) {
    refuseShadow(around, [...path, id], id);
    addStepNames(names, `steps.${id}`);
  }
  const index = new Map(ids.map((id, at) => [id, at]));
  return { ...within(around, names, new Set(ids)), block: { path, index } };
}

function refuseShadow({ names, problems }: Draft, path: Path, id: string): void {
  for (let place = names.around && names; place !== undefined; place = place.around) {
    if (!Object.hasOwn(place.schemas, `steps.${id}.output`)) continue;
    const message = `Cannot name ${placeText(path)}: a step around it has the same id, and it could not be told which one is meant`;
    problems.push(wrongKey('NAME_SHADOWED', path, message));
    return;
  }
}

/** What a block gives unless it says so: the output of each of its steps. */
function outputsOf(order: readonly string[], { names }: Draft): { template: Template; schema: JsonSchema } {
  const entries = order.map((id): [string, Template] => {
    const name = `steps.${id}.output`;
    const expression: Expression = { source: name, code: ['read', name], reads: [name], needsHost: false };
    return [id, { kind: 'expression', expression }];
  });
  const schemas = order.map((id) => [id, names.schemas[`steps.${id}.output`] as JsonSchema]);
  return {
    template: { kind: 'map', entries: Object.fromEntries(entries) },
    schema: mapOf(Object.fromEntries(schemas)),
  };
}

function circleProblem(path: Path, circle: readonly string[]): Problem {
  const [first] = circle as [string];
  const place = [...path, first];
  const is =
    circle.length === 1 ? 'it waits for itself' : [...circle, first].map((id) => `"${id}"`).join(' waits for ');
  return wrongKey('REFERENCE_CYCLE', place, `Cannot order ${placeText(place)}: ${is}`);
}
