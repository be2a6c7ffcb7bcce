import { type ErrorCode, type Finding, PipelineError } from '../errors.ts';
import { shownKind, typeOf } from './expression/types.ts';
import type { Json } from './json.ts';
import { compileJsonSchema } from './json-schema.ts';
import { plainJson } from './plain-json.ts';
import type { InputPlan, Plan } from './plan.ts';
import { valueText } from './problem.ts';
import { suggestion } from './suggestion.ts';

/**
 * Every input of a plan with its value: the given one, or what stands in for it. Throws `INPUT_MISSING`,
 * `INPUT_UNKNOWN` or `INPUT_INVALID`, whichever comes first, with everything that is wrong as findings.
 */
export function resolveInputs(
  plan: Pick<Plan, 'inputs' | 'pipeline'>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Json>> {
  const findings = Object.keys(given)
    .filter((name) => !Object.hasOwn(plan.inputs, name))
    .map((name) => unknownInput(plan, name));
  const inputs = Object.entries(plan.inputs).map(([name, input]) => {
    const { value, finding } = resolve(input, Object.hasOwn(given, name) ? given[name] : undefined, name);
    if (finding !== undefined) findings.push(finding);
    return [name, value] as const;
  });
  if (findings.length > 0) throw refusal(plan, findings);
  return Object.fromEntries(inputs);
}

/**
 * The value of an input that was written as text, `--input name=text`: the text itself where a text is wanted, a file
 * behind `@` where a file is, JSON elsewhere. Throws `INPUT_UNKNOWN` or `INPUT_INVALID`. Whether it meets the schema is for `resolveInputs` to say.
 */
export function parseInputText(plan: Plan, name: string, text: string): Json {
  const input = Object.hasOwn(plan.inputs, name) ? plan.inputs[name] : undefined;
  if (input === undefined) throw refusal(plan, [unknownInput(plan, name)]);
  if (input.files !== undefined) {
    if (text.startsWith('@')) return { file: text.slice(1) };
    throw refusal(plan, [found('INPUT_INVALID', name, `is ${valueText(text)}, a file is needed: write ${name}=@PATH`)]);
  }
  const type = typeOf(input.schema);
  if (type.kind === 'string') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // It is not JSON. Where anything is allowed, a text is as well.
    if (type.kind === 'any') return text;
    throw refusal(plan, [found('INPUT_INVALID', name, `is ${valueText(text)}, ${shownKind(type)} in JSON is needed`)]);
  }
}

function resolve(input: InputPlan, given: unknown, name: string): { value: Json; finding?: Finding } {
  const { schema, isRequired } = input;
  if (given === undefined) {
    const finding = found('INPUT_MISSING', name, `is missing, ${inputText(input)} is needed`);
    return { value: input.default, ...(isRequired ? { finding } : {}) };
  }
  // What an optional input is when it is not given may be given, too.
  if (given === null && !isRequired && input.default === null) return { value: null };
  const { value, faults } = plainJson(given);
  const [odd] = faults;
  const [wrong] = odd === undefined ? compileJsonSchema(schema)(value) : [];
  if (odd !== undefined) return { value, finding: found('INPUT_INVALID', name, `cannot be used: ${odd.message}`) };
  if (wrong !== undefined) return { value, finding: found('INPUT_INVALID', name, `is ${valueText(value)}: ${wrong}`) };
  return { value };
}

/** What is given for an input, for people. */
export function inputText({ files, schema }: Pick<InputPlan, 'files' | 'schema'>): string {
  return files === undefined ? shownKind(typeOf(schema)) : files === 'file' ? 'a file' : 'a list of files';
}

function unknownInput({ inputs }: Pick<Plan, 'inputs'>, name: string): Finding {
  const hint = suggestion(name, Object.keys(inputs)) || ': the pipeline has no inputs';
  return { ...found('INPUT_UNKNOWN', name, ''), message: `there is no input ${valueText(name)}${hint}` };
}

function found(code: ErrorCode, name: string, is: string): Finding {
  return { severity: 'error', code, message: `input "${name}" ${is}`, path: `inputs.${name}` };
}

function refusal({ pipeline }: Pick<Plan, 'pipeline'>, findings: readonly Finding[]): PipelineError {
  const sentences = findings.map((finding) => ({
    ...finding,
    message: `Cannot start "${pipeline.name}": ${finding.message}`,
  }));
  const [first] = sentences as [Finding];
  const others = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
  return new PipelineError(first.code, `${first.message}${others}`, { findings: sentences });
}
