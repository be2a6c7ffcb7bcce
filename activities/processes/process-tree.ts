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

interface Look {
  readonly proc?: string;
  /** The look ends when so many are found: what multiplies does so while it is counted. */
  readonly enough?: number;
}

/**
 * The living processes of a command: those of the session that `root` leads, and all that come from it. Only Linux tells;
 * elsewhere the list is empty. One that has left its session and its parents is found in a namespace only.
 */
export function processTree(root: number, { proc = '/proc', enough = Infinity }: Look = {}): readonly TreeProcess[] {
  const pids = new Set<number>();
  const others: Seen[] = [];
  for (const seen of processesIn(proc)) {
    if (seen.pid === root || seen.session === root || pids.has(seen.parent)) pids.add(seen.pid);
    else others.push(seen);
    if (pids.size >= enough) break;
  }
  // Numbers begin anew at some time, so that a child may stand before its parent.
  for (let before = -1; before < pids.size;) {
    before = pids.size;
    for (const { pid, parent } of others) if (pids.has(parent)) pids.add(pid);
  }
  return [...pids].map((pid) => ({ pid, residentBytes: residentBytes(`${proc}/${pid}`) }));
}

/** Read at once and not in turns, so that nothing else of the worker comes between. */
function* processesIn(proc: string): Generator<Seen> {
  const names = orNothing(() => readdirSync(proc), []);
  for (const name of names.filter((each) => /^\d+$/.test(each))) {
    const text = textOf(`${proc}/${name}/stat`);
    // The name of the program comes before, in brackets, and may hold anything.
    const [, parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (parent !== undefined) yield { pid: Number(name), parent: Number(parent), session: Number(session) };
  }
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
