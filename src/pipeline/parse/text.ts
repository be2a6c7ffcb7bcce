import { isUtf8 } from 'node:buffer';
import type { ErrorCode } from '../../errors.ts';

/** A pipeline file is at most this long. */
export const FILE_BYTES_MAX = 1024 * 1024;

/** Something wrong at a place of a text, in characters from its start. */
export interface Fault {
  readonly code: ErrorCode;
  readonly offset: number;
  readonly message: string;
}

/** The text of a file, or why it cannot be read as one. A byte order mark is left out. */
export function readText(bytes: Uint8Array | string): { text: string; fault?: Fault } {
  const size = typeof bytes === 'string' ? new TextEncoder().encode(bytes).length : bytes.length;
  if (size > FILE_BYTES_MAX) {
    return { text: '', fault: tooLong(`it is ${size} bytes long, at most ${FILE_BYTES_MAX} are allowed`) };
  }
  const read = typeof bytes === 'string' ? { text: bytes } : decode(bytes);
  if (read.fault !== undefined) return read;
  const text = read.text.startsWith('\u{FEFF}') ? read.text.slice(1) : read.text;
  const fault = unprintable(text);
  return fault === undefined ? { text } : { text, fault };
}

function tooLong(is: string): Fault {
  return { code: 'YAML_LIMIT', offset: 0, message: `Cannot read the file: ${is}` };
}

function decode(bytes: Uint8Array): { text: string; fault?: Fault } {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { text: '', fault: wrongEncoding(0, 'it is UTF-16') };
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  if (isUtf8(bytes)) return { text };
  return { text, fault: wrongEncoding(text.indexOf('\u{FFFD}'), 'its bytes here are not UTF-8') };
}

function wrongEncoding(offset: number, is: string): Fault {
  return { code: 'FILE_ENCODING', offset, message: `Cannot read the file: ${is}, only UTF-8 is allowed` };
}

function unprintable(text: string): Fault | undefined {
  const match = UNPRINTABLE.exec(text);
  if (match === null) return undefined;
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message = `Cannot read the file: it holds the character U+${code}, only printable text is allowed`;
  return { code: 'FILE_ENCODING', offset: match.index, message };
}

/** Control characters other than tab and line breaks, and halves of characters. */
const UNPRINTABLE = /(?![\t\n\r])\p{Cc}|\p{Cs}/u;
