import { Buffer } from 'node:buffer';
import { REPAIR_TOKENS } from '../../src/pipeline/worst-case.ts';
import type { Completion, CompletionRequest, Message } from './provider.ts';

/** In bytes, and so in tokens at the most; the rest of what is set aside is for what the vendor adds. */
const COMPLAINT_BYTES_MAX = REPAIR_TOKENS / 2;

/** What a model is told whose answer cannot be used. */
export function complaintOf(reason: string): string {
  const [before, after] = [
    'Your answer cannot be used: ',
    '. Answer again, with nothing but JSON that fits the schema.',
  ];
  const room = COMPLAINT_BYTES_MAX - before.length - after.length;
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
