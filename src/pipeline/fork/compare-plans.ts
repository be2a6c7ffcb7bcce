import { canonicalJson, type Json } from '../json.ts';
import type { ModelCandidate } from '../model-plan.ts';
import type { Plan, StepPlan } from '../plan.ts';
import { readsOfStep } from '../reads.ts';
import { stepsByPath } from './inner-blocks.ts';

/** What differs between two plans. Steps are named by their paths in the plan, keys as the pipeline language has them. */
export interface PlanComparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedStep[];
  /** Keys of the pipeline itself. */
  readonly pipeline: readonly string[];
}

export interface ChangedStep {
  readonly step: string;
  readonly keys: readonly string[];
}

/** Says what was added, removed and changed from one plan to another. */
export function comparePlans(before: Plan, after: Plan): PlanComparison {
  const old = stepsByPath(before);
  const now = stepsByPath(after);
  const changed = [...now].flatMap(([step, plan]) => {
    const was = old.get(step);
    const keys = was === undefined ? [] : changedKeys(was, plan);
    return keys.length === 0 ? [] : [{ step, keys }];
  });
  return {
    added: [...now.keys()].filter((path) => !old.has(path)),
    removed: [...old.keys()].filter((path) => !now.has(path)),
    changed,
    pipeline: unequalKeys(pipelineFields(before), pipelineFields(after)),
  };
}

function changedKeys(before: StepPlan, after: StepPlan): readonly string[] {
  return unequalKeys(stepFields(before), stepFields(after));
}

type Fields = Readonly<Record<string, unknown>>;

function unequalKeys(before: Fields, after: Fields): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => textOf(before[key]) !== textOf(after[key])).toSorted();
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value as Json);
}

function pipelineFields({ pipeline, inputs, vars, outputs, limits, schedule }: Plan): Fields {
  const { concurrency, timeoutMs } = limits;
  return { ...pipeline, inputs, vars, outputs, concurrency, timeout: timeoutMs, schedule };
}

/** What a step says of itself, by key; the steps inside it speak for themselves. */
function stepFields(step: StepPlan): Fields {
  const { condition, otherwise, forEach, repeat, checks, retry, timeoutMs, onError, compensate, saveTo } = step;
  const { kind, description, dependsOn, reuse } = step;
  return {
    kind,
    description,
    // What a step reads of others shows where it reads it.
    needs: unread(step, dependsOn),
    if: condition,
    else: otherwise,
    for_each: forEach,
    repeat,
    checks,
    on_check_fail: step.onCheckFail,
    retry,
    timeout: timeoutMs,
    on_error: onError.kind === 'steps' ? { ...onError, body: onError.body.outputs } : onError,
    compensate: compensate?.outputs,
    save_to: saveTo,
    reuse,
    ...ownFields(step),
  };
}

function unread(step: StepPlan, ids: readonly string[]): readonly string[] {
  const read = new Set(readsOfStep(step).map((path) => path.split('.').slice(0, 2).join('.')));
  return ids.filter((id) => !read.has(`steps.${id}`));
}

function ownFields(step: StepPlan): Fields {
  switch (step.kind) {
    case 'model': {
      const { candidates, maxOutputTokens: max_output_tokens, maxTurns: max_turns, ...rest } = step;
      // A new price makes no other call.
      const model = candidates.map(unpriced);
      const { system, prompt, messages, attach, output, tools, temperature, accept } = rest;
      const asked = { system, prompt, messages, attach, output, tools, max_turns, accept };
      return { model, ...asked, temperature, max_output_tokens, queue_timeout: step.queueTimeoutMs };
    }
    case 'tool':
      return { tool: step.tool, with: step.with };
    case 'check':
      return { check: step.value };
    case 'set':
      return { set: step.value };
    case 'steps':
      return { outputs: step.body.outputs };
    case 'switch':
      return { switch: step.on };
    case 'pipeline': {
      const { inputs, vars, outputs } = step.plan;
      return { with: step.with, 'pipeline.inputs': inputs, 'pipeline.vars': vars, 'pipeline.outputs': outputs };
    }
    case 'approve':
      return { approve: approvalFields(step) };
    case 'wait':
      return { wait: step.wait };
    case 'fail':
      return { fail: step.reason };
  }
}

function unpriced(candidate: ModelCandidate): Omit<ModelCandidate, 'price'> {
  const { price: _, ...others } = candidate;
  return others;
}

function approvalFields(step: Extract<StepPlan, { kind: 'approve' }>): Fields {
  const { message, to, options, edit, answer, quorum, remindMs, escalate, answerWithinMs, onTimeout, notify } = step;
  return { message, to, options, edit, answer, quorum, remindMs, escalate, answerWithinMs, onTimeout, notify };
}
