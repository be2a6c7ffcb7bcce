/**
 * For people who write their own Temporal workflows: the product's calls, with the options that make them
 * safe. Import it in workflow code; a worker of Orchestrator (`orchestrator worker`) makes the calls.
 */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Activities, Call } from '../activities/calls.ts';
import { checkPolicy, modelPolicy, toolPolicy, type CallPolicy } from '../workflows/activity-options.ts';
import { attempt, type Attempted } from '../workflows/attempts.ts';
import { scheduleCall } from '../workflows/schedule-call.ts';
import type { Json, JsonSchema } from './pipeline/json.ts';
import type { Effect, RetryPlan, Template, TextPart } from './pipeline/plan.ts';
import type { Usage, Verdict } from './pipeline/result.ts';
import type { StoredValue } from './pipeline/value.ts';

export type { Json, JsonSchema } from './pipeline/json.ts';
export type { Effect, RetryPlan } from './pipeline/plan.ts';
export type { Usage, Verdict } from './pipeline/result.ts';
export type { StoredValue } from './pipeline/value.ts';

/** What every call may say. */
export interface CallOptions {
  /** Names the call within its workflow; a repetition with the same name is the same call to a tool's server. */
  readonly name: string;
  /** Of one attempt, in milliseconds; default 10 minutes. */
  readonly timeoutMs?: number;
  /** Default: 5 attempts, 2 s apart at first, doubled up to a minute. */
  readonly retry?: RetryPlan;
  /** The queue of the product's workers; default `orchestrator`. */
  readonly taskQueue?: string;
  /** Default `default`. */
  readonly tenant?: string;
}

export interface ModelRequest extends CallOptions {
  /** `provider/model`. */
  readonly model: string;
  /** Text, or pieces of it; a `StoredValue` (the output of an earlier call) is filled in by the activity. */
  readonly prompt: string | readonly (string | StoredValue)[];
  readonly system?: string;
  /** JSON Schema of a structured answer, which is validated before it comes back. */
  readonly output?: JsonSchema;
  readonly temperature?: number;
  /** Default 1024. */
  readonly maxOutputTokens?: number;
  /** Ends of an answer that are no failure: cut off at the limit, or declined. */
  readonly accept?: readonly ('length' | 'refusal')[];
  /** False for a model that costs nothing; default true. */
  readonly isPaid?: boolean;
  /** So long a worker may take to take the call, in milliseconds; then it fails with `QUEUE_TIMEOUT`. */
  readonly queueTimeoutMs?: number;
}

export interface ModelAnswer {
  /** Text or the structured answer: inline up to 16 KiB, a reference above. */
  readonly output: StoredValue;
  readonly model: string;
  readonly usage: Usage;
  /** Null when the price is not known. */
  readonly costNanoUsd: number | null;
  readonly attempts: number;
}

export interface ToolRequest extends CallOptions {
  readonly tool: string;
  readonly input: Json;
  /** What a retry may assume; default `once`, which never repeats an attempt of unknown outcome. */
  readonly effect?: Effect;
  /**
   * So long a worker may take to take the call, in milliseconds; then it fails with `QUEUE_TIMEOUT`. Default: 5 minutes for
   * a tool that not every worker allows, no limit for others.
   */
  readonly queueTimeoutMs?: number;
}

export interface CheckRequest extends CallOptions {
  readonly check: string;
  readonly subject: StoredValue;
  readonly options: Json;
}

/** Calls a model. Fails with an `ApplicationFailure` whose type is one of the product's codes. */
export async function invokeModel(request: ModelRequest): Promise<ModelAnswer> {
  const { model, prompt, system, output, temperature, accept, maxOutputTokens = 1024, isPaid = true } = request;
  const { queueTimeoutMs } = request;
  const slash = model.indexOf('/');
  const candidate = { provider: model.slice(0, slash), model: model.slice(slash + 1), isPaid };
  const filled = promptOf(prompt);
  const call = {
    ...callOf(request, filled.scope),
    candidate,
    prompt: filled.template,
    maxOutputTokens,
    ...(system === undefined ? {} : { system: literal(system) }),
    ...(output === undefined ? {} : { output: literal(output) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(accept === undefined ? {} : { accept }),
  };
  const { taskQueue = TASK_QUEUE } = request;
  const { summary, ...step } = policyOf(request, model);
  const asked = { summary, provider: candidate.provider, taskQueue, hasAlternative: false };
  const policy = modelPolicy({ ...step, ...(queueTimeoutMs === undefined ? {} : { queueTimeoutMs }) }, asked);
  const { result, attempts } = await make('invokeModel', request, { call, policy });
  const { output: answer, model: answeredBy, usage, costNanoUsd } = result;
  return { output: answer, model: answeredBy, usage, costNanoUsd, attempts };
}

/** Runs a tool. Fails with an `ApplicationFailure` whose type is one of the product's codes. */
export async function callTool(request: ToolRequest): Promise<StoredValue> {
  const { tool, input, effect = 'once' } = request;
  const call = { ...callOf(request, {}), tool, effect, with: literal(input) };
  const { taskQueue = TASK_QUEUE, queueTimeoutMs } = request;
  const waiting = queueTimeoutMs === undefined ? {} : { queueTimeoutMs };
  const policy = toolPolicy({ ...policyOf(request, tool), ...waiting, tool, effect, taskQueue });
  return (await make('callTool', request, { call, policy })).result.output;
}

/** Asks a check for its verdict; a check that fails is a verdict, not a failure. */
export async function runCheck(request: CheckRequest): Promise<Verdict> {
  const { check, subject, options } = request;
  const call = { ...callOf(request, {}), check, subject, options: literal(options) };
  const policy = checkPolicy({ summary: `${request.name}: check ${check}` });
  return (await make('runCheck', request, { call, policy })).result.verdict;
}

const TIMEOUT_MS = 600_000;
const RETRY: RetryPlan = { attempts: 5, backoffMs: 2000, maxBackoffMs: 60_000 };
const TASK_QUEUE = 'orchestrator';

type Callable = 'invokeModel' | 'callTool' | 'runCheck';
type ResultOf<Name extends Callable> = Awaited<ReturnType<Activities[Name]>>;

async function make<Name extends Callable>(
  name: Name,
  { taskQueue = TASK_QUEUE }: CallOptions,
  { call, policy }: { call: Parameters<Activities[Name]>[0]; policy: CallPolicy },
): Promise<Extract<Attempted<ResultOf<Name>>, { ok: true }>> {
  // The same words later in a workflow, or in another one under the same id, are another question.
  const { firstExecutionRunId, historyLength } = workflowInfo();
  const draw = `${firstExecutionRunId}.${historyLength}`;
  const made = await attempt<ResultOf<Name>>(
    policy,
    (used) => scheduleCall(name, { ...call, draw: `${draw}.${used.told}` }, { policy: { taskQueue, ...policy }, used }),
    () => undefined,
  );
  if (made.ok) return made;
  const { code, message, attempts } = made.failure;
  throw ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [{ attempts }] });
}

function callOf({ name, tenant = 'default' }: CallOptions, scope: Call['scope']): Call {
  return { tenant, runId: workflowInfo().workflowId, path: name, scope };
}

function policyOf({ name, timeoutMs = TIMEOUT_MS, retry = RETRY }: CallOptions, what: string) {
  return { summary: `${name}: ${what}`, timeoutMs, retry };
}

function literal(value: Json): Template {
  return { kind: 'literal', value };
}

/** Stored values become expressions over a scope of their own, so that large ones never enter the workflow. */
function promptOf(prompt: ModelRequest['prompt']): { template: Template; scope: Call['scope'] } {
  if (typeof prompt === 'string') return { template: literal(prompt), scope: {} };
  const scope: Record<string, StoredValue> = {};
  const parts = prompt.map((piece, index): TextPart => {
    if (typeof piece === 'string') return { kind: 'text', text: piece };
    const source = `vars.part_${index}`;
    scope[source] = piece;
    return { kind: 'expression', expression: { source, code: ['read', source], reads: [source], needsHost: false } };
  });
  return { template: { kind: 'text', parts }, scope };
}
