import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
  return (
    syntaxPosition(error) ?? scriptPosition(file, error) ?? importPosition(file, error) ?? framePosition(file, error)
  );
}

/** Of a mistake in JavaScript Node tells no place, but TypeScript's reader does. */
function scriptPosition(file: string, error: Error): Position | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  try {
    stripTypeScriptTypes(readFileSync(file, 'utf8'));
    return undefined;
  } catch (found) {
    return syntaxPosition({ stack: `${file}${(found as Error).stack}` });
  }
}

/** Node shows the place above the sentence: `/…/x.ts:3`, lines of the file, and carets under the last of them. */
function syntaxPosition({ stack = '' }: Pick<Error, 'stack'>): Position | undefined {
  const [, file, line, carets] = /^(\S[^\n]*):(\d+)\n(?:[^\n]*\n)*?( *)\^+\n/u.exec(stack) ?? [];
  if (file === undefined || carets === undefined) return undefined;
  return { file, line: Number(line), column: carets.length + 1 };
}

/** The innermost call that stands in the file, or beside it. */
function framePosition(file: string, { stack = '' }: Error): Position | undefined {
  const folder = pathToFileURL(dirname(file)).href;
  for (const [, url = '', line, column] of stack.matchAll(/(file:\/\/\S+?):(\d+):(\d+)\)?$/gmu)) {
    if (!url.startsWith(`${folder}/`) || url.includes('/node_modules/')) continue;
    return { file: fileURLToPath(url), line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** Of a module that is not found Node tells the name, and who wants it. */
function importPosition(file: string, { message }: Error): Position | undefined {
  const [, wanted] = /^Cannot find (?:package|module) '([^']+)'/u.exec(message) ?? [];
  if (wanted === undefined) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const name = wanted.split('/').at(-1) as string;
  const index = lines.findIndex((line) => /\b(?:import|from)\b/u.test(line) && line.includes(name));
  return index < 0 ? undefined : { file, line: index + 1, column: (lines[index] as string).indexOf(name) + 1 };
}
