import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { createScrubber } from '../tools/scrub.ts';
import { readRetryAfter } from './retry-after.ts';
import { fieldOf, readVendorError } from './vendor-error.ts';

/** Whose call failed, for the sentence; the key is there to be taken out of what is quoted. */
export interface CallSubject {
  /** `provider/model`. */
  readonly model: string;
  readonly apiKey?: string | undefined;
}

/** How much of a vendor's own words an error quotes. */
const QUOTE_CHARACTERS = 300;

/** What each code says about the server. */
const SENTENCES = {
  PROVIDER_UNAVAILABLE: 'its server cannot be reached',
  PROVIDER_RATE_LIMITED: 'its rate limit is reached',
  PROVIDER_OVERLOADED: 'its server is overloaded',
  PROVIDER_ERROR: 'its server failed',
  PROVIDER_TIMEOUT: 'its server was silent for too long',
  PROVIDER_CONNECTION_LOST: 'the connection was lost before the answer was complete',
  PROVIDER_AUTH: 'its server refuses the key or the account',
  PROVIDER_REQUEST_REFUSED: 'its server refuses the request',
  PROVIDER_RESPONSE_INVALID: 'what its server sent is not an answer',
  MODEL_NOT_FOUND: 'its server has no such model at this address',
  CONTEXT_OVERFLOW: 'the prompt is longer than the context of the model',
  OUTPUT_REFUSED: 'the vendor declined to answer',
} as const satisfies Partial<Record<ErrorCode, string>>;

type CallCode = keyof typeof SENTENCES;

/** Vendors' own codes that say more than the HTTP status. */
const BY_VENDOR_CODE: ReadonlyMap<string, CallCode> = new Map([
  ['context_length_exceeded', 'CONTEXT_OVERFLOW'],
  ['insufficient_quota', 'PROVIDER_AUTH'],
  ['billing_error', 'PROVIDER_AUTH'],
  ['billing_not_active', 'PROVIDER_AUTH'],
  ['model_not_found', 'MODEL_NOT_FOUND'],
  ['content_filter', 'OUTPUT_REFUSED'],
  ['content_policy_violation', 'OUTPUT_REFUSED'],
  ['image_content_policy_violation', 'OUTPUT_REFUSED'],
  ['misalignment_policy_violation', 'OUTPUT_REFUSED'],
  ['bio_policy', 'OUTPUT_REFUSED'],
  // A prompt that is flagged.
  ['invalid_prompt', 'OUTPUT_REFUSED'],
  ['invalid_image', 'PROVIDER_REQUEST_REFUSED'],
  ['invalid_image_format', 'PROVIDER_REQUEST_REFUSED'],
  ['image_parse_error', 'PROVIDER_REQUEST_REFUSED'],
  ['image_too_large', 'PROVIDER_REQUEST_REFUSED'],
  ['image_file_too_large', 'PROVIDER_REQUEST_REFUSED'],
]);

const BY_STATUS: Readonly<Record<number, CallCode>> = {
  401: 'PROVIDER_AUTH',
  402: 'PROVIDER_AUTH',
  403: 'PROVIDER_AUTH',
  404: 'MODEL_NOT_FOUND',
  408: 'PROVIDER_TIMEOUT',
  429: 'PROVIDER_RATE_LIMITED',
  503: 'PROVIDER_OVERLOADED',
  504: 'PROVIDER_TIMEOUT',
  529: 'PROVIDER_OVERLOADED',
};

/** Failures of the network itself; one that is not listed may have happened after the request was sent. */
const BY_NETWORK_CODE: Readonly<Record<string, CallCode>> = {
  ECONNREFUSED: 'PROVIDER_UNAVAILABLE',
  ENOTFOUND: 'PROVIDER_UNAVAILABLE',
  EAI_AGAIN: 'PROVIDER_UNAVAILABLE',
  EHOSTUNREACH: 'PROVIDER_UNAVAILABLE',
  ENETUNREACH: 'PROVIDER_UNAVAILABLE',
  UND_ERR_CONNECT_TIMEOUT: 'PROVIDER_UNAVAILABLE',
  UND_ERR_HEADERS_TIMEOUT: 'PROVIDER_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'PROVIDER_TIMEOUT',
};

/** No vendor has a code of its own for this in every API, so the words are read. */
const OVERFLOW = /prompt is too long|context (length|window|size)/i;

/** What an answer with an error status means. */
export function statusFailure(subject: CallSubject, response: ErrorResponse): PipelineError {
  const { status, headers } = response;
  const { code, message } = readVendorError(response.body);
  const isOverflow = status < 500 && OVERFLOW.test(message);
  return failure(subject, BY_VENDOR_CODE.get(code) ?? (isOverflow ? 'CONTEXT_OVERFLOW' : byStatus(status)), {
    note: `HTTP ${status}`,
    words: message,
    retryAfterMs: readRetryAfter(headers, Date.now()),
  });
}

export interface ErrorResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

function byStatus(status: number): CallCode {
  return BY_STATUS[status] ?? (status < 500 ? 'PROVIDER_REQUEST_REFUSED' : 'PROVIDER_ERROR');
}

/** What it means that no answer came, or that it broke off in the middle. */
export function networkFailure(subject: CallSubject, error: unknown): PipelineError {
  const { code, message } = rootCause(error);
  return failure(subject, BY_NETWORK_CODE[code] ?? 'PROVIDER_CONNECTION_LOST', {
    note: code,
    words: message,
    cause: error,
  });
}

/** What an error means that a vendor reports inside an answer that it had begun, and may have billed. */
export function streamFailure(subject: CallSubject, body: string): PipelineError {
  const { code, message } = readVendorError(body);
  const known = BY_VENDOR_CODE.get(code) ?? (OVERFLOW.test(message) ? 'CONTEXT_OVERFLOW' : 'PROVIDER_ERROR');
  return failure(subject, known, { words: message });
}

/** An answer that ended without its last part. */
export function brokenOff(subject: CallSubject): PipelineError {
  return failure(subject, 'PROVIDER_CONNECTION_LOST', { words: '' });
}

/** An answer that is not what the vendor's interface promises. */
export function invalidResponse(subject: CallSubject, what: string, cause?: unknown): PipelineError {
  return failure(subject, 'PROVIDER_RESPONSE_INVALID', { words: what, cause });
}

interface FailureFacts {
  readonly note?: string;
  readonly words: string;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

function failure(
  subject: CallSubject,
  code: CallCode,
  { note, words, retryAfterMs, cause }: FailureFacts,
): PipelineError {
  const detail = [note, quotable(subject, words)].filter(Boolean).join(', ');
  const message = `Cannot call model "${subject.model}": ${SENTENCES[code]}${detail === '' ? '' : ` (${detail})`}`;
  return new PipelineError(code, message, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** A vendor's words, on one line, without markup and without our key. */
function quotable({ apiKey = '' }: CallSubject, text: string): string {
  const scrubbed = createScrubber([apiKey]).sentence(text);
  const plain = scrubbed
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return plain === '' ? '' : quote(plain, QUOTE_CHARACTERS);
}

/** `fetch` hides what happened in a chain of causes. */
function rootCause(error: unknown): { code: string; message: string } {
  const cause = fieldOf(error, 'cause');
  if (cause !== undefined) return rootCause(cause);
  const code = fieldOf(error, 'code');
  return {
    code: typeof code === 'string' ? code : '',
    message: error instanceof Error ? error.message : String(error),
  };
}
