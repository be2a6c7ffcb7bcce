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

/** Servers keep to a schema by a grammar, which would keep the model from calling anything: beside tools it is said in words. */
export function withSchemaOrTools(request: CompletionRequest): CompletionRequest {
  return request.tools === undefined ? request : withSchemaInWords(request);
}

/** The same for models of which it is known that they keep to no schema. */
export function withSchemaOrWords(
  request: CompletionRequest,
  { structuredOutput }: Partial<Abilities>,
): CompletionRequest {
  return structuredOutput === false ? withSchemaInWords(request) : request;
}
