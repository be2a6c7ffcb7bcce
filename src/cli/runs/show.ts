import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { loadEnd, loadStepOutputs } from '../load-outputs.ts';
import { detailLines } from '../screen/run-details.ts';
import { endLines, endReport, section, shortOutputs } from '../screen/run-end.ts';
import { valuesLines } from '../screen/values.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

interface ShowOptions {
  readonly full?: true;
}

export function addShow(runs: Command, act: Act): void {
  runs
    .command('show <id>')
    .description('Show a run: steps, checks, errors, outputs, cost.')
    .option('--full', 'every output whole, those of the steps too')
    .action(act(show));
}

async function show(session: Session, runId: string, { full }: ShowOptions): Promise<ExitCode> {
  const { terminal } = session;
  const { paint, size } = terminal;
  await withConnection(session, async (connection) => {
    const end = await loadEnd(connection, await openRun(session, connection, runId));
    const outputs = full ? await loadStepOutputs(connection, end.view) : undefined;
    terminal.answer({ ...endReport(end), step_outputs: outputs }, () => [
      ...detailLines(end.view, { now: Date.now(), width: size.columns, paint }),
      ...section('Outputs of steps', valuesLines(outputs ?? {}, paint)),
      ...endLines(end, full ? valuesLines(end.outputs, paint) : shortOutputs(end, paint), paint),
    ]);
  });
  return EXIT.DONE;
}
