import { PipelineError } from '../errors.ts';
import type { HostFunctions } from './expression-host.ts';
import { jsonToText } from './expression/value.ts';
import { evaluateExpression } from './expression.ts';
import type { Json } from './json.ts';
import type { Expression, Template, TextPart } from './plan.ts';

/** What filling in a template may need besides the values. */
export interface RenderOptions {
  readonly host?: HostFunctions;
  /** The value of a secret. Without it, a template that holds one cannot be filled in: a workflow never sees secrets. */
  readonly secret?: (name: string) => string;
}

type Values = Readonly<Record<string, Json>>;

/** The root paths that a template reads, sorted. */
export function readsOf(template: Template): readonly string[] {
  const reads = expressionsOf(template).flatMap((expression) => expression.reads);
  return [...new Set(reads)].toSorted();
}

/** Whether filling in the template needs what a workflow does not have. */
export function needsHost(template: Template): boolean {
  return expressionsOf(template).some((expression) => expression.needsHost);
}

/** The names of the secrets that a template holds, sorted. */
export function secretsOf(template: Template): readonly string[] {
  const names = holesOf(template).flatMap((hole) => (hole.kind === 'secret' ? [hole.name] : []));
  return [...new Set(names)].toSorted();
}

/**
 * Fills in a template. A value that is only an expression keeps its type; inside text it becomes text: JSON for lists
 * and maps, nothing for null. Throws `EXPRESSION_FAILED`, `EXPRESSION_LIMIT`, or what `secret` throws.
 */
export function renderTemplate(template: Template, values: Values, options: RenderOptions = {}): Json {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return evaluateExpression(template.expression, values, options.host);
    case 'secret':
      return secretNamed(template.name, options);
    case 'text':
      return template.parts.map((part) => renderPart(part, values, options)).join('');
    case 'list':
      return template.items.map((item) => renderTemplate(item, values, options));
    case 'map':
      // `fromEntries` defines fields and never assigns them: `__proto__` is a key like any other.
      return Object.fromEntries(
        Object.entries(template.entries).map(([key, entry]) => [key, renderTemplate(entry, values, options)]),
      );
  }
}

function renderPart(part: TextPart, values: Values, options: RenderOptions): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'secret':
      return secretNamed(part.name, options);
    case 'expression':
      return jsonToText(evaluateExpression(part.expression, values, options.host));
  }
}

function secretNamed(name: string, { secret }: RenderOptions): string {
  if (secret === undefined)
    throw new PipelineError('INTERNAL', `Cannot fill in the secret "${name}" outside of an activity`);
  return secret(name);
}

type Hole = Extract<TextPart, { kind: 'expression' | 'secret' }>;

function holesOf(template: Template): Hole[] {
  switch (template.kind) {
    case 'literal':
      return [];
    case 'expression':
    case 'secret':
      return [template];
    case 'text':
      return template.parts.filter((part) => part.kind !== 'text');
    case 'list':
      return template.items.flatMap(holesOf);
    case 'map':
      return Object.values(template.entries).flatMap(holesOf);
  }
}

/** Every expression of a template. */
export function expressionsOf(template: Template): Expression[] {
  return holesOf(template).flatMap((hole) => (hole.kind === 'expression' ? [hole.expression] : []));
}
