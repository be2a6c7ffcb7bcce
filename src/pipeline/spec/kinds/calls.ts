import { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { JsonValue, SchemaSpec, Template, map, text } from '../value.ts';

/** The kinds that make a call, or compute. */

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

export type ModelStepSpec = z.infer<typeof ModelStepSpec>;
export type ToolStepSpec = z.infer<typeof ToolStepSpec>;
export type CheckStepSpec = z.infer<typeof CheckStepSpec>;
export type SetStepSpec = z.infer<typeof SetStepSpec>;
