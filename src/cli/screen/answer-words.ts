import { formSample } from '../../pipeline/form/sample.ts';
import { formProblems } from '../../pipeline/form.ts';
import type { Json, JsonSchema } from '../../pipeline/json.ts';
import { isMap } from '../../pipeline/problem.ts';
import type { ApprovalView } from '../../pipeline/view.ts';
import { fieldValue } from '../answer-options.ts';

/**
 * Options of `runs approve` with which an answer is taken as it is shown: the first choice, the first who is asked, and
 * something in every field that has to be filled in. Where nothing is known that fits the form, the command asks.
 */
export function answerWords({ to, options, answer }: ApprovalView): readonly string[] {
  const [asked] = to;
  const who = asked === undefined ? [] : ['--group', asked];
  const fields = answer === undefined ? [] : fieldWords(answer);
  return fields === undefined ? who : ['--choice', options[0] as string, ...who, ...fields];
}

function fieldWords(schema: JsonSchema): readonly string[] | undefined {
  const sample = formSample(schema);
  if (!isMap(sample) || !Object.keys(sample).every((name) => /^[^=]+$/u.test(name))) return undefined;
  return Object.entries(sample).flatMap(([name, value]) => ['--answer', `${name}=${fieldText(schema, name, value)}`]);
}

/** As `--answer` reads it back. */
function fieldText(schema: JsonSchema, name: string, value: Json): string {
  return typeof value === 'string' && fieldValue(schema, name, value) === value ? value : JSON.stringify(value);
}

/** Options of `runs send` with which an event is taken as it is shown; where nothing is known that fits, a file is named. */
export function payloadWords(schema: JsonSchema | undefined): readonly string[] {
  if (schema === undefined || formProblems(null, schema).length === 0) return [];
  const sample = formSample(schema);
  return ['--payload', sample === undefined ? '@payload.json' : JSON.stringify(sample)];
}
