import type { Examination } from '../../local/examination.ts';
import type { Lines, Paint, Style } from './terminal.ts';

const MARKS = { ok: '✓', warning: '!', missing: '✗' } as const;
const STYLES = { ok: 'green', warning: 'yellow', missing: 'red' } as const satisfies Record<string, Style>;
const SUBJECT_WIDTH = 17;

/** What was found, and under it what to do about it. */
export function examinationLines({ subject, status, found, advice }: Examination, paint: Paint): Lines {
  const line = `${paint(STYLES[status], MARKS[status])} ${subject.padEnd(SUBJECT_WIDTH)} ${found}`;
  return advice === undefined ? [line] : [line, `${' '.repeat(SUBJECT_WIDTH + 3)}${paint('dim', advice)}`];
}
