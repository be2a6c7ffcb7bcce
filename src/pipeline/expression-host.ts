import { RE2JS, RE2JSException } from 're2js';
import { PipelineError } from '../errors.ts';
import type { HostFunctions } from './expression-call.ts';

/** What expressions may use outside of workflows. Regular expressions run in linear time, whatever their pattern. */
export const hostFunctions: HostFunctions = {
  matches(text, pattern) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw new PipelineError('EXPRESSION_FAILED', problem);
    return RE2JS.compile(pattern).matcher(text).find();
  },
};

/** Why a pattern is not a regular expression of RE2; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > PATTERN_CHARS_MAX) return `the pattern is longer than ${PATTERN_CHARS_MAX} characters`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `"${pattern.slice(0, 80)}" is not a regular expression of RE2 (which has no look-around and no back-references): ${error.message}`;
  }
}

const PATTERN_CHARS_MAX = 1000;
