import { z } from 'zod';
import {
  Duration,
  JsonValue,
  Line,
  SchemaSpec,
  Template,
  map,
  namedBy,
  schemaAllowed,
  text,
  wholeNumber,
} from './spec/value.ts';

/** The language: what a user may write, each key with its meaning. The reference and the editors' schema come from here. */

export const ATTEMPTS_MAX = 100;
export const CONCURRENCY_MAX = 500;

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
  .meta({ id: 'Input', description: 'A JSON Schema, and three keys of our own' });

const ModelName = text('a model, written provider/model,');
const modelListAllowed = 'a model, written provider/model, or a list of them';
const ModelNames = z.union([ModelName, z.array(ModelName).min(1, { error: modelListAllowed })], {
  error: modelListAllowed,
});

export const ModelSettings = map({
  use: ModelNames.meta({
    description: 'The model, or several in order of preference: the next is tried when one cannot answer',
    examples: ['ollama/smollm2:135m', ['anthropic/claude-sonnet-4-5', 'openai/gpt-5']],
  }),
  system: text('a text')
    .optional()
    .meta({
      description: 'The system prompt of every step that uses this name and has none of its own',
      examples: ['You are a senior support engineer.'],
    }),
  temperature: z
    .number({ error: 'a number from 0 to 2' })
    .min(0, { error: 'a number from 0 to 2' })
    .max(2, { error: 'a number from 0 to 2' })
    .optional()
    .meta({ description: 'How freely the model chooses words', otherwise: "the vendor's own", examples: [0.4] }),
  max_output_tokens: wholeNumber(1, 1_000_000)
    .optional()
    .meta({
      description: 'Where an answer is cut off',
      otherwise: "1024, or the model's limit if that is lower",
      examples: [1200],
    }),
}).meta({ id: 'Model', description: 'A model with its settings' });

export const ModelSpec = z.union([ModelName, ModelSettings], {
  error: 'a model, written provider/model, or a map with "use"',
});

const CheckList = z
  .array(z.record(z.string(), JsonValue, { error: 'a map with one check' }), { error: 'a list of checks' })
  .meta({ id: 'Checks', description: 'A list of maps that hold one check each' });

export const RetrySpec = map({
  attempts: wholeNumber(1, ATTEMPTS_MAX)
    .optional()
    .meta({ description: 'How often in all, the first time counted', otherwise: '5', examples: [3] }),
  backoff: Duration.optional().meta({
    description: 'The pause before the second attempt; it doubles each time',
    otherwise: '2s',
    examples: ['500ms'],
  }),
  max_backoff: Duration.optional().meta({
    description: 'The longest pause between two attempts',
    otherwise: '1m',
    examples: ['30s'],
  }),
}).meta({ id: 'Retry', description: 'How often and how fast a failed attempt is repeated' });

const needsAllowed = 'the id of a step or a list of ids';

/** The keys that any step may have. */
const anyStep = {
  description: text('a text')
    .optional()
    .meta({ description: 'What the step is for, shown to people', examples: ['Sort the ticket'] }),
  needs: z
    .union([text(needsAllowed), z.array(text(needsAllowed))], { error: needsAllowed })
    .optional()
    .meta({
      description: 'Steps that must be done before, besides those whose output this one reads',
      examples: ['publish', ['publish', 'notify']],
    }),
  if: z
    .union([text('an expression'), z.boolean()], { error: 'an expression, true or false' })
    .optional()
    .meta({
      description: 'Whether the step runs; it is skipped when this is false',
      expressions: true,
      examples: ['${{ inputs.urgent }}'],
    }),
  else: JsonValue.optional().meta({
    description: 'The output when `if` is false; the step then counts as done',
    expressions: true,
    examples: [[], 'none'],
  }),
  checks: CheckList.optional().meta({
    description: 'What the output must pass; the step fails otherwise',
    expressions: true,
    examples: [[{ length: { max: 400, unit: 'characters' } }]],
  }),
  retry: RetrySpec.optional().meta({
    description: 'How often and how fast a failed attempt is repeated',
    examples: [{ attempts: 5, backoff: '2s', max_backoff: '1m' }],
  }),
  timeout: Duration.optional().meta({
    description: 'The longest that one attempt may take',
    otherwise: "10m for a model, 1m for a check, a tool's own",
    examples: ['30s'],
  }),
  on_error: z
    .enum(['fail', 'continue'], { error: 'fail or continue' })
    .optional()
    .meta({
      description: '`fail` ends the run; `continue` lets those steps go on that do not need this one',
      otherwise: '`fail`',
      examples: ['continue'],
    }),
};

export const ModelStepSpec = map({
  model: z
    .union([text('a model'), z.array(text('a model')).min(1, { error: 'a model or a list of models' })], {
      error: 'a model or a list of models',
    })
    .meta({
      description: 'A name of `models`, or `provider/model`, or a list of these in order of preference',
      examples: ['writer', 'ollama/smollm2:135m', ['writer', 'openai/gpt-5']],
    }),
  prompt: Template.meta({
    description: 'What the model is asked',
    expressions: true,
    examples: ['Classify this ticket: ${{ inputs.ticket }}'],
  }),
  system: Template.optional().meta({
    description: 'The system prompt',
    otherwise: 'that of the model in `models`',
    expressions: true,
    examples: ['Answer in ${{ inputs.language }}.'],
  }),
  output: SchemaSpec.optional().meta({
    description: 'The JSON Schema of a structured answer. Only an `enum` in it may hold expressions',
    otherwise: 'the answer is text',
    examples: [{ type: 'object', properties: { label: { enum: ['billing', 'bug'] } }, required: ['label'] }],
  }),
  ...anyStep,
}).meta({ id: 'ModelStep', description: 'Asks a model. Its output is the text, or the structured answer' });

export const ToolStepSpec = map({
  tool: text('the name of a tool').meta({ description: 'The tool that is called', examples: ['http.request'] }),
  with: z
    .record(z.string(), JsonValue, { error: 'a map' })
    .optional()
    .meta({
      description: "The tool's input; the only place for `secrets`",
      otherwise: 'an empty map',
      expressions: true,
      examples: [{ url: 'https://tracker.example/search', query: { q: '${{ inputs.ticket }}' } }],
    }),
  ...anyStep,
}).meta({ id: 'ToolStep', description: "Calls a tool. Its output is the tool's" });

export const CheckStepSpec = map({
  check: z.looseObject({ value: JsonValue }, { error: 'a map with "value" and checks' }).meta({
    description: 'The `value` to judge, and the checks that it must pass',
    expressions: true,
    examples: [{ value: '${{ steps.draft.output }}', length: { max: 400, unit: 'characters' } }],
  }),
  ...anyStep,
}).meta({ id: 'CheckStep', description: 'Judges a value. Its output is that value' });

export const SetStepSpec = map({
  set: JsonValue.meta({
    description: 'A value, with expressions at any depth',
    expressions: true,
    examples: [{ team: 'general', urgent: '${{ inputs.priority > 3 }}' }],
  }),
  ...anyStep,
}).meta({ id: 'SetStep', description: 'Computes a value. Its output is that value' });

/** By the one key that tells a step's kind. */
export const STEP_SPECS = { model: ModelStepSpec, tool: ToolStepSpec, check: CheckStepSpec, set: SetStepSpec } as const;

const StepSpec = z.union([ModelStepSpec, ToolStepSpec, CheckStepSpec, SetStepSpec]);

const pipelineKeys = {
  name: Line.meta({ description: 'The name of the pipeline', examples: ['support-triage'] }),
  description: text('a text')
    .optional()
    .meta({ description: 'What it is for', examples: ['Sort a ticket.'] }),
  version: Line.optional().meta({ description: 'A version of your own, as a text', examples: ['3'] }),
  tags: z
    .array(Line, { error: 'a list of texts' })
    .max(20, { error: 'a list of at most 20 texts' })
    .optional()
    .meta({ description: 'Words to find it by', examples: [['support']] }),
  timeout: Duration.optional().meta({
    description: 'The longest that a run may take',
    otherwise: 'no limit',
    examples: ['7d'],
  }),
  concurrency: wholeNumber(1, CONCURRENCY_MAX)
    .optional()
    .meta({ description: 'How many steps of one run go on at a time', otherwise: '100', examples: [20] }),
  inputs: namedBy(InputSpec, 'a map of inputs')
    .optional()
    .meta({
      description: 'What a run is given. An input without `default` and `optional: true` is required',
      examples: [{ ticket: { type: 'string', maxLength: 20000 }, tone: { enum: ['warm', 'formal'], default: 'warm' } }],
    }),
  vars: namedBy(JsonValue, 'a map of values')
    .optional()
    .meta({
      description: 'Constants for expressions: `vars.signature`',
      examples: [{ signature: 'The support team' }],
    }),
  models: namedBy(ModelSpec, 'a map of models')
    .optional()
    .meta({
      description: 'Names for models, the one place where a model is configured',
      examples: [{ fast: 'ollama/smollm2:135m' }],
    }),
  outputs: namedBy(JsonValue, 'a map of values')
    .optional()
    .meta({
      description: 'What a run gives back',
      expressions: true,
      examples: [{ reply: '${{ steps.draft.output }}' }],
    }),
};

/** A pipeline whose steps have not been looked at: each is read by the schema of its kind. */
export const PipelineFrame = map(
  { ...pipelineKeys, steps: namedBy(z.unknown(), 'a map of step ids to steps') },
  'a map with "name" and "steps"',
);

export const PipelineSpec = map({
  ...pipelineKeys,
  steps: namedBy(StepSpec, 'a map of step ids to steps').meta({
    description: 'What is done, by step id',
    examples: [{ greet: { model: 'fast', prompt: 'Say hello' } }],
  }),
}).meta({ id: 'Pipeline', description: 'A pipeline' });

export type PipelineSpec = z.infer<typeof PipelineSpec>;
export type StepSpec = z.infer<typeof StepSpec>;
export type ModelStepSpec = z.infer<typeof ModelStepSpec>;
export type ToolStepSpec = z.infer<typeof ToolStepSpec>;
export type CheckStepSpec = z.infer<typeof CheckStepSpec>;
export type SetStepSpec = z.infer<typeof SetStepSpec>;
export type InputSpec = z.infer<typeof InputSpec>;
export type ModelSpec = z.infer<typeof ModelSpec>;
