import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'undici';
import { PipelineError } from '../../src/errors.ts';
import { orAborted } from '../or-aborted.ts';
import { type Answer, BODY_BYTES_MAX } from './http-body.ts';
import type { Hop } from './http-hop.ts';
import { allowedAddresses, checkHost, type HostAddress, type Resolve } from './network-guard.ts';
import type { ToolContext } from './tool.ts';

const CONNECT_MS = 10_000;

/** Sends one request and reads the answer; follows nothing. `onConnected`: from here on the server may have acted. */
export async function exchange(
  { method, url, headers, body, answerBytesMax = BODY_BYTES_MAX }: Hop,
  { signal, allowedHosts, hosts }: ToolContext,
  { resolve, onConnected }: { resolve: Resolve; onConnected: () => void },
): Promise<Answer> {
  checkHost(url, hosts);
  const addresses = await orAborted(allowedAddresses(url, allowedHosts, resolve), signal);
  const dispatcher = connectOnlyTo(addresses);
  dispatcher.on('connect', onConnected);
  try {
    const answer = await request(url, { dispatcher, signal, method, headers, body });
    return {
      status: answer.statusCode,
      headers: joinHeaders(answer.headers),
      bytes: await readUpTo(answerBytesMax, answer.body),
    };
  } finally {
    await dispatcher.destroy();
  }
}

/** The addresses that were checked are the only ones used: the socket asks no resolver again. */
function connectOnlyTo(addresses: readonly HostAddress[]): Agent {
  return new Agent({
    connect: { timeout: CONNECT_MS, lookup: (_host, _options, done) => done(null, [...addresses]) },
    // How long an attempt takes is the step's to say; `signal` ends it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}

async function readUpTo(bytesMax: number, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > bytesMax) {
      throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read the answer: it has more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
