import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { FileRef } from '../../src/pipeline/file-ref.ts';
import { type FilesOfRun, keepRunFile } from '../artifacts/run-files.ts';
import { replaceFile } from '../artifacts/write-file.ts';
import { createScrubber } from './scrub.ts';
import { fileFault, makePlace } from './workspace.ts';

/** The folder of a workspace in which tools leave files of their own accord; each call has a folder of its own there. */
const FILES_FOLDER = 'files';

export interface FileToKeep {
  /** The path of the call in the run. */
  readonly call: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly secrets: ReadonlySet<string>;
}

/** Keeps what a tool made in the store and in the workspace, without the secrets that were given to the tool. */
export async function keepFile(
  run: FilesOfRun,
  workspace: string,
  { call, name, bytes, secrets }: FileToKeep,
): Promise<FileRef> {
  const kept = withoutSecrets(bytes, secrets);
  const { file, path } = await makePlace(workspace, `${FILES_FOLDER}/${folderOf(call)}/${name}`);
  try {
    await replaceFile(file, kept, join(dirname(workspace), '.tmp'));
  } catch (error) {
    throw fileFault('keep', path, error);
  }
  return keepRunFile(run, path, kept);
}

/** The path of a call may hold anything that is no name of a folder, and two of them may differ in nothing else. */
function folderOf(call: string): string {
  const readable = call.slice(0, 60).replaceAll(/[^A-Za-z0-9_]+/g, '-');
  return `${readable}-${createHash('sha256').update(call).digest('hex').slice(0, 8)}`;
}

/** A server may echo a secret in a file as well as in an answer. Its bytes are read as characters, one each. */
function withoutSecrets(bytes: Uint8Array, secrets: ReadonlySet<string>): Uint8Array {
  if (secrets.size === 0) return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const forms = [...secrets, ...[...secrets].map((secret) => Buffer.from(secret).toString('latin1'))];
  return Buffer.from(createScrubber(forms).value(text) as string, 'latin1');
}
