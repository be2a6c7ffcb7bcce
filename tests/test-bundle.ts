import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { loadConfig } from '../src/config.ts';
import { workflowCode, WORKFLOW_SOURCES, WORKFLOWS_PATH, type WorkflowCode } from '../src/workflow-code.ts';

const LOADER = join(import.meta.dirname, 'coverage/webpack-loader.cjs');

/** Bundles the workflows once for a whole test run. With `countedIn` the bundle counts what it executes, for that folder. */
export async function writeTestBundle(path: string, countedIn?: string): Promise<void> {
  await writeFile(path, await bundleTestCode(WORKFLOWS_PATH, countedIn));
}

/** What a worker of somebody runs who has these sources: it counts nothing. */
export function productCode(): Promise<WorkflowCode> {
  return workflowCode(loadConfig(process.env).folders.cache);
}

/** The same for other workflows; `orchestrator/workflow` in them is the source. */
export async function bundleTestCode(workflowsPath: string, countedIn?: string): Promise<string> {
  const webpackConfigHook = countedIn === undefined ? takeSources : countFor(countedIn);
  const sources = workflowsPath === WORKFLOWS_PATH ? WORKFLOW_SOURCES : { workflowsPath };
  const { code } = await bundleWorkflowCode({ ...sources, webpackConfigHook, logger: new DefaultLogger('WARN') });
  return code;
}

type Hook = NonNullable<BundleOptions['webpackConfigHook']>;

const takeSources: Hook = (config) => ({
  ...config,
  resolve: { ...config.resolve, conditionNames: ['orchestrator-source', '...'] },
});

function countFor(folder: string): Hook {
  const include = ['../src', '../workflows'].map((name) => join(import.meta.dirname, name));
  return (config) => {
    const use = { loader: LOADER, options: { folder } };
    config.module?.rules?.unshift({ enforce: 'pre', test: /\.ts$/, include, use });
    return takeSources(config);
  };
}
