import { RE2JS, RE2JSException } from 're2js';
import { PipelineError } from '../errors.ts';

/** What cannot run in a workflow, and is lent by whoever evaluates outside of one. */
export interface HostFunctions {
  /** Whether a regular expression is found in a text. Throws `EXPRESSION_FAILED` for one that is none. */
  matches(text: string, pattern: string): boolean;
}

/** Regular expressions in RE2: linear time, whatever their pattern. */
export const hostFunctions: HostFunctions = {
  matches(text, pattern) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw new PipelineError('EXPRESSION_FAILED', problem);
    return RE2JS.compile(pattern).matcher(text).find();
  },
};

const PATTERN_CHARS_MAX = 1000;

/** Why a pattern is not a regular expression of RE2; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > PATTERN_CHARS_MAX) return `a pattern is at most ${PATTERN_CHARS_MAX} characters long`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const shown = pattern.slice(0, PATTERN_SHOWN_CHARS);
    return `"${shown}" is not a regular expression of RE2, which has no look-around and no back-references`;
  }
}

const PATTERN_SHOWN_CHARS = 80;
