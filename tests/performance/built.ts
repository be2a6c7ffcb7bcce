import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { execa } from 'execa';
import { RAW_BUNDLE_OPTIONS } from './engines/raw-bundle.ts';
import type { Ground, WorkerCode } from './ground.ts';

/** `sources`: bundled when the worker starts. `built`: as `npm run build` leaves it. */
export type CodeName = WorkerCode['kind'];

const ROOT = join(import.meta.dirname, '..', '..');
const BUILT_BUNDLE = join(ROOT, 'dist', 'workflows', 'bundle.js');

const builds = new WeakMap<Ground, Promise<WorkerCode>>();

/** The code that workers of a ground run; what has to be built for it is built once. */
export async function codeOf(ground: Ground, name: CodeName): Promise<WorkerCode> {
  if (name === 'sources') return { kind: 'sources' };
  const made = builds.get(ground) ?? build(ground);
  builds.set(ground, made);
  return made;
}

async function build({ folder }: Ground): Promise<WorkerCode> {
  await execa('npm', ['run', 'build'], { cwd: ROOT });
  await access(BUILT_BUNDLE);
  const rawBundle = join(folder, 'raw-workflows.js');
  const { code } = await bundleWorkflowCode({ ...RAW_BUNDLE_OPTIONS, logger: SILENT });
  await writeFile(rawBundle, code);
  return { kind: 'built', rawBundle };
}

const silent = () => undefined;
const SILENT = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
