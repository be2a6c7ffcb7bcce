import { formProblems } from '../src/pipeline/form.ts';
import type { ApprovalView } from '../src/pipeline/view.ts';
import type { Refusal } from './answer-messages.ts';
import type { AnswerMessage, AnswerReceipt } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';

const NAME_CHARACTERS = 200;
const COMMENT_CHARACTERS = 10_000;

/** Why an answer cannot be taken; nothing when it can. */
export function answerProblem({ steering }: RunState, message: AnswerMessage): Refusal | undefined {
  const entry = steering.approvals.get(message.step);
  const why = entry === undefined ? notWaiting(steering.approvals) : whyNot(entry.view, message);
  if (why === undefined) return undefined;
  return { code: 'ANSWER_REFUSED', message: `Cannot answer approval "${message.step}": ${why}` };
}

export function acceptAnswer(state: RunState, message: AnswerMessage): AnswerReceipt {
  const entry = state.steering.approvals.get(message.step);
  if (entry === undefined) throw new RangeError(`No approval "${message.step}"`);
  const { choice, edited, answer, comment, by } = message;
  const accepted = {
    choice,
    by,
    at: Date.now(),
    ...(edited === undefined ? {} : { edited }),
    ...(answer === undefined ? {} : { answer }),
    ...(comment === undefined ? {} : { comment }),
  };
  entry.view = { ...entry.view, answers: [...entry.view.answers, accepted] };
  wakeAll(state);
  const { answers, quorum } = entry.view;
  return { answers: answers.length, isDecided: answers.filter((one) => one.choice === choice).length >= quorum };
}

function notWaiting(approvals: RunState['steering']['approvals']): string {
  const waiting = [...approvals.keys()].map((path) => `"${path}"`);
  return `it does not wait for an answer, ${waiting.length === 0 ? 'none does' : `these do: ${waiting.join(', ')}`}`;
}

function whyNot(view: ApprovalView, message: AnswerMessage): string | undefined {
  return whyNotThisPerson(view, message) ?? whyNotThisChoice(view, message) ?? whyNotThisForm(view, message);
}

function whyNotThisPerson(
  { to, answers, quorum }: ApprovalView,
  { by, groups = [] }: AnswerMessage,
): string | undefined {
  if (typeof by !== 'string' || by.trim() === '' || by.length > NAME_CHARACTERS) {
    return `it does not say who answers, a name of at most ${NAME_CHARACTERS} characters is needed`;
  }
  if (answers.some((answer) => answer.by === by)) return `${by} has answered it, each person answers once`;
  if (to.length > 0 && ![by, ...groups].some((name) => to.includes(name))) {
    return `${by} is not asked, these are: ${to.join(', ')}`;
  }
  if (quorum > 0 && answers.filter(({ choice }) => choice === answers.at(-1)?.choice).length >= quorum) {
    return 'it has been decided';
  }
  return undefined;
}

function whyNotThisChoice(
  { options, edit, editSchema }: ApprovalView,
  { choice, edited, comment }: AnswerMessage,
): string | undefined {
  if (!options.includes(choice)) return `"${choice}" is no choice, there are ${options.join(', ')}`;
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > COMMENT_CHARACTERS)) {
    return `its comment is too long, at most ${COMMENT_CHARACTERS} characters are allowed`;
  }
  if (edited === undefined) return undefined;
  if (edit === undefined) return 'it offers nothing to edit';
  const problems = editSchema === undefined ? [] : formProblems(edited, editSchema);
  return problems.length === 0 ? undefined : `what was edited does not fit: ${problems.join('; ')}`;
}

function whyNotThisForm({ answer: schema }: ApprovalView, { answer }: AnswerMessage): string | undefined {
  if (schema === undefined) return answer === undefined ? undefined : 'it has no form to fill in';
  const problems = formProblems(answer ?? {}, schema);
  return problems.length === 0 ? undefined : `its form is not filled in well: ${problems.join('; ')}`;
}
