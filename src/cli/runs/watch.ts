import type { Command } from 'commander';
import { tendWorker, type Note } from '../background-worker.ts';
import type { ExitCode } from '../exit-code.ts';
import { announceRun, followToEnd } from '../follow.ts';
import { interruption } from '../interruption.ts';
import { openRun } from './open.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addWatch(runs: Command, act: Act): void {
  runs
    .command('watch <id>')
    .description('Follow a run until it ends; Ctrl-C leaves it going.')
    .option('-s, --stream', 'show what models say while they say it')
    .action(act(watch));
}

function watch(session: Session, runId: string, { stream }: { readonly stream?: true }): Promise<ExitCode> {
  const { config, terminal } = session;
  return withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    announceRun(terminal, connection, { runId, isNew: false });
    const tend = (note: Note, signal: AbortSignal) => tendWorker({ config, connection, environment: {} }, note, signal);
    // Where a server is given, other people run the workers.
    const tended = config.temporal.kind === 'given' ? {} : { tend };
    return followToEnd({
      terminal,
      connection,
      runId,
      signal: interruption(),
      ...tended,
      isStreaming: stream === true,
    });
  });
}
