import { Composer, type Document } from 'yaml';
import type { Finding, Position } from '../../errors.ts';
import type { Json } from '../json.ts';
import { findingsOf, type Path, type Problem, sortFindings } from '../problem.ts';
import { faultsOf } from './faults.ts';
import { readNode } from './nodes.ts';
import { offsetOfProblem, type Source } from './positions.ts';
import { type Fault, readText } from './text.ts';
import { readTokens } from './tokens.ts';

/** A file of YAML or JSON that has been read, and what is wrong with it, in file order. */
export interface YamlFile {
  readonly value: Json;
  readonly findings: readonly Finding[];
  /** Where a value stands, or a character of its text. */
  readonly positionOf: (path: Path, offsetInScalar?: number) => Position;
  /** Where the key of a value stands. */
  readonly keyPositionOf: (path: Path) => Position;
}

/**
 * Reads a file, in UTF-8, `file` being its name for people. What its value lacks is for `problemsOf` to say. Hostile
 * bytes are refused within about a second.
 */
export function readYamlFile(
  bytes: Uint8Array | string,
  file: string,
  problemsOf: (value: Json) => readonly Problem[],
): YamlFile {
  const { text, fault } = readText(bytes);
  const positionAt = placesOf(text, file);
  const document = fault === undefined ? readDocument(text) : { value: null, source: NO_SOURCE, faults: [fault] };
  const { value, source, faults } = document;
  // A value that was read from a broken text says little about what its author meant.
  const problems = faults.some(({ code }) => STOPPING_CODES.has(code)) ? [] : problemsOf(value);
  const findings = [
    ...firstOfEachLine(faults, (offset) => positionAt(offset).line).map(({ code, offset, message }) => {
      return { severity: 'error', code, message, position: positionAt(offset) } as const;
    }),
    ...findingsOf(problems.slice(0, LOCATED_MAX), (problem) => positionAt(offsetOfProblem(problem, source))),
  ];
  return {
    value,
    findings: sortFindings(findings),
    positionOf: (path, offset) =>
      positionAt(offsetOfProblem({ path, at: 'value', ...(offset !== undefined && { offset }) }, source)),
    keyPositionOf: (path) => positionAt(offsetOfProblem({ path, at: 'key' }, source)),
  };
}

/** Finding a place in a large file takes a while; of so many mistakes only the first are told anyway. */
const LOCATED_MAX = 1000;

const NO_SOURCE: Source = { text: '', root: null, targets: new Map() };
const STOPPING_CODES: ReadonlySet<string> = new Set(['FILE_ENCODING', 'YAML_LIMIT', 'YAML_SYNTAX', 'YAML_UNSUPPORTED']);

function readDocument(text: string): { value: Json; source: Source; faults: readonly Fault[] } {
  const { tokens, faults } = readTokens(text);
  if (tokens.length === 0 && faults.length > 0) return { value: null, source: NO_SOURCE, faults };
  const composer = new Composer({
    schema: 'core',
    strict: true,
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
  });
  const [document] = [...composer.compose(tokens, true, text.length)] as [Document.Parsed];
  const root = document.contents;
  const { value, faults: inValue, targets } = readNode(root);
  const inText = [...faults, ...faultsOf(document.errors, text)];
  return { value, source: { text, root, targets }, faults: [...inText, ...inValue] };
}

/** One mistake often makes several errors in its line; the first says enough. */
function firstOfEachLine(faults: readonly Fault[], lineOf: (offset: number) => number): readonly Fault[] {
  const lines = new Set<number>();
  return faults
    .toSorted((a, b) => a.offset - b.offset)
    .filter(({ code, offset }) => {
      const line = lineOf(offset);
      const isFirst = !lines.has(line);
      if (STOPPING_CODES.has(code)) lines.add(line);
      return isFirst;
    });
}

/** Lines and columns by offset. The lines are found when the first place is asked for. */
function placesOf(text: string, file: string): (offset: number) => Position {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    const line = linesUpTo(offset, starts);
    return { file, line, column: offset - (starts[line - 1] as number) + 1 };
  };
}

/** How many lines begin at or before an offset. */
function linesUpTo(offset: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
