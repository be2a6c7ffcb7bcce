import type { Outcome } from '../../evaluation/outcome.ts';
import type { Json } from '../../pipeline/json.ts';

const VALUE_CHARACTERS = 200;

/** What keeps a case from being passed, one sentence each. */
export function faultsOf({ error, checks, mismatches }: Outcome): readonly string[] {
  const missed = checks.filter(({ passed }) => !passed);
  // A failed check says more than the error that it makes.
  const failure = error === undefined || (error.code === 'CHECK_FAILED' && missed.length > 0) ? [] : [error];
  return [
    ...failure.map(({ code, message }) => `${code}: ${message}`),
    ...missed.map(({ step, check, reason }) => `${check} of step "${step}": ${reason}`),
    ...mismatches.map(({ path, expected, found }) => {
      return `output "${path}" is ${found === undefined ? 'missing' : shortJson(found)}, expected is ${shortJson(expected)}`;
    }),
  ];
}

/** The beginning of a value as JSON. */
export function shortJson(value: Json, characters = VALUE_CHARACTERS): string {
  const text = JSON.stringify(value);
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}
