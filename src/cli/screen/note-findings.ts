import type { Finding } from '../../errors.ts';
import { findingLines } from './findings.ts';
import { sourcesOf } from '../pipeline-file.ts';
import type { Lines, Terminal } from './terminal.ts';

/** What is wrong or doubtful in a file, beside the answer. */
export function findingNotes(findings: readonly Finding[], terminal: Terminal): Lines {
  const sources = sourcesOf(terminal.isNoteScreen ? findings : []);
  return findings.flatMap((finding) => findingLines(finding, (file) => sources.get(file), terminal.paintNote));
}
