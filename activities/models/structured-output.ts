import { jsonrepair } from 'jsonrepair';
import type { Faults } from '../../src/pipeline/json-schema.ts';
import type { Json } from '../../src/pipeline/json.ts';

export type StructuredOutput =
  | { readonly isValid: true; readonly value: Json }
  /** `reason` says what is wrong with it, for people and for a model that repairs it. */
  | { readonly isValid: false; readonly reason: string };

/** The value in a model's text, held against its schema. Small slips of models in writing JSON are forgiven. */
export function readStructuredOutput(text: string, faultsOf: (value: Json) => Faults): StructuredOutput {
  const value = parseAnswer(text);
  if (value === undefined) return { isValid: false, reason: 'it is not JSON' };
  const faults = faultsOf(value);
  return faults.length === 0 ? { isValid: true, value } : { isValid: false, reason: faults.join('; ') };
}

function parseAnswer(text: string): Json | undefined {
  for (const read of [JSON.parse, (slipped: string) => JSON.parse(jsonrepair(slipped))]) {
    try {
      return read(text) as Json;
    } catch {
      // Both throw for nothing but text that they cannot read.
    }
  }
  return undefined;
}
