import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipelineError, type Finding, type Position } from '../errors.ts';

/** Why a file could not be loaded, with the place in it, or in a file that it imports. */
export function loadFault(file: string, error: unknown): PipelineError {
  const reason = error instanceof Error ? firstLine(error.message) : String(error);
  const position = (error instanceof Error ? positionIn(file, error) : undefined) ?? { file, line: 1, column: 1 };
  const shown = shortened(file);
  const message = `Cannot load "${shown}": ${reason}`;
  const finding: Finding = {
    severity: 'error',
    code: 'CONFIG_INVALID',
    message,
    position: { ...position, file: shortened(position.file) },
  };
  return new PipelineError('CONFIG_INVALID', message, { findings: [finding], cause: error });
}

function firstLine(message: string): string {
  return message.trim().split('\n')[0] as string;
}

/** As people write it, from where they are. */
function shortened(file: string): string {
  const path = relative('.', file);
  return path.startsWith('..') ? file : path;
}

function positionIn(file: string, error: Error): Position | undefined {
  return syntaxPosition(error) ?? framePosition(error) ?? importPosition(file, error);
}

/** Node shows the line above the sentence: `file:///…/x.ts:3`, the line itself, and carets under it. */
function syntaxPosition({ stack = '' }: Error): Position | undefined {
  const [, url, line, carets] = /^(file:\/\/\S+):(\d+)\n[^\n]*\n(\s*)\^/u.exec(stack) ?? [];
  if (url === undefined || carets === undefined) return undefined;
  return { file: fileURLToPath(url), line: Number(line), column: carets.length + 1 };
}

/** The innermost call that is not of a package. */
function framePosition({ stack = '' }: Error): Position | undefined {
  for (const [, url = '', line, column] of stack.matchAll(/(file:\/\/\S+?):(\d+):(\d+)\)?$/gmu)) {
    if (url.includes('/node_modules/') || url.startsWith(OWN_FILES)) continue;
    return { file: fileURLToPath(url), line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** The files of this program are no help to whoever wrote the configuration. */
const OWN_FILES = new URL('../', import.meta.url).href;

/** Of a module that is not found Node tells the name, and who wants it. */
function importPosition(file: string, { message }: Error): Position | undefined {
  const [, wanted] = /^Cannot find (?:package|module) '([^']+)'/u.exec(message) ?? [];
  if (wanted === undefined) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const name = wanted.split('/').at(-1) as string;
  const index = lines.findIndex((line) => /\b(?:import|from)\b/u.test(line) && line.includes(name));
  return index < 0 ? undefined : { file, line: index + 1, column: (lines[index] as string).indexOf(name) + 1 };
}
