import { type InnerStep, innerSteps, stepName, stepsOnPath } from '../inner-steps.ts';
import type { Json } from '../json.ts';
import { type Path, type Problem, isMap, pathText, valueText, wrongKey, wrongValue } from '../problem.ts';
import { expressionProblems } from './expressions.ts';
import { problemsOfIssues, unknownKey } from './sentence.ts';
import { PipelineFrame, STEP_SPECS, type StepKey } from '../spec.ts';

/** Steps stand in one another this deep at most. */
export const STEP_DEPTH_MAX = 20;
/** A pipeline has at most so many steps, those inside others counted. */
export const STEPS_MAX = 10_000;

const STEP_KEYS = Object.keys(STEP_SPECS) as readonly StepKey[];
const ALL_STEP_KEYS = [...new Set([...STEP_KEYS, ...STEP_KEYS.flatMap((key) => Object.keys(STEP_SPECS[key].shape))])];

/** The keys that only one kind of step has, each with the key that tells the kind. */
const OWN_KEYS = ALL_STEP_KEYS.flatMap((key) => {
  const [kind, another] = STEP_KEYS.filter((each) => key in STEP_SPECS[each].shape);
  return another === undefined ? [[key, kind] as const] : [];
});

/** Everything about a value that keeps it from being a `PipelineSpec`; when this is empty, it is one. */
export function specProblems(spec: Json): readonly Problem[] {
  const frame = PipelineFrame.safeParse(spec).error?.issues ?? [];
  const steps = isMap(spec) && isMap(spec['steps']) ? spec['steps'] : undefined;
  const problems = [
    ...problemsOfIssues(frame, [], spec),
    ...(steps === undefined ? [] : allStepProblems(steps, spec)),
    ...(steps !== undefined && Object.keys(steps).length === 0 ? [noSteps(['steps'])] : []),
  ];
  const unknown = new Set(problems.filter(({ code }) => code === 'KEY_UNKNOWN').map(({ path }) => pathText(path)));
  return [...problems, ...expressionProblems(spec).filter(({ path }) => !isBelow(path, unknown))];
}

/** What stands behind an unknown key says nothing more. */
function isBelow(path: Path, unknown: ReadonlySet<string>): boolean {
  return path.some((_, index) => unknown.has(pathText(path.slice(0, index + 1))));
}

function noSteps(path: Path): Problem {
  const owner = path.length === 1 ? 'the pipeline' : `step "${stepName(stepsOnPath(path.slice(0, -1)))}"`;
  const message = `Cannot read "steps" of ${owner}: it has none, at least one step is needed`;
  return wrongValue('VALUE_INVALID', path, message);
}

/** A step that is to be read, and how deep it stands. */
interface Found extends InnerStep {
  readonly depth: number;
}

/** What is wrong with the steps, and with those inside them, each by the schema of its kind. */
function allStepProblems(steps: Readonly<Record<string, Json>>, spec: Json): readonly Problem[] {
  const problems: Problem[] = [];
  // A list also gives what is added to it while it is gone through.
  const found: Found[] = Object.entries(steps).map(([id, step]) => ({ path: ['steps', id], step, depth: 1 }));
  for (const { path, step, depth } of found) {
    problems.push(...stepProblems(step, path, spec));
    const inner = innerSteps(step).map((each) => ({ ...each, path: [...path, ...each.path], depth: depth + 1 }));
    const [first] = inner;
    if (found.length + inner.length > STEPS_MAX) return [tooMany()];
    if (first !== undefined && depth >= STEP_DEPTH_MAX) problems.push(tooDeep(first.path));
    else found.push(...inner);
  }
  return problems;
}

function tooMany(): Problem {
  const message = `Cannot read "steps" of the pipeline: it has more than ${STEPS_MAX} steps, those inside others counted`;
  return wrongValue('VALUE_INVALID', ['steps'], message);
}

function tooDeep(path: Path): Problem {
  const message = `Cannot read step "${path.at(-1)}": it stands more than ${STEP_DEPTH_MAX} steps deep`;
  return wrongKey('VALUE_INVALID', path, message);
}

function stepProblems(step: Json, path: Path, spec: Json): readonly Problem[] {
  if (!isMap(step)) {
    const message = `Cannot read ${shown(path)}: it is ${valueText(step)}, a map with ${quoted(STEP_KEYS, 'or')} is allowed`;
    return [wrongValue('VALUE_INVALID', path, message)];
  }
  const [kind, another] = STEP_KEYS.filter((key) => Object.hasOwn(step, key));
  if (kind === undefined || another !== undefined) return kindProblems(step, path);
  const issues = STEP_SPECS[kind].safeParse(step).error?.issues ?? [];
  const isEmpty = isMap(step['steps']) && Object.keys(step['steps']).length === 0;
  return [...problemsOfIssues(issues, path, spec), ...(isEmpty ? [noSteps([...path, 'steps'])] : [])];
}

function shown(path: Path): string {
  return `step "${stepName(stepsOnPath(path))}"`;
}

/** A step whose kind cannot be told. A key that nobody knows is the likeliest reason. */
function kindProblems(step: Readonly<Record<string, Json>>, path: Path): readonly Problem[] {
  const present = STEP_KEYS.filter((key) => Object.hasOwn(step, key));
  const what = `Cannot read ${shown(path)}`;
  if (present.length > 1) {
    return [wrongKey('STEP_KIND', path, `${what}: it has ${quoted(present, 'and')}, exactly one of them is allowed`)];
  }
  const unknown = Object.keys(step).filter((key) => !ALL_STEP_KEYS.includes(key) && !key.startsWith('x-'));
  if (unknown.length > 0) return unknown.map((key) => unknownKey([...path, key], ALL_STEP_KEYS));
  const [telling, kind] = OWN_KEYS.find(([key]) => Object.hasOwn(step, key)) ?? [];
  if (telling !== undefined) {
    return [wrongKey('STEP_KIND', path, `${what}: it has "${telling}" and no "${kind}", which belongs to it`)];
  }
  return [wrongKey('STEP_KIND', path, `${what}: it does not say what it does, ${quoted(STEP_KEYS, 'or')} is needed`)];
}

function quoted(names: readonly string[], word: 'and' | 'or'): string {
  const all = names.map((name) => `"${name}"`);
  return `${all.slice(0, -1).join(', ')} ${word} ${all.at(-1)}`;
}
