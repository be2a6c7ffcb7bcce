import { toStrictJsonSchema } from 'openai/lib/transform';
import type { JsonObject } from '../../src/pipeline/json.ts';
import { nativeSchema } from './native-schema.ts';

/** A schema as OpenAI takes it: in its strict mode, which the model cannot leave, wherever that can express it. */
export function openAiSchema(schema: JsonObject): { strict: boolean; schema: Record<string, unknown> } {
  const strict = nativeSchema(schema, (each) => ({ ...toStrictJsonSchema(each) }));
  return strict === undefined ? { strict: false, schema: { ...schema } } : { strict: true, schema: strict };
}

/** A project at OpenAI may have set that its calls cost more and come sooner; then no published price would hold. */
export const LIST_PRICES = { service_tier: 'default' } as const;
