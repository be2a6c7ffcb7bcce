import { z } from 'zod';
import type { JsonObject } from './json.ts';
import { PipelineSpec } from './spec.ts';

/** Keys of our own in the zod schemas, which no editor knows. */
const OWN_META: readonly string[] = ['expressions', 'otherwise', 'inner'];

/** Where the schemas stand that hold themselves in their turn. */
const STEP = '#/definitions/Step';
const PIPELINE = '#/definitions/Pipeline';

/**
 * The JSON Schema of a pipeline file, for editors: it completes keys and finds most mistakes. Draft 7, which editors
 * know best. What takes more than one look (references, types, models) only `validate` finds.
 */
export function languageSchema(): JsonObject {
  const schema = z.toJSONSchema(PipelineSpec, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema['inner'] === 'step') jsonSchema.$ref = STEP;
      else if (jsonSchema['inner'] === 'pipeline') jsonSchema.$ref = PIPELINE;
      else if (jsonSchema['inner'] !== undefined) jsonSchema.additionalProperties = { $ref: STEP };
      for (const key of OWN_META) delete jsonSchema[key];
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} };
    },
  });
  return { title: 'Orchestrator pipeline', ...(schema as object) };
}
