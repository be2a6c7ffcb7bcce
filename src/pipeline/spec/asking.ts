import { z } from 'zod';
import { Duration, JsonValue, map, text } from './value.ts';

/** What every question to people may say, wherever it is asked. */

const namesAllowed = 'a name or a list of names';
export const Names = z.union([text(namesAllowed), z.array(text(namesAllowed), { error: namesAllowed })], {
  error: namesAllowed,
});

export const EscalateSpec = map({
  after: Duration.meta({ description: 'How long after the question', examples: ['2d'] }),
  to: Names.meta({
    description: 'Who is asked too from then on',
    expressions: true,
    examples: [['head-of-support']],
  }),
}).meta({ id: 'Escalate', description: 'Asks more people when nobody has answered' });

export const NotifySpec = map({
  tool: text('the name of a tool').meta({ description: 'The tool that is called', examples: ['http.request'] }),
  with: z
    .record(z.string(), JsonValue, { error: 'a map' })
    .optional()
    .meta({
      description:
        "The tool's input. `event` in it is `{ kind, step, message, to, options, choice, by }`; its `kind` is `asked`, `reminded`, `escalated`, `answered` or `timed_out`",
      otherwise: 'an empty map',
      expressions: true,
      examples: [{ method: 'POST', url: 'https://chat.example/hook', body: { text: '${{ event.message }}' } }],
    }),
}).meta({ id: 'Notify', description: 'Tells people of an approval' });

/** Who is asked, how they are reminded, and who is told. */
export const askingKeys = {
  to: Names.optional().meta({
    description: 'Names of people or of groups',
    otherwise: 'anybody may answer',
    expressions: true,
    examples: [['support-leads'], '${{ inputs.approvers }}'],
  }),
  remind: Duration.optional().meta({
    description: 'How often people are reminded until there is an answer',
    otherwise: 'never',
    examples: ['1d'],
  }),
  escalate: EscalateSpec.optional().meta({
    description: 'Asks more people when nobody has answered',
    otherwise: 'never',
    examples: [{ after: '2d', to: ['head-of-support'] }],
  }),
  timeout: Duration.optional().meta({
    description: 'How long the answer may take',
    otherwise: 'as long as it takes',
    examples: ['3d'],
  }),
  notify: NotifySpec.optional().meta({
    description: 'A tool that tells people of what happens to the approval',
    otherwise: 'nobody is told',
    examples: [{ tool: 'http.request', with: { url: 'https://chat.example/hook', method: 'POST' } }],
  }),
};
