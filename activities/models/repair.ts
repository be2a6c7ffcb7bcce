import { Buffer } from 'node:buffer';
import { COMPLAINT_TOKENS_MAX } from '../../src/pipeline/request-bound.ts';
import type { Completion, CompletionRequest, Message } from './provider.ts';

/** What a model is told whose answer cannot be used. */
export function complaintOf(reason: string): string {
  const [before, after] = [
    'Your answer cannot be used: ',
    '. Answer again, with nothing but JSON that fits the schema.',
  ];
  const room = COMPLAINT_TOKENS_MAX - before.length - after.length;
  // Bytes are counted, and a character is never cut in half.
  const shown = new TextDecoder().decode(Buffer.from(reason).subarray(0, room), { stream: true });
  return before + shown + after;
}

/** The request that follows on such an answer: the same, the answer, and the complaint. */
export function repairRequest(request: CompletionRequest, { text }: Completion, complaint: string): CompletionRequest {
  // Vendors refuse a turn without words.
  const answer: readonly Message[] = text.trim() === '' ? [] : [{ role: 'assistant', text }];
  return { ...request, messages: [...request.messages, ...answer, { role: 'user', text: complaint }] };
}
