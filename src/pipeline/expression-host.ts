import { RE2JS, RE2JSException } from 're2js';
import { PipelineError } from '../errors.ts';

/** What cannot run in a workflow, and is lent by whoever evaluates outside of one. */
export interface HostFunctions {
  /**
   * Whether a regular expression is found in a text; `spend` is told beforehand how many steps that takes.
   * Throws `EXPRESSION_FAILED` for what is no regular expression.
   */
  matches(text: string, pattern: string, spend: (steps: number) => void): boolean;
}

/** Regular expressions in RE2: linear time, whatever their pattern. */
export const hostFunctions: HostFunctions = {
  matches(text, pattern, spend) {
    const compiled = compile(pattern);
    if (typeof compiled === 'string') throw new PipelineError('EXPRESSION_FAILED', compiled);
    // In the worst case every character is held against every state: `a{100}` has a hundred of them.
    spend(Math.ceil((text.length * compiled.programSize()) / STATES_PER_STEP));
    return compiled.matcher(text).find();
  },
};

const STATES_PER_STEP = 60;
const PATTERN_CHARS_MAX = 1000;
const PATTERN_SHOWN_CHARS = 80;

/** Why a pattern is not a regular expression of RE2; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  const compiled = compile(pattern);
  return typeof compiled === 'string' ? compiled : undefined;
}

function compile(pattern: string): RE2JS | string {
  if (pattern.length > PATTERN_CHARS_MAX) return `a pattern is at most ${PATTERN_CHARS_MAX} characters long`;
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const shown = pattern.slice(0, PATTERN_SHOWN_CHARS);
    return `"${shown}" is not a regular expression of RE2, which has no look-around and no back-references`;
  }
}
