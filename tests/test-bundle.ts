import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { WORKFLOWS_PATH } from '../src/worker.ts';

const LOADER = join(import.meta.dirname, 'coverage/webpack-loader.cjs');

/** Bundles the workflows once for a whole test run. With `countedIn` the bundle counts what it executes, for that folder. */
export async function writeTestBundle(path: string, countedIn?: string): Promise<void> {
  const hook = countedIn === undefined ? {} : { webpackConfigHook: countFor(countedIn) };
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...hook, logger: new DefaultLogger('WARN') });
  await writeFile(path, code);
}

function countFor(folder: string): NonNullable<BundleOptions['webpackConfigHook']> {
  const include = ['../src', '../workflows'].map((name) => join(import.meta.dirname, name));
  return (config) => {
    const use = { loader: LOADER, options: { folder } };
    config.module?.rules?.unshift({ enforce: 'pre', test: /\.ts$/, include, use });
    return config;
  };
}
