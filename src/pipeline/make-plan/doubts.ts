import type { Code, StepPlan, Template } from '../plan.ts';
import { expressionsOf } from '../template.ts';
import { TOLERANT_FIELDS } from './step-names.ts';
import { unguardedRead } from './unguarded-read.ts';

/** What is known of steps beside one another that may have no output although the run goes on. */
export interface Doubts {
  /** Of a step that may not be done, why, as the second half of a sentence. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly steps: ReadonlyMap<string, StepPlan>;
}

/** `steps` are in order. */
export function doubtsOf(steps: readonly StepPlan[]): Doubts {
  const reasons = new Map<string, string>();
  for (const step of steps) {
    const owner = step.dependsOn.find((name) => reasons.has(name) && !step.tolerates.includes(name));
    const own = ownReason(step);
    if (own !== undefined) reasons.set(step.id, own);
    else if (owner !== undefined) reasons.set(step.id, `is skipped when step "${owner}" is not done`);
  }
  return { reasons, steps: new Map(steps.map((step) => [step.id, step])) };
}

function ownReason(step: StepPlan): string | undefined {
  if (step.condition !== undefined && step.otherwise === undefined) return 'may be skipped';
  if (step.onError.kind === 'continue') return 'may fail';
  if (step.kind !== 'switch' || step.forEach !== undefined) return undefined;
  const cases = [...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])];
  const doubtful = cases.map((each) => [each.id, ownReason(each)] as const).find(([, reason]) => reason !== undefined);
  return doubtful && `has a case, "${doubtful[0]}", that ${doubtful[1]}`;
}

/** A step that may leave a value without what it reads: `step "a" may be skipped`. */
export function doubtIn(template: Template, doubts: Doubts): string | undefined {
  return doubtWithin({ template, keys: [], owners: '' }, doubts);
}

/** A field of a value, and the path of the steps around it. */
interface Place {
  readonly template: Template;
  readonly keys: readonly string[];
  readonly owners: string;
}

function doubtWithin({ template, keys, owners }: Place, doubts: Doubts): string | undefined {
  const reads = expressionsOf(template).flatMap(({ code }) => exposedReads(code, keys));
  return reads.map((read) => doubtAbout(read, doubts, owners)).find((doubt) => doubt !== undefined);
}

/** `steps.draft.output.text` → draft, output, [text]. */
type Read = readonly [id: string, field: string, keys: readonly string[]];

function doubtAbout([id, field, [key, ...keys]]: Read, { reasons, steps }: Doubts, owners: string): string | undefined {
  if (TOLERANT_FIELDS.has(field)) return undefined;
  const reason = reasons.get(id);
  if (reason !== undefined) return `step "${owners}${id}" ${reason}`;
  const step = steps.get(id);
  if (step?.kind !== 'steps' || field !== 'output' || key === undefined || step.forEach !== undefined) return undefined;
  // One field of what a group gives, which always is a map.
  const { entries } = step.body.outputs as Extract<Template, { kind: 'map' }>;
  const template = entries[key];
  return template && doubtWithin({ template, keys, owners: `${owners}${id}/` }, doubtsOf(step.body.steps));
}

/** What is null when a step has waited in vain, although a field of it is read: `"steps.ask.output.answer"`. */
export function nullIn(template: Template, { steps }: Doubts): string | undefined {
  return unguardedRead(template, {
    nameOf: (code) => nullAfterWaiting(code, steps),
    tells: (code) => outputRead(code, steps) !== undefined,
  });
}

function nullAfterWaiting(code: Code, steps: Doubts['steps']): string | undefined {
  const [operator, inner, field] = partsOf(code);
  const isAnswer = operator === 'get' && field === 'answer';
  const step = outputRead(isAnswer ? (inner as Code) : code, steps);
  if (step === undefined) return undefined;
  const { id, kind } = step;
  if (kind === 'approve' && isAnswer && step.onTimeout.kind === 'choose') return `"steps.${id}.output.answer"`;
  const isLeft = kind === 'wait' && step.wait.kind === 'event' && step.wait.onTimeout.kind === 'continue';
  return isLeft && !isAnswer ? `"steps.${id}.output"` : undefined;
}

/** An operator and its operands; nothing of a constant. */
function partsOf(code: Code): readonly Code[] {
  return Array.isArray(code) ? (code as readonly Code[]) : [];
}

/** The step whose output is read, when it does its work once. */
function outputRead(code: Code, steps: Doubts['steps']): StepPlan | undefined {
  const [operator, path] = partsOf(code);
  const [root, id = '', field, ...rest] = operator === 'read' ? String(path).split('.') : [];
  if (root !== 'steps' || field !== 'output' || rest.length > 0) return undefined;
  const step = steps.get(id);
  return step?.forEach === undefined && step?.repeat === undefined ? step : undefined;
}

/** What of steps a field of a result may be, or is made of; that for which `coalesce` and the like stand in is not. */
function exposedReads(code: Code | undefined, keys: readonly string[]): readonly Read[] {
  if (typeof code !== 'object' || code === null) return [];
  const [operator, ...operands] = code;
  const [first, second] = operands;
  switch (operator) {
    case 'read':
      return stepRead(String(first), keys);
    case 'get':
      return typeof second === 'string' ? exposedReads(first, [second, ...keys]) : exposedReads(first, []);
    case 'double':
      return exposedReads(first, keys);
    case 'has':
      return [];
    case 'coalesce':
    case 'orValue':
      return exposedReads(operands.at(-1), keys);
    default:
      return operands.flatMap((operand) => exposedReads(operand, []));
  }
}

function stepRead(path: string, keys: readonly string[]): readonly Read[] {
  const [root, id, field] = path.split('.') as [string, string, string];
  return root === 'steps' ? [[id, field, keys]] : [];
}
