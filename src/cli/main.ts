import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { loadConfig } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.ts';
import { findingReport } from './screen/findings.ts';
import { findingNotes } from './screen/note-findings.ts';
import { createProgram } from './program.ts';
import { printable } from './screen/printable.ts';
import type { Act } from './session.ts';
import { openTerminal, type Lines, type Terminal } from './screen/terminal.ts';

/** Runs one command line and answers with the exit code. The one place where any error is caught. */
async function main(args: readonly string[]): Promise<ExitCode> {
  // Asked before the arguments are read, since reading them can fail.
  const terminal = openTerminal(args.includes('--json'), process.env);
  let exitCode: ExitCode = EXIT.DONE;
  const act: Act =
    (work) =>
    async (...commandArgs) => {
      exitCode = await work({ config: loadConfig(process.env), terminal }, ...commandArgs);
    };
  try {
    const program = await createProgram(act, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return showError(error, terminal, args.includes('--debug'));
  }
}

function showError(thrown: unknown, terminal: Terminal, isDebug: boolean): ExitCode {
  // Help and version end commander's work in the same way as an error.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.DONE;
  const error = knownError(thrown);
  const { code, message, findings } = error;
  if (terminal.isJson)
    terminal.answer({ event: 'error', code, message, findings: findings.map(findingReport) }, () => []);
  terminal.note([...errorLines(error, terminal), ...(isDebug ? inspect(thrown).split('\n') : [])]);
  return exitCodeOf(error);
}

function knownError(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  if (thrown instanceof CommanderError) return new PipelineError('USAGE', usageSentence(thrown.message));
  return new PipelineError('INTERNAL', `Cannot go on: ${(thrown as Error).message}; use --debug for the stack`);
}

function usageSentence(message: string): string {
  const reason = message.replace(/^error: /u, '').replaceAll('\n', ' ');
  return reason === '(outputHelp)' ? 'Cannot run without a command' : `Cannot read the command line: ${reason}`;
}

/** A refused file is its findings; any other error is one line. */
function errorLines({ code, message, findings }: PipelineError, terminal: Terminal): Lines {
  const { paintNote } = terminal;
  if (findings.length > 0) return findingNotes(findings, terminal);
  return [`${paintNote('red', 'error')} ${paintNote('dim', code)} ${printable(message)}`];
}

process.exitCode = await main(process.argv.slice(2));
