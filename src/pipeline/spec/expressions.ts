import type { Json } from '../json.ts';
import { type Path, type Problem, isMap, placeText, wrongKey, wrongValue } from '../problem.ts';
import { PipelineFrame, STEP_SPECS } from '../spec.ts';

/** Expressions where they are not allowed, and would do nothing. */
export function expressionProblems(spec: Json): readonly Problem[] {
  const problems: Problem[] = [];
  visit(spec, { path: [], problems });
  return problems;
}

/** Where a walk through a spec is. One path serves all of it, since a copy for each value would take most of the time. */
interface Walk {
  readonly path: (string | number)[];
  readonly problems: Problem[];
}

/** Whether an expression stands where only a fixed value may. */
export function isMisplaced(value: unknown, path: Path): boolean {
  return typeof value === 'string' && holdsExpression(value) && !mayHoldExpression(path);
}

function visit(value: Json, walk: Walk): void {
  const { path, problems } = walk;
  if (typeof value === 'string') {
    if (isMisplaced(value, path)) problems.push(misplacedValue([...path]));
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, index) => visitInner(item, index, walk));
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key.startsWith('x-') && isOwn(path)) continue;
      if (isMisplaced(key, path) && isData(path)) problems.push(misplacedKey([...path, key]));
      visitInner(item, key, walk);
    }
  }
}

function visitInner(value: Json, key: string | number, walk: Walk): void {
  walk.path.push(key);
  visit(value, walk);
  walk.path.pop();
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
  return text.includes('${{') && /(?<!\$)\$\{\{/.test(text);
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
