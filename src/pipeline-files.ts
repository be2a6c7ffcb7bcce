import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix, relative } from 'node:path';
import { PipelineError } from './errors.ts';
import type { JsonObject } from './pipeline/json.ts';
import { namedFiles } from './pipeline/linked-files.ts';
import { type ParsedPipeline, parsePipeline } from './pipeline/parse.ts';
import { readFile, unreadable } from './read-file.ts';

/** The files that a pipeline leads to are together at most this long. */
const LINKED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads the pipeline files that the steps of one name, and those that these name, each once. A path starts at the file
 * that holds it, and leads no further than the tree of `folder`, where the first file is. Why one cannot be used is an
 * error among the links, for `makePlan` to report.
 */
export function linkPipelines(parsed: ParsedPipeline, folder: string): ParsedPipeline {
  const root = realPath(folder);
  const first = withLinks(parsed);
  const reading: Reading = { root, known: new Map(), bytes: 0 };
  reading.known.set(realPath(join(root, basename(parsed.file))), first);
  // A list also gives what is added to it while it is gone through.
  const found = [{ pipeline: first, folder: root }];
  for (const { pipeline, folder: from } of found) {
    for (const path of namedFiles(pipeline.spec as unknown as JsonObject)) {
      const named = { file: join(from, path), name: posix.join(posix.dirname(pipeline.file), path) };
      const { link, newIn } = follow(reading, named);
      pipeline.links.set(path, link);
      if (newIn !== undefined) found.push({ pipeline: link as Linked, folder: newIn });
    }
  }
  return first;
}

type Linked = ParsedPipeline & { readonly links: Map<string, ParsedPipeline | PipelineError> };

interface Reading {
  readonly root: string;
  /** By real path. */
  readonly known: Map<string, Linked | PipelineError>;
  bytes: number;
}

function withLinks(parsed: ParsedPipeline): Linked {
  return { ...parsed, links: new Map() };
}

/** Of a file that is not there, the path itself. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

interface Named {
  readonly file: string;
  /** For people. */
  readonly name: string;
}

/** What a path leads to; and the folder of it, when nobody has followed it before. */
function follow(reading: Reading, { file, name }: Named): { link: Linked | PipelineError; newIn?: string } {
  const { root, known } = reading;
  let real: string;
  try {
    real = realpathSync(file);
  } catch (error) {
    return { link: unreadable(name, error) };
  }
  if (!isInside(root, real)) return { link: outside(name) };
  const before = known.get(real);
  if (before !== undefined) return { link: before };
  const link = read(reading, { file: real, name });
  known.set(real, link);
  return link instanceof PipelineError ? { link } : { link, newIn: dirname(real) };
}

function isInside(root: string, file: string): boolean {
  const path = relative(root, file);
  return path.split(/[\\/]/)[0] !== '..' && !isAbsolute(path);
}

function outside(name: string): PipelineError {
  return new PipelineError(
    'PATH_REFUSED',
    `Cannot read "${name}": it lies outside of the folder of the first pipeline`,
  );
}

function read(reading: Reading, { file, name }: Named): Linked | PipelineError {
  try {
    const bytes = readFile(file, name);
    reading.bytes += bytes.length;
    if (reading.bytes > LINKED_BYTES_MAX) return tooMuch(name);
    return withLinks(parsePipeline(bytes, name));
  } catch (error) {
    // Reading and parsing throw nothing else.
    return error as PipelineError;
  }
}

function tooMuch(name: string): PipelineError {
  const is = `with it, the pipeline files would be longer than the ${LINKED_BYTES_MAX} bytes that are allowed together`;
  return new PipelineError('PLAN_TOO_LARGE', `Cannot read "${name}": ${is}`);
}
