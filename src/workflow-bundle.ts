import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { glob, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import sdk from '@temporalio/worker/package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');

/** The module that registers the workflows, for the bundler. */
export const WORKFLOWS_PATH = join(ROOT, 'workflows/index.ts');

/** Everything that a bundle is made of, besides the SDK. */
const SOURCES = ['workflows/**/*.ts', 'src/pipeline/**/*.ts', 'src/errors.ts'];

/**
 * The path of the workflow code: the bundle that a build left beside the compiled code, or one that is made from
 * the sources in `folder`, once for each state of them.
 */
export async function workflowBundle(folder: string): Promise<string> {
  const built = join(ROOT, 'workflows/bundle.js');
  return existsSync(built) ? built : await bundleSources(folder);
}

async function bundleSources(folder: string): Promise<string> {
  const kept = join(folder, `workflows-${await fingerprint()}.js`);
  if (existsSync(kept)) return kept;
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('ERROR') });
  await mkdir(folder, { recursive: true });
  // Put in place at once: another worker may look for it, or make it, at the same time.
  const partial = `${kept}.${randomUUID()}`;
  await writeFile(partial, code);
  await rename(partial, kept);
  await removeOld(folder);
  return kept;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(sdk.version);
  for (const file of globSync(SOURCES, { cwd: ROOT }).toSorted())
    hash.update(`\n${file}\n`).update(await readFile(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

const AGE_MAX_MS = 24 * 60 * 60_000;

/** A worker reads its bundle when it starts, so yesterday's are of no use to anybody. */
async function removeOld(folder: string): Promise<void> {
  for await (const name of glob('workflows-*.js', { cwd: folder })) {
    const path = join(folder, name);
    // Another worker may have removed it already.
    const madeAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (madeAt < Date.now() - AGE_MAX_MS) await rm(path, { force: true });
  }
}
