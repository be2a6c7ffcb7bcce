import { grammarSchema } from './grammar-schema.ts';
import type { Abilities, CompletionRequest } from './provider.ts';

/** The same call with its schema said in words, for where nothing makes a model keep to it. */
export function withSchemaInWords({ outputSchema, ...request }: CompletionRequest): CompletionRequest {
  if (outputSchema === undefined) return request;
  const words = [
    'Answer with one JSON value and nothing else: no explanation and no code fence.',
    `The value must be valid against this JSON Schema: ${JSON.stringify(outputSchema)}`,
  ].join('\n');
  return { ...request, system: [request.system, words].filter(Boolean).join('\n\n') };
}

/**
 * The same call for servers that keep to a schema by a grammar: it is as loose as their grammars need it, and beside tools
 * it is said in words, since it would keep the model from calling anything.
 */
export function withGrammarOrTools(request: CompletionRequest): CompletionRequest {
  const { tools, outputSchema } = request;
  if (tools !== undefined) return withSchemaInWords(request);
  return outputSchema === undefined ? request : { ...request, outputSchema: grammarSchema(outputSchema) };
}

/** The same as it is for a vendor, but in words for models of which it is known that they keep to no schema. */
export function withSchemaOrWords(
  request: CompletionRequest,
  { structuredOutput }: Partial<Abilities>,
): CompletionRequest {
  return structuredOutput === false ? withSchemaInWords(request) : request;
}
