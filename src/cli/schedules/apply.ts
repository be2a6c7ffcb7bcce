import type { Command } from 'commander';
import { applySchedule, requireSchedule } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { loadPlan } from '../pipeline-file.ts';
import { findingNotes } from '../screen/note-findings.ts';
import { nextLines, viewReport } from '../screen/schedule-details.ts';
import { selfCommand } from '../self.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addApply(schedules: Command, act: Act): void {
  schedules
    .command('apply <file>')
    .description('Make the schedule of a pipeline file so: Temporal starts runs of the file as it is now.')
    .action(act(apply));
}

async function apply({ terminal, config: given }: Session, file: string): Promise<ExitCode> {
  const { plan, warnings, config } = await loadPlan(given, file);
  // All that can be refused is refused before any server is asked for.
  requireSchedule(plan);
  terminal.note(findingNotes(warnings, terminal));
  const { isNew, schedule } = await withConnection({ terminal, config }, (connection) =>
    applySchedule(connection, plan),
  );
  terminal.answer({ event: 'applied', is_new: isNew, schedule: viewReport(schedule) }, () => [
    `${isNew ? 'Scheduled' : 'Updated the schedule of'} ${terminal.paint('bold', schedule.pipeline)}`,
    ...nextLines(schedule, terminal.paint),
  ]);
  // Temporal starts the runs; that they go on is for somebody to see to.
  const self = selfCommand(process.env);
  terminal.note([`Its runs need a worker on task queue "${config.taskQueue}": ${self} worker, or ${self} dev`]);
  return EXIT.DONE;
}
