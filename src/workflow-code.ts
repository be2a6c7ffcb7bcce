import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { digestOf, keptText } from './kept-text.ts';

/** What a worker runs: a bundle of the workflows. */
export type WorkflowCode = Pick<WorkerOptions, 'workflowBundle'>;

const ROOT = join(import.meta.dirname, '..');

/** What the bundler makes our workflows of. What is loaded before there is a run is shared by all runs of a worker. */
export const WORKFLOW_SOURCES = sourcesIn(ROOT);

/** The module that registers the workflows, for the bundler. */
export const WORKFLOWS_PATH = WORKFLOW_SOURCES.workflowsPath;

/** All that a bundle can depend on: what workflows may load, how they are bundled, and the versions of all packages. */
const INGREDIENTS = [
  'workflows/**/*.ts',
  'src/pipeline/**/*.ts',
  'src/errors.ts',
  'src/workflow-code.ts',
  'package-lock.json',
];

/**
 * The bundle that a build left beside the compiled code, or one of the sources as they are now. That one takes seconds
 * to make: it is kept in the cache folder, where one is given, until one of the sources changes.
 */
export async function workflowCode(cache?: string, root: string = ROOT): Promise<WorkflowCode> {
  const codePath = join(root, 'workflows', 'bundle.js');
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  const make = (): Promise<string> => bundle(root);
  if (cache === undefined) return { workflowBundle: { code: await make() } };
  const kept = { folder: join(cache, 'workflows'), key: () => digestOf(root, INGREDIENTS), make };
  return { workflowBundle: { code: await keptText(kept) } };
}

async function bundle(root: string): Promise<string> {
  const { code } = await bundleWorkflowCode({ ...sourcesIn(root), logger: new DefaultLogger('ERROR') });
  return code;
}

function sourcesIn(root: string) {
  const workflowsPath = join(root, 'workflows', 'index.ts');
  return { workflowsPath, preloadModules: [workflowsPath, join(root, 'workflows', 'no-stack-traces.ts')] };
}
