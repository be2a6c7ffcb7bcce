import { ToolCheckOptions } from '../../spec/judging.ts';
import { within } from '../draft.ts';
import { planToolCall } from '../tool-call.ts';
import { callingCheck } from './calling-check.ts';

export const toolCheck = callingCheck({
  name: 'tool',
  description:
    'Holds when a tool says so: it gives true or false, or a map with `passed`, and maybe `score` and `reason`.',
  options: ToolCheckOptions,
  example: { tool: 'code.javascript', with: { input: '${{ output }}', code: 'return input.length < 280;' } },
  plan(draft, path, { options, subject }) {
    const { call } = planToolCall(within(draft, { output: subject.output }), path, options);
    const { retry, timeoutMs = call.timeoutMs } = subject;
    return {
      check: 'tool',
      options: { kind: 'literal', value: {} },
      by: { kind: 'tool', ...call, retry, timeoutMs },
    };
  },
});
