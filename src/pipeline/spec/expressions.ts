import type { Json } from '../json.ts';
import { type Path, type Problem, isMap, placeText, wrongKey, wrongValue } from '../problem.ts';
import { PipelineFrame, STEP_SPECS } from '../spec.ts';

/** Expressions where they are not allowed, and would do nothing. */
export function expressionProblems(spec: Json): readonly Problem[] {
  const problems: Problem[] = [];
  visit(spec, [], (problem) => problems.push(problem));
  return problems;
}

/** Whether an expression stands where only a fixed value may. */
export function isMisplaced(value: unknown, path: Path): boolean {
  return typeof value === 'string' && holdsExpression(value) && !mayHoldExpression(path);
}

function visit(value: Json, path: Path, report: (problem: Problem) => void): void {
  if (typeof value === 'string') {
    if (isMisplaced(value, path)) report(misplacedValue(path));
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, index) => visit(item, [...path, index], report));
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (isOwn(path) && key.startsWith('x-')) continue;
      if (isData(path) && isMisplaced(key, path)) report(misplacedKey([...path, key]));
      visit(item, [...path, key], report);
    }
  }
}

/** Whether the keys below a path are the language's. */
function isOwn(path: Path): boolean {
  return path.length === 0 || (path.length === 2 && (path[0] === 'steps' || path[0] === 'models'));
}

/** Whether the keys below a path are the user's, and more than names. */
function isData(path: Path): boolean {
  return path.length > 1 && !isOwn(path);
}

function misplacedValue(path: Path): Problem {
  const message = `Cannot use an expression in ${placeText(path)}: only a fixed value is allowed there`;
  return wrongValue('EXPRESSION_MISPLACED', path, message);
}

function misplacedKey(path: Path): Problem {
  const owner = placeText(path.slice(0, -1));
  return wrongKey(
    'EXPRESSION_MISPLACED',
    path,
    `Cannot use an expression as a key of ${owner}: only a value can hold one`,
  );
}

/** `$${{` is none. */
function holdsExpression(text: string): boolean {
  return /(?<!\$)\$\{\{/.test(text);
}

function mayHoldExpression(path: Path): boolean {
  const [section, , key] = path;
  if (section === 'steps')
    return STEP_KEYS_WITH_EXPRESSIONS.has(String(key)) || (key === 'output' && path.includes('enum', 3));
  return FRAME_KEYS_WITH_EXPRESSIONS.has(String(section));
}

function keysWithExpressions({
  shape,
}: {
  shape: Readonly<Record<string, { meta(): { expressions?: boolean } | undefined }>>;
}) {
  return Object.keys(shape).filter((key) => shape[key]?.meta()?.expressions === true);
}

const FRAME_KEYS_WITH_EXPRESSIONS = new Set(keysWithExpressions(PipelineFrame));
const STEP_KEYS_WITH_EXPRESSIONS = new Set(Object.values(STEP_SPECS).flatMap((schema) => keysWithExpressions(schema)));
