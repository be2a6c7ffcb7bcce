import type { JsonSchema } from '../json.ts';
import type { BlockPlan, StepPlan, Template } from '../plan.ts';
import { FINDINGS_MAX, type Path, type Problem, placeText, wrongKey } from '../problem.ts';
import { innerSteps } from '../inner-steps.ts';
import type { OneStep, StepMap } from '../spec/inner.ts';
import type { StepSpec } from '../spec.ts';
import { inCompileOrder } from './compile-order.ts';
import { doubtsOf } from './doubts.ts';
import { type Draft, within } from './draft.ts';
import { orderOf } from './order.ts';
import { type WrittenOutputs, defaultOutputs, planOutputs, warnOfSettled } from './outputs.ts';
import { refuseShadowingStep } from './shadows.ts';
import { addStepNames, fieldsOf } from './step-names.ts';

/** Steps as they were written, and where. */
export interface WrittenBlock {
  /** Of the map of steps. */
  readonly path: Path;
  readonly steps: StepMap;
  /** What the block gives; without it, a map of the ids of its steps to their outputs. */
  readonly outputs?: WrittenOutputs;
}

export interface PlannedBlock {
  readonly plan: BlockPlan;
  readonly outputs: Readonly<Record<string, Template>>;
  /** What it gives. */
  readonly output: JsonSchema;
  /** Where what stands in the block may be read. */
  readonly inside: Draft;
}

export interface PlannedStep {
  readonly plan: StepPlan;
  /** What it gives. */
  readonly output: JsonSchema;
}

export type PlanBlock = (draft: Draft, written: WrittenBlock) => PlannedBlock;
export type PlanStep = (draft: Draft, path: Path, step: StepSpec | OneStep) => PlannedStep;

/** Compiles steps that see the steps around them, and puts them in an order in which each comes after all that it depends on. */
export function planBlock(around: Draft, written: WrittenBlock): PlannedBlock {
  const inside = openBlock(around, written);
  const steps = inOrder(planSteps(inside, written), inside, written);
  const doubts = doubtsOf(steps);
  warnOfSettled(inside, doubts);
  const ids = steps.map(({ id }) => id);
  const { templates, schema } =
    written.outputs === undefined ? defaultOutputs(ids, inside) : planOutputs(inside, written.outputs, doubts);
  return {
    plan: { steps, outputs: { kind: 'map', entries: templates } },
    outputs: templates,
    output: schema,
    inside,
  };
}

/** Where the steps of a block can read one another, before any of them has been compiled. */
function openBlock(around: Draft, { path, steps }: WrittenBlock): Draft {
  const names: Record<string, JsonSchema> = {};
  for (const [id, step] of Object.entries(steps)) {
    refuseShadowingStep(around, [...path, id]);
    addStepNames(names, `steps.${id}`, { fields: fieldsOf(step) });
  }
  const ids = Object.keys(steps);
  const index = new Map(ids.map((id, at) => [id, at]));
  return { ...within(around, names, new Set(ids)), block: { path, index, settledReads: [] } };
}

/** Compiles each step, and lets the names know what it gives. */
function planSteps(inside: Draft, { path, steps }: WrittenBlock): ReadonlyMap<string, StepPlan> {
  const plans = new Map<string, StepPlan>();
  const names = inside.names.schemas as Record<string, JsonSchema>;
  for (const [id, step] of inCompileOrder(inside, steps)) {
    if (inside.problems.length > FINDINGS_MAX) break;
    const { plan, output } = inside.planStep(inside, [...path, id], step);
    names[`steps.${id}.output`] = output;
    plans.set(id, plan);
  }
  return plans;
}

function inOrder(
  plans: ReadonlyMap<string, StepPlan>,
  { problems }: Draft,
  { path, steps }: WrittenBlock,
): readonly StepPlan[] {
  const graph = new Map(Object.keys(steps).map((id) => [id, plans.get(id)?.dependsOn ?? []]));
  const { order, circles } = orderOf(graph);
  for (const circle of circles) problems.push(circleProblem(path, circle, steps));
  return order.flatMap((id) => plans.get(id) ?? []);
}

function circleProblem(path: Path, circle: readonly string[], steps: StepMap): Problem {
  const [first] = circle as [string];
  const place = [...path, first];
  return wrongKey('REFERENCE_CYCLE', place, `Cannot order ${placeText(place)}: ${circleText(circle, steps)}`);
}

function circleText(circle: readonly string[], steps: StepMap): string {
  const [first] = circle as [string];
  if (circle.length > 1) return [...circle, first].map((id) => `"${id}"`).join(' waits for ');
  const holds = innerSteps(steps[first] as unknown as Parameters<typeof innerSteps>[0]).length > 0;
  return holds ? 'it waits for itself, since what stands in it reads or needs it' : 'it waits for itself';
}
