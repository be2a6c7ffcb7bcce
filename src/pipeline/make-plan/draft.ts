import type { Cards } from '../card.ts';
import type { NameSchemas, Names } from '../expression/names.ts';
import type { Json } from '../json.ts';
import type { TextLinks } from '../parse.ts';
import type { Template } from '../plan.ts';
import { type Path, type Problem, placeText, wrongKey, wrongValue } from '../problem.ts';
import type { ModelSpec } from '../spec/model.ts';
import type { PipelineSpec } from '../spec.ts';
import { type CompiledTemplate, type CompileOptions, compileTemplate } from '../template-compile.ts';
import { readsOf } from '../template.ts';
import type { PlanBlock, PlanStep } from './block.ts';
import type { Candidate } from './candidates.ts';
import type { PlannedPipeline } from './child.ts';
import { isPrevious, unguardedPrevious } from './first-round.ts';
import { TOLERANT_FIELDS } from './step-names.ts';
import type { SchemaBook } from './schemas.ts';

/**
 * A plan in the making, seen from a place in it: what the whole is made from and what is wrong with it, and what may be
 * read at the place. What is compiled inside a step gets a draft of its own (`within`), which shares the rest.
 */
export interface Draft {
  readonly spec: PipelineSpec;
  readonly cards: Cards;
  /** What each name of `models` stands for. */
  readonly choices: Map<string, Choice>;
  readonly schemas: SchemaBook;
  /** Files that hold prompts, by the path as it is written. */
  readonly texts: TextLinks;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  /** What is named here, and is not built in. */
  readonly needs: { readonly tools: Set<string>; readonly checks: Set<string> };
  /** Compile steps inside a step. */
  readonly planBlock: PlanBlock;
  readonly planStep: PlanStep;
  /** Compiles the pipeline that a step names at a path, or that stands there. */
  readonly planChild: (path: Path, written: string | object) => PlannedPipeline | undefined;
  /** The steps that stand beside one another here. */
  readonly block: Block;
  /** What expressions may read here. */
  readonly names: Names;
  /** A condition that asks for the round before has been met: there may be one here. */
  readonly isAskedForRound?: boolean;
  /** Hears of every step that something here reads. */
  readonly waitFor: (read: StepRead) => void;
}

/** Steps of one map, in file order. */
export interface Block {
  readonly path: Path;
  readonly index: ReadonlyMap<string, number>;
  /** The steps whose output is read although they need not be done, each with the path of the step that reads it. */
  readonly settledReads: { readonly id: string; readonly reader: Path }[];
}

/** A step that is read. */
export interface StepRead {
  readonly id: string;
  readonly mustBeDone: boolean;
  /** The path of the step that reads its output although it need not be done. */
  readonly settledReader?: Path;
}

/** The models behind a name, and how they are used. */
export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly settings: Pick<Exclude<ModelSpec, string>, 'system' | 'temperature' | 'max_output_tokens' | 'accept'>;
  /** Why these models, where they were chosen. */
  readonly reasons?: readonly string[];
}

/**
 * The draft for what may read some names more. Steps in `own` are waited for inside and need not be outside: the steps
 * of a block, or a step that reads itself in its own handler.
 */
export function within(draft: Draft, schemas: NameSchemas, own: ReadonlySet<string> = NONE): Draft {
  const waitFor: Draft['waitFor'] = (read) => {
    if (!own.has(read.id)) draft.waitFor(read);
  };
  return { ...draft, names: { schemas, around: draft.names }, ...(own.size > 0 && { waitFor }) };
}

const NONE: ReadonlySet<string> = new Set();

/** Compiles the expressions of a value, and reports what is wrong with them; nothing is known of such a value then. */
export function compileAt(
  draft: Draft,
  { path: root, value }: { readonly path: Path; readonly value: Json },
  options: CompileOptions = { allowSecrets: false },
): CompiledTemplate {
  const compiled = compileTemplate(value, draft.names, options);
  for (const { id, field } of stepReads(readsOf(compiled.template))) {
    draft.waitFor({ id, mustBeDone: !TOLERANT_FIELDS.has(field) });
  }
  warnOfFirstRound(draft, root, compiled.template);
  for (const { path: inner, code, message, offset } of compiled.problems) {
    const path = [...root, ...inner];
    const isInKey = String(inner.at(-1) ?? '').includes('${{');
    const sentence = `Cannot use the expression in ${placeText(path)}: ${message}`;
    draft.problems.push(isInKey ? wrongKey(code, path, sentence) : { ...wrongValue(code, path, sentence), offset });
  }
  return compiled.problems.length > 0 ? { ...compiled, schema: true } : compiled;
}

function warnOfFirstRound({ isAskedForRound, warnings }: Draft, path: Path, template: Template): void {
  const isRead = isAskedForRound !== true && readsOf(template).some(isPrevious);
  const read = isRead ? unguardedPrevious(template) : undefined;
  if (read === undefined) return;
  const why = `"${read}" is null in the first round, and fields of null cannot be read: use coalesce(…) or ".?"`;
  const message = `Cannot promise ${placeText(path)} what it reads: ${why}`;
  warnings.push({ ...wrongValue('OUTPUT_MAY_BE_NULL', path, message), severity: 'warning' });
}

/** The steps that root paths lead to, and what is read of them. */
export function stepReads(reads: readonly string[]): readonly { readonly id: string; readonly field: string }[] {
  return reads
    .map((path) => path.split('.') as [root: string, id: string, field: string])
    .filter(([root]) => root === 'steps')
    .map(([, id, field]) => ({ id, field }));
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
