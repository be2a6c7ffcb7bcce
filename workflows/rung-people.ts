import { canonicalJson } from '../src/pipeline/json.ts';
import { partOf } from '../src/pipeline/call-key.ts';
import { ANSWER_TEMPLATE, ANSWER } from '../src/pipeline/ladder.ts';
import { REJECT, type AskRungPlan } from '../src/pipeline/ladder-plan.ts';
import type { ApproveStepPlan, StepPlan, Template } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { runApproval } from './approve.ts';
import { renderValue, whileBusy, type Place } from './call.ts';
import type { Called, Done } from './called.ts';
import { innerFrame } from './frame.ts';
import { failedAt, isMissed, judge, noteRung, refused, taken, type Ladder } from './ladder.ts';
import { waitOnce } from './reuse.ts';
import { nextRung, type RungId } from './rung-id.ts';
import { spentBy, sumOf } from './rung-spending.ts';
import type { RunState } from './run-state.ts';
import { withSlot } from './slots.ts';

interface Asking {
  readonly step: StepPlan;
  readonly ladder: Ladder;
  readonly rung: AskRungPlan;
}

/** A rung on which people see the output and what its checks say, and accept it, change it, or reject it. */
export async function askPeople(state: RunState, place: Place, asking: Asking): Promise<Called | undefined> {
  const { step, ladder } = asking;
  const id = nextRung(state, place, 'ask');
  // A run that is paused asks nobody.
  await withSlot(state, false, () => Promise.resolve());
  const self = { ...ladder.called, checks: ladder.verdicts };
  const frame = innerFrame(place.frame, {
    path: id.at.path,
    results: new Map([[step.id, self]]),
    locals: { [ANSWER]: ladder.called.output },
  });
  const at = { frame, path: id.at.path };
  const question = questionOf(place, asking);
  const called = await waitOnce(state, at, { step: question, wait: () => runApproval(state, at, question) });
  return whileBusy(state, () => settle(state, place, { ...asking, at, id, called }));
}

function questionOf({ path }: Place, { ladder, rung }: Asking): ApproveStepPlan {
  const { kind: _, message, ...asking } = rung;
  const missed = ladder.verdicts.filter(({ passed }) => !passed).map(({ check, reason }) => `${check}: ${reason}`);
  const text = `The output of step "${path}" does not pass its checks: ${missed.join('; ')}`;
  return { ...QUESTION, ...asking, message: message ?? { kind: 'literal', value: text }, edit: ANSWER_TEMPLATE };
}

const QUESTION = {
  kind: 'approve',
  id: 'ask',
  dependsOn: [],
  tolerates: [],
  checks: [],
  retry: { attempts: 1, backoffMs: 1000, maxBackoffMs: 1000 },
  onError: { kind: 'fail' },
} as const;

interface Asked extends Asking {
  readonly at: Place;
  readonly id: RungId;
  readonly called: Called;
}

async function settle(state: RunState, place: Place, asked: Asked): Promise<Called | undefined> {
  const { ladder, at, id, called } = asked;
  const { path } = at;
  id.take();
  state.calls.push({ path, kind: 'approve', endedAt: Date.now(), result: called });
  if (called.status === 'failed') {
    noteRung(ladder, { rung: 'ask', status: 'failed', path, costNanoUsd: 0, error: called.error });
    return undefined;
  }
  const { choice, by } = called.decision ?? { choice: REJECT, by: [] };
  const comment = await fieldOf(state, at, { called, field: 'comment' });
  const said = 'inline' in comment && typeof comment.inline === 'string' ? { comment: comment.inline } : {};
  const facts = { rung: 'ask', path, by, ...said } as const;
  if (choice === REJECT) {
    noteRung(ladder, { ...facts, status: 'rejected', costNanoUsd: 0 });
    return refused(place, ladder);
  }
  return accept(state, asked, { ...facts, output: await fieldOf(state, at, { called, field: 'edited' }) });
}

interface Accepted {
  readonly rung: 'ask';
  readonly path: string;
  readonly by: readonly string[];
  readonly comment?: string;
  readonly output: StoredValue;
}

/** What a person has changed is judged again, for everybody to see; it is accepted whatever the checks say of it. */
async function accept(
  state: RunState,
  { step, ladder, at, called: { costNanoUsd } }: Asked,
  { output, ...facts }: Accepted,
): Promise<Called> {
  const missed = ladder.verdicts;
  if (canonicalJson(partOf(output)) === canonicalJson(partOf(ladder.called.output))) {
    noteRung(ladder, { ...facts, status: 'accepted', costNanoUsd });
    return taken(ladder);
  }
  const changed: Done = { ...ladder.called, output, givenBy: 'person' };
  // What was spent for the output before is counted already.
  const { usage: _, purchases: __, ...unpaid } = { ...changed, attempts: 0, costNanoUsd: 0 };
  const judged = await judge(state, at, { step, called: unpaid });
  const { costNanoUsd: spent, checks } = judged;
  ladder.spent = sumOf(ladder.spent, spentBy(judged));
  if (judged.status === 'failed' && !isMissed(judged)) return failedAt(ladder, judged.error);
  ladder.called = changed;
  ladder.verdicts = checks;
  noteRung(ladder, { ...facts, status: 'accepted', isEdited: true, costNanoUsd: spent }, missed);
  return taken(ladder);
}

/** A field of what people answered, which is long when the output is. */
function fieldOf(
  state: RunState,
  { frame, path }: Place,
  { called, field }: { readonly called: Done; readonly field: 'edited' | 'comment' },
): Promise<StoredValue> {
  const read: Template = {
    kind: 'expression',
    expression: { source: field, code: ['get', ['read', ANSWERED], field], reads: [ANSWERED], needsHost: false },
  };
  return renderValue(state, { frame: innerFrame(frame, { path, locals: { [ANSWERED]: called.output } }), path }, read);
}

const ANSWERED = '@answered';
