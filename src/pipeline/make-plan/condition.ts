import { shownKind, typeOf } from '../expression/types.ts';
import type { Expression } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { compileAt, type Draft } from './draft.ts';

/** The condition of a step: one expression, and nothing around it, that gives true or false. */
export function planCondition(draft: Draft, path: Path, condition: string | boolean): Expression | undefined {
  const value = typeof condition === 'string' ? condition : `\${{ ${condition} }}`;
  const { template, schema, problems } = compileAt(draft, { path, value });
  if (problems.length > 0) return undefined;
  const type = typeOf(schema);
  if (template.kind !== 'expression') {
    const inner = value
      .replaceAll(/\$\{\{|\}\}/g, ' ')
      .trim()
      .replaceAll(/\s+/g, ' ');
    const is = `${valueText(value)} is text, one expression is allowed, as in "\${{ ${inner} }}"`;
    draft.problems.push(wrongValue('EXPRESSION_SYNTAX', path, `Cannot use ${placeText(path)}: ${is}`));
    return undefined;
  }
  if (type.kind !== 'boolean' && type.kind !== 'any') {
    const is = `it gives ${shownKind(type)}, true or false is needed`;
    draft.problems.push(wrongValue('EXPRESSION_TYPE', path, `Cannot use the expression in ${placeText(path)}: ${is}`));
  }
  return template.expression;
}
