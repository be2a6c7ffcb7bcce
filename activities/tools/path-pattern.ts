import { RE2JS } from 're2js';
import { PipelineError } from '../../src/errors.ts';
import { pathFault } from '../../src/pipeline/relative-path.ts';
import { quote } from '../quote.ts';

/**
 * Compiles a pattern of relative paths. `*` and `?` stand for text and one character without "/", `**` for any text,
 * a whole `**` with its slash for any folders or none, `{a,b}` for one of several; everything else for itself. It
 * becomes an expression of RE2, since users and models write it. Throws `PATH_REFUSED`.
 */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const reason = pathFault(pattern);
  if (reason !== undefined) throw new PipelineError('PATH_REFUSED', `Cannot use pattern ${quote(pattern)}: ${reason}`);
  const plain = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const compiled = RE2JS.compile(`^(?:${sourceOf(plain.join('/'))})$`, RE2JS.DOTALL);
  return (path) => compiled.test(path);
}

/** A pattern in pieces: what has a meaning, and single characters. */
const PIECES = /\{[^{}]*\}|(?<![^/])\*\*\/|\*\*|[^]/gu;

const WORDS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

function sourceOf(pattern: string): string {
  return pattern.replaceAll(PIECES, (piece) => {
    if (piece.startsWith('{') && piece.endsWith('}'))
      return `(?:${piece.slice(1, -1).split(',').map(sourceOf).join('|')})`;
    return WORDS[piece] ?? RE2JS.quote(piece);
  });
}
