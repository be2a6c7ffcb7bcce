import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { RE2JS } from 're2js';
import { PipelineError } from '../errors.ts';
import { patternProblem } from './expression-host.ts';
import type { Json, JsonSchema } from './json.ts';

/** What is wrong with a value, one sentence part each (`/label must be string`); empty when it is valid. */
export type Faults = readonly string[];

/** More faults than this help nobody. */
const FAULTS_MAX = 5;

/**
 * Prepares the check of values against a JSON Schema (draft 2020-12, with formats). `pattern` is a regular
 * expression of RE2, whose time is linear. Throws `SCHEMA_INVALID`. Not for workflows: ajv generates code.
 */
export function compileJsonSchema(schema: JsonSchema): (value: Json) => Faults {
  const validate = compileValidator(schema);
  return (value) => (validate(value) ? [] : faultsOf(validate.errors, 'the value'));
}

/** The same, with the errors as ajv gives them. Throws `SCHEMA_INVALID`. */
export function compileValidator(schema: JsonSchema): ValidateFunction {
  const mistakes = trying(() => (grammar.validateSchema(schema) ? [] : faultsOf(grammar.errors, 'the schema')));
  if (mistakes.length > 0) throw refused(mistakes.join('; '));
  // An instance for each, since one that is shared keeps every schema that it ever saw, under the `$id` it claims.
  const ajv = new Ajv2020({ ...OPTIONS, meta: false, validateSchema: false });
  formats.default(ajv);
  ajv.addFormat('regex', (text) => patternProblem(text) === undefined);
  const validate = trying(() => ajv.compile(schema));
  // ajv's own keyword: the result would be a promise, which says nothing yet.
  if ('$async' in validate) throw refused('"$async" is not part of JSON Schema');
  return validate;
}

function trying<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refused((error as Error).message, error);
  }
}

function refused(reason: string, cause?: unknown): PipelineError {
  return new PipelineError('SCHEMA_INVALID', `Cannot use a JSON Schema: ${reason}`, { cause });
}

function linearTime(pattern: string): { test(text: string): boolean; toString(): string } {
  const expression = RE2JS.compile(pattern);
  // By this text ajv tells expressions apart.
  const toString = () => pattern;
  return { test: (text) => expression.matcher(text).find(), toString };
}
// ajv's name for this engine in code that is written to files, which is never done here.
linearTime.code = 'linearTime';

const OPTIONS = { allErrors: true, strict: false, code: { regExp: linearTime } };
// The grammar of schemas is prepared once, when it is first needed, since that takes ten times as long as the rest.
const grammar = new Ajv2020(OPTIONS);

function faultsOf(errors: ValidateFunction['errors'], root: string): Faults {
  return [...new Set((errors as ErrorObject[]).map((error) => faultOf(error, root)))].slice(0, FAULTS_MAX);
}

function faultOf({ instancePath, message, keyword, params }: ErrorObject, root: string): string {
  return `${instancePath === '' ? root : instancePath} ${message}${detailOf(keyword, params)}`;
}

/** What ajv's sentence leaves out. */
function detailOf(keyword: string, params: Record<string, unknown>): string {
  if (keyword === 'enum') return ` (${JSON.stringify(params['allowedValues'])})`;
  if (keyword === 'const') return ` (${JSON.stringify(params['allowedValue'])})`;
  if (keyword === 'additionalProperties') return ` (${JSON.stringify(params['additionalProperty'])})`;
  return '';
}
