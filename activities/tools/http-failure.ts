import { STATUS_CODES } from 'node:http';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { type Answer, readBody } from './http-body.ts';
import type { Hop } from './http-hop.ts';
import type { ToolContext } from './tool.ts';

/** Statuses after which the same request may succeed. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** What a status that was not allowed means, with the beginning of what the server said about it. */
export async function statusFailure(hop: Hop, answer: Answer): Promise<PipelineError> {
  const { status, headers } = answer;
  const said = await readBody(answer).catch(() => null);
  const text = said === null ? '' : `: ${quote(typeof said === 'string' ? said : JSON.stringify(said), 300)}`;
  const code = PASSING.includes(status) ? 'TOOL_HTTP_UNAVAILABLE' : 'TOOL_HTTP_STATUS';
  const message = `Cannot call ${nameOf(hop)}: it answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() + text;
  const retryAfterMs = readRetryAfter(headers['retry-after'], Date.now());
  return new PipelineError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** No server may make a run wait for longer by itself. */
const RETRY_AFTER_MS_MAX = 60 * 60 * 1000;

/** The header holds seconds or a date. */
function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const pauseMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(pauseMs) ? undefined : Math.min(Math.max(pauseMs, 0), RETRY_AFTER_MS_MAX);
}

/** What went wrong on the way; our own refusals and a cancellation pass through. */
export function callFailure(
  error: unknown,
  hop: Hop,
  { context, wasReached }: { context: ToolContext; wasReached: boolean },
): unknown {
  if (error instanceof PipelineError || context.signal.aborted) return error;
  const reason = reasonOf(error as Error);
  if (context.effect !== 'once' || !wasReached) {
    return new PipelineError('NETWORK_FAILED', `Cannot call ${nameOf(hop)}: ${reason}`, { cause: error });
  }
  const message = `Cannot tell whether ${nameOf(hop)} took effect: ${reason}; it is not repeated, since its effect is "once"`;
  return new PipelineError('TOOL_OUTCOME_UNKNOWN', message, { cause: error });
}

/** Several addresses fail with several errors, which have no message of their own. */
function reasonOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return (error.errors as readonly Error[]).map(({ message }) => message).join('; ');
}

/** Without the query, which may hold anything. */
function nameOf({ method, url }: Hop): string {
  return `${method} ${url.origin}${url.pathname}`.slice(0, 200);
}
