import type { Json } from '../pipeline/json.ts';
import type { ApprovalView } from '../pipeline/view.ts';
import { editedValue, fieldsOf, fieldValue, type Form } from './answer-options.ts';
import type { AskLine } from './ask-person.ts';
import { printableLine } from './screen/printable.ts';

export interface Answered {
  readonly choice: string;
  readonly edited?: Json;
  readonly answer?: Json;
  readonly comment?: string;
}

/** Asks a person for an answer, part by part. What is left empty is left out. */
export async function answerOfPerson(ask: AskLine, { options }: ApprovalView, form: Form): Promise<Answered> {
  const choice = await askChoice(ask, options);
  const edited = form.edit === undefined ? '' : await ask('Another text, or @file (Enter keeps it): ');
  const answer = form.answer === undefined ? undefined : await askForm(ask, form);
  const comment = await ask('Comment (Enter for none): ');
  return {
    choice,
    ...(edited === '' ? {} : { edited: editedValue(form, edited) }),
    ...(answer === undefined ? {} : { answer }),
    ...(comment === '' ? {} : { comment }),
  };
}

/** By its name or by its number. */
async function askChoice(ask: AskLine, options: readonly string[]): Promise<string> {
  for (;;) {
    const said = await ask('Choice: ');
    const choice = options.find((option) => option === said) ?? options[Number(said) - 1];
    if (choice !== undefined) return choice;
  }
}

async function askForm(ask: AskLine, { answer }: Form): Promise<Json> {
  const filled: [string, Json][] = [];
  for (const [name, schema] of Object.entries(fieldsOf(answer))) {
    const choices =
      schema === true || !Array.isArray(schema['enum']) ? '' : ` (${schema['enum'].map(String).join(', ')})`;
    const said = await ask(`${printableLine(`${name}${choices}`)}: `);
    if (said !== '') filled.push([name, fieldValue(answer, name, said)]);
  }
  return Object.fromEntries(filled);
}
