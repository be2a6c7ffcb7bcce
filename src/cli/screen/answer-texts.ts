import type { AnswerPiece } from '../../answers.ts';
import { printable, printableLine } from './printable.ts';
import { cutToWidth } from './table.ts';
import type { Lines, Paint } from './terminal.ts';

/** What models say, gathered for people. */
export interface AnswerTexts {
  /** Takes a piece; gives the lines that are complete with it. */
  add(piece: AnswerPiece): Lines;
  /** The last line of each answer that grows, in the order in which they began. */
  growing(): readonly { readonly path: string; readonly text: string }[];
}

/** A line that goes on for ever is shown in parts. */
const LINE_MAX = 500;

export function gatherAnswers(paint: Paint): AnswerTexts {
  const rests = new Map<string, string>();
  return {
    add({ path, text, isAnew, isOver }) {
      const before = isAnew === true ? '' : (rests.get(path) ?? '');
      const lines = (before + printable(text)).split('\n');
      const rest = lines.pop() as string;
      const isWhole = isOver === true || rest.length > LINE_MAX;
      if (isOver === true) rests.delete(path);
      else rests.set(path, isWhole ? '' : rest);
      const anew = isAnew === true ? [paint('yellow', 'begins anew')] : [];
      const shown = [...anew, ...lines, ...(isWhole && rest !== '' ? [rest] : [])];
      return shown.map((line) => `${paint('dim', `${printableLine(path)} │`)} ${line}`);
    },
    growing: () => [...rests].map(([path, text]) => ({ path, text })),
  };
}

/** The ends of answers that grow, below a table: so many lines at the most. */
export function growingLines(
  texts: AnswerTexts,
  { lines, columns, paint }: { readonly lines: number; readonly columns: number; readonly paint: Paint },
): Lines {
  return texts
    .growing()
    .filter(({ text }) => text !== '')
    .slice(-lines)
    .map(({ path, text }) => {
      const head = `${printableLine(path)} │ `;
      const room = Math.max(columns - head.length, 0);
      // The newest words count.
      const end = text.length > room ? `…${text.slice(text.length - room + 1)}` : text;
      return cutToWidth(`${paint('dim', head)}${end}`, columns);
    });
}

export function pieceEvent(runId: string, piece: AnswerPiece): object {
  const { path, model, attempt, turn, isRepair, text, isAnew, isOver } = piece;
  return {
    event: 'text',
    run_id: runId,
    step: path,
    model,
    attempt,
    ...(turn === undefined ? {} : { turn }),
    ...(isRepair === undefined ? {} : { is_repair: isRepair }),
    text,
    ...(isAnew === undefined ? {} : { is_anew: isAnew }),
    ...(isOver === undefined ? {} : { is_over: isOver }),
  };
}
