import { globSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import libCoverage, { type CoverageMap, type FileCoverage, type FileCoverageData } from 'istanbul-lib-coverage';
import gate from './gate.json' with { type: 'json' };

const { emptyCoverage } = createRequire(import.meta.url)('./instrument.cjs') as {
  emptyCoverage: (path: string, folder: string) => FileCoverageData & Pick<Counts, 'hash'>;
};

const ROOT = join(import.meta.dirname, '../..');
const MEASURED = ['src/**/*.ts', 'workflows/**/*.ts', 'activities/**/*.ts'];

export interface Percentages {
  readonly lines: number;
  readonly branches: number;
}

/** What one process counted in one file. */
interface Counts extends Pick<FileCoverageData, 's' | 'f' | 'b'> {
  /** Of what there was to count. */
  readonly hash: string;
}

/** What a test run has executed: everything that its processes wrote, and nothing of the files that none of them loaded. */
export async function readCoverage(folder: string): Promise<CoverageMap> {
  const files = globSync(MEASURED, { cwd: ROOT }).map((file) => join(ROOT, file));
  const coverage = new Map(files.map((file) => [file, emptyCoverage(file, folder)]));
  for await (const file of glob('*.json', { cwd: folder })) {
    const counted = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, Counts>;
    for (const [path, counts] of Object.entries(counted)) addCounts(coverage.get(path), counts);
  }
  return libCoverage.createCoverageMap(Object.fromEntries(coverage));
}

/** Adds them to the sums; of a file that has been edited since they say nothing. */
function addCounts(sums: Counts | undefined, { hash, s, f, b }: Counts): void {
  if (sums?.hash !== hash) return;
  for (const [id, count] of Object.entries(s)) sums.s[id] = (sums.s[id] ?? 0) + count;
  for (const [id, count] of Object.entries(f)) sums.f[id] = (sums.f[id] ?? 0) + count;
  for (const [id, counts] of Object.entries(b)) sums.b[id] = counts.map((count, at) => count + (sums.b[id]?.[at] ?? 0));
}

/** Percentages of the whole, rounded down: 100 means that nothing is missing. */
export function percentagesOf(map: CoverageMap): Percentages {
  const { lines, branches } = map.getCoverageSummary();
  return { lines: roundDown(lines.pct), branches: roundDown(branches.pct) };
}

/** One line for each file that was not executed whole, naming the lines and the branches that were not reached. */
export function gapsIn(map: CoverageMap): string[] {
  return map
    .files()
    .toSorted()
    .flatMap((path) => {
      const gaps = gapsOf(map.fileCoverageFor(path));
      return gaps === undefined ? [] : [`  ${relative(ROOT, path)}: ${gaps}`];
    });
}

/** What is wrong with the percentages, in a sentence; undefined when they are at least what has been reached before. */
export function belowGate({ lines, branches }: Percentages): string | undefined {
  if (lines >= gate.lines && branches >= gate.branches) return undefined;
  return `Coverage fell below the gate (tests/coverage/gate.json): ${gate.lines} % of lines and ${gate.branches} % of branches are covered already`;
}

/** A reminder to raise the gate, which only rises. */
export function aboveGate({ lines, branches }: Percentages): string | undefined {
  if (lines <= gate.lines && branches <= gate.branches) return undefined;
  const next = { lines: Math.max(lines, gate.lines), branches: Math.max(branches, gate.branches) };
  return `Coverage rose: let tests/coverage/gate.json say ${JSON.stringify(next)}`;
}

function gapsOf(file: FileCoverage): string | undefined {
  const { lines } = file.toSummary();
  if (lines.total > 0 && lines.covered === 0) return 'nothing';
  const gaps = [];
  const missed = file.getUncoveredLines().map(Number);
  if (missed.length > 0) gaps.push(`not lines ${ranges(missed)}`);
  const branches = uncoveredBranches(file);
  if (branches.length > 0) gaps.push(`not every branch at ${ranges(branches)}`);
  return gaps.length === 0 ? undefined : gaps.join('; ');
}

function uncoveredBranches(file: FileCoverage): number[] {
  const lines = Object.entries(file.b).flatMap(([id, counts]) => {
    return counts.flatMap((count, index) => (count === 0 ? [lineOf(file, id, index)] : []));
  });
  return [...new Set(lines)].toSorted((one, other) => one - other);
}

function lineOf(file: FileCoverage, id: string, index: number): number {
  const branch = file.branchMap[id];
  return branch?.locations[index]?.start.line ?? branch?.loc.start.line ?? 0;
}

/** `3-5 9` for 3, 4, 5, 9. */
function ranges(lines: readonly number[]): string {
  const starts = lines.filter((line, index) => lines[index - 1] !== line - 1);
  const ends = lines.filter((line, index) => lines[index + 1] !== line + 1);
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(' ');
}

function roundDown(percent: number): number {
  return Math.floor(percent * 10) / 10;
}
