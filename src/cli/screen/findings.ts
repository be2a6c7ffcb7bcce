import type { Finding } from '../../errors.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import stringWidth from 'string-width';
import { printable, printableLine } from './printable.ts';
import { cutToWidth } from './table.ts';
import type { Lines, Paint } from './terminal.ts';

/** The text of a file that findings point into; undefined when no excerpt is wanted. */
export type SourceOf = (file: string) => string | undefined;

const EXCERPT_COLUMNS_MAX = 120;

/** `file:line:column: error CODE sentence`, and under it the line with a caret where the source is known. */
export function findingLines(finding: Finding, sourceOf: SourceOf, paint: Paint): Lines {
  const { position, severity, code } = finding;
  const where = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
  const label = `${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${paint('dim', code)}`;
  const sentence = `${printableLine(where)}${where === '' ? '' : ' '}${label} ${printable(finding.message)}`;
  const line = position === undefined ? undefined : sourceOf(position.file)?.split(/\r?\n/u)[position.line - 1];
  if (position === undefined || line === undefined) return [sentence];
  return [sentence, ...excerpt({ line, number: position.line, column: position.column }, paint)];
}

export function findingReport({ severity, code, message, path, position }: Finding): JsonObject {
  return { severity, code, message, ...(path === undefined ? {} : { path }), ...position };
}

function excerpt(at: { line: string; number: number; column: number }, paint: Paint): Lines {
  // Long lines are shown from a little before the place, so that the caret stays on the screen.
  const from = at.column > EXCERPT_COLUMNS_MAX - 20 ? at.column - 40 : 0;
  const line = printable(at.line.replaceAll('\t', ' ')).slice(from);
  const before = ' '.repeat(stringWidth(line.slice(0, at.column - 1 - from)));
  const number = String(at.number).padStart(5);
  return [
    paint('dim', `${number} | `) + cutToWidth(line.trimEnd(), EXCERPT_COLUMNS_MAX),
    paint('dim', '      | ') + before + paint('red', '^'),
  ];
}
