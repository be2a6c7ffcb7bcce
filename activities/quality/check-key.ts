import { partOf } from '../../src/pipeline/call-key.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { CheckCall } from '../calls.ts';
import { callKey } from '../call-key.ts';

/** The key of a check of a subject; `options` are those of the call, filled in. */
export function checkKey(call: Pick<CheckCall, 'check' | 'options' | 'subject'>, options: Json): string {
  // A verdict quotes the expression that was false, so another one is another check.
  const source = call.options.kind === 'expression' ? call.options.expression.source.trim() : null;
  return callKey({ call: 'check', check: call.check, options, source, subject: partOf(call.subject) });
}
