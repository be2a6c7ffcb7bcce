import { z } from 'zod';
import { JsonValue, schemaAllowed, text } from './value.ts';

export const InputSpec = z
  .looseObject(
    {
      description: text('a text')
        .optional()
        .meta({ description: 'What the input is for', examples: ['What the customer wrote'] }),
      default: JsonValue.optional().meta({
        description: 'What stands in when the input is not given',
        examples: ['warm'],
      }),
      optional: z
        .boolean({ error: 'true or false' })
        .optional()
        .meta({
          description: 'Whether the input may be left out; it is null then',
          otherwise: 'false',
          examples: [true],
        }),
    },
    { error: schemaAllowed },
  )
  .meta({ id: 'Input', description: 'A JSON Schema, and three keys of our own; or a file' });

export type InputSpec = z.infer<typeof InputSpec>;
