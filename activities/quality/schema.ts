import { z } from 'zod';
import { compileJsonSchema } from '../../src/pipeline/json-schema.ts';
import { AnyJson } from '../any-json.ts';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';

export const schema = defineCheck({
  name: 'schema',
  description: 'Holds when the output fits a JSON Schema (draft 2020-12, with formats).',
  // By this the compiler knows that what stands there is a schema itself, and refuses one that cannot be used.
  options: z
    .union([z.literal(true), z.record(z.string(), AnyJson)], 'a JSON Schema is allowed')
    .meta({ contentMediaType: 'application/schema+json' }),
  readsOutput: false,
  example: { type: 'object', properties: { score: { type: 'number' } }, required: ['score'] },
  run(subject, jsonSchema) {
    const faults = compileJsonSchema(jsonSchema)(subject);
    if (faults.length === 0) return { passed: true, score: 1, reason: 'The output fits its schema' };
    const shown = faults.map((fault) => quote(fault).slice(1, -1)).join('; ');
    const reason = `The output does not fit its schema: ${shown}; it is ${quote(subjectText(subject))}`;
    return { passed: false, score: 0, reason };
  },
});
