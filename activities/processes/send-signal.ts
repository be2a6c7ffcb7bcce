/** Sends a signal to a process, or to a group of them by its negative number; one that has ended meanwhile gets none. */
export function sendSignal(target: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(target, signal);
  } catch {
    // Nobody is left who would have to end.
  }
}
