import { type StaticType, fieldOf, itemOf, shownKind, typeOf } from '../expression/types.ts';
import type { Template } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { type Draft, compileAt } from './draft.ts';

/** Files that go with what a model is asked: each an expression that gives a file of the inputs, or a list of them. */
export function planAttachments(draft: Draft, path: Path, written: readonly string[]): readonly Template[] {
  return written.map((value, index) => {
    const place = [...path, index];
    const { template, schema, problems } = compileAt(draft, { path: place, value });
    const is = template.kind === 'expression' ? otherThanFiles(typeOf(schema)) : `it is ${valueText(value)}`;
    if (problems.length === 0 && is !== undefined) {
      const message = `Cannot use ${placeText(place)}: ${is}, an expression that gives a file of the inputs, or a list of them, is needed`;
      draft.problems.push(wrongValue('VALUE_INVALID', place, message));
    }
    return template;
  });
}

/** Of some only the run tells what they give. */
function otherThanFiles(type: StaticType): string | undefined {
  const one = type.kind === 'list' ? itemOf(type) : type;
  if (one.kind === 'any' || one.kind === 'null') return undefined;
  const isFile = one.kind === 'map' && FIELDS.every((name) => fieldOf(one, name) !== undefined);
  return isFile ? undefined : `it gives ${shownKind(type)}`;
}

const FIELDS = ['path', 'sha256', 'media_type'] as const;
