import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { PipelineError } from '../../errors.ts';
import { type Json, type JsonSchema, canonicalJson } from '../json.ts';
import { compileValidator } from '../json-schema.ts';
import { type SchemaFault, unknownWords } from './schema-words.ts';

/** The JSON Schemas of one plan in the making. Equal ones are compiled once. */
export interface SchemaBook {
  /** Why a schema that a user wrote cannot be used; nothing when it can. */
  faultsOf(schema: Json): readonly SchemaFault[];
  /** What is wrong with a value, as ajv tells it. The schema must be one that can be used. */
  errorsOf(value: Json, schema: JsonSchema): readonly ErrorObject[];
}

export function openSchemaBook(): SchemaBook {
  const validators = new Map<string, ValidateFunction>();
  function validatorOf(schema: JsonSchema): ValidateFunction {
    const key = canonicalJson(schema);
    const validate = validators.get(key) ?? compileValidator(schema);
    validators.set(key, validate);
    return validate;
  }
  return {
    faultsOf(schema) {
      const words = unknownWords(schema);
      return words.length > 0 ? words : compileFaults(() => validatorOf(schema as JsonSchema));
    },
    errorsOf(value, schema) {
      const validate = validatorOf(schema);
      return validate(value) ? [] : (validate.errors as readonly ErrorObject[]);
    },
  };
}

function compileFaults(compile: () => unknown): readonly SchemaFault[] {
  try {
    compile();
    return [];
  } catch (error) {
    // It throws `SCHEMA_INVALID` and nothing else.
    const message = (error as PipelineError).message.replace('Cannot use a JSON Schema: ', '');
    return [{ path: [], at: 'value', message }];
  }
}
