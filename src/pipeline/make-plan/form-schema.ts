import type { JsonObject } from '../json.ts';
import { type Path, placeText } from '../problem.ts';
import { type Draft, checkSchema } from './draft.ts';
import { wordsOutsideForms } from './schema-words.ts';

/** Reports what keeps a JSON Schema from being one that the run itself can check by: of a form, or of an event. */
export function checkForm(draft: Draft, root: Path, schema: JsonObject): void {
  if (!checkSchema(draft, root, schema)) return;
  for (const { path, at, message } of wordsOutsideForms(schema)) {
    const sentence = `Cannot use ${placeText(root)} as a JSON Schema: ${message}`;
    draft.problems.push({ severity: 'error', code: 'SCHEMA_INVALID', path: [...root, ...path], at, message: sentence });
  }
}
