import { callbackify } from 'node:util';
import { Agent, fetch } from 'undici';
import { PipelineError } from '../../../src/errors.ts';
import { BODY_BYTES_MAX } from '../http-body.ts';
import { allowedAddresses, type HostAddress, parseUrl, resolveBySystem } from '../network-guard.ts';

const CONNECT_MS = 10_000;

/**
 * A `fetch` for one server: it reaches the origin of its URL, at addresses that the guard lets through, and follows
 * nothing. Throws `NETWORK_REFUSED`.
 */
export async function guardedFetch(text: string, allowedHosts: readonly string[]): Promise<typeof globalThis.fetch> {
  const server = parseUrl(text);
  // An address in the URL is never looked up, so it is judged here.
  await allowedAddresses(server, allowedHosts, resolveBySystem);
  const find = callbackify(() => allowedAddresses(server, allowedHosts, resolveBySystem));
  const dispatcher = new Agent({
    connect: {
      timeout: CONNECT_MS,
      lookup: (_host, _options, done) => find((error, addresses) => done(error, addresses as HostAddress[])),
    },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const guarded = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = parseUrl(input instanceof Request ? input.url : String(input));
    if (url.origin !== server.origin) {
      const message = `Cannot call ${url.origin}: the MCP server is at ${server.origin}, and nothing else is asked`;
      throw new PipelineError('NETWORK_REFUSED', message);
    }
    const answer = await fetch(url, { ...(init as object), redirect: 'manual', dispatcher });
    const { status, statusText, headers } = answer;
    const body = answer.body === null ? null : limited(answer.body as ReadableStream<Uint8Array>);
    return new Response(body, { status, statusText, headers: [...headers] });
  };
  return guarded;
}

const NEWLINE = 10;

/** A stream of events may go on for ever, but no event of it. */
function limited(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let size = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = chunk.lastIndexOf(NEWLINE);
      size = end < 0 ? size + chunk.length : chunk.length - end;
      const longest = end < 0 ? size : Math.max(size, chunk.length);
      if (longest <= BODY_BYTES_MAX) return controller.enqueue(chunk);
      const message = `Cannot read the answer: it has more than ${BODY_BYTES_MAX} bytes`;
      controller.error(new PipelineError('TOOL_OUTPUT_INVALID', message));
    },
  });
  return body.pipeThrough(count);
}
