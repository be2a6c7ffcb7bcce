import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { RunView } from '../../pipeline/view.ts';
import { ended } from '../../run-handle.ts';
import { retryStep } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

export function addRetry(runs: Command, act: Act): void {
  runs
    .command('retry <id> [step]')
    .description('Have a step that is held tried again; it need not be named when it is the only one.')
    .option('--all', 'every step that is held')
    .action(act(retry));
}

async function retry(
  session: Session,
  ...[runId, named, { all = false }]: [string, string | undefined, { all?: boolean }]
): Promise<ExitCode> {
  return withConnection(session, async (connection) => {
    const view = await openRun(session, connection, runId);
    const { held = [] } = view;
    const steps = all && held.length > 0 ? held.map(({ step }) => step) : [named ?? onlyHeld(view)];
    for (const step of steps) {
      await retryStep(connection, runId, { step });
      session.terminal.answer({ event: 'retrying', run_id: runId, step }, () => [`${step} is tried again`]);
    }
    return EXIT.DONE;
  });
}

function onlyHeld({ runId, endedAt, held = [] }: RunView): string {
  if (endedAt !== undefined) throw ended('retry', runId);
  const [only, ...others] = held;
  if (only === undefined) {
    throw new PipelineError('STEP_STATE', `Cannot retry a step of run "${runId}": none is held`);
  }
  if (others.length === 0) return only.step;
  const steps = held.map(({ step }) => `"${step}"`).join(', ');
  throw new PipelineError('USAGE', `Cannot retry run "${runId}" without the name of a step: ${steps} are held`);
}
