import { server } from '../../servers.ts';

/*
 * So small a model follows the pattern that it sees. Conversations that begin with examples make it call a tool, once
 * or again and again; the form of its answers lets it ask for nothing that there is not.
 */

/** How a model that cannot ask for tools by itself asks for calls whose input is fixed. */
export function wants(...tools: readonly string[]): string {
  return JSON.stringify({ calls: tools.map((tool) => ({ tool, input: {} })) });
}

export function answers(answer: unknown): string {
  return JSON.stringify({ answer });
}

interface Talk {
  readonly tools: readonly string[];
  /** What the model hears of its calls, or of one like them. */
  readonly hears: string;
  readonly answer?: unknown;
}

/** Examples of one turn with calls, and then the answer. */
export function once({ tools, hears, answer = 'next' }: Talk): string {
  const example = [{ user: 'Go' }, { assistant: wants(...tools) }, { user: hears }, { assistant: answers(answer) }];
  return JSON.stringify([...example, ...example, { user: 'Go' }]);
}

/** Examples of calls in every turn. */
export function always({ tools, hears }: Talk): string {
  const call = { assistant: wants(...tools) };
  return JSON.stringify([{ user: 'Go' }, call, { user: hears }, call, { user: hears }, call, { user: hears }]);
}

/** A tool that always gives the same text. */
export const TEXT = '{ tool: text.template, with: { template: next, data: {} } }';
export const TEXT_GAVE = 'Result of text.template: next';

/** A pipeline of one step that talks; `more` are further keys of the step. */
export function talking(messages: string, tools: string, more = ''): string {
  return talkingTo(server('model'), { messages, tools, more });
}

interface Step {
  readonly messages: string;
  readonly tools: string;
  readonly more?: string;
}

export function talkingTo(model: string, { messages, tools, more = '' }: Step): string {
  return `name: talking
models: { small: { use: ollama/${model}, max_output_tokens: 80, accept: [length], temperature: 0 } }
steps:
  talk:
    model: small
    messages: ${messages}
    tools: ${tools}
${more.replaceAll(/^/gm, '    ')}
outputs: { said: "\${{ steps.talk.output }}" }
`;
}
