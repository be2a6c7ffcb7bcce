import type { Cards } from '../card.ts';
import type { Json, JsonSchema } from '../json.ts';
import { type Path, type Problem, placeText, wrongKey, wrongValue } from '../problem.ts';
import type { ModelSpec, PipelineSpec } from '../spec.ts';
import { type CompiledTemplate, type CompileOptions, compileTemplate } from '../template-compile.ts';
import type { Candidate } from './candidates.ts';
import type { SchemaBook } from './schemas.ts';

/** A plan in the making: what it is made from, what is known so far of the names in it, and what is wrong. */
export interface Draft {
  readonly spec: PipelineSpec;
  readonly cards: Cards;
  /** What expressions may read. It is filled while steps are compiled: what one gives may hang on another. */
  readonly names: Record<string, JsonSchema>;
  /** What each name of `models` stands for. */
  readonly choices: Map<string, Choice>;
  readonly schemas: SchemaBook;
  /** Where each step stands in the file. */
  readonly stepIndex: ReadonlyMap<string, number>;
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** The models behind a name, and how they are used. */
export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly settings: Partial<Omit<Exclude<ModelSpec, string>, 'use'>>;
}

/** Compiles the expressions of a value, and reports what is wrong with them; nothing is known of such a value then. */
export function compileAt(
  draft: Draft,
  { path: root, value }: { readonly path: Path; readonly value: Json },
  options: CompileOptions = { allowSecrets: false },
): CompiledTemplate {
  const compiled = compileTemplate(value, draft.names, options);
  for (const { path: inner, code, message, offset } of compiled.problems) {
    const path = [...root, ...inner];
    const isInKey = String(inner.at(-1) ?? '').includes('${{');
    const sentence = `Cannot use the expression in ${placeText(path)}: ${message}`;
    draft.problems.push(isInKey ? wrongKey(code, path, sentence) : { ...wrongValue(code, path, sentence), offset });
  }
  return compiled.problems.length > 0 ? { ...compiled, schema: true } : compiled;
}

/** Whether a JSON Schema can be used; reports why not. */
export function checkSchema(draft: Draft, root: Path, schema: Json): boolean {
  const faults = draft.schemas.faultsOf(schema);
  for (const { path, at, message } of faults) {
    const sentence = `Cannot use ${placeText(root)} as a JSON Schema: ${message}`;
    draft.problems.push({ severity: 'error', code: 'SCHEMA_INVALID', path: [...root, ...path], at, message: sentence });
  }
  return faults.length === 0;
}
