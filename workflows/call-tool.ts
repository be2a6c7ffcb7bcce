import { workflowInfo } from '@temporalio/workflow';
import type { ToolCall } from '../activities/calls.ts';
import type { ToolStepPlan } from '../src/pipeline/plan.ts';
import { toolPolicy } from './activity-options.ts';
import { callOf, makeCall, type Place } from './call.ts';
import type { Called } from './called.ts';
import { reuse } from './reuse.ts';
import type { RunState } from './run-state.ts';

type Tool = Pick<ToolStepPlan, 'tool' | 'effect' | 'with' | 'timeoutMs' | 'retry'> &
  Pick<ToolCall, 'given' | 'hosts' | 'schema'>;

/** Calls a tool; its effect decides whether an attempt may be repeated. */
export async function callTool(state: RunState, place: Place, step: Tool): Promise<Called> {
  const { tool, timeoutMs, retry, effect, given, hosts, schema } = step;
  const asked = { tool, effect, with: step.with, ...(given === undefined ? {} : { given }) };
  const made = { kind: 'tool', ...asked } as const;
  const before = await reuse(state, place, { made, templates: [step.with] });
  if (before !== undefined) return before;
  const { files } = state.root;
  const limits = { ...(hosts === undefined ? {} : { hosts }), ...(schema === undefined ? {} : { schema }) };
  const base = { ...callOf(state, place, [step.with]), ...asked, ...limits };
  const call = files === undefined ? base : { ...base, files };
  const { taskQueue } = workflowInfo();
  const policy = toolPolicy({ tool, summary: `${place.path}: ${tool}`, timeoutMs, retry, effect, taskQueue });
  const called = await makeCall(state, { frame: place.frame, name: 'callTool' }, { call, policy });
  if (called.ok) {
    const { output, key } = called.result;
    const facts = { attempts: called.attempts, costNanoUsd: 0, checks: [], ...(key === undefined ? {} : { key }) };
    return { status: 'done', output, ...facts };
  }
  const { failure } = called;
  return { status: 'failed', error: failure, attempts: failure.attempts, costNanoUsd: 0, checks: [] };
}
