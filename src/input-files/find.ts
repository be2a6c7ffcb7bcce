import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Finding, PipelineError } from '../errors.ts';
import {
  type FileRef,
  INPUT_FILE_BYTES_MAX,
  INPUT_FILES_MAX,
  INPUTS_FOLDER,
  mediaTypeOf,
  safeNames,
} from '../pipeline/file-ref.ts';
import { canonicalJson } from '../pipeline/json.ts';
import type { InputPlan, Plan } from '../pipeline/plan.ts';
import { isMap, valueText } from '../pipeline/problem.ts';
import { unreadable } from '../read-file.ts';

/** A file for an input of type `file`, or one of several for `files`: one of this host, or a name and its bytes. */
export type InputFile = { readonly file: string } | { readonly name: string; readonly data: Uint8Array };

export type Inputs = Readonly<Record<string, unknown>>;

/** Inputs whose files have been found, and not read yet. */
export interface FoundInputs {
  /** With a `FileRef` for each file; its sha256 is empty until the file has been read. */
  readonly inputs: Inputs;
  /** The new ones, by their path in the workspace. */
  readonly files: ReadonlyMap<string, InputFile>;
}

/**
 * Finds the files that inputs name, and gives each a place in the workspace. One of an earlier run, which must be among
 * `known`, keeps the place that it has. Throws `INPUT_INVALID` with all that cannot be used.
 */
export function findInputFiles(plan: Plan, inputs: Inputs, known: readonly FileRef[] = []): FoundInputs {
  const files = new Map<string, InputFile>();
  const findings: Finding[] = [];
  const taken = new Set(known.map((ref) => canonicalJson({ ...ref })));
  const found = Object.entries(inputs).map(([name, value]): [string, unknown] => {
    const kind = kindOf(plan, name);
    if (kind === undefined || value === null || value === undefined) return [name, value];
    const looked = lookAtAll(value, kind, taken);
    findings.push(...looked.flatMap((each) => ('fault' in each ? [invalid(plan, name, each.fault)] : [])));
    const refs = placed(name, looked, files);
    return [name, kind === 'file' ? refs[0] : refs];
  });
  const [first, ...others] = findings;
  if (first === undefined) return { inputs: Object.fromEntries(found), files };
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new PipelineError('INPUT_INVALID', `${first.message}${more}`, { findings });
}

/** Whether an input is a file, or several. */
export function kindOf({ inputs }: Plan, name: string): InputPlan['files'] {
  return Object.hasOwn(inputs, name) ? inputs[name]?.files : undefined;
}

function invalid({ pipeline }: Plan, input: string, is: string): Finding {
  const message = `Cannot start "${pipeline.name}": input "${input}" ${is}`;
  return { severity: 'error', code: 'INPUT_INVALID', message, path: `inputs.${input}` };
}

type Looked =
  | { readonly known: FileRef }
  | { readonly name: string; readonly bytes: number; readonly source: InputFile }
  | { readonly fault: string };

function lookAtAll(value: unknown, kind: 'file' | 'files', known: ReadonlySet<string>): readonly Looked[] {
  if (kind === 'file') return [lookAt(value, known)];
  if (!Array.isArray(value)) return [{ fault: `is ${valueText(value)}, a list of files is needed` }];
  if (value.length > INPUT_FILES_MAX)
    return [{ fault: `has ${value.length} files, at most ${INPUT_FILES_MAX} are allowed` }];
  return value.map((item: unknown) => lookAt(item, known));
}

function lookAt(value: unknown, known: ReadonlySet<string>): Looked {
  if (isMap(value)) {
    const { file, name, data } = value as Readonly<Record<string, unknown>>;
    if (typeof file === 'string') return lookAtFile(file);
    if (typeof name === 'string' && data instanceof Uint8Array)
      return fitting({ name, bytes: data.length, source: { name, data } });
    if (isFlat(value) && known.has(canonicalJson(value))) return { known: value as unknown as FileRef };
  }
  return { fault: `is ${valueText(value)}, a file is needed: { file: path }, or { name, data } with its bytes` };
}

function isFlat(value: Readonly<Record<string, unknown>>): boolean {
  return Object.values(value).every((field) => typeof field === 'string' || typeof field === 'number');
}

function lookAtFile(file: string): Looked {
  try {
    const facts = statSync(file);
    if (!facts.isFile()) return { fault: `cannot be used: "${file}" is no regular file` };
    return fitting({ name: basename(file), bytes: facts.size, source: { file } });
  } catch (error) {
    return { fault: `cannot be used: ${unreadable(file, error).message.replace('Cannot', 'cannot')}` };
  }
}

function fitting(found: Extract<Looked, { source: unknown }>): Looked {
  if (found.bytes <= INPUT_FILE_BYTES_MAX) return found;
  return {
    fault: `cannot be used: "${found.name}" has ${found.bytes} bytes, at most ${INPUT_FILE_BYTES_MAX} are allowed`,
  };
}

/** The refs, each new one with a path that no other has. */
function placed(input: string, looked: readonly Looked[], files: Map<string, InputFile>): readonly FileRef[] {
  const old = looked.flatMap((each) => ('known' in each ? [each.known.name] : []));
  const fresh = looked.flatMap((each) => ('source' in each ? [each.name] : []));
  const names = safeNames([...old, ...fresh])
    .slice(old.length)
    .values();
  return looked.flatMap((each): FileRef[] => {
    if ('known' in each) return [each.known];
    if ('fault' in each) return [];
    const name = names.next().value as string;
    const path = `${INPUTS_FOLDER}/${input}/${name}`;
    files.set(path, each.source);
    return [{ path, name, bytes: each.bytes, sha256: '', media_type: mediaTypeOf(name) }];
  });
}
