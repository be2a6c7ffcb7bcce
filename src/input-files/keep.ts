import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { ArtifactStore } from '../../activities/artifacts/store.ts';
import { PipelineError } from '../errors.ts';
import { type FileRef, INPUT_FILE_BYTES_MAX } from '../pipeline/file-ref.ts';
import { resolveInputs } from '../pipeline/inputs.ts';
import type { Json } from '../pipeline/json.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { StoredValue } from '../pipeline/value.ts';
import { unreadable } from '../read-file.ts';
import { findInputFiles, type FoundInputs, type InputFile, type Inputs, kindOf } from './find.ts';

/** Where the files of inputs are kept, and whose they are. */
export interface Keeping {
  readonly store: ArtifactStore;
  readonly tenant: string;
}

/** The inputs of a run, ready to be given to it. */
export interface ReadyInputs {
  readonly values: Readonly<Record<string, Json>>;
  readonly files: readonly FileRef[];
}

/**
 * Checks inputs against a plan, then puts the files among them into the store. `known` are files of an earlier run,
 * which may be named again. Throws `INPUT_MISSING`, `INPUT_UNKNOWN` or `INPUT_INVALID`.
 */
export async function readyInputs(
  keeping: Keeping,
  plan: Plan,
  { inputs, known = [] }: { readonly inputs: Inputs; readonly known?: readonly FileRef[] },
): Promise<ReadyInputs> {
  const found = findInputFiles(plan, inputs, known);
  resolveInputs(plan, found.inputs);
  const values = resolveInputs(plan, await keepInputFiles(keeping, plan, found));
  return { values, files: filesAmong(plan, values) };
}

/** The list of the files of a run, in the store: calls carry it, and history would not bear it. */
export async function keepFileList({ store, tenant }: Keeping, files: readonly FileRef[]): Promise<StoredValue> {
  const bytes = Buffer.from(JSON.stringify(files));
  return { artifact: { sha256: await store.put(tenant, bytes), bytes: bytes.length, preview: '' } };
}

/** The files among the values of inputs. */
export function filesAmong(plan: Plan, values: Readonly<Record<string, Json>>): readonly FileRef[] {
  return Object.entries(values).flatMap(([name, value]) => {
    return kindOf(plan, name) === undefined ? [] : ([value ?? []].flat() as unknown as FileRef[]);
  });
}

/** Reads the files that have been found, puts them into the store, and gives the inputs with all refs filled in. */
export async function keepInputFiles(keeping: Keeping, plan: Plan, { inputs, files }: FoundInputs): Promise<Inputs> {
  const kept = new Map<string, Pick<FileRef, 'bytes' | 'sha256'>>();
  // One after another: each may be large.
  for (const [path, source] of files) kept.set(path, await keepFile(keeping, plan, source));
  const fill = (ref: FileRef): FileRef => ({ ...ref, ...kept.get(ref.path) });
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const kind = value === null || value === undefined ? undefined : kindOf(plan, name);
      if (kind === undefined) return [name, value];
      return [name, kind === 'file' ? fill(value as FileRef) : (value as readonly FileRef[]).map(fill)];
    }),
  );
}

async function keepFile(
  { store, tenant }: Keeping,
  { pipeline }: Plan,
  source: InputFile,
): Promise<Pick<FileRef, 'bytes' | 'sha256'>> {
  const bytes = 'data' in source ? source.data : await bytesOf(pipeline.name, source.file);
  return { bytes: bytes.length, sha256: await store.put(tenant, bytes) };
}

/** It may have changed, or gone, since it was found. */
async function bytesOf(pipeline: string, file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const { message } = unreadable(file, cause);
    throw new PipelineError('INPUT_INVALID', `Cannot start "${pipeline}": ${message.replace('Cannot', 'cannot')}`, {
      cause,
    });
  });
  if (bytes.length <= INPUT_FILE_BYTES_MAX) return bytes;
  const is = `"${file}" has ${bytes.length} bytes, at most ${INPUT_FILE_BYTES_MAX} are allowed`;
  throw new PipelineError('INPUT_INVALID', `Cannot start "${pipeline}": ${is}`);
}
