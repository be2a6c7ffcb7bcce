import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PipelineError } from '../errors.ts';
import { firstThatWorks } from './attempts.ts';
import { findOnPath, isExecutable, runProgram } from './child-process.ts';
import { downloadArchive, type Download } from './download.ts';
import { buildWithGo, type GoBuild } from './go-build.ts';
import { withLock } from './lock.ts';
import { buildWithMaven, type MavenBuild } from './maven-build.ts';
import type { Note, Progress } from './progress.ts';

/** One way to come by a program: what it needs on PATH, and what it does. Ways are tried in order. */
export type Way = Download | GoBuild | MavenBuild;

/** A program that the embedded default needs. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** Its name on PATH; absent for one that nobody installs by hand. */
  readonly command?: string;
  /** Its folder in the cache; another version or variant is another folder. */
  readonly folder: string;
  /** Where it may lie in that folder, whichever way it came. */
  readonly files: readonly string[];
  /** Arguments with which it starts, says something, and ends; absent where there are none such. */
  readonly probe?: readonly string[];
  readonly ways: readonly Way[];
  /** How a person gets it: the end of the sentence "…, or …". */
  readonly advice: string;
}

export interface FoundProgram {
  readonly path: string;
  readonly from: 'PATH' | 'cache';
}

const PROBE_MAX_MS = 20_000;

/** Looks on PATH, then in the cache. */
export async function findProgram(program: Program, cache: string): Promise<FoundProgram | undefined> {
  const onPath = program.command === undefined ? undefined : await findOnPath(program.command);
  if (onPath !== undefined) return { path: onPath, from: 'PATH' };
  const cached = await findIn(join(cache, program.folder), program);
  return cached === undefined ? undefined : { path: cached, from: 'cache' };
}

/** Finds the program, or fetches or builds it into the cache. Throws `SETUP_FAILED` naming every way that was tried. */
export async function provideProgram(program: Program, cache: string, progress: Progress): Promise<FoundProgram> {
  const found = await findProgram(program, cache);
  if (found !== undefined) return found;
  return await withLock(join(cache, program.folder), progress, async () => {
    return (await findProgram(program, cache)) ?? (await make(program, cache, progress));
  });
}

async function make(program: Program, cache: string, progress: Progress): Promise<FoundProgram> {
  const target = join(cache, program.folder);
  const attempts = program.ways.map((way) => ({
    title: way.title,
    make: (note: Note) => makeOneWay(program, way, { target, note }),
  }));
  const problem = `Cannot provide ${program.name} ${program.version}: ${program.advice}`;
  return { path: await firstThatWorks(attempts, problem, progress), from: 'cache' };
}

/** Everything is made beside the target and moved at the end, so that the target is whole or absent. */
async function makeOneWay(program: Program, way: Way, place: { target: string; note: Note }): Promise<string> {
  await requireCommands(way.needs);
  const partial = `${place.target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await fill(way, partial, place.note);
    const made = await requireIn(partial, program);
    if (program.probe !== undefined) await runProgram(made, program.probe, { timeoutMs: PROBE_MAX_MS });
    await rm(place.target, { recursive: true, force: true });
    await rename(partial, place.target);
    return await requireIn(place.target, program);
  } finally {
    await rm(partial, { recursive: true, force: true });
    await rm(`${partial}.headers`, { recursive: true, force: true });
  }
}

async function fill(way: Way, folder: string, note: Note): Promise<void> {
  if (way.kind === 'download') return await downloadArchive(way, folder, note);
  if (way.kind === 'go') return await buildWithGo(way, folder);
  return await buildWithMaven(way, folder);
}

async function requireCommands(names: readonly string[]): Promise<void> {
  const paths = await Promise.all(names.map(findOnPath));
  const missing = names.filter((_, position) => paths[position] === undefined);
  if (missing.length > 0) throw new PipelineError('SETUP_FAILED', `not possible without ${missing.join(', ')} on PATH`);
}

async function requireIn(folder: string, program: Program): Promise<string> {
  const path = await findIn(folder, program);
  if (path !== undefined) return path;
  throw new PipelineError(
    'SETUP_FAILED',
    `Cannot use what arrived for ${program.name}: it holds no ${program.files.join(' or ')}`,
  );
}

async function findIn(folder: string, program: Program): Promise<string | undefined> {
  for (const file of program.files) if (await isExecutable(join(folder, file))) return join(folder, file);
  return undefined;
}
