import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { describeMachine } from './machine.ts';
import { PROFILES } from './profiles.ts';
import type { Header } from './record.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SEED = 20_260_101;
const Package = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });

/** What is measured, and on what. */
export async function makeHeader(program: string, command: string): Promise<Header> {
  const [{ stdout: commit }, { stdout: changes }, { stdout: temporal }] = await Promise.all([
    execa('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT }),
    execa('git', ['status', '--porcelain', '--', 'src', 'workflows', 'activities'], { cwd: ROOT }),
    execa(program, ['--version']),
  ]);
  const { version, dependencies } = Package.parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  return {
    type: 'header',
    date: new Date().toISOString(),
    commit,
    hasChanges: changes !== '',
    command,
    seed: SEED,
    versions: {
      orchestrator: version,
      node: process.version,
      temporal: temporal.replace('temporal version ', ''),
      sdk: dependencies['@temporalio/worker'] ?? '',
    },
    profiles: profileSettings(),
    machine: describeMachine(),
  };
}

/** The arguments of the servers, without the places that are new every time. */
function profileSettings(): Record<string, string[]> {
  const place = { database: '<file>', port: 0, uiPort: 0 };
  return Object.fromEntries(Object.entries(PROFILES).map(([name, args]) => [name, args(place)]));
}
