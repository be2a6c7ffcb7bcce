import { Buffer } from 'node:buffer';
import { PipelineError } from '../../src/errors.ts';
import type { FileRef } from '../../src/pipeline/file-ref.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { StoredValue } from '../../src/pipeline/value.ts';
import { findRunFile } from '../artifacts/run-files.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { quote } from '../quote.ts';
import { loadValue } from '../values.ts';
import type { Image } from './provider.ts';

/** So many files go with one question, and so many bytes of them all. */
export const ATTACHED_MAX = 20;
export const ATTACHED_BYTES_MAX = 20 * 1024 * 1024;

const IMAGES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] satisfies Image['mediaType'][];
/** These hold text only by chance. */
const NO_TEXT = /^(?:audio|video|font)\/|^application\/(?:pdf|zip|gzip|rtf|vnd\.)/;

/** Files among what came with the inputs of a run, or was made in it. */
interface Given {
  readonly store: ArtifactStore;
  readonly tenant: string;
  readonly runId: string;
  /** The list of all of them. */
  readonly files: StoredValue | undefined;
}

/**
 * The files that the values of `attach` stand for: each a file of the inputs or one that a tool
 * made, a list of them, or null. Throws
 * `ATTACHMENT_REFUSED` for anything else, whatever it looks like, and for files that no model takes.
 */
export async function attachedFiles(run: Given, values: readonly Json[]): Promise<FileRef[]> {
  const { store, tenant, files } = run;
  const given = files === undefined ? [] : ((await loadValue(store, tenant, files)) as unknown as readonly FileRef[]);
  const found: FileRef[] = [];
  for (const value of values.flat()) {
    if (value === null) continue;
    const { path } = value as unknown as FileRef;
    const file = given.find((each) => each.path === path) ?? (await findRunFile(run, value));
    if (file === undefined) throw refused(JSON.stringify(value), 'it is no file of this run');
    found.push(file);
  }
  checkFiles(found);
  return found;
}

function checkFiles(files: readonly FileRef[]): void {
  if (files.length > ATTACHED_MAX) {
    throw refused(`${files.length} files`, `at most ${ATTACHED_MAX} are allowed`, '');
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > ATTACHED_BYTES_MAX) {
    throw refused(`${files.length} files`, `they have ${bytes} bytes, at most ${ATTACHED_BYTES_MAX} are allowed`, '');
  }
  for (const { name, media_type: type } of files) {
    if (isImage(type) || (!NO_TEXT.test(type) && !type.startsWith('image/'))) continue;
    throw refused(name, `it is ${type}; pictures (PNG, JPEG, WebP, GIF) and text are allowed`);
  }
}

function refused(what: string, is: string, quotes = '"'): PipelineError {
  const named = quotes === '' ? what : quote(what);
  return new PipelineError('ATTACHMENT_REFUSED', `Cannot attach ${named}: ${is}`);
}

export function isImage(mediaType: string): boolean {
  return IMAGES.includes(mediaType);
}

/** Refuses pictures that a model does not take. Throws `ATTACHMENT_REFUSED`. */
export function refuseImages(files: readonly FileRef[], model: string): void {
  const picture = files.find((file) => isImage(file.media_type));
  if (picture !== undefined) throw refused(picture.name, `model "${model}" takes no pictures`);
}

/** What a turn of the user brings along, and the text that it says: the text files before it, each in tags. */
export async function withFiles(
  { store, tenant }: Pick<Given, 'store' | 'tenant'>,
  { text, files }: { readonly text: string; readonly files: readonly FileRef[] },
): Promise<{ readonly text: string; readonly images?: readonly Image[] }> {
  const images: Image[] = [];
  const texts: string[] = [];
  for (const file of files) {
    const bytes = await store.get(tenant, file.sha256);
    if (isImage(file.media_type)) {
      const mediaType = file.media_type as Image['mediaType'];
      images.push({ mediaType, base64: Buffer.from(bytes).toString('base64') });
    } else texts.push(`<file name=${JSON.stringify(file.name)}>\n${textOf(file, bytes)}\n</file>`);
  }
  return { text: [...texts, text].join('\n\n'), ...(images.length === 0 ? {} : { images }) };
}

function textOf({ name, media_type: type }: FileRef, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // It throws for bytes that are not UTF-8, and for nothing else.
    throw refused(name, `it is ${type}, and its bytes are not text in UTF-8`);
  }
}
