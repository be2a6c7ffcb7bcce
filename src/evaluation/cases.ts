import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type ErrorCode, type Finding, PipelineError, type Position } from '../errors.ts';
import type { Json, JsonObject } from '../pipeline/json.ts';
import { suggestion } from '../pipeline/suggestion.ts';

/** A file of cases is at most this long, and has at most so many. */
export const DATA_BYTES_MAX = 16 * 1024 * 1024;
export const CASES_MAX = 10_000;
/** More findings than this help nobody. */
const FINDINGS_MAX = 100;
const ID_CHARACTERS_MAX = 200;

const idAllowed = `a text of 1 to ${ID_CHARACTERS_MAX} characters`;
const mapAllowed = 'a map of names to values';
const tagsAllowed = 'a list of texts';

const Values = z.record(z.string(), z.unknown(), { error: mapAllowed }) as unknown as z.ZodType<JsonObject>;
const CaseLine = z.strictObject(
  {
    id: z
      .string({ error: idAllowed })
      .min(1, { error: idAllowed })
      .max(ID_CHARACTERS_MAX, { error: idAllowed })
      .optional(),
    inputs: Values,
    expected: Values.optional(),
    tags: z.array(z.string({ error: tagsAllowed }), { error: tagsAllowed }).optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a map with "inputs"') },
);
const KEYS = Object.keys(CaseLine.shape);

/** What an evaluation gives to a pipeline, and what it expects of it. */
export interface Case {
  /** As the file says, or else the number of its line. */
  readonly id: string;
  /** From 1. */
  readonly line: number;
  readonly inputs: JsonObject;
  /** By output. */
  readonly expected?: JsonObject;
  readonly tags: readonly string[];
  /** Where a value stands: `['inputs', 'ticket']`. */
  readonly positionOf: (path: readonly (string | number)[]) => Position;
}

/**
 * Reads cases, one as JSON on each line; empty lines count for nothing. Throws `INPUT_INVALID` with everything that is
 * wrong in the file, in its order.
 */
export function readCases(bytes: Uint8Array, file: string): readonly Case[] {
  const lines = textOf(bytes, file).split('\n');
  const findings: Finding[] = [];
  const cases: Case[] = [];
  const lineOfId = new Map<string, number>();
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const read = readLine(text, { file, line: index + 1 });
    if ('findings' in read) findings.push(...read.findings);
    else {
      const before = lineOfId.get(read.id);
      if (before !== undefined) findings.push(sameId(read, before));
      lineOfId.set(read.id, read.line);
      cases.push(read);
    }
  }
  const few = cases.length === 0 && findings.length === 0 ? ': it has no cases' : undefined;
  const many =
    cases.length > CASES_MAX ? `: it has ${cases.length} cases, at most ${CASES_MAX} are allowed` : undefined;
  if (few !== undefined || many !== undefined) throw unusable(file, (few ?? many) as string);
  if (findings.length > 0) throw refusedCases(findings);
  return cases;
}

/** The error of cases that cannot be used; what is wrong with them is told by the findings. */
export function refusedCases(findings: readonly Finding[]): PipelineError {
  const [first] = findings as [Finding];
  const others = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
  return new PipelineError('INPUT_INVALID', `${first.message}${others}`, { findings: findings.slice(0, FINDINGS_MAX) });
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PipelineError('FILE_ENCODING', `Cannot read cases of "${file}": its bytes are not UTF-8`, { cause });
  }
}

function unusable(file: string, is: string): PipelineError {
  return new PipelineError('INPUT_INVALID', `Cannot read cases of "${file}"${is}`);
}

function sameId({ id, positionOf }: Case, before: number): Finding {
  const is = `the case of line ${before} has the id ${JSON.stringify(id)}, too`;
  return finding('VALUE_INVALID', positionOf(['id']), `Cannot use the case: ${is}`);
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function readLine(text: string, place: Place): Case | { readonly findings: readonly Finding[] } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { findings: [syntaxFinding(text, place, (error as SyntaxError).message)] };
  }
  const positionOf: Case['positionOf'] = (path) => ({ ...place, column: columnOf(text, path) });
  const { data, error } = CaseLine.safeParse(value);
  if (error !== undefined) return { findings: error.issues.flatMap((issue) => issueFindings(issue, positionOf)) };
  const { id = String(place.line), inputs, expected, tags = [] } = data;
  return { id, line: place.line, inputs, ...(expected === undefined ? {} : { expected }), tags, positionOf };
}

function syntaxFinding(text: string, place: Place, message: string): Finding {
  const at = /at position (\d+)/u.exec(message)?.[1];
  const column = (at === undefined ? faultAt(text, message) : Number(at)) + 1;
  // What follows repeats the text.
  const reason = message.replace(/(?: in JSON)? at position.*$/su, '').replace(/, *(?:\.\.\.)?".*$/su, '');
  return finding('VALUE_INVALID', { ...place, column }, `Cannot read the case as JSON: ${reason}`);
}

const UNEXPECTED = 'Unexpected token';

/** V8 does not say where a token is that it did not expect: at the end of the shortest beginning with that fault. */
function faultAt(text: string, message: string): number {
  const length = text.trimEnd().length;
  if (!message.startsWith(UNEXPECTED)) return length;
  let [right, wrong] = [0, length];
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2);
    if (complaintOf(text.slice(0, middle)).startsWith(UNEXPECTED)) wrong = middle;
    else right = middle;
  }
  return right;
}

function complaintOf(text: string): string {
  let complaint = '';
  try {
    JSON.parse(text);
  } catch (error) {
    complaint = (error as SyntaxError).message;
  }
  return complaint;
}

function issueFindings(issue: z.core.$ZodIssue, positionOf: Case['positionOf']): readonly Finding[] {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const is = `there is no key ${JSON.stringify(key)}${suggestion(key, KEYS)}`;
      return finding('KEY_UNKNOWN', positionOf([key]), `Cannot use the case: ${is}`);
    });
  const where = path.length === 0 ? 'it' : `"${String(path[0])}"`;
  return [finding('VALUE_INVALID', positionOf(path), `Cannot use the case: ${where} must be ${issue.message}`)];
}

function finding(code: ErrorCode, position: Position, message: string): Finding {
  return { severity: 'error', code, message, position };
}

/** JSON is YAML: its reader knows where things stand. Of what is not there, the place of what would hold it. */
function columnOf(text: string, path: readonly (string | number)[]): number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range !== undefined) return node.range[0] + 1;
  }
  return 1;
}
