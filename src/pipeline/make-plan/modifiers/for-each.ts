import { itemOf, typeOf } from '../../expression/types.ts';
import type { Json, JsonSchema } from '../../json.ts';
import type { ForEachPlan, Template } from '../../plan.ts';
import { type Path, placeText, wrongKey, wrongValue } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import { planExpression, refuseOther, textIs } from '../condition.ts';
import { type Draft, compileAt, within } from '../draft.ts';
import { refuseShadowingName } from '../shadows.ts';

/** What `for_each` makes of a step. */
export interface PlannedItems {
  /** Where an item and its number can be read. */
  readonly draft: Draft;
  readonly forEach?: ForEachPlan;
  /** What all items give together, from what one of them gives. */
  readonly outputOfAll: (output: JsonSchema) => JsonSchema;
}

const AS = 'item';
const INDEX = 'index';
const ITEMS_MAX_DEFAULT = 1000;
const AT_A_TIME_DEFAULT = 10;

export function planForEach(around: Draft, path: Path, step: StepSpec): PlannedItems {
  const { for_each: list, as = AS, index = INDEX } = step;
  if (list === undefined) {
    refuseAlone(around, path, step);
    return { draft: around, outputOfAll: (output) => output };
  }
  const { over, item, max } = planList(around, [...path, 'for_each'], { list, max: step.max });
  refuseNames(around, path, step);
  const draft = within(around, { [as]: item, [index]: { type: 'integer' } });
  const key =
    step.key === undefined ? undefined : planExpression(draft, { path: [...path, 'key'], value: step.key }, KEY);
  const forEach: ForEachPlan = {
    over,
    as,
    index,
    ...(key && { key }),
    max,
    concurrency: step.concurrency ?? AT_A_TIME_DEFAULT,
    onItemError: step.on_item_error ?? 'fail',
  };
  return { draft, forEach, outputOfAll: (output) => outputOfAll(output, forEach, step.key !== undefined) };
}

const KEY = { kinds: ['string', 'integer', 'number'], text: 'text or a number' } as const;
const LIST = { kinds: ['list'], text: 'a list' } as const;

/** The list, what is known of its items, and how many there may be: no more than its schema lets through. */
function planList(
  draft: Draft,
  path: Path,
  { list, max: said }: { readonly list: string | readonly Json[]; readonly max: number | undefined },
): { readonly over: Template; readonly item: JsonSchema; readonly max: number } {
  const { template, schema, problems } = compileAt(draft, { path, value: list });
  const max = said ?? Math.min(ITEMS_MAX_DEFAULT, itemsIn(schema));
  if (problems.length > 0) return { over: template, item: true, max };
  const type = typeOf(schema);
  const refuse = (is: string) =>
    void draft.problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
  if (typeof list !== 'string') {
    if (list.length > max) refuse(`it has ${list.length} items, at most ${max} are allowed by "max"`);
  } else if (template.kind === 'expression') refuseOther(draft, path, { type, wanted: LIST });
  else draft.problems.push(wrongValue('EXPRESSION_SYNTAX', path, `Cannot use ${placeText(path)}: ${textIs(list)}`));
  return { over: template, item: itemOf(type).schema, max };
}

function itemsIn(schema: JsonSchema): number {
  const most = typeof schema === 'object' ? schema['maxItems'] : undefined;
  return typeof most === 'number' ? Math.max(1, most) : Infinity;
}

function refuseNames(draft: Draft, path: Path, { as, index }: StepSpec): void {
  refuseShadowingName(draft, path, { key: 'as', name: as ?? AS, isWritten: as !== undefined });
  refuseShadowingName(draft, path, { key: 'index', name: index ?? INDEX, isWritten: index !== undefined });
  if ((as ?? AS) !== (index ?? INDEX)) return;
  const place = [...path, index === undefined ? 'as' : 'index'];
  const is = `the item and its number would both have the name "${as ?? AS}"`;
  draft.problems.push(wrongValue('NAME_SHADOWED', place, `Cannot use ${placeText(place)}: ${is}`));
}

/** Keys that say something about items where there are none. */
function refuseAlone(draft: Draft, path: Path, step: StepSpec): void {
  for (const key of ['as', 'index', 'key', 'max', 'concurrency', 'on_item_error'] as const) {
    if (step[key] === undefined) continue;
    const place = [...path, key];
    const message = `Cannot use ${placeText(place)}: the step has no "for_each"`;
    draft.problems.push(wrongKey('VALUE_INVALID', place, message));
  }
}

/** An item that failed has null in its place, where that is allowed. */
function outputOfAll(output: JsonSchema, { onItemError }: ForEachPlan, isMap: boolean): JsonSchema {
  const one: JsonSchema = onItemError === 'fail' ? output : { anyOf: [output, { type: 'null' }] };
  return isMap ? { type: 'object', additionalProperties: one } : { type: 'array', items: one };
}
