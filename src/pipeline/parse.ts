import type { PipelineError } from '../errors.ts';
import { readYamlFile, type YamlFile } from './parse/yaml-file.ts';
import { refusal } from './problem.ts';
import { specProblems } from './spec/problems.ts';
import type { PipelineSpec } from './spec.ts';

/** A pipeline file that has been read. Whether it can run is for `makePlan` to say. */
export interface ParsedPipeline extends Pick<YamlFile, 'positionOf' | 'keyPositionOf'> {
  readonly spec: PipelineSpec;
  readonly file: string;
  /** What the files that its steps name hold, by the path as it is written; without it, no file is looked for. */
  readonly links?: PipelineLinks;
  /** The same of files that hold prompts. */
  readonly texts?: TextLinks;
}

/** Another pipeline, or why there is none: an error with findings when its file has been read. */
export type PipelineLinks = ReadonlyMap<string, ParsedPipeline | PipelineError>;
/** A text, or why there is none. */
export type TextLinks = ReadonlyMap<string, string | PipelineError>;

/**
 * Reads a pipeline file: YAML or JSON, in UTF-8, `file` being its name for people. Throws `PIPELINE_INVALID` with
 * everything that is wrong in it, in file order. Hostile bytes are refused within about a second.
 */
export function parsePipeline(bytes: Uint8Array | string, file: string): ParsedPipeline {
  const { value, findings, positionOf, keyPositionOf } = readYamlFile(bytes, file, specProblems);
  if (findings.length > 0) throw refusal(file, findings);
  return { spec: value as PipelineSpec, file, positionOf, keyPositionOf };
}
