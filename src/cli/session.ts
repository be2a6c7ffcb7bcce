import type { Config } from '../config.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './screen/terminal.ts';

/** What every command gets. */
export interface Session {
  readonly config: Config;
  readonly terminal: Terminal;
}

/** Makes a commander action of a command's work: opens the session, and keeps the exit code for the end. */
export type Act = <Args extends unknown[]>(
  work: (session: Session, ...args: Args) => Promise<ExitCode>,
) => (...args: Args) => Promise<void>;
