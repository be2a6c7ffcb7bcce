import { stripVTControlCharacters } from 'node:util';

/**
 * Text from a model, a server or a file as it may be shown: control characters could move the cursor,
 * set the title or hide what was printed.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(UNPRINTABLE, '�');
}

/** Control characters, and those that turn the direction of writing round. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}
