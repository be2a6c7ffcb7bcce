import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { loadEnd, loadStepOutputs } from '../load-outputs.ts';
import { stepsReport } from '../screen/report.ts';
import { detailLines, stepHistoryLines } from '../screen/run-details.ts';
import { endLines, endReport, section, shortOutputs } from '../screen/run-end.ts';
import { valuesLines } from '../screen/values.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { describeStep } from '../../step-history.ts';
import { openRun } from './open.ts';

interface ShowOptions {
  readonly full?: true;
  readonly step?: string;
}

export function addShow(runs: Command, act: Act): void {
  runs
    .command('show <id>')
    .description('Show a run: steps, checks, errors, outputs, cost.')
    .option('--full', 'every output whole, those of the steps too')
    .option('--step <path>', 'what happened in one step, in every item and round of it: drafts[3], refine#1/review')
    .action(act(show));
}

function show(session: Session, runId: string, { full, step }: ShowOptions): Promise<ExitCode> {
  return step === undefined ? showRun(session, runId, full) : showStep(session, runId, step);
}

async function showRun(session: Session, runId: string, full: true | undefined): Promise<ExitCode> {
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

async function showStep(session: Session, runId: string, path: string): Promise<ExitCode> {
  const { terminal } = session;
  const { paint, size } = terminal;
  await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    const { view, steps, hasOutputs } = await describeStep(connection, runId, path);
    const outputs = hasOutputs ? await loadStepOutputs(connection, { steps }) : undefined;
    terminal.answer({ ...stepsReport(view, steps), step_outputs: outputs }, () => [
      ...stepHistoryLines(steps, { now: Date.now(), width: size.columns, paint }),
      ...section('Outputs', valuesLines(outputs ?? {}, paint)),
    ]);
    if (!hasOutputs) terminal.note(['What its calls gave can be read when the run has ended.']);
  });
  return EXIT.DONE;
}
