import type { JsonObject } from '../../src/pipeline/json.ts';

/** A system prompt that asks for a structured answer in words, for where nothing makes a model keep to the schema. */
export function withSchemaInWords(system: string | undefined, schema: JsonObject): string {
  const words = [
    'Answer with one JSON value and nothing else: no explanation and no code fence.',
    `The value must be valid against this JSON Schema: ${JSON.stringify(schema)}`,
  ].join('\n');
  return [system, words].filter(Boolean).join('\n\n');
}
