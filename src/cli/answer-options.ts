import { PipelineError } from '../errors.ts';
import { typeOf } from '../pipeline/expression/types.ts';
import type { Json, JsonSchema } from '../pipeline/json.ts';
import { mapOfFile } from './input-options.ts';
import { jsonOf, textOf } from './text-options.ts';

export interface AnswerOptions {
  readonly edited?: string;
  /** `name=value`, each. */
  readonly answer?: readonly string[];
  readonly answerFile?: string;
}

/** What a person may fill in. */
export interface Form {
  /** What the person may change; undefined where nothing is offered. */
  readonly edit?: Json;
  readonly answer?: JsonSchema;
}

/** What a person filled in on the command line. Throws `USAGE`; whether the step takes it is for the run to say. */
export function filledIn(form: Form, { edited, answer, answerFile }: AnswerOptions): { edited?: Json; answer?: Json } {
  const ofFile = answerFile === undefined ? {} : (mapOfFile('the answer', answerFile) as Record<string, Json>);
  const fields = (answer ?? []).map((text) => namedField(form.answer, text));
  return {
    ...(edited === undefined ? {} : { edited: editedValue(form, edited) }),
    ...(answer === undefined && answerFile === undefined
      ? {}
      : { answer: { ...ofFile, ...Object.fromEntries(fields) } }),
  };
}

/** Where something else than a text is offered, the change is JSON as well. */
export function editedValue({ edit }: Form, option: string): Json {
  return edit === undefined || typeof edit === 'string' ? textOf(option) : jsonOf('--edited', option);
}

function namedField(schema: JsonSchema | undefined, text: string): readonly [string, Json] {
  const end = text.indexOf('=');
  if (end < 1) throw new PipelineError('USAGE', `Cannot read the answer "${text}": write --answer name=value`);
  const name = text.slice(0, end);
  return [name, fieldValue(schema, name, text.slice(end + 1))];
}

/** The value of one field of a form, written as text: the text itself where a text is wanted, JSON elsewhere. */
export function fieldValue(schema: JsonSchema | undefined, name: string, text: string): Json {
  const { kind } = typeOf(fieldsOf(schema)[name] ?? true);
  if (kind === 'string') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // It is not JSON: the run says what it needs instead of a text.
    return text;
  }
}

export function fieldsOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  const properties = schema === undefined || schema === true ? undefined : schema['properties'];
  return (properties ?? {}) as Readonly<Record<string, JsonSchema>>;
}
