import { z } from 'zod';
import { stepsOnPath } from '../inner-steps.ts';
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
  if (path.length === 0 || (path.length === 2 && path[0] === 'models')) return true;
  return path[0] === 'steps' && path.length === stepsOnPath(path).flat().length;
}

/** Whether the keys below a path are the user's, and more than names. */
function isData(path: Path): boolean {
  return path.length > 1 && !isOwn(path) && !(path.at(-1) === 'steps' && isOwn(path.slice(0, -1)));
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
  const ways = stepsOnPath(path);
  const [key, ...rest] = path.slice(ways.flat().length);
  const { whole, parts } = ways.length > 0 ? STEP_KEYS : FRAME_KEYS;
  return whole.has(String(key)) || (parts.get(String(key)) ?? []).some((schema) => holdsExpressions(schema, rest));
}

/** Whether a schema lets expressions stand at a path below it; an answer's schema does so in its `enum`. */
function holdsExpressions(schema: z.ZodType, path: Path): boolean {
  if (schema instanceof z.ZodString && path.length > 0) return false;
  if (schema.meta()?.expressions === true) return true;
  // A pipeline in a pipeline is looked through when its own plan is made.
  if (schema.meta()?.inner === 'pipeline') return path.length > 0;
  if (schema instanceof z.ZodOptional) return holdsExpressions(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodUnion) return schema.options.some((option) => holdsExpressions(option as z.ZodType, path));
  const [key, ...rest] = path;
  if (key === undefined) return false;
  if (schema.meta()?.id === 'JsonSchema') return path.includes('enum');
  if (schema instanceof z.ZodArray) return holdsExpressions(schema.element as z.ZodType, rest);
  const inner: unknown = schema instanceof z.ZodObject ? schema.shape[key] : undefined;
  return inner !== undefined && holdsExpressions(inner as z.ZodType, rest);
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** The keys behind which expressions may stand anywhere, and the schemas of the others, of whatever kind of step. */
interface Keys {
  readonly whole: ReadonlySet<string>;
  readonly parts: ReadonlyMap<string, readonly z.ZodType[]>;
}

function keysOf(shapes: readonly Shape[]): Keys {
  const grouped = Map.groupBy(
    shapes.flatMap((shape) => Object.entries(shape)),
    ([key]) => key,
  );
  const schemas = [...grouped].map(([key, found]) => [key, [...new Set(found.map(([, schema]) => schema))]] as const);
  const whole = schemas.filter(([, some]) => some.some((schema) => schema.meta()?.expressions === true));
  return { whole: new Set(whole.map(([key]) => key)), parts: new Map(schemas) };
}

const FRAME_KEYS = keysOf([PipelineFrame.shape]);
const STEP_KEYS = keysOf(Object.values(STEP_SPECS).map(({ shape }) => shape));
