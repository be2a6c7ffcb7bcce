import { z } from 'zod';
import { BudgetSpec } from './spec/budget.ts';
import { stepsAllowed } from './spec/inner.ts';
import { InputSpec } from './spec/input.ts';
import { CheckStepSpec, ModelStepSpec, SetStepSpec, ToolStepSpec } from './spec/kinds/calls.ts';
import { GroupStepSpec, SwitchStepSpec } from './spec/kinds/forms.ts';
import { PipelineStepSpec } from './spec/kinds/pipeline.ts';
import { ApproveStepSpec, FailStepSpec, WaitStepSpec } from './spec/kinds/waiting.ts';
import { ModelSpec } from './spec/model.ts';
import { ScheduleSpec } from './spec/schedule.ts';
import { Duration, JsonValue, Line, map, namedBy, text, wholeNumber } from './spec/value.ts';

/** The language: what a user may write, each key with its meaning. The reference and the editors' schema come from here. */

export const CONCURRENCY_MAX = 500;

/** By the one key that tells a step's kind. */
export const STEP_SPECS = {
  model: ModelStepSpec,
  tool: ToolStepSpec,
  check: CheckStepSpec,
  set: SetStepSpec,
  steps: GroupStepSpec,
  switch: SwitchStepSpec,
  pipeline: PipelineStepSpec,
  approve: ApproveStepSpec,
  wait: WaitStepSpec,
  fail: FailStepSpec,
} as const;

export type StepKey = keyof typeof STEP_SPECS;
export type StepSpec = z.infer<(typeof STEP_SPECS)[StepKey]>;

const AnyStepSpec = z.union(Object.values(STEP_SPECS)).meta({ id: 'Step', description: 'A step, told by its kind' });

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
  schedule: ScheduleSpec.optional().meta({
    description: 'When the pipeline runs by itself, once `orchestrator schedules apply` has made it so',
    otherwise: 'never',
    examples: [{ cron: '0 6 * * 1', timezone: 'Europe/Berlin' }],
  }),
  timeout: Duration.optional().meta({
    description: 'The longest that a run may take',
    otherwise: 'no limit',
    examples: ['7d'],
  }),
  budget: BudgetSpec.optional().meta({
    description: 'What a run may spend',
    otherwise: 'no limit',
    examples: [{ usd: 0.5, tokens: 200000, on_exceeded: 'ask' }],
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
  { ...pipelineKeys, steps: namedBy(z.unknown(), stepsAllowed) },
  'a map with "name" and "steps"',
);

export const PipelineSpec = map({
  ...pipelineKeys,
  steps: namedBy(AnyStepSpec, stepsAllowed).meta({
    description: 'What is done, by step id',
    examples: [{ greet: { model: 'fast', prompt: 'Say hello' } }],
  }),
}).meta({ id: 'Pipeline', description: 'A pipeline' });

export type PipelineSpec = z.infer<typeof PipelineSpec>;
