import { parseDuration, parseTime } from '../../duration.ts';
import { typeOf } from '../../expression/types.ts';
import type { JsonSchema } from '../../json.ts';
import type { Template } from '../../plan.ts';
import { type Path, placeText, valueText, wrongKey, wrongValue } from '../../problem.ts';
import { type FailStepSpec, type WaitForEventSpec, type WaitStepSpec, waitAllowed } from '../../spec/kinds/waiting.ts';
import type { OnTimeoutPlan, WaitPlan } from '../../waiting-plan.ts';
import { planCondition, refuseOther } from '../condition.ts';
import { type Draft, compileAt, within } from '../draft.ts';
import { checkForm } from '../form-schema.ts';
import type { Kind } from '../kind.ts';

export const waitKind: Kind<WaitStepSpec> = {
  attempts: 1,
  known: (_, { wait }) => (typeof wait === 'string' ? NULL : undefined),
  plan(draft, path, { wait }) {
    const place = [...path, 'wait'];
    if (typeof wait === 'string') {
      return { fields: { kind: 'wait', wait: { kind: 'time', at: planTime(draft, place, wait) } }, output: NULL };
    }
    const { plan, output } = planEvent(draft, place, wait);
    return { fields: { kind: 'wait', wait: plan }, output };
  },
};

const NULL: JsonSchema = { type: 'null' };

const TIMES = {
  kinds: ['string', 'integer', 'number'],
  text: 'a duration, a time or a number of milliseconds',
} as const;

function planTime(draft: Draft, path: Path, value: string): Template {
  const { template, schema, problems } = compileAt(draft, { path, value });
  refuseOther(draft, path, { type: typeOf(schema), wanted: TIMES });
  const isLiteral = template.kind === 'literal' && problems.length === 0;
  if (isLiteral && parseDuration(value) === undefined && parseTime(value) === undefined) {
    const message = `Cannot read ${placeText(path)}: it is ${valueText(value)}, ${waitAllowed} is allowed`;
    draft.problems.push(wrongValue('VALUE_INVALID', path, message));
  }
  return template;
}

interface PlannedEvent {
  readonly plan: WaitPlan;
  readonly output: JsonSchema;
}

function planEvent(draft: Draft, path: Path, written: WaitForEventSpec): PlannedEvent {
  const { event, match, schema, timeout } = written;
  const payload = schema ?? true;
  if (schema !== undefined) checkForm(draft, [...path, 'schema'], schema);
  const inside = within(draft, { event: payload });
  const condition = match === undefined ? undefined : planCondition(inside, [...path, 'match'], match);
  const { onTimeout, output } = planOnTimeout(draft, path, { written, payload });
  const plan: WaitPlan = {
    kind: 'event',
    event,
    ...(condition && { match: condition }),
    ...(schema && { schema }),
    ...(timeout !== undefined && { withinMs: parseDuration(timeout) as number }),
    onTimeout,
  };
  return { plan, output };
}

function planOnTimeout(
  draft: Draft,
  path: Path,
  { written, payload }: { readonly written: WaitForEventSpec; readonly payload: JsonSchema },
): { readonly onTimeout: OnTimeoutPlan; readonly output: JsonSchema } {
  const { on_timeout: wanted = 'fail', timeout } = written;
  const place = [...path, 'on_timeout'];
  if (written.on_timeout !== undefined && timeout === undefined) refuseWithoutTimeout(draft, place);
  if (wanted === 'fail') return { onTimeout: { kind: 'fail' }, output: payload };
  if (wanted === 'continue') return { onTimeout: { kind: 'continue' }, output: { anyOf: [payload, NULL] } };
  const { template, schema } = compileAt(draft, { path: [...place, 'value'], value: wanted.value });
  return { onTimeout: { kind: 'value', value: template }, output: { anyOf: [payload, schema] } };
}

/** Nothing happens after a time that is not said. */
export function refuseWithoutTimeout({ problems }: Draft, path: Path): void {
  problems.push(wrongKey('VALUE_INVALID', path, `Cannot use ${placeText(path)}: there is no "timeout" beside it`));
}

export const failKind: Kind<FailStepSpec> = {
  attempts: 1,
  known: () => true,
  plan(draft, path, step) {
    const { template } = compileAt(draft, { path: [...path, 'fail'], value: step.fail });
    return { fields: { kind: 'fail', reason: template }, output: true };
  },
};
