import { ERROR_CODES, type ErrorCode } from '../../../errors.ts';
import { parseDuration } from '../../duration.ts';
import type { RetryPlan } from '../../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import { STEP_CODES } from '../../step-codes.ts';
import { suggestion } from '../../suggestion.ts';
import type { Draft } from '../draft.ts';

const ATTEMPTS_DEFAULT = 5;

interface WrittenRetry {
  readonly retry?: StepSpec['retry'];
  /** How often the kind of the step is tried when nothing is said about it. */
  readonly usual: number;
}

/** How often and how fast a step is tried. */
export function planRetry(draft: Draft, path: Path, { retry, usual }: WrittenRetry): RetryPlan {
  const {
    attempts = retry === undefined ? usual : ATTEMPTS_DEFAULT,
    backoff = '2s',
    max_backoff: longest,
  } = retry ?? {};
  const place = [...path, 'retry'];
  const backoffMs = parseDuration(backoff) as number;
  const maxBackoffMs = longest === undefined ? Math.max(60_000, backoffMs) : (parseDuration(longest) as number);
  const withinMs = retry?.within === undefined ? undefined : (parseDuration(retry.within) as number);
  refuseShorter(draft, [...place, 'max_backoff'], { is: longest, backoff });
  refuseShorter(draft, [...place, 'within'], { is: retry?.within, backoff });
  const neverOn = planCodes(draft, [...place, 'never_on'], retry?.never_on);
  const retryOn = planCodes(draft, [...place, 'retry_on'], retry?.retry_on);
  refuseTwice(draft, [...place, 'never_on'], { retryOn, neverOn });
  refuseUnknownOutcome(draft, [...place, 'retry_on'], retryOn);
  return {
    attempts,
    backoffMs,
    maxBackoffMs,
    ...(withinMs !== undefined && { withinMs }),
    ...(retryOn && { retryOn }),
    ...(neverOn && { neverOn }),
  };
}

function refuseShorter(
  { problems }: Draft,
  path: Path,
  { is, backoff }: { readonly is: string | undefined; readonly backoff: string },
): void {
  if (is === undefined || (parseDuration(is) as number) >= (parseDuration(backoff) as number)) return;
  const message = `Cannot use ${placeText(path)}: it is ${is}, which is less than the backoff of ${backoff}`;
  problems.push(wrongValue('VALUE_INVALID', path, message));
}

function planCodes(draft: Draft, path: Path, codes: readonly string[] | undefined): readonly ErrorCode[] | undefined {
  codes?.forEach((code, index) => {
    if ((STEP_CODES as readonly string[]).includes(code)) return;
    const place = [...path, index];
    const isCode = (ERROR_CODES as readonly string[]).includes(code);
    const is = isCode ? `no step fails with ${code}` : `there is no code ${valueText(code)}`;
    const message = `Cannot use ${placeText(place)}: ${is}${isCode ? '' : suggestion(code, STEP_CODES)}`;
    draft.problems.push(wrongValue('VALUE_INVALID', place, message));
  });
  return codes as readonly ErrorCode[] | undefined;
}

type Codes = readonly ErrorCode[] | undefined;

function refuseTwice(
  { problems }: Draft,
  path: Path,
  { retryOn, neverOn }: { readonly retryOn: Codes; readonly neverOn: Codes },
): void {
  neverOn?.forEach((code, index) => {
    if (retryOn?.includes(code) !== true) return;
    const place = [...path, index];
    const message = `Cannot use ${placeText(place)}: ${code} stands in "retry_on", too`;
    problems.push(wrongValue('VALUE_INVALID', place, message));
  });
}

/** Whether the call took effect is not known: a second one could do it twice. */
function refuseUnknownOutcome({ problems }: Draft, path: Path, codes: Codes): void {
  const index = codes?.indexOf('TOOL_OUTCOME_UNKNOWN') ?? -1;
  if (index < 0) return;
  const place = [...path, index];
  const is = 'a call that may have taken effect is never made again';
  problems.push(wrongValue('VALUE_INVALID', place, `Cannot use ${placeText(place)}: ${is}`));
}
