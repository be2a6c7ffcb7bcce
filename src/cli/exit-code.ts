import type { ErrorCode, PipelineError } from '../errors.ts';

/** What the shell learns. `INTERRUPTED`: the run goes on without this process. */
export const EXIT = { DONE: 0, FAILED: 1, REFUSED: 2, INTERRUPTED: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Codes that say: what you wrote cannot be taken; nothing was started or changed. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'FILE_UNREADABLE',
  'FILE_UNWRITABLE',
  'FILE_ENCODING',
  'INPUT_MISSING',
  'INPUT_UNKNOWN',
  'INPUT_INVALID',
  'PIPELINE_INVALID',
  'PLAN_TOO_LARGE',
  'PLAN_VERSION_UNKNOWN',
  'USAGE',
  'CONFIG_INVALID',
  'RUN_UNKNOWN',
  'RUN_EXISTS',
  'SCHEDULE_UNKNOWN',
  'VALUE_INVALID',
  'STEP_UNKNOWN',
  'ANSWER_REFUSED',
  'EVENT_REFUSED',
  'TOP_UP_REFUSED',
]);

/** A refused pipeline file carries findings, whatever its code. */
export function exitCodeOf(error: PipelineError): ExitCode {
  return REFUSALS.has(error.code) || error.findings.length > 0 ? EXIT.REFUSED : EXIT.FAILED;
}
