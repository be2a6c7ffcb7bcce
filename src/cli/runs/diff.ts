import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { diffLines } from '../screen/run-diff.ts';
import { diffReport } from '../screen/run-diff-report.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addDiff(runs: Command, act: Act): void {
  runs
    .command('diff <before> <after>')
    .description('Compare two runs that have ended: plan, inputs, outputs, cost, time, verdicts.')
    .action(act(diff));
}

async function diff(session: Session, ...[before, after]: [string, string]): Promise<ExitCode> {
  const { terminal } = session;
  const { diffRuns } = await import('../../fork.ts');
  const comparison = await withConnection(session, (connection) => diffRuns(connection, before, after));
  terminal.answer(diffReport(comparison), () => diffLines(comparison, terminal));
  return EXIT.DONE;
}
