import { PipelineError, type ErrorCode, type Finding, type Position } from '../errors.ts';
import { stepName, stepsOnPath } from './inner-steps.ts';
import type { Json } from './json.ts';

/** Where a value stands in a spec: `['steps', 'draft', 'needs', 0]`. */
export type Path = readonly (string | number)[];

/** Something wrong, or doubtful, at a place of a spec. Where that is in a file is found out only when it is reported. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: Path;
  /** Whether the key itself is meant, or what stands behind it. */
  readonly at: 'key' | 'value';
  /** Where in a text, in characters. */
  readonly offset?: number;
}

/** Finds the line and column of a problem; a spec that was built in TypeScript has none. */
export type Locate = (problem: Problem) => Position | undefined;

/** An error that a value causes. */
export function wrongValue(code: ErrorCode, path: Path, message: string): Problem {
  return { severity: 'error', code, message, path, at: 'value' };
}

/** An error that a key causes. */
export function wrongKey(code: ErrorCode, path: Path, message: string): Problem {
  return { severity: 'error', code, message, path, at: 'key' };
}

/** In file order, or in spec order when there is no file. */
export function findingsOf(problems: readonly Problem[], locate: Locate): readonly Finding[] {
  return sortFindings(
    problems.map((problem) => {
      const position = locate(problem);
      const { severity, code, message, path } = problem;
      return { severity, code, message, path: pathText(path), ...(position === undefined ? {} : { position }) };
    }),
  );
}

export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    ({ position: a }, { position: b }) => (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0),
  );
}

/** More findings than this help nobody, and take long to make. */
export const FINDINGS_MAX = 100;

/** The error that refuses a pipeline. `name` is the file, or what stands for it when there is none. */
export function refusal(name: string, found: readonly Finding[]): PipelineError {
  const errors = found.filter(({ severity }) => severity === 'error');
  const [first] = errors as [Finding];
  const where = first.position === undefined ? '' : ` (${whereText(first.position, name)})`;
  const count = errors.length === 1 ? 'it has an error' : `it has ${errors.length} errors, the first is`;
  return new PipelineError('PIPELINE_INVALID', `Cannot use pipeline "${name}": ${count}: ${first.message}${where}`, {
    findings: found.length > FINDINGS_MAX ? errors.slice(0, FINDINGS_MAX) : found,
  });
}

function whereText({ file, line, column }: Position, name: string): string {
  return `${file === name ? '' : `"${file}", `}line ${line}, column ${column}`;
}

/** `steps.draft.needs[0]` */
export function pathText(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

const NOUNS: Readonly<Record<string, string>> = {
  inputs: 'input',
  outputs: 'output',
  models: 'model',
  vars: 'var',
};

/** `"retry.attempts" of step "draft"`, `step "refine/draft"`, `"name" of the pipeline`, `the pipeline` */
export function placeText(path: Path): string {
  const ways = stepsOnPath(path);
  if (ways.length > 0) return ownedText(path.slice(ways.flat().length), `step "${stepName(ways)}"`);
  const [section, name] = path;
  const noun = typeof section === 'string' && path.length > 1 ? NOUNS[section] : undefined;
  const owner = noun === undefined ? 'the pipeline' : `${noun} "${name}"`;
  return ownedText(path.slice(noun === undefined ? 0 : 2), owner);
}

function ownedText(path: Path, owner: string): string {
  return path.length === 0 ? owner : `"${pathText(path)}" of ${owner}`;
}

const TEXT_SHOWN_CHARS = 60;

/** A value as it stands in a sentence: `"abc"`, `5`, `a list`, `empty`. */
export function valueText(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value.length <= TEXT_SHOWN_CHARS ? value : `${value.slice(0, TEXT_SHOWN_CHARS)}…`);
}

export function isMap(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  );
}
