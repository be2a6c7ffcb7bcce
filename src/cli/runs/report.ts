import type { Command } from 'commander';
import { qualityMarkdown } from '../../pipeline/quality-markdown.ts';
import { qualityJson } from '../../pipeline/quality-report.ts';
import { qualityOf } from '../../quality.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { printable } from '../screen/printable.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

export function addReport(runs: Command, act: Act): void {
  runs
    .command('report <id>')
    .description('Say how good what a run gave is: every verdict, what was done about the bad ones, what that cost.')
    .action(act(report));
}

async function report(session: Session, runId: string): Promise<ExitCode> {
  const { terminal } = session;
  const found = await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    return qualityOf(connection, runId);
  });
  terminal.answer({ event: 'quality', ...qualityJson(found) }, () =>
    qualityMarkdown(found).trimEnd().split('\n').map(printable),
  );
  return EXIT.DONE;
}
