import type { CompletionRequest, Message } from '../../../activities/models/provider.ts';

/** A call of one short turn. */
export const BASE: CompletionRequest = { model: 'm', messages: [{ role: 'user', text: 'Hi' }], maxOutputTokens: 5 };

export const CLOSABLE = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
export const CLOSED = { ...CLOSABLE, additionalProperties: false };

export const READ = { name: 'fs_read', description: 'Reads a file.', input: CLOSABLE };
/** A tool whose input is open, which no strict mode takes. */
export const POST = { name: 'post', description: 'Posts.', input: { type: 'object' } };

export const PICTURE = { mediaType: 'image/png', base64: 'iVBORw0KGgo=' } as const;

/** A model that asks for two calls at once, and hears of both. */
export const WITH_TOOLS: readonly Message[] = [
  { role: 'user', text: 'Compare a and b.' },
  {
    role: 'assistant',
    text: '',
    toolRequests: [
      { id: 'call_1', name: 'fs_read', input: { a: 'a.md' } },
      { id: 'call_2', name: 'fs_read', input: 'a = b.md' },
    ],
  },
  { role: 'tool', id: 'call_1', name: 'fs_read', text: 'A', isFailure: false },
  { role: 'tool', id: 'call_2', name: 'fs_read', text: 'it is not an object', isFailure: true },
];
