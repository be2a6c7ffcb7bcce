import { spawn } from 'node:child_process';
import { delimiter, isAbsolute } from 'node:path';

/** The folders in which programs are looked for: those of the worker, without such as hang on where a program is started. */
export function programFolders(path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'): readonly string[] {
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

/**
 * What stands before a command so that it sees no processes but its own, none of it outlives it, and it gains no rights.
 * Empty where the system does not let us: anywhere but on Linux, and in containers that forbid namespaces.
 */
export function isolationPrefix(hasNetwork: boolean): Promise<readonly string[]> {
  const key = hasNetwork ? 'network' : 'none';
  probes[key] ??= probe(prefixOf(hasNetwork));
  return probes[key];
}

const probes: { network?: Promise<readonly string[]>; none?: Promise<readonly string[]> } = {};

function prefixOf(hasNetwork: boolean): readonly string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    // When the worker dies, the first of these processes does, and with it all that are in its namespace.
    ...words('setpriv --pdeathsig KILL -- unshare'),
    ...words(isRoot ? '' : '--user --map-current-user'),
    ...words('--pid --fork --kill-child --mount-proc'),
    ...words(hasNetwork ? '' : '--net'),
    ...words('-- setpriv --no-new-privs'),
    ...words(isRoot ? '--bounding-set=-all --inh-caps=-all' : ''),
    '--',
  ];
}

function words(text: string): readonly string[] {
  return text.split(' ').filter(Boolean);
}

/** Gives the prefix back when a program starts behind it. */
function probe(prefix: readonly string[]): Promise<readonly string[]> {
  const [program = '', ...args] = prefix;
  const env = { PATH: programFolders().join(delimiter) };
  const child = spawn(program, [...args, '/bin/sh', '-c', 'exit 0'], { env, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.on('error', () => resolve([]));
    child.on('exit', (code) => resolve(code === 0 ? prefix : []));
  });
}
