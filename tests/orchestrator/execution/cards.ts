import type { Cards, ModelCard } from '../../../src/pipeline/card.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import { similarNames } from '../../../src/pipeline/suggestion.ts';

const MODELS: readonly ModelCard[] = [
  { provider: 'anthropic', model: 'claude-large', outputTokensMax: 8192 },
  { provider: 'anthropic', model: 'claude-small', outputTokensMax: 512 },
  {
    provider: 'anthropic',
    model: 'claude-text',
    contextTokens: 2000,
    outputTokensMax: 8192,
    abilities: { structured_output: false, tools: false, images: false },
    price: { inputNanoUsd: 1000, outputNanoUsd: 5000 },
  },
];

function mapOf(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A small world: one provider without keys, one with a key, one without its key; two tools and six checks. */
export const cards: Cards = {
  providers: [
    { name: 'ollama', isPaid: false, isUsable: true, hasClosedCatalog: false },
    { name: 'anthropic', isPaid: true, isUsable: true, keyVariable: 'ANTHROPIC_API_KEY', hasClosedCatalog: true },
    { name: 'openai', isPaid: true, isUsable: false, keyVariable: 'OPENAI_API_KEY', hasClosedCatalog: false },
  ],
  tools: [
    {
      name: 'http.request',
      description: 'Sends an HTTP request.',
      effect: 'once',
      effectBy: { field: 'method', values: { GET: 'reads', POST: 'once' }, absent: 'reads' },
      input: mapOf(
        {
          url: { type: 'string', minLength: 1 },
          method: { type: 'string', enum: ['GET', 'POST'] },
          query: { type: 'object', additionalProperties: { type: 'string' } },
          body: {
            anyOf: [
              { type: 'string', minLength: 1 },
              mapOf({ text: { type: 'string' } }, ['text']),
              mapOf({ all: { type: 'array', minItems: 1 } }, ['all']),
            ],
          },
          wait: { type: 'number' },
          nothing: mapOf({}, []),
          none: { type: 'object', additionalProperties: false },
          allow_status: { type: 'array', items: { type: 'integer', minimum: 100 } },
        },
        ['url'],
      ),
      output: mapOf({ status: { type: 'integer' }, body: { type: 'string' } }, ['status', 'body']),
      timeoutMs: 30_000,
      usesNetwork: true,
    },
    {
      name: 'text.template',
      description: 'Fills in a text.',
      effect: 'pure',
      input: mapOf({ template: { type: 'string' }, data: {} }, ['template', 'data']),
      output: { type: 'string' },
      timeoutMs: 10_000,
    },
  ],
  checks: [
    {
      name: 'expect',
      description: 'Holds when the expression is true.',
      options: { type: 'boolean' },
      readsOutput: true,
      example: '${{ output == "ok" }}',
    },
    {
      name: 'length',
      description: 'Holds when the output is as long as wanted.',
      options: mapOf({ min: { type: 'integer', minimum: 0 }, max: { type: 'integer', minimum: 0 } }, []),
      readsOutput: false,
      example: { max: 400 },
    },
    {
      name: 'schema',
      description: 'Holds when the output fits a JSON Schema.',
      options: { type: 'object', contentMediaType: 'application/schema+json' },
      readsOutput: false,
      example: { type: 'string' },
    },
    {
      name: 'between',
      description: 'Holds when the output is not too small or not too large.',
      options: {
        ...mapOf({ min: { type: 'number' }, max: { type: 'number' } }, []),
        anyOf: [{ required: ['min'] }, { required: ['max'] }],
      },
      readsOutput: false,
      example: { min: 1 },
    },
    {
      name: 'matches',
      description: 'Holds when the output matches a regular expression.',
      options: { type: 'string', format: 'regex' },
      readsOutput: false,
      example: '^a',
    },
    {
      name: 'contains',
      description: 'Holds when the output contains the text.',
      options: { type: 'string' },
      readsOutput: false,
      example: 'ok',
    },
  ],
  findModel: (provider, model) => MODELS.find((card) => card.provider === provider && card.model === model),
  listModels: () => MODELS,
  similarModels: (_, model) =>
    similarNames(
      model,
      MODELS.map((card) => card.model),
    ),
};
