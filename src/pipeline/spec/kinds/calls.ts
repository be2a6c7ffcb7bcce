import { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { AcceptedEnds } from '../model.ts';
import { Duration, JsonValue, SchemaSpec, Template, map, text, wholeNumber } from '../value.ts';
import { MessagesSpec, OfferedToolsSpec, PromptText, TURNS_MAX } from './conversation.ts';

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
  prompt: PromptText.optional().meta({
    description: 'What the model is asked, or the file that says so. May hold expressions, the file too',
    otherwise: '**required**, if there are no `messages`',
    examples: ['Classify this ticket: ${{ inputs.ticket }}', { file: './classify.md' }],
  }),
  messages: MessagesSpec.optional().meta({
    description:
      'A conversation in place of `prompt`: examples of questions and answers, and at the end what the user says',
    otherwise: 'one turn, the `prompt`',
    examples: [[{ user: 'My card is blocked' }, { assistant: 'billing' }, { user: '${{ inputs.ticket }}' }]],
  }),
  system: PromptText.optional().meta({
    description: 'The system prompt, or the file that holds it. May hold expressions, the file too',
    otherwise: 'that of the model in `models`',
    examples: ['Answer in ${{ inputs.language }}.'],
  }),
  attach: z
    .array(Template, { error: 'a list of expressions that give files' })
    .min(1, { error: 'a list of at least one expression that gives files' })
    .optional()
    .meta({
      description:
        "Files of the inputs that go with the user's last turn: pictures as pictures, text as text. Each is an expression that gives a file or a list of files",
      otherwise: 'nothing',
      expressions: true,
      examples: [['${{ inputs.logs }}']],
    }),
  output: SchemaSpec.optional().meta({
    description: 'The JSON Schema of a structured answer. Only an `enum` in it may hold expressions',
    otherwise: 'the answer is text',
    examples: [{ type: 'object', properties: { label: { enum: ['billing', 'bug'] } }, required: ['label'] }],
  }),
  tools: OfferedToolsSpec.optional().meta({
    description: 'Tools that the model may call before it answers',
    otherwise: 'none',
    examples: [
      ['fs.read', { tool: 'http.request', with: { method: 'GET' }, hosts: ['status.example'], ask: 'writes' }],
    ],
  }),
  max_turns: wholeNumber(1, TURNS_MAX)
    .optional()
    .meta({ description: 'How often a model with `tools` is asked at most', otherwise: '8', examples: [20] }),
  accept: AcceptedEnds.optional().meta({
    description:
      'Ends of an answer that are no failure: `length`, when it was cut off at `max_output_tokens`, and `refusal`, when the model declined',
    otherwise: 'none',
    examples: [['length']],
  }),
  queue_timeout: Duration.optional().meta({
    description:
      'How long a call may wait until a worker takes it. Then, and when a server asks for a longer pause, the next model of the list is asked; the last one fails with `QUEUE_TIMEOUT`',
    otherwise: 'as long as it takes; pauses up to `max_backoff`',
    examples: ['20s'],
  }),
  ...anyStep,
})
  .superRefine(({ prompt, messages }, context) => {
    if (prompt === undefined && messages === undefined) {
      context.addIssue({ code: 'custom', path: ['prompt'], message: 'a text' });
    }
    if (prompt === undefined || messages === undefined) return;
    context.addIssue({ code: 'custom', path: ['messages'], message: 'either "prompt" or "messages"' });
  })
  .meta({ id: 'ModelStep', description: 'Asks a model. Its output is the text, or the structured answer' });

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
