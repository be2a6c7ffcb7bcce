import type { Command } from 'commander';
import { startTemporal } from '../local/temporal-server.ts';
import { durationOption } from './duration-option.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruption } from './interruption.ts';
import { progressOf } from './servers.ts';
import type { Act, Session } from './session.ts';

interface WorkerOptions {
  /** Milliseconds. */
  readonly idleExit?: number;
}

export function addWorker(program: Command, act: Act): void {
  program
    .command('worker')
    .description('Work on runs until Ctrl-C or SIGTERM; calls in flight get time to end.')
    .option('--idle-exit <duration>', 'end when no run has been open for this long, such as 10m', durationOption)
    .action(act(work));
}

async function work({ terminal, config: given }: Session, { idleExit }: WorkerOptions): Promise<ExitCode> {
  // Temporal's native part takes half a second to load: the other commands do without it.
  const { runWorker } = await import('../worker.ts');
  const { openWorkerLog } = await import('./worker-log.ts');
  const { loadOwnParts } = await import('../own-parts/load.ts');
  const session = { terminal, config: await loadOwnParts(given, '.') };
  const { address } = await startTemporal(session.config, progressOf(session));
  openWorkerLog();
  await runWorker(session.config, {
    address,
    signal: interruption(),
    ...(idleExit === undefined ? {} : { idleExitMs: idleExit }),
    onReady: () => sayReady(session, address),
  });
  return EXIT.DONE;
}

/** The line that says: from now on runs go on. */
function sayReady({ config, terminal }: Session, address: string): void {
  const { namespace, taskQueue, deployment } = config;
  const version = deployment === undefined ? {} : { deployment: deployment.name, build_id: deployment.buildId };
  const as = deployment === undefined ? '' : ` as build "${deployment.buildId}" of deployment "${deployment.name}"`;
  terminal.answer({ event: 'ready', address, namespace, task_queue: taskQueue, ...version }, () => [
    `Working on task queue "${taskQueue}" of ${address} (namespace "${namespace}")${as}`,
  ]);
  if (deployment !== undefined)
    terminal.note(['New runs come here while this build is current: `orchestrator doctor`.']);
}
