import { readdirSync, readFileSync } from 'node:fs';

/** A process that a command has started, or the command itself. */
export interface TreeProcess {
  readonly pid: number;
  readonly residentBytes: number;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
}

/**
 * The living processes of a command: those of the session that `root` leads, and all that come from it. Only Linux tells;
 * elsewhere the list is empty. One that has left its session and its parents is found in a namespace only.
 */
export function processTree(root: number, proc = '/proc'): readonly TreeProcess[] {
  const seen = processesIn(proc);
  const pids = new Set(seen.filter(({ pid, session }) => pid === root || session === root).map(({ pid }) => pid));
  for (let before = -1; before < pids.size;) {
    before = pids.size;
    for (const { pid, parent } of seen) if (pids.has(parent)) pids.add(pid);
  }
  return [...pids].map((pid) => ({ pid, residentBytes: residentBytes(`${proc}/${pid}`) }));
}

/** Read at once and not in turns: what multiplies must not do so while it is counted. */
function processesIn(proc: string): readonly Seen[] {
  const names = orNothing(() => readdirSync(proc), []);
  return names
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = textOf(`${proc}/${name}/stat`);
      // The name of the program comes before, in brackets, and may hold anything.
      const [, parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent), session: Number(session) }];
    });
}

function residentBytes(folder: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`${folder}/status`))?.[1];
  return Number(kib ?? 0) * 1024;
}

function textOf(file: string): string {
  return orNothing(() => readFileSync(file, 'utf8'), '');
}

/** A process may end while one looks at it, and not every system has these files. */
function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}
