import type { Json } from '../../pipeline/json.ts';
import type { ApprovalView } from '../../pipeline/view.ts';
import { approvalFacts } from './asks.ts';
import { printable } from './printable.ts';
import type { Lines, Paint } from './terminal.ts';

/** An approval as a person reads it who is about to answer. */
export function questionLines(approval: ApprovalView, edit: Json | undefined, paint: Paint): Lines {
  const { step, message, answers, options } = approval;
  return [
    `${paint('bold', step)}  ${paint('dim', approvalFacts(approval).join('; '))}`,
    '',
    ...printable(message).split('\n'),
    '',
    ...(edit === undefined ? [] : ['You may change this:', ...editLines(edit), '']),
    ...answers.map(({ by, choice }) => printable(`${by} said ${choice}`)),
    ...options.map((option, index) => `  ${index + 1}  ${printable(option)}`),
  ];
}

function editLines(edit: Json): Lines {
  const text = typeof edit === 'string' ? edit : JSON.stringify(edit, null, 2);
  return printable(text)
    .split('\n')
    .map((line) => `  ${line}`);
}
