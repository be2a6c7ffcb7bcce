import type { Json, JsonObject } from '../../src/pipeline/json.ts';

/** What a model gave to a tool: nothing is no fields, and text that is no JSON stays text, for the tool's schema to refuse. */
export function readToolInput(text: string): Json {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The same on its way back: every vendor takes objects only. */
export function toolInputObject(input: Json): JsonObject {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? (input as JsonObject) : { input };
}

/** Why a tool failed, for vendors that have no field that says so. */
export function toolAnswerText({ text, isFailure }: { readonly text: string; readonly isFailure: boolean }): string {
  return isFailure ? `The call failed: ${text}` : text;
}
