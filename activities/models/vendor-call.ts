import { Agent, fetch as sendRequest } from 'undici';
import { PipelineError } from '../../src/errors.ts';
import {
  brokenOff,
  type CallSubject,
  invalidResponse,
  networkFailure,
  statusFailure,
  streamFailure,
} from './http-failure.ts';
import type { ProviderSettings } from './provider.ts';
import { fieldOf } from './vendor-error.ts';

type Fetch = typeof globalThis.fetch;

/** How long a connection may take to open, in milliseconds. */
const CONNECT_MS = 10_000;
/** A local model that is loaded, or waits for others, says nothing for minutes. */
const SILENCE_MS = 10 * 60_000;
/** A server that is only asked what it has takes no longer, in milliseconds. */
export const LOOK_UP_MS = 5000;
/** No more of an error's body is read. */
const ERROR_BODY_BYTES_MAX = 64 * 1024;

/** What the vendors' clients get besides the fetch: they neither retry, nor time, nor print. */
export const CLIENT_OPTIONS = { maxRetries: 0, timeout: 2 ** 31 - 1, logLevel: 'off' } as const;

/** The vendors' clients insist on a key; a compatible server may need none. */
export const NO_KEY = 'none';

/**
 * Runs one call of a vendor. `work` sends its request through `fetch`, which stops when `signal` fires.
 * Whatever goes wrong, in the network, at the server or in the client, is thrown as a `PipelineError`
 * with a code of the models' part of the list; when `signal` has fired, its reason is thrown.
 */
export type VendorCall = <T>(
  model: string,
  signal: AbortSignal,
  work: (fetch: Fetch, subject: CallSubject) => Promise<T | undefined>,
) => Promise<T>;

/** Prepares the calls of one provider; nothing is connected yet. Throws `CONFIG_INVALID` for an address that is none. */
export function vendorCalls(provider: string, settings: ProviderSettings): VendorCall {
  checkAddress(provider, settings);
  const silenceMs = settings.silenceMs ?? SILENCE_MS;
  const agent = new Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: silenceMs, bodyTimeout: silenceMs });
  return async (model, signal, work) => {
    const subject = { model: `${provider}/${model}`, apiKey: settings.apiKey };
    // The vendors' clients wrap what fetch throws, and lose parts of it.
    let refused: PipelineError | undefined;
    const fetch: Fetch = async (input, init) => {
      try {
        return await send(agent, subject, { input, init, signal });
      } catch (error) {
        refused = asFailure(subject, error);
        throw refused;
      }
    };
    try {
      const answer = await work(fetch, subject);
      if (answer !== undefined) return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw refused ?? asFailure(subject, error);
    }
    // The vendors' clients end an aborted stream as if it were complete.
    signal.throwIfAborted();
    throw brokenOff(subject);
  };
}

interface Sent {
  readonly input: Parameters<Fetch>[0];
  readonly init: RequestInit | undefined;
  readonly signal: AbortSignal;
}

async function send(agent: Agent, subject: CallSubject, { input, init, signal }: Sent): Promise<Response> {
  const signals = [signal, init?.signal].filter((each) => each instanceof AbortSignal);
  const options = { ...init, signal: AbortSignal.any(signals), dispatcher: agent } as Parameters<typeof sendRequest>[1];
  // The clients' types name Node's own fetch, which is an older copy of the same library.
  const response = (await sendRequest(input as string | URL, options)) as unknown as Response;
  const { status, headers } = response;
  if (!response.ok) throw statusFailure(subject, { status, headers, body: await errorBody(response) });
  if (!String(headers.get('content-type')).startsWith('text/html')) return response;
  await response.body?.cancel();
  throw invalidResponse(subject, 'it is a web page; is the base URL right?');
}

async function errorBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ERROR_BODY_BYTES_MAX) break;
    }
  } catch {
    // The status says enough; a body that breaks off only shortens the quotation.
  }
  return text;
}

/** What any error means that comes out of a call. */
export function asFailure(subject: CallSubject, error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  // What the vendor reports in mid-answer stands in the `error` of the clients' own error.
  const reported = fieldOf(error, 'error');
  if (reported !== undefined) return streamFailure(subject, JSON.stringify(reported));
  // The last piece of a stream that was cut is half a piece of JSON.
  if (error instanceof SyntaxError) return brokenOff(subject);
  const isFromNetwork = fieldOf(error, 'cause') !== undefined;
  return isFromNetwork ? networkFailure(subject, error) : invalidResponse(subject, String(error), error);
}

function checkAddress(provider: string, { baseUrl }: ProviderSettings): void {
  if (baseUrl === undefined || ['http:', 'https:'].includes(String(URL.parse(baseUrl)?.protocol))) return;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot connect provider "${provider}": its base URL is ${JSON.stringify(baseUrl)}, and must begin with http:// or https://`,
  );
}
