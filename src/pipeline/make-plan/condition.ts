import { type Kind, type StaticType, shownKind, typeOf } from '../expression/types.ts';
import type { Expression } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { compileAt, type Draft } from './draft.ts';

/** What an expression may give, and how that is said. */
interface Wanted {
  readonly kinds: readonly Kind[];
  readonly text: string;
}

/** The condition of a step, which gives true or false. */
export function planCondition(draft: Draft, path: Path, condition: string | boolean): Expression | undefined {
  const value = typeof condition === 'string' ? condition : `\${{ ${condition} }}`;
  return planExpression(draft, { path, value }, { kinds: ['boolean'], text: 'true or false' });
}

/** One expression, and nothing around it, that gives a certain kind of value. */
export function planExpression(
  draft: Draft,
  { path, value }: { readonly path: Path; readonly value: string },
  wanted: Wanted,
): Expression | undefined {
  const { template, schema, problems } = compileAt(draft, { path, value });
  if (problems.length > 0) return undefined;
  if (template.kind !== 'expression') {
    draft.problems.push(wrongValue('EXPRESSION_SYNTAX', path, `Cannot use ${placeText(path)}: ${textIs(value)}`));
    return undefined;
  }
  refuseOther(draft, path, { type: typeOf(schema), wanted });
  return template.expression;
}

/** Reports an expression that gives another kind of value; of some only the run tells what they give. */
export function refuseOther(
  { problems }: Draft,
  path: Path,
  { type, wanted }: { readonly type: StaticType; readonly wanted: Wanted },
): void {
  if (type.kind === 'any' || wanted.kinds.includes(type.kind)) return;
  const is = `it gives ${shownKind(type)}, ${wanted.text} is needed`;
  problems.push(wrongValue('EXPRESSION_TYPE', path, `Cannot use the expression in ${placeText(path)}: ${is}`));
}

/** Of a text where an expression is needed. */
export function textIs(value: string): string {
  const inner = value
    .replaceAll(/\$\{\{|\}\}/g, ' ')
    .trim()
    .replaceAll(/\s+/g, ' ');
  return `${valueText(value)} is text, one expression is allowed, as in "\${{ ${inner} }}"`;
}
