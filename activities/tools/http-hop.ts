import { PipelineError } from '../../src/errors.ts';
import { ACCEPTED_ENCODINGS, BODY_BYTES_MAX, FILE_BYTES_MAX } from './http-body.ts';
import type { HttpInput } from './http-input.ts';
import { parseUrl } from './network-guard.ts';
import type { ToolContext } from './tool.ts';

/** One request, to one place. */
export interface Hop {
  readonly method: HttpInput['method'];
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Of the answer; `BODY_BYTES_MAX` when absent. */
  readonly answerBytesMax?: number;
}

/** The request that the input describes. Throws `NETWORK_REFUSED` for a URL, `TOOL_INPUT_INVALID` for the rest. */
export function firstHop(input: HttpInput, { effect, idempotencyKey }: ToolContext): Hop {
  const url = parseUrl(input.url);
  const query = queryText(input.query);
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`;
  const headers = {
    accept: '*/*',
    'accept-encoding': ACCEPTED_ENCODINGS,
    'user-agent': 'orchestrator',
    ...(effect === 'once' ? { 'idempotency-key': idempotencyKey } : {}),
    ...bodyHeaders(input.body),
    ...givenHeaders(input.headers),
  };
  const answer = input.save_as === undefined ? {} : { answerBytesMax: FILE_BYTES_MAX };
  return { method: input.method, url, headers, body: bodyText(input), ...answer };
}

function queryText(query: HttpInput['query']): string {
  return Object.entries(query)
    .flatMap(([name, value]) => [value].flat().map((each) => ({ name, value: each })))
    .filter(({ value }) => value !== null)
    .map(({ name, value }) => `${percentEncode(name)}=${percentEncode(String(value))}`)
    .join('&');
}

function percentEncode(text: string): string {
  // Half a pair of surrogates has no encoding.
  return encodeURIComponent(text.toWellFormed());
}

/** They belong to the connection, or decide where a request goes. */
const RESERVED = /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/;

function givenHeaders(headers: HttpInput['headers']): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value }));
  const reserved = given.find(({ name }) => RESERVED.test(name));
  if (reserved !== undefined) throw invalid(`the header "${reserved.name}" belongs to the connection`);
  return Object.fromEntries(given.flatMap(({ name, value }) => (value === null ? [] : [[name, String(value)]])));
}

function bodyHeaders(body: HttpInput['body']): Record<string, string> {
  if (body === undefined || body === null) return {};
  return { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' };
}

function bodyText({ method, body }: HttpInput): string | null {
  if (body === undefined || body === null) return null;
  if (method === 'GET' || method === 'HEAD') throw invalid(`${method} sends no "body"; use "query", or another method`);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (Buffer.byteLength(text) > BODY_BYTES_MAX) throw invalid(`"body" has at most ${BODY_BYTES_MAX} bytes`);
  return text;
}

const REDIRECTS_MAX = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Where an answer sends its request on to, if anywhere. Throws `NETWORK_REFUSED`. */
export function nextHop(
  hop: Hop,
  { status, headers: { location } }: { status: number; headers: Readonly<Record<string, string>> },
  redirects: number,
): Hop | undefined {
  if (location === undefined || !REDIRECTS.includes(status)) return undefined;
  const refuse = (reason: string): PipelineError =>
    new PipelineError('NETWORK_REFUSED', `Cannot follow a redirect of ${hop.url.origin}: ${reason}`);
  if (redirects === REDIRECTS_MAX) throw refuse(`at most ${REDIRECTS_MAX} are followed`);
  const url = parseUrl(location, hop.url);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw refuse(`${url.origin} is not encrypted`);
  const headers = url.origin === hop.url.origin ? hop.headers : anonymous(hop.headers);
  return becomesGet(hop.method, status)
    ? { ...hop, method: 'GET', url, headers, body: null }
    : { ...hop, url, headers };
}

/** As browsers do it: only 307 and 308 keep the method of a request that changes something. */
function becomesGet(method: Hop['method'], status: number): boolean {
  if (method === 'HEAD') return false;
  return status === 303 || (method === 'POST' && (status === 301 || status === 302));
}

/** What may follow to another origin; anything else, whatever its name, could be a key. */
const HARMLESS = ['accept', 'accept-encoding', 'accept-language', 'content-type', 'idempotency-key', 'user-agent'];

function anonymous(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.includes(name)));
}

function invalid(reason: string): PipelineError {
  return new PipelineError('TOOL_INPUT_INVALID', `Cannot call "http.request": ${reason}`);
}
