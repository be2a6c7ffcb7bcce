import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../../src/config.ts';
import { findOnPath } from '../../../src/local/child-process.ts';
import { ollamaProgram } from '../../../src/local/ollama-program.ts';
import { provideProgram } from '../../../src/local/program.ts';
import { stopLocal } from '../../../src/local/stop.ts';

/** A folder of a test's own, gone after it with every server that was started in it. */
export interface LocalGround {
  readonly folder: string;
  /** What set-up said. */
  readonly lines: string[];
  readonly say: (line: string) => void;
  /** State, cache and artifacts in the folder; programs are looked for on PATH and in the real cache unless `XDG_CACHE_HOME` is given. */
  config(environment?: Readonly<Record<string, string>>): Config;
  close(): Promise<void>;
}

export async function openLocalGround(): Promise<LocalGround> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-local-'));
  const lines: string[] = [];
  const opened: Config[] = [];
  return {
    folder,
    lines,
    say: (line) => lines.push(line),
    config: (environment = {}) => {
      const surroundings = Object.entries(process.env).filter(
        ([name]) => !/^(TEMPORAL|OLLAMA|OPENAI|ANTHROPIC)_/.test(name),
      );
      const config = loadConfig({
        ...Object.fromEntries(surroundings),
        XDG_STATE_HOME: join(folder, 'state'),
        ...environment,
      });
      opened.push(config);
      return config;
    },
    close: async () => {
      for (const config of opened) await stopLocal(config);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A cache home in which an Ollama without any model is found, if it is not on PATH. */
export async function cacheWithoutModels(ground: LocalGround): Promise<string> {
  const program = await ollamaProgram();
  const { path, from } = await provideProgram(program, ground.config().folders.cache, ground.say);
  const cache = join(ground.folder, 'cache');
  await mkdir(join(cache, 'orchestrator', program.folder), { recursive: true });
  if (from === 'cache') await symlink(path, join(cache, 'orchestrator', program.folder, 'ollama'));
  return cache;
}

/** Says why a test is skipped: the machine lacks one of these programs. */
export async function skipWithout(test: Mocha.Context, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    if ((await findOnPath(name)) !== undefined) continue;
    console.log(`      skipped: there is no "${name}" on PATH`);
    test.skip();
  }
}

/** Runs work with another PATH. */
export async function withPath(path: string, work: () => Promise<void>): Promise<void> {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  try {
    await work();
  } finally {
    process.env['PATH'] = before;
  }
}
