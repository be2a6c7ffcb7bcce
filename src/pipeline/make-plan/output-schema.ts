import { type StaticType, fieldOf, shownKind, typeOf } from '../expression/types.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Template } from '../plan.ts';
import { type Path, isMap, placeText, wrongValue } from '../problem.ts';
import { checkSchema, compileAt, type Draft } from './draft.ts';

/** The schema of a structured answer, checked. Only an `enum` in it may hold expressions. */
export function planOutputSchema(draft: Draft, path: Path, schema: JsonObject): Template {
  checkSchema(draft, path, withoutExpressions(schema));
  const { template, schema: filledIn } = compileAt(draft, { path, value: schema });
  checkEnums(draft, { path, schema, filledIn: typeOf(filledIn) });
  return template;
}

/** An `enum` that is an expression as a whole must give a list. */
function checkEnums(
  draft: Draft,
  { path, schema, filledIn }: { path: Path; schema: Json; filledIn: StaticType },
): void {
  if (!isMap(schema)) return;
  for (const [key, value] of Object.entries(schema)) {
    const place = [...path, key];
    const type = fieldOf(filledIn, key) as StaticType;
    if (key !== 'enum' || typeof value !== 'string') checkEnums(draft, { path: place, schema: value, filledIn: type });
    else if (type.kind !== 'list' && type.kind !== 'any') {
      const is = `it gives ${shownKind(type)}, a list is needed`;
      draft.problems.push(
        wrongValue('EXPRESSION_TYPE', place, `Cannot use the expression in ${placeText(place)}: ${is}`),
      );
    }
  }
}

/** An `enum` that is an expression as a whole stands for a list that only the run knows. */
function withoutExpressions(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => withoutExpressions(item));
  if (!isMap(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      return [key, key === 'enum' && typeof value === 'string' ? [value] : withoutExpressions(value)];
    }),
  );
}
