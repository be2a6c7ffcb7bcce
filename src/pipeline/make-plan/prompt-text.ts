import type { PipelineError } from '../../errors.ts';
import { linkFault } from '../linked-files.ts';
import type { Template } from '../plan.ts';
import { type Path, placeText, wrongValue } from '../problem.ts';
import type { PromptText } from '../spec/kinds/conversation.ts';
import { type Draft, compileAt } from './draft.ts';

/** A text that a model is told, wherever it stands. */
export function planText(draft: Draft, path: Path, written: PromptText): Template {
  if (typeof written === 'string') return compileAt(draft, { path, value: written }).template;
  const place = [...path, 'file'];
  const text = textOf(draft, place, written.file);
  return text === undefined ? { kind: 'literal', value: '' } : compileFile(draft, place, { file: written.file, text });
}

function textOf(draft: Draft, path: Path, file: string): string | undefined {
  const fault = linkFault(file);
  if (fault !== undefined) return refuse(draft, path, { code: 'VALUE_INVALID', is: fault });
  const text = draft.texts.get(file);
  if (text === undefined) {
    return refuse(draft, path, { code: 'FILE_UNREADABLE', is: 'no folder is known to look for it in' });
  }
  if (typeof text === 'string') return text;
  return refuse(draft, path, { code: text.code, is: text.message.replace(/^C/, 'c') });
}

function refuse(
  { problems }: Draft,
  path: Path,
  { code, is }: Pick<PipelineError, 'code'> & { is: string },
): undefined {
  problems.push(wrongValue(code, path, `Cannot use ${placeText(path)}: ${is}`));
}

/** What is wrong in the file is told where the file is named, with the place in it. */
function compileFile(draft: Draft, path: Path, { file, text }: { readonly file: string; readonly text: string }) {
  const found: Draft['problems'] = [];
  const { template } = compileAt({ ...draft, problems: found }, { path, value: text });
  const start = `Cannot use the expression in ${placeText(path)}`;
  for (const { offset, message, ...problem } of found) {
    const where = `line ${lineAt(text, offset as number)} of "${file}"`;
    draft.problems.push({ ...problem, message: `${start} (${where})${message.slice(start.length)}` });
  }
  return template;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
