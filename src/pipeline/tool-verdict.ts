import { PipelineError } from '../errors.ts';
import type { Json } from './json.ts';
import { isMap, valueText } from './problem.ts';
import type { Judged } from './votes.ts';

/** The verdict that a tool has given. Throws `TOOL_OUTPUT_INVALID` for anything that is none. */
export function toolVerdict(tool: string, output: Json): Judged {
  const fault = faultOf(output);
  if (fault !== undefined) {
    throw new PipelineError(
      'TOOL_OUTPUT_INVALID',
      `Cannot take what tool "${tool}" gives as a verdict: ${fault}; ${ALLOWED}`,
    );
  }
  const { passed, score, reason } = (typeof output === 'boolean' ? { passed: output } : output) as unknown as Given;
  const said = reason === undefined ? `Tool "${tool}" ${passed ? 'accepts' : 'refuses'} the output` : reason;
  return { passed, score: score ?? Number(passed), reason: said.slice(0, REASON_CHARACTERS_MAX) };
}

interface Given {
  readonly passed: boolean;
  readonly score?: number;
  readonly reason?: string;
}

const ALLOWED =
  'true, false or a map with "passed" (true or false), "score" (a number from 0 to 1) and "reason" (a text) is allowed, the last two of which may be missing';
const REASON_CHARACTERS_MAX = 2000;

function faultOf(output: Json): string | undefined {
  if (typeof output === 'boolean') return undefined;
  if (!isMap(output)) return `it is ${valueText(output)}`;
  const { passed, score, reason } = output;
  if (typeof passed !== 'boolean')
    return passed === undefined ? 'it has no "passed"' : `"passed" is ${valueText(passed)}`;
  if (score !== undefined && !(typeof score === 'number' && score >= 0 && score <= 1)) {
    return `"score" is ${valueText(score)}`;
  }
  return reason === undefined || typeof reason === 'string' ? undefined : `"reason" is ${valueText(reason)}`;
}
