import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { quote } from '../quote.ts';

/** An answer as it came: its body may be compressed. */
export interface Answer {
  readonly status: number;
  /** Names in lower case; what came several times is joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Of a request, and of an answer before and after decompression. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Of an answer that becomes a file. */
export const FILE_BYTES_MAX = 50 * 1024 * 1024;
/** What `readBody` can undo; sent as `accept-encoding`. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/**
 * The value of an answer's body: by its content type JSON, text, or base64 of anything else. Without a content
 * type text is what is valid UTF-8; nothing at all is null. Throws `TOOL_OUTPUT_INVALID`.
 */
export async function readBody(answer: Pick<Answer, 'bytes' | 'headers'>): Promise<Json> {
  const { bytes, headers } = answer;
  if (bytes.length === 0) return null;
  const plain = await plainBytes(answer);
  const contentType = (headers['content-type'] ?? '').toLowerCase();
  if (contentType === '') return isUtf8Text(plain) ? plain.toString('utf8') : plain.toString('base64');
  if (!TEXT_TYPE.test(contentType)) return plain.toString('base64');
  const text = decode(plain, contentType);
  return JSON_TYPE.test(contentType) ? parseJson(text) : text;
}

const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/;
const TEXT_TYPE =
  /^text\/|^[^;]*[/+](json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson|graphql)\s*(;|$)|;\s*charset=/;

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECOMPRESS = new Map<string, Decompress>([
  ['identity', (bytes) => Promise.resolve(bytes)],
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** The bytes of a body without its compression. Throws `TOOL_OUTPUT_INVALID`. */
export async function plainBytes(
  { bytes, headers }: Pick<Answer, 'bytes' | 'headers'>,
  bytesMax = BODY_BYTES_MAX,
): Promise<Buffer> {
  const encoding = headers['content-encoding'] ?? 'identity';
  const undo = DECOMPRESS.get(encoding.trim().toLowerCase());
  if (undo === undefined) throw unreadable(`its content-encoding ${quote(encoding)} is none of ${ACCEPTED_ENCODINGS}`);
  try {
    return await undo(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw unreadable(
      isTooLong ? `it unpacks to more than ${bytesMax} bytes` : `it says that it is ${encoding} and is not`,
    );
  }
}

/** Text by the charset that a content type names; UTF-8 when it names none. */
export function decode(bytes: Buffer, contentType: string): string {
  const charset = /;\s*charset="?([^";\s]+)/.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A server may name anything as its charset; UTF-8 is the most likely meaning.
    return new TextDecoder().decode(bytes);
  }
}

function isUtf8Text(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw unreadable(`it says that it is JSON and is not: ${quote(text)}`);
  }
}

function unreadable(reason: string): PipelineError {
  return new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read the answer: ${reason}`);
}
