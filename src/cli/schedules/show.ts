import type { Command } from 'commander';
import { loadValue } from '../../client.ts';
import type { Json } from '../../pipeline/json.ts';
import { describeSchedule } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { detailLines, viewReport } from '../screen/schedule-details.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addShow(schedules: Command, act: Act): void {
  schedules
    .command('show <pipeline>')
    .description('Show a schedule: times, inputs, what it will start and what it has started.')
    .action(act(show));
}

async function show(session: Session, pipeline: string): Promise<ExitCode> {
  const { terminal } = session;
  await withConnection(session, async (connection) => {
    const view = await describeSchedule(connection, pipeline);
    const stored = Object.entries(view.inputs).map(async ([name, value]): Promise<[string, Json]> => {
      return [name, await loadValue(connection, value)];
    });
    const inputs = Object.fromEntries(await Promise.all(stored));
    terminal.answer({ ...viewReport(view), inputs }, () => detailLines(view, inputs, terminal.paint));
  });
  return EXIT.DONE;
}
