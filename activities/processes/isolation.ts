import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, isAbsolute } from 'node:path';

/** The folders in which programs are looked for: those of the worker, without such as hang on where a program is started. */
export function programFolders(path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'): readonly string[] {
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

/**
 * What stands before a command so that it sees no processes but its own, none of it outlives it or the worker, and it gains
 * no rights. Empty where the system does not let us: anywhere but on Linux, and in containers that forbid namespaces.
 */
export function isolationPrefix(hasNetwork: boolean): Promise<readonly string[]> {
  const key = hasNetwork ? 'network' : 'none';
  probes[key] ??= ifItWorks(namespacePrefix({ hasNetwork, isRoot: process.getuid?.() === 0 }));
  return probes[key];
}

const probes: { network?: Promise<readonly string[]>; none?: Promise<readonly string[]> } = {};

export function namespacePrefix({
  hasNetwork,
  isRoot,
}: {
  readonly hasNetwork: boolean;
  readonly isRoot: boolean;
}): readonly string[] {
  return [
    // When the worker dies, the first of these processes does, and with it all that are in its namespace.
    'setpriv --pdeathsig KILL -- unshare',
    isRoot ? '' : '--user --map-current-user',
    '--pid --fork --kill-child --mount-proc',
    hasNetwork ? '' : '--net',
    '-- setpriv --no-new-privs',
    isRoot ? '--bounding-set=-all --inh-caps=-all' : '',
    '--',
  ].flatMap((words) => words.split(' ').filter(Boolean));
}

/** The system's own limit counts threads, of which a process may have some. */
const THREADS_OF_PROCESS = 8;

/**
 * What stands between the prefix and a command so that the system stops what multiplies. In a namespace of users the
 * system counts there and nowhere else (Linux 5.14); to root it sets no such limit.
 */
export function processCap(
  processes: number,
  { isIsolated, isRoot }: { isIsolated: boolean; isRoot: boolean },
): readonly string[] {
  return isIsolated && !isRoot ? ['prlimit', `--nproc=${processes * THREADS_OF_PROCESS}`, '--'] : [];
}

/** Gives the prefix back when a program starts behind it, and an empty one when none does. */
export async function ifItWorks(prefix: readonly string[]): Promise<readonly string[]> {
  const args = ['-c', '"$@"', 'sh', ...prefix, '/bin/sh', '-c', 'exit 0'];
  const child = spawn('/bin/sh', args, { env: { PATH: programFolders().join(delimiter) }, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? prefix : [];
}
