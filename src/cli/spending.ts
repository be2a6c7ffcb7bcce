import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { SpendingStop } from '../pipeline/spending-stop.ts';
import { describeSpending, resumeSpending, stopSpending } from '../spending.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { ceilingsTable, historyLines, spendingReport, stopLines, stopReport } from './screen/spending.ts';
import { tableLines } from './screen/table.ts';
import type { Act, Session } from './session.ts';

interface StopOptions {
  readonly tenant?: string;
  readonly provider?: string;
  readonly reason?: string;
  readonly by?: string;
}

export function addSpending(program: Command, act: Act): void {
  command(program, 'stop-spending')
    .description('Stop paid calls of models, on all workers, before the next one is made.')
    .option('--tenant <name>', 'of this tenant only')
    .option('--provider <name>', 'of this provider only, and all of them: those of a local model, too')
    .option('--reason <text>', 'why, for those whose calls are refused')
    .action(act(stop));
  command(program, 'resume-spending')
    .description('Lift what was stopped with the same options.')
    .option('--tenant <name>', 'of this tenant')
    .option('--provider <name>', 'of this provider')
    .option('--reason <text>', 'why, for those who read the history')
    .action(act(resume));
  program
    .command('spending')
    .description('Say what is stopped, who did that, and how much of the ceilings is used.')
    .action(act(show));
}

function command(program: Command, name: string): Command {
  return program.command(name).option('--by <name>', 'who does it (default: the name of your account)');
}

async function stop({ config, terminal }: Session, options: StopOptions): Promise<ExitCode> {
  const stops = await stopSpending(config, { by: userInfo().username, ...options });
  return tell(terminal, 'spending_stopped', stops);
}

async function resume({ config, terminal }: Session, options: StopOptions): Promise<ExitCode> {
  const stops = await resumeSpending(config, { by: userInfo().username, ...options });
  return tell(terminal, 'spending_resumed', stops);
}

function tell(terminal: Session['terminal'], event: string, stops: readonly SpendingStop[]): ExitCode {
  terminal.answer({ event, stops: stops.map(stopReport) }, () => stopLines(stops));
  return EXIT.DONE;
}

async function show({ config, terminal }: Session): Promise<ExitCode> {
  const spending = await describeSpending(config);
  const { stops, history } = spending;
  terminal.answer(spendingReport(spending), () => [
    ...stopLines(stops),
    ...tableLines(ceilingsTable(spending), terminal.paint, terminal.size.columns),
    ...historyLines(history),
  ]);
  return EXIT.DONE;
}
