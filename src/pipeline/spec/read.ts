import type { Json } from '../json.ts';
import { type Path, type Problem, findingsOf, placeText, refusal, wrongKey, wrongValue } from '../problem.ts';
import { DEPTH_MAX } from '../parse/tokens.ts';
import type { PipelineSpec } from '../spec.ts';
import { specProblems } from './problems.ts';
import { FORBIDDEN_KEYS } from './value.ts';

/** Reads a spec that was built in TypeScript. Fields that are undefined are left out. Throws `PIPELINE_INVALID`. */
export function readSpec(value: unknown): PipelineSpec {
  const problems: Problem[] = [];
  const spec = plain(value, [], problems);
  const findings = findingsOf(problems.length > 0 ? problems : specProblems(spec), () => undefined);
  if (findings.length > 0) throw refusal('built in TypeScript', findings);
  return spec as PipelineSpec;
}

/** The JSON that a value is; what is none is reported and left out. */
function plain(value: unknown, path: Path, problems: Problem[]): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (path.length > DEPTH_MAX) return refuse(path, problems, `it is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(value)) return value.map((item, index) => plain(item, [...path, index], problems));
  if (!isPlainObject(value)) return refuse(path, problems, `it is ${nounOf(value)}, only JSON values are allowed`);
  const entries = Object.entries(value).filter(([key, item]) => item !== undefined && isAllowed(key, path, problems));
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, [...path, key], problems)]));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isAllowed(key: string, path: Path, problems: Problem[]): boolean {
  if (!FORBIDDEN_KEYS.includes(key)) return true;
  problems.push(
    wrongKey('KEY_FORBIDDEN', [...path, key], `Cannot read key "${key}": this name is not allowed anywhere`),
  );
  return false;
}

function refuse(path: Path, problems: Problem[], is: string): null {
  problems.push(wrongValue('VALUE_INVALID', path, `Cannot read ${placeText(path)}: ${is}`));
  return null;
}

function nounOf(value: unknown): string {
  return typeof value === 'object'
    ? `a ${(value as object).constructor.name}`
    : typeof value === 'number'
      ? String(value)
      : `of type ${typeof value}`;
}
