import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix, relative } from 'node:path';
import { PipelineError } from './errors.ts';
import type { JsonObject } from './pipeline/json.ts';
import { namedFiles } from './pipeline/linked-files.ts';
import { readText } from './pipeline/parse/text.ts';
import { type ParsedPipeline, parsePipeline } from './pipeline/parse.ts';
import { readFile, unreadable } from './read-file.ts';

/** The files that a pipeline leads to are together at most this long. */
const LINKED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads the files that the steps of a pipeline name, pipelines and prompts, and those that these pipelines name, each
 * once. A path starts at the file that holds it, and leads no further than the tree of `folder`, where the first file is.
 * Why one cannot be used is an error among the links, for `makePlan` to report.
 */
export function linkPipelines(parsed: ParsedPipeline, folder: string): ParsedPipeline {
  const root = realPath(folder);
  const first = withLinks(parsed);
  const reading: Reading = { root, known: new Map(), texts: new Map(), bytes: 0 };
  reading.known.set(realPath(join(root, basename(parsed.file))), first);
  // A list also gives what is added to it while it is gone through.
  const found = [{ pipeline: first, folder: root }];
  for (const { pipeline, folder: from } of found) {
    const named = (path: string): Named => {
      return { file: join(from, path), name: posix.join(posix.dirname(pipeline.file), path) };
    };
    const { pipelines, texts } = namedFiles(pipeline.spec as unknown as JsonObject);
    for (const path of texts) pipeline.texts.set(path, followText(reading, named(path)));
    for (const path of pipelines) {
      const { link, newIn } = follow(reading, named(path));
      pipeline.links.set(path, link);
      if (newIn !== undefined) found.push({ pipeline: link as Linked, folder: newIn });
    }
  }
  return first;
}

interface Linked extends ParsedPipeline {
  readonly links: Map<string, ParsedPipeline | PipelineError>;
  readonly texts: Map<string, string | PipelineError>;
}

interface Reading {
  readonly root: string;
  /** By real path. */
  readonly known: Map<string, Linked | PipelineError>;
  readonly texts: Map<string, string | PipelineError>;
  bytes: number;
}

function withLinks(parsed: ParsedPipeline): Linked {
  return { ...parsed, links: new Map(), texts: new Map() };
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
  const { known } = reading;
  const real = find(reading, { file, name });
  if (real instanceof PipelineError) return { link: real };
  const before = known.get(real);
  if (before !== undefined) return { link: before };
  const link = read(reading, { file: real, name });
  known.set(real, link);
  return link instanceof PipelineError ? { link } : { link, newIn: dirname(real) };
}

function followText(reading: Reading, { file, name }: Named): string | PipelineError {
  const real = find(reading, { file, name });
  if (real instanceof PipelineError) return real;
  const text = reading.texts.get(real) ?? caught(() => textOf(bytesOf(reading, { file: real, name }), name));
  reading.texts.set(real, text);
  return text;
}

/** The real path of a file, which must lie in the tree. */
function find({ root }: Reading, { file, name }: Named): string | PipelineError {
  try {
    const real = realpathSync(file);
    return isInside(root, real) ? real : outside(name);
  } catch (error) {
    return unreadable(name, error);
  }
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
  return caught(() => withLinks(parsePipeline(bytesOf(reading, { file, name }), name)));
}

/** Reading and parsing throw nothing else. */
function caught<T>(work: () => T): T | PipelineError {
  try {
    return work();
  } catch (error) {
    return error as PipelineError;
  }
}

function bytesOf(reading: Reading, { file, name }: Named): Uint8Array {
  const bytes = readFile(file, name);
  reading.bytes += bytes.length;
  if (reading.bytes <= LINKED_BYTES_MAX) return bytes;
  const is = `with it, the files of the pipeline would be longer than the ${LINKED_BYTES_MAX} bytes that are allowed together`;
  throw new PipelineError('PLAN_TOO_LARGE', `Cannot read "${name}": ${is}`);
}

function textOf(bytes: Uint8Array, name: string): string {
  const { text, fault } = readText(bytes);
  if (fault !== undefined) throw new PipelineError(fault.code, `Cannot read "${name}": ${afterColon(fault.message)}`);
  if (text.trim() === '') throw new PipelineError('VALUE_INVALID', `Cannot read "${name}": it is empty`);
  return text;
}

function afterColon(sentence: string): string {
  return sentence.slice(sentence.indexOf(': ') + 2);
}
