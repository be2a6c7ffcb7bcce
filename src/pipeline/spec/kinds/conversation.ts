import { z } from 'zod';
import { JsonValue, Template, map, text } from '../value.ts';

/** What a model is told, and what it may call. */

/** So many turns a model may be asked at most. */
export const TURNS_MAX = 100;

const Path = text('the path of a file').meta({ description: 'A text file, found from the file that names it' });

/** A text, or the file that holds it. */
export const PromptText = z.union([Template.meta({ expressions: true }), map({ file: Path })], {
  error: 'a text, or a map with "file",',
});

const messageAllowed = 'a map with either "user" or "assistant"';
const Message = map({ user: PromptText.optional(), assistant: PromptText.optional() }, messageAllowed).superRefine(
  ({ user, assistant }, context) => {
    if ((user === undefined) === (assistant === undefined)) context.addIssue(messageAllowed);
  },
);

export const MessagesSpec = z
  .array(Message, { error: 'a list of turns' })
  .min(1, { error: 'a list of at least one turn' })
  .superRefine((messages, context) => {
    const last = messages.length - 1;
    if (messages[last]?.assistant === undefined) return;
    context.addIssue({ code: 'custom', path: [last], message: 'a turn of the user, which the model answers,' });
  });

const hostAllowed = 'the name of a host, such as api.example or api.example:8080,';
const Host = text(hostAllowed).regex(/^(?:\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d{1,5})?$/i, { error: hostAllowed });

export const OfferedToolSpec = map({
  tool: text('the name of a tool').meta({ description: 'The tool', examples: ['http.request'] }),
  with: z
    .record(z.string(), JsonValue, { error: 'a map' })
    .optional()
    .meta({
      description: 'What is fixed of its input: the model neither sees nor gives it. It may hold `secrets`',
      otherwise: 'the model gives all of it',
      expressions: true,
      examples: [{ method: 'GET', headers: { authorization: 'Bearer ${{ secrets.STATUS_TOKEN }}' } }],
    }),
  hosts: z
    .array(Host, { error: 'a list of hosts' })
    .min(1, { error: 'a list of at least one host' })
    .optional()
    .meta({
      description: 'The only hosts, `name` or `name:port`, that a call of a network tool may reach',
      otherwise: 'any that the tool may reach',
      examples: [['status.example']],
    }),
  ask: z
    .enum(['always', 'writes'], { error: 'always or writes' })
    .optional()
    .meta({
      description: 'Before which calls a person is asked: `always`, or `writes` for those that may change something',
      otherwise: 'nobody is asked',
      examples: ['writes'],
    }),
}).meta({ id: 'OfferedTool', description: 'A tool that a model may call' });

const toolAllowed = 'the name of a tool, or a map with "tool",';
export const OfferedToolsSpec = z
  .array(z.union([text(toolAllowed), OfferedToolSpec], { error: toolAllowed }), { error: 'a list of tools' })
  .min(1, { error: 'a list of at least one tool' });

export type PromptText = z.infer<typeof PromptText>;
export type MessagesSpec = z.infer<typeof MessagesSpec>;
export type OfferedToolSpec = z.infer<typeof OfferedToolSpec>;
