import { inputText } from '../inputs.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { InputPlan } from '../plan.ts';
import { type Path, placeText, valueText, wrongKey, wrongValue } from '../problem.ts';
import { similarNames, suggestion } from '../suggestion.ts';
import type { Draft } from './draft.ts';
import { fitProblems } from './fit.ts';

/** Values that are given to a pipeline as its inputs. */
export interface GivenInputs {
  /** Of the map of values. */
  readonly path: Path;
  readonly value: JsonObject;
  /** What is known of each of them once it is filled in. */
  readonly filledIn: Readonly<Record<string, JsonSchema>>;
  readonly inputs: Readonly<Record<string, InputPlan>>;
}

/** Reports what is missing, what the pipeline does not take, and what has another type. */
export function checkGivenInputs(draft: Draft, { path, value, filledIn, inputs }: GivenInputs): void {
  for (const [name, given] of Object.entries(value)) {
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    const place = [...path, name];
    if (input === undefined) draft.problems.push(unknown(place, Object.keys(inputs)));
    else if (given !== null || input.isRequired || input.default !== null)
      fit(draft, place, { input, given, filledIn });
  }
  const meant = Object.keys(value).flatMap((name) => (Object.hasOwn(inputs, name) ? [] : meantBy(name, inputs)));
  for (const [name, input] of Object.entries(inputs)) {
    // A mistyped one is missing as well; once is enough.
    if (!input.isRequired || Object.hasOwn(value, name) || meant.includes(name)) continue;
    const is = `input "${name}" is missing, ${inputText(input)} is needed`;
    draft.problems.push(wrongKey('INPUT_MISSING', path, `Cannot use ${placeText(path)}: ${is}`));
  }
}

function meantBy(name: string, inputs: GivenInputs['inputs']): readonly string[] {
  return similarNames(name, Object.keys(inputs)).slice(0, 1);
}

function unknown(path: Path, names: readonly string[]) {
  const hint = suggestion(String(path.at(-1)), names) || ', it has none';
  const is = `the pipeline has no input ${valueText(path.at(-1))}${hint}`;
  return wrongKey('INPUT_UNKNOWN', path, `Cannot use ${placeText(path)}: ${is}`);
}

function fit(
  draft: Draft,
  path: Path,
  { input, given, filledIn }: { input: InputPlan; given: Json; filledIn: GivenInputs['filledIn'] },
): void {
  const known = filledIn[String(path.at(-1))] as JsonSchema;
  const { schema, files } = input;
  if (files !== undefined && !JSON.stringify(given).includes('${{')) return refuseNoFile(draft, path, given);
  // What is wrong with the schema itself has been told where it stands.
  if (draft.schemas.faultsOf(schema).length > 0) return;
  draft.problems.push(...fitProblems({ path, value: given, filledIn: known, schema }, draft.schemas));
}

/** The files of a run come with its own inputs. */
function refuseNoFile({ problems }: Draft, path: Path, given: Json): void {
  const is = `it is ${valueText(given)}, an expression that gives a file of the inputs, or a list of them, is needed`;
  problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
}
