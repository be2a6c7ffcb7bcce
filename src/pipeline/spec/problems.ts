import type { Json } from '../json.ts';
import { type Path, type Problem, isMap, pathText, valueText, wrongKey, wrongValue } from '../problem.ts';
import { expressionProblems } from './expressions.ts';
import { problemsOfIssues, unknownKey } from './sentence.ts';
import { PipelineFrame, STEP_SPECS } from '../spec.ts';

type StepKey = keyof typeof STEP_SPECS;

const STEP_KEYS = Object.keys(STEP_SPECS) as readonly StepKey[];
const ALL_STEP_KEYS = [...new Set(STEP_KEYS.flatMap((key) => Object.keys(STEP_SPECS[key].shape)))];

/** Everything about a value that keeps it from being a `PipelineSpec`; when this is empty, it is one. */
export function specProblems(spec: Json): readonly Problem[] {
  const frame = PipelineFrame.safeParse(spec).error?.issues ?? [];
  const steps = isMap(spec) && isMap(spec['steps']) ? spec['steps'] : undefined;
  const problems = [
    ...problemsOfIssues(frame, [], spec),
    ...Object.entries(steps ?? {}).flatMap(([id, step]) => stepProblems(step, ['steps', id], spec)),
    ...(steps !== undefined && Object.keys(steps).length === 0 ? [noSteps()] : []),
  ];
  const unknown = new Set(problems.filter(({ code }) => code === 'KEY_UNKNOWN').map(({ path }) => pathText(path)));
  return [...problems, ...expressionProblems(spec).filter(({ path }) => !isBelow(path, unknown))];
}

/** What stands behind an unknown key says nothing more. */
function isBelow(path: Path, unknown: ReadonlySet<string>): boolean {
  return path.some((_, index) => unknown.has(pathText(path.slice(0, index + 1))));
}

function noSteps(): Problem {
  return wrongValue(
    'VALUE_INVALID',
    ['steps'],
    'Cannot read "steps" of the pipeline: it has none, at least one step is needed',
  );
}

function stepProblems(step: Json, path: Path, spec: Json): readonly Problem[] {
  if (!isMap(step)) {
    const message = `Cannot read step "${path.at(-1)}": it is ${valueText(step)}, a map with ${quoted(STEP_KEYS, 'or')} is allowed`;
    return [wrongValue('VALUE_INVALID', path, message)];
  }
  const [kind, another] = STEP_KEYS.filter((key) => Object.hasOwn(step, key));
  if (kind === undefined || another !== undefined) return kindProblems(step, path);
  return problemsOfIssues(STEP_SPECS[kind].safeParse(step).error?.issues ?? [], path, spec);
}

/** A step whose kind cannot be told. A key that nobody knows is the likeliest reason. */
function kindProblems(step: Readonly<Record<string, Json>>, path: Path): readonly Problem[] {
  const present = STEP_KEYS.filter((key) => Object.hasOwn(step, key));
  const what = `Cannot read step "${path.at(-1)}"`;
  if (present.length > 1) {
    return [wrongKey('STEP_KIND', path, `${what}: it has ${quoted(present, 'and')}, exactly one of them is allowed`)];
  }
  const unknown = Object.keys(step).filter((key) => !ALL_STEP_KEYS.includes(key) && !key.startsWith('x-'));
  if (unknown.length === 0) {
    return [wrongKey('STEP_KIND', path, `${what}: it does not say what it does, ${quoted(STEP_KEYS, 'or')} is needed`)];
  }
  return unknown.map((key) => unknownKey([...path, key], ALL_STEP_KEYS));
}

function quoted(names: readonly string[], word: 'and' | 'or'): string {
  const all = names.map((name) => `"${name}"`);
  return `${all.slice(0, -1).join(', ')} ${word} ${all.at(-1)}`;
}
