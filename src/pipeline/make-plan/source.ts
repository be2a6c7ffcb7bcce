import type { Finding, PipelineError } from '../../errors.ts';
import type { Json } from '../json.ts';
import type { ParsedPipeline, PipelineLinks, TextLinks } from '../parse.ts';
import { findingsOf, type Path, type Problem } from '../problem.ts';
import { specProblems } from '../spec/problems.ts';
import { readSpec } from '../spec/read.ts';
import type { PipelineSpec } from '../spec.ts';

/** A pipeline that a plan is made of: a file, an object, or one of these inside another pipeline. */
export interface Source {
  readonly spec: PipelineSpec;
  /** Tells it from others. */
  readonly identity: object;
  /** The file, or else the name of the pipeline. */
  readonly name: string;
  readonly links: PipelineLinks;
  readonly texts: TextLinks;
  /** With the places where they stand. */
  readonly findingsOf: (problems: readonly Problem[]) => readonly Finding[];
}

const NO_LINKS: PipelineLinks = new Map<string, ParsedPipeline | PipelineError>();
const NO_TEXTS: TextLinks = new Map<string, string | PipelineError>();

/** A spec may be anything, whatever its type says. Throws `PIPELINE_INVALID`. */
export function sourceOf(pipeline: ParsedPipeline | PipelineSpec | undefined): Source {
  const isParsed = typeof pipeline === 'object' && pipeline !== null && 'positionOf' in pipeline;
  return isParsed ? sourceOfFile(pipeline) : sourceOfObject(pipeline);
}

export function sourceOfFile(parsed: ParsedPipeline): Source {
  const { spec, file, links = NO_LINKS, texts = NO_TEXTS } = parsed;
  return {
    spec,
    identity: parsed,
    name: file,
    links,
    texts,
    findingsOf: (problems) =>
      findingsOf(problems, ({ path, at, offset }) => {
        return at === 'key' ? parsed.keyPositionOf(path) : parsed.positionOf(path, offset);
      }),
  };
}

function sourceOfObject(value: unknown): Source {
  const spec = readSpec(value);
  return {
    spec,
    identity: spec,
    name: spec.name,
    links: NO_LINKS,
    texts: NO_TEXTS,
    findingsOf: (problems) => findingsOf(problems, () => undefined),
  };
}

/** A pipeline that stands inside another one, at a path; or what keeps it from being one. */
export function sourceInside(
  around: Source,
  path: Path,
  written: object,
): { readonly source: Source } | { readonly findings: readonly Finding[] } {
  const inside: Source['findingsOf'] = (problems) =>
    around.findingsOf(problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
  const problems = specProblems(written as Json);
  if (problems.length > 0) return { findings: inside(problems) };
  const spec = written as PipelineSpec;
  const { links, texts } = around;
  return { source: { spec, identity: written, name: spec.name, links, texts, findingsOf: inside } };
}
