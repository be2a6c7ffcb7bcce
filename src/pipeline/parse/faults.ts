import type { YAMLParseError } from 'yaml';
import type { Fault } from './text.ts';

/**
 * What a YAML parser found, in our words. One mistake makes many errors: those that merely say that the parser
 * has lost its way are left out, and so are open quotes, which are reported where they open.
 */
export function faultsOf(errors: readonly YAMLParseError[], text: string): readonly Fault[] {
  return errors
    .filter(({ message }, index) => !message.startsWith('Missing closing') && !(index > 0 && LOST.test(message)))
    .map(({ code, pos: [offset], message }) => ({
      code: 'YAML_SYNTAX',
      offset,
      message: `Cannot read ${sentenceOf(`${code} ${message}`, restOfLine(text, offset))}`,
    }));
}

const LOST = / in YAML stream/;
const SHOWN_CHARS = 40;

function restOfLine(text: string, offset: number): string {
  return (/^[^\r\n]*/.exec(text.slice(offset, offset + SHOWN_CHARS)) as RegExpExecArray)[0].trim();
}

/** By the parser's code and message; the first that fits counts. */
const SENTENCES: readonly (readonly [RegExp, (rest: string) => string])[] = [
  [/^TAB_AS_INDENT/, () => 'the indentation: it is a tab, only spaces are allowed'],
  [/^BLOCK_AS_IMPLICIT_KEY Nested/, nestedMap],
  [
    /^MULTILINE_IMPLICIT_KEY|Implicit map keys/,
    (rest) => `${quoted(rest)}: no ": " (a colon and a space) stands after a key`,
  ],
  [/^MISSING_CHAR Comments/, () => 'the comment: a space is missing before "#"'],
  [
    /(?:must end with|and end with) a/,
    () => 'the list or map in brackets: its end is missing, or it is indented too little',
  ],
  [/^MISSING_CHAR Missing ,/, (rest) => `${quoted(rest)}: a "," is missing before it`],
  [/same column/, () => 'this line: it is indented like no line above, and keys of one map begin in the same column'],
  [
    /^BAD_INDENT Block scalar|more-indented/,
    () => 'the text below "|" or ">": every line of it must be indented more than its key',
  ],
  [/^BAD_SCALAR_START/, (rest) => `${quoted(rest)}: a text that begins with "${rest[0]}" must be in quotes`],
  [/^BAD_DQ_ESCAPE/, (rest) => `${quoted(rest)}: no such escape, use "\\\\" for a backslash or single quotes`],
  [
    /ANCHOR|ALIAS|Anchor/,
    (rest) => `${quoted(rest)}: no anchor or alias fits here, a text that begins so must be in quotes`,
  ],
  [/^KEY_OVER_1024_CHARS/, (rest) => `the key ${quoted(rest)}: it is longer than 1024 characters`],
  [/(?:)/, (rest) => `${quoted(rest)}: it does not fit here, quotes, a comma or a line break may be missing`],
];

function sentenceOf(error: string, rest: string): string {
  const [, say] = SENTENCES.find(([pattern]) => pattern.test(error)) as (typeof SENTENCES)[number];
  return say(rest);
}

/** Either `key: some: text`, or a text with an indented map below it. */
function nestedMap(rest: string): string {
  if (!/:\s/.test(rest)) return `${quoted(rest)}: a map stands below it, and a key has a text or a map`;
  const what = rest.includes('${{') ? 'an expression' : 'a text';
  return `${quoted(rest)}: ${what} with ": " in it must be in quotes or below a "|"`;
}

function quoted(rest: string): string {
  return rest === '' ? 'the end of the line' : `"${rest}"`;
}
