import type { RungFacts } from '../../pipeline/result.ts';
import { printableLine } from './printable.ts';

/** `repair (still not good)`, `ollama/big (good)`, `ask (accepted by ann, changed)`. */
export function rungText({ rung, status, model, error, by = [], comment, isEdited }: RungFacts): string {
  const who = rung === 'model' ? `model ${model ?? ''}`.trim() : rung;
  const people = by.length === 0 ? 'nobody in time' : by.join(', ');
  const said = comment === undefined ? '' : `, saying: ${comment}`;
  const ends = {
    passed: 'good',
    missed: 'not good',
    failed: error?.code ?? 'failed',
    accepted: `accepted by ${people}${isEdited ? ', changed' : ''}${said}`,
    rejected: `rejected by ${people}${said}`,
    taken: 'taken as it is',
  } as const;
  return printableLine(`${who} (${ends[status]})`);
}
