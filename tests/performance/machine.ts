import { pbkdf2Sync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/** Processor time of the machine and of this program with all its children since some moment, in milliseconds. */
export interface CpuReading {
  readonly atMs: number;
  readonly machineMs: number;
  readonly ownMs: number;
}

/** Needs Linux's /proc; elsewhere undefined, and only the spin tells a busy machine. */
export function readCpu(): CpuReading | undefined {
  const text = readProc('/proc/stat');
  if (text === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (text.split('\n')[0] ?? '')
    .split(/\s+/u)
    .slice(1)
    .map(Number);
  // Time that the host gave to other guests is lost to us like time of other processes.
  const machineMs = (user + nice + system + irq + softirq + steal) * TICK_MS;
  return { atMs: performance.now(), machineMs, ownMs: ownCpuMs() };
}

/** The share of the whole machine, from 0 to 1, that processes other than ours used between two readings. */
export function othersShare(before: CpuReading | undefined, after: CpuReading | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const others = after.machineMs - before.machineMs - (after.ownMs - before.ownMs);
  return Math.max(0, others) / ((after.atMs - before.atMs) * availableParallelism());
}

/** Processor time that a living process has used, its ended children included; 0 for one that is gone. */
export function processCpuMs(pid: number): number {
  return (statOf(pid)?.cpuTicks ?? 0) * TICK_MS;
}

/** The memory that a process holds now, in bytes; 0 where it is not known. */
export function memoryOf(pid: number): number {
  return statusOf(pid, 'VmRSS');
}

/** The most that it has held since it began. */
export function peakMemoryOf(pid: number): number {
  return statusOf(pid, 'VmHWM');
}

function statusOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'mu').exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** What the machine is, for the record. */
export function describeMachine() {
  const [first] = cpus();
  return {
    cpus: availableParallelism(),
    model: first?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
  };
}

export function loadPerMinute(): number {
  return loadavg()[0] ?? 0;
}

const SPIN_TURNS = 100_000;
const SPINS = 5;

/** Times a fixed piece of work, some 15 ms on a quiet machine, in milliseconds: the best of a few tries, so that one interruption says nothing. */
export function spin(): number {
  return Math.min(...Array.from({ length: SPINS }, spinOnce));
}

function spinOnce(): number {
  const startedAt = performance.now();
  // Native code: what V8 has compiled of ours may be dropped and compiled again at any time.
  pbkdf2Sync('spin', 'salt', SPIN_TURNS, 32, 'sha256');
  return performance.now() - startedAt;
}

/** What an ended child used moves into its parent's count, so nothing is lost when one is killed. */
function ownCpuMs(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name));
  const stats = pids.map((pid) => ({ pid: Number(pid), ...statOf(Number(pid)) }));
  const family = new Set([process.pid]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of stats) if (parent !== undefined && family.has(parent)) family.add(pid);
  }
  const ticks = stats.filter(({ pid }) => family.has(pid)).map(({ cpuTicks = 0 }) => cpuTicks);
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MS;
}

function statOf(pid: number): { parent: number; cpuTicks: number } | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses, which may itself hold spaces.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const cpuTicks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
  return { parent: fields[1] as number, cpuTicks };
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or the process has ended since it was listed.
    return undefined;
  }
}
