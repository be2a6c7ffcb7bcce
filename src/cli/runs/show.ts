import type { Command } from 'commander';
import { loadValue, type Connection } from '../../client.ts';
import type { Json } from '../../pipeline/json.ts';
import type { RunView, StepView, ViewedValue } from '../../pipeline/result.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { printable } from '../screen/printable.ts';
import { isoTime } from '../screen/report.ts';
import { endLines, endReport, errorLine, loadEnd, section, shortOutputs } from '../screen/run-end.ts';
import { openRun } from './open.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { STATUS_STYLE, stepsTable } from '../screen/steps-table.ts';
import { tableLines } from '../screen/table.ts';
import type { Lines, Paint, Terminal } from '../screen/terminal.ts';
import { valuesLines } from '../screen/values.ts';

interface ShowOptions {
  readonly full?: true;
}

type StepOutputs = Readonly<Record<string, Json>>;

export function addShow(runs: Command, act: Act): void {
  runs
    .command('show <id>')
    .description('Show a run: steps, checks, errors, outputs, cost.')
    .option('--full', 'every output whole, those of the steps too')
    .action(act(show));
}

async function show(session: Session, runId: string, { full }: ShowOptions): Promise<ExitCode> {
  const { terminal } = session;
  const { paint } = terminal;
  await withConnection(session, async (connection) => {
    const end = await loadEnd(connection, await openRun(session, connection, runId));
    const outputs = full ? await loadStepOutputs(connection, end.view) : undefined;
    terminal.answer(outputs === undefined ? endReport(end) : { ...endReport(end), step_outputs: outputs }, () => [
      ...headLines(end.view, terminal),
      ...section('Outputs of steps', valuesLines(outputs ?? {}, paint)),
      ...endLines(end, full ? valuesLines(end.outputs, paint) : shortOutputs(end, paint), paint),
    ]);
  });
  return EXIT.DONE;
}

async function loadStepOutputs(connection: Connection, view: RunView): Promise<StepOutputs> {
  const done = view.steps.filter((step) => step.status === 'done');
  return Object.fromEntries(
    await Promise.all(done.map(async (step) => [step.id, await loadViewed(connection, step.output)])),
  );
}

/** While a run goes on its view holds only the beginning of a long value. */
async function loadViewed(connection: Connection, value: ViewedValue): Promise<Json> {
  return 'preview' in value ? `${value.preview} …` : loadValue(connection, value);
}

function headLines(view: RunView, { paint, size, isLive }: Terminal): Lines {
  const { name, version, planHash } = view.pipeline;
  const moment = { now: Date.now(), spinner: '>' };
  return [
    `${paint('bold', view.runId)} ${paint(STATUS_STYLE[view.status], view.status)}`,
    printable(`pipeline ${name}${version === undefined ? '' : ` ${version}`}, plan ${planHash.slice(0, 12)}`),
    `started ${isoTime(view.startedAt)}${view.endedAt === undefined ? '' : `, ended ${isoTime(view.endedAt)}`}`,
    '',
    ...tableLines(stepsTable(view.steps, moment), paint, isLive ? size.columns : Infinity),
    ...section(
      'Checks',
      view.steps.flatMap((step) => checkLines(step, paint)),
    ),
    ...section(
      'Errors',
      view.steps.flatMap((step) => stepErrorLines(step, paint)),
    ),
    ...section(
      'Ignored signals',
      view.ignored.map((text) => `  ${printable(text)}`),
    ),
  ];
}

function checkLines(step: StepView, paint: Paint): Lines {
  if (!('checks' in step)) return [];
  return step.checks.map(({ check, passed, score, reason }) => {
    const mark = passed ? paint('green', '✓') : paint('red', '✗');
    return `  ${mark} ${step.id} ${check}, score ${score}: ${printable(reason)}`;
  });
}

function stepErrorLines(step: StepView, paint: Paint): Lines {
  if (step.status !== 'failed') return [];
  const { attempts } = step.error;
  const tries = attempts > 1 ? paint('dim', ` (${attempts} attempts)`) : '';
  return [`  ${errorLine({ ...step.error, stepId: step.id }, paint)}${tries}`];
}
