import type { JsonObject } from '../../pipeline/json.ts';
import type { StepError } from '../../pipeline/result.ts';
import type { RunView } from '../../pipeline/view.ts';
import { printable, printableLine } from './printable.ts';
import type { Paint } from './terminal.ts';

export function errorReport({ code, message, attempts, at }: StepError): JsonObject {
  return { code, message, attempts, ...(at === undefined ? {} : { at }) };
}

/** In a remark: the code, where inside the step it began, the sentence. */
export function errorText({ code, message, at }: StepError): string {
  return printableLine(`${code} ${at === undefined ? '' : `${at}: `}${message}`);
}

/** As the reason of an end: the sentence as it was written. */
export function errorLine(
  { code, message, stepId, at }: Omit<NonNullable<RunView['error']>, 'attempts'>,
  paint: Paint,
): string {
  const step = at ?? stepId;
  return `${paint('red', 'error')} ${paint('dim', code)} ${step === undefined ? '' : `${step}: `}${printable(message)}`;
}
