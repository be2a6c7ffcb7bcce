import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_TASK_QUEUE, type Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { loadFault } from './fault.ts';
import { readOwnParts } from './read.ts';

const NAMES = ['orchestrator.config.ts', 'orchestrator.config.js', 'orchestrator.config.mjs'];

/**
 * The configuration with what a file adds to it: the one that `ORCHESTRATOR_CONFIG` names, or else the first
 * `orchestrator.config.ts` (`.js`, `.mjs`) of these folders; without one, the configuration as it is. The file is a
 * program, and runs. Whoever loads it closes the MCP servers: `config.own?.mcp.close()`. Throws `FILE_UNREADABLE`, or
 * `CONFIG_INVALID` with the place of what is wrong.
 */
export async function loadOwnParts(config: Config, ...folders: readonly string[]): Promise<Config> {
  const file = config.ownFile ?? folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
  if (file === undefined) return config;
  if (!existsSync(file)) throw new PipelineError('FILE_UNREADABLE', `Cannot read "${file}": there is no such file`);
  const own = readOwnParts(await importFile(resolve(file)), { file, config });
  return { ...config, own, taskQueue: queueOf(config, resolve(file)) };
}

/**
 * On the embedded server the workers of two such files are two kinds of workers, so each file has a queue of its own.
 * Elsewhere whoever sets up workers says which queue they look at.
 */
function queueOf({ temporal, taskQueue, ownFile }: Config, file: string): string {
  if (temporal.kind !== 'embedded' || taskQueue !== DEFAULT_TASK_QUEUE || ownFile !== undefined) return taskQueue;
  const readable = basename(dirname(file))
    .slice(0, 40)
    .replaceAll(/[^A-Za-z0-9]+/gu, '-');
  return `${taskQueue}-${readable}-${createHash('sha256').update(file).digest('hex').slice(0, 8)}`;
}

/** What such a file may import where nothing is installed beside it. */
const OURS: ReadonlyMap<string, string> = new Map([
  // By its place: a build has a manifest of its own, which would lead elsewhere.
  ['orchestrator', new URL(`../index${extname(import.meta.filename)}`, import.meta.url).href],
  ['zod', 'zod'],
]);

async function importFile(file: string): Promise<unknown> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const ours = OURS.get(specifier);
      if (ours === undefined) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return next(ours, { ...context, parentURL: import.meta.url });
      }
    },
  });
  try {
    const loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
    return loaded.default;
  } catch (error) {
    throw loadFault(file, error);
  } finally {
    hooks.deregister();
  }
}
