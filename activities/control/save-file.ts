import { Buffer } from 'node:buffer';
import { posix } from 'node:path';
import { Context } from '@temporalio/activity';
import { PipelineError } from '../../src/errors.ts';
import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import { findRunFile } from '../artifacts/run-files.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities } from '../calls.ts';
import { loadScope } from '../values.ts';

const PATH_CHARACTERS = 1000;

/** Makes the activity behind `save_to`. Saving the same file again changes nothing. */
export function createSaveFile(store: ArtifactStore): Activities['saveFile'] {
  return async ({ tenant, runId, scope, to, value }) => {
    const values = await loadScope(store, tenant, scope);
    const options = { host: hostFunctions };
    const path = safePath(renderTemplate(to, values, options));
    const content = renderTemplate(value, values, options);
    const { attempt } = Context.current().info;
    const made = await findRunFile({ store, tenant, runId }, content);
    // What a tool made is saved itself, not what the pipeline knows of it.
    if (made !== undefined) return { file: { path, sha256: made.sha256, bytes: made.bytes }, attempt };
    const bytes = Buffer.from(typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`);
    const sha256 = await store.put(tenant, bytes);
    return { file: { path, sha256, bytes: bytes.length }, attempt };
  };
}

/** The path is a name under which people fetch the file; it never becomes one on a disk of ours. */
function safePath(path: unknown): string {
  const cannot = `Cannot save a file as ${JSON.stringify(path)?.slice(0, 200)}:`;
  if (typeof path !== 'string' || path === '' || path.length > PATH_CHARACTERS) {
    throw new PipelineError('PATH_REFUSED', `${cannot} a path of 1 to ${PATH_CHARACTERS} characters is needed`);
  }
  const normal = posix.normalize(path);
  const isOdd = /[\p{Cc}\\]/u.test(path) || posix.isAbsolute(normal) || /^[A-Za-z]:/.test(normal);
  if (isOdd || normal.startsWith('..') || normal.endsWith('/') || normal === '.') {
    throw new PipelineError('PATH_REFUSED', `${cannot} a relative path inside the run's files is needed`);
  }
  return normal;
}
