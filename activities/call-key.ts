import { createHash } from 'node:crypto';
import { keyText, type CallParts } from '../src/pipeline/call-key.ts';

/** The key of a call: the sha256 (hex) of what it is made of. */
export function callKey(parts: CallParts): string {
  return createHash('sha256').update(keyText(parts)).digest('hex');
}
