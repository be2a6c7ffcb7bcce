import type { Command } from 'commander';
import { billOf } from '../../bill.ts';
import { PipelineError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { billCsv } from '../screen/bill-csv.ts';
import { billLines, billReport } from '../screen/bill.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

interface BillOptions {
  readonly csv?: true;
}

export function addBill(runs: Command, act: Act): void {
  runs
    .command('bill <id>')
    .description(
      'Say what a run bought: every request to a model, failed and repaired ones too, with sums and the plan.',
    )
    .option('--csv', 'one line for each request, as a table for other programs')
    .action(act(bill));
}

async function bill(session: Session, runId: string, { csv }: BillOptions): Promise<ExitCode> {
  const { terminal } = session;
  if (csv && terminal.isJson)
    throw new PipelineError('USAGE', 'Cannot give a bill as --csv and as --json at once: choose one');
  const found = await withConnection(session, (connection) => billOf(connection, runId));
  if (csv) terminal.print({}, Buffer.from(billCsv(found)));
  else terminal.answer(billReport(runId, found), () => billLines(found, terminal));
  return EXIT.DONE;
}
