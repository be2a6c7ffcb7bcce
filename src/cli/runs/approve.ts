import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { loadValue, type Connection } from '../../client.ts';
import { PipelineError } from '../../errors.ts';
import type { ApprovalView, RunView } from '../../pipeline/view.ts';
import { ended } from '../../run-handle.ts';
import { answerApproval, type Answer, type AnswerReceipt } from '../../steering.ts';
import { filledIn, type AnswerOptions, type Form } from '../answer-options.ts';
import { answerOfPerson, type Answered } from '../answer-person.ts';
import { askPerson } from '../ask-person.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { questionLines } from '../screen/question.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { collect } from '../text-options.ts';
import { openRun } from './open.ts';

interface ApproveOptions extends AnswerOptions {
  readonly choice?: string;
  readonly comment?: string;
  readonly by?: string;
  readonly group?: readonly string[];
}

export function addApprove(runs: Command, act: Act): void {
  runs
    .command('approve <id> [step]')
    .description('Answer a step that waits for people; asks on a terminal when no choice is given.')
    .option('-c, --choice <option>', 'one of the options of the step')
    .option('--edited <text>', 'in place of the text that the step offers; @file reads it from there')
    .option('--answer <name=value>', 'a field of the form; may be repeated', collect)
    .option('--answer-file <file>', 'the form as a JSON or YAML map')
    .option('--comment <text>', 'goes into the result')
    .option('--by <name>', 'who answers; without it the name of this user')
    .option('--group <name>', 'a group that this person is in; may be repeated', collect)
    .action(act(approve));
}

async function approve(
  session: Session,
  ...[runId, step, options]: [string, string | undefined, ApproveOptions]
): Promise<ExitCode> {
  return withConnection(session, async (connection) => {
    const view = await openRun(session, connection, runId);
    const asked = waitingFor(view, step);
    const form = await formOf(connection, asked);
    const answered = await answeredBy(session, { ...asked, form, runId }, options);
    if (answered === undefined) {
      session.terminal.note(['Nothing was answered']);
      return EXIT.INTERRUPTED;
    }
    const { by = userInfo().username, group = [] } = options;
    const answer = { step: asked.step, by, groups: group, ...answered };
    const receipt = await answerApproval(connection, runId, answer);
    tellReceipt(session, runId, { ...answer, ...receipt });
    return EXIT.DONE;
  });
}

interface Asked {
  readonly step: string;
  readonly approval: ApprovalView | undefined;
}

/** The approval that is meant. Of a step that is named the run itself says why it takes no answer. */
function waitingFor(view: RunView, step: string | undefined): Asked {
  const { runId, approvals = [] } = view;
  if (view.endedAt !== undefined) throw ended('answer', runId);
  if (step !== undefined) return { step, approval: approvals.find((approval) => approval.step === step) };
  const [only, ...others] = approvals;
  if (only !== undefined && others.length === 0) return { step: only.step, approval: only };
  const steps = approvals.map((approval) => `"${approval.step}"`).join(', ');
  throw only === undefined
    ? new PipelineError('STEP_STATE', `Cannot answer run "${runId}": no step of it waits for an answer`)
    : new PipelineError('USAGE', `Cannot answer run "${runId}" without the name of a step: ${steps} wait`);
}

/** What the person may change may be long, and live in the artifact store. */
async function formOf(connection: Connection, { approval }: Asked): Promise<Form> {
  const edit = approval?.edit === undefined ? undefined : await loadValue(connection, approval.edit);
  return {
    ...(edit === undefined ? {} : { edit }),
    ...(approval?.answer === undefined ? {} : { answer: approval.answer }),
  };
}

/** From the options, or from the person at the terminal; undefined when that person went away. */
async function answeredBy(
  { terminal }: Session,
  { approval, form, step, runId }: Asked & { readonly form: Form; readonly runId: string },
  options: ApproveOptions,
): Promise<Answered | undefined> {
  const { choice, comment } = options;
  if (choice !== undefined) {
    return { choice, ...filledIn(form, options), ...(comment === undefined ? {} : { comment }) };
  }
  if (approval === undefined) {
    throw new PipelineError(
      'STEP_STATE',
      `Cannot answer step "${step}" of run "${runId}": it does not wait for an answer`,
    );
  }
  if (!process.stdin.isTTY || !terminal.isNoteScreen) {
    const allowed = approval.options.map((option) => `--choice ${option}`).join(' or ');
    throw new PipelineError('USAGE', `Cannot answer step "${approval.step}" without a choice: add ${allowed}`);
  }
  terminal.note(questionLines(approval, form.edit, terminal.paintNote));
  return askPerson((ask) => answerOfPerson(ask, approval, form));
}

type Received = Pick<Answer, 'step' | 'choice' | 'by'> & AnswerReceipt;

function tellReceipt({ terminal }: Session, runId: string, { step, choice, by, answers, isDecided }: Received): void {
  const data = { event: 'answered', run_id: runId, step, choice, by, answers, is_decided: isDecided };
  const rest = isDecided ? '' : `; ${answers} answered, more are needed`;
  terminal.answer(data, () => [`${step} ${choice}, by ${by}${rest}`]);
}
