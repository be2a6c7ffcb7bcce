import { parseDuration } from '../../duration.ts';
import { itemOf, typeOf } from '../../expression/types.ts';
import type { Json, JsonSchema } from '../../json.ts';
import type { Template } from '../../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../../problem.ts';
import type { askingKeys } from '../../spec/asking.ts';
import type { ApprovalSpec, ApproveStepSpec } from '../../spec/kinds/waiting.ts';
import { suggestion } from '../../suggestion.ts';
import type { ApprovalPlan, OnTimeoutPlan } from '../../waiting-plan.ts';
import { refuseOther } from '../condition.ts';
import { type Draft, compileAt, within } from '../draft.ts';
import { checkForm } from '../form-schema.ts';
import type { Kind } from '../kind.ts';
import { mapOf } from '../step-names.ts';
import { planToolCall } from '../tool-call.ts';
import { refuseWithoutTimeout } from './waiting.ts';

const OPTIONS_DEFAULT: readonly string[] = ['approve', 'reject'];

export const approveKind: Kind<ApproveStepSpec> = {
  attempts: 1,
  known: () => undefined,
  plan(draft, stepPath, { approve }) {
    const path = [...stepPath, 'approve'];
    const { options = OPTIONS_DEFAULT, answer } = approve;
    checkOptions(draft, [...path, 'options'], options);
    if (answer !== undefined) checkForm(draft, [...path, 'answer'], answer);
    const message = compileAt(draft, { path: [...path, 'message'], value: approve.message }).template;
    const { edit, editSchema } = planEdit(draft, [...path, 'edit'], approve.edit);
    const plan: ApprovalPlan = {
      message,
      ...planAsking(draft, path, { ...approve, options }),
      ...(edit && { edit }),
      ...(editSchema !== undefined && editSchema !== true && { editSchema }),
      ...(answer && { answer }),
      quorum: approve.quorum ?? 1,
    };
    return { fields: { kind: 'approve', ...plan }, output: outputOf({ options, editSchema, answer }) };
  },
};

type Asking = Pick<ApprovalSpec, keyof typeof askingKeys | 'on_timeout'>;

/** Who is asked, what may be chosen, and what happens until somebody does. */
export function planAsking(
  draft: Draft,
  path: Path,
  asking: Asking & { readonly options: readonly string[] },
): Pick<ApprovalPlan, 'to' | 'options' | 'remindMs' | 'escalate' | 'answerWithinMs' | 'onTimeout' | 'notify'> {
  const { to = [], options, remind, escalate, timeout, notify } = asking;
  refuseLate(draft, [...path, 'remind'], { is: remind, timeout });
  refuseLate(draft, [...path, 'escalate', 'after'], { is: escalate?.after, timeout });
  return {
    to: planNames(draft, [...path, 'to'], to),
    options,
    ...times(draft, path, asking),
    onTimeout: planOnTimeout(draft, [...path, 'on_timeout'], asking),
    ...planNotify(draft, [...path, 'notify'], { notify, options }),
  };
}

function times(
  draft: Draft,
  path: Path,
  { remind, escalate, timeout }: Asking,
): Pick<ApprovalPlan, 'remindMs' | 'escalate' | 'answerWithinMs'> {
  return {
    ...(remind !== undefined && { remindMs: parseDuration(remind) as number }),
    ...(escalate && {
      escalate: {
        afterMs: parseDuration(escalate.after) as number,
        to: planNames(draft, [...path, 'escalate', 'to'], escalate.to),
      },
    }),
    ...(timeout !== undefined && { answerWithinMs: parseDuration(timeout) as number }),
  };
}

function checkOptions({ problems }: Draft, path: Path, options: readonly string[]): void {
  options.forEach((option, index) => {
    const place = [...path, index];
    const is = option === 'fail' ? '"on_timeout" has another meaning for that word' : 'the list has it twice';
    if (option !== 'fail' && options.indexOf(option) === index) return;
    const message = `Cannot use ${placeText(place)}: it is ${valueText(option)}, and ${is}`;
    problems.push(wrongValue('VALUE_INVALID', place, message));
  });
}

/** Refuses what would happen only after the time for an answer is over. */
function refuseLate(
  { problems }: Draft,
  path: Path,
  { is, timeout }: { readonly is: string | undefined; readonly timeout: string | undefined },
): void {
  if (is === undefined || timeout === undefined) return;
  if ((parseDuration(is) as number) < (parseDuration(timeout) as number)) return;
  const message = `Cannot use ${placeText(path)}: it is ${is}, and after ${timeout} no answer is taken any more`;
  problems.push(wrongValue('VALUE_INVALID', path, message));
}

/** What the person may change, and what a changed one must be so that the steps after it can rely on it. */
function planEdit(
  draft: Draft,
  path: Path,
  value: Json | undefined,
): { readonly edit?: Template; readonly editSchema?: JsonSchema } {
  if (value === undefined) return {};
  const { template, schema } = compileAt(draft, { path, value });
  return { edit: template, editSchema: schemaOfEdited(schema) };
}

/** What something that people have changed must be, from what it is by itself; `true` where that is not known. */
export function schemaOfEdited(schema: JsonSchema): JsonSchema {
  // An expression in a schema has no value yet.
  const isKnown = typeOf(schema).kind !== 'any' && !JSON.stringify(schema).includes('${{');
  return isKnown ? schema : true;
}

const NAMES = { kinds: ['string', 'list'], text: 'a list of names' } as const;

/** Names of people: one, a list of them, or an expression that gives either. Renders to a list wherever that is known. */
function planNames(draft: Draft, path: Path, names: string | readonly string[]): Template {
  const { template, schema } = compileAt(draft, { path, value: names });
  const type = typeOf(schema);
  refuseOther(draft, path, { type, wanted: NAMES });
  if (type.kind === 'list') refuseOther(draft, path, { type: itemOf(type), wanted: { ...NAMES, kinds: ['string'] } });
  if (type.kind !== 'string') return template;
  return template.kind === 'literal'
    ? { kind: 'literal', value: [template.value] }
    : { kind: 'list', items: [template] };
}

function planOnTimeout(
  draft: Draft,
  path: Path,
  {
    on_timeout: wanted,
    timeout,
    options,
  }: Pick<ApprovalSpec, 'on_timeout' | 'timeout'> & { options: readonly string[] },
): OnTimeoutPlan {
  if (wanted !== undefined && timeout === undefined) refuseWithoutTimeout(draft, path);
  if (wanted === undefined || wanted === 'fail') return { kind: 'fail' };
  if (!options.includes(wanted)) {
    const is = `there is no option ${valueText(wanted)}${suggestion(wanted, ['fail', ...options])}`;
    draft.problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
  }
  return { kind: 'choose', option: wanted };
}

function planNotify(
  draft: Draft,
  path: Path,
  { notify, options }: Pick<ApprovalSpec, 'notify'> & { readonly options: readonly string[] },
): Pick<ApprovalPlan, 'notify'> {
  if (notify === undefined) return {};
  const inside = within(draft, { event: eventOf(options) });
  return { notify: planToolCall(inside, path, notify).call };
}

const STRING: JsonSchema = { type: 'string' };
const STRINGS: JsonSchema = { type: 'array', items: STRING };
const NULL: JsonSchema = { type: 'null' };

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, NULL] };
}

/** What a notification may read. */
function eventOf(options: readonly string[]): JsonSchema {
  return mapOf({
    kind: { enum: ['asked', 'reminded', 'escalated', 'answered', 'timed_out'] },
    step: STRING,
    message: STRING,
    to: STRINGS,
    options: STRINGS,
    choice: orNull({ type: 'string', enum: options }),
    by: orNull(STRING),
  });
}

/** Nobody answered where the time was over: then there is no form, and no name. */
function outputOf({
  options,
  editSchema,
  answer,
}: {
  readonly options: readonly string[];
  readonly editSchema: JsonSchema | undefined;
  readonly answer: JsonSchema | undefined;
}): JsonSchema {
  return mapOf({
    choice: { type: 'string', enum: options },
    edited: editSchema ?? NULL,
    answer: answer === undefined ? NULL : orNull(answer),
    by: orNull(STRING),
    at: STRING,
    comment: orNull(STRING),
    answers: { type: 'array', items: mapOf(answerFields({ options, editSchema, answer })) },
  });
}

function answerFields({ options, editSchema, answer }: Parameters<typeof outputOf>[0]): Record<string, JsonSchema> {
  return {
    choice: { type: 'string', enum: options },
    by: STRING,
    at: STRING,
    comment: orNull(STRING),
    edited: editSchema === undefined ? NULL : orNull(editSchema),
    answer: answer === undefined ? NULL : orNull(answer),
  };
}
