import type { JsonObject } from '../../../src/pipeline/json.ts';
import { CLOSABLE } from './conversation.ts';

/** Schemas that strict modes would change the meaning of, or do not know. */
export const NOT_STRICT: readonly { name: string; schema: JsonObject }[] = [
  { name: 'an object that names no keys', schema: { type: 'object' } },
  { name: 'an object that allows more keys', schema: { ...CLOSABLE, additionalProperties: { type: 'string' } } },
  { name: 'such an object in a list', schema: { type: 'array', items: { anyOf: [{ type: 'object' }] } } },
  { name: 'the schema of anything', schema: {} },
];

export const NOT_STRICT_AT_OPENAI = [
  ...NOT_STRICT,
  { name: 'an object with a key that is not required', schema: { ...CLOSABLE, required: [] } },
  { name: 'a list', schema: { type: 'array', items: { type: 'string' } } },
];
