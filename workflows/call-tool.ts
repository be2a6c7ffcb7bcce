import type { ToolStepPlan } from '../src/pipeline/plan.ts';
import { toolPolicy } from './activity-options.ts';
import { callOf, makeCall } from './call.ts';
import type { RunState } from './run-state.ts';
import type { Called } from './run-step.ts';

/** Calls the tool of a step; its effect decides whether an attempt may be repeated. */
export async function callTool(state: RunState, step: ToolStepPlan): Promise<Called> {
  const { id, tool, timeoutMs, retry, effect } = step;
  const call = { ...callOf(state, id, [step.with]), tool, effect, with: step.with };
  const policy = toolPolicy({ summary: `${id}: ${tool}`, timeoutMs, retry, effect });
  const called = await makeCall(state, 'callTool', { call, policy });
  if (called.ok) {
    const { output } = called.result;
    return { status: 'done', output, attempts: called.attempts, costNanoUsd: 0, checks: [] };
  }
  const { failure } = called;
  return { status: 'failed', error: failure, attempts: failure.attempts, costNanoUsd: 0, checks: [] };
}
