import type { Json } from '../src/pipeline/json.ts';
import type { ErrorCode } from '../src/errors.ts';
import type { MessagePlan, ModelCandidate, OfferedToolPlan } from '../src/pipeline/model-plan.ts';
import type { Effect, ForEachPlan, ModelStepPlan, Plan, Template } from '../src/pipeline/plan.ts';
import type { CallFacts, Purchase, RunRecord, StepResult, Usage, Verdict } from '../src/pipeline/result.ts';
import type { Scope, StoredValue } from '../src/pipeline/value.ts';
import type { SavedFile } from '../src/pipeline/view.ts';

/** What crosses between workflow and activities, and nothing else does. Everything is JSON. */
export interface Call {
  readonly tenant: string;
  /** The workflow id of the run. */
  readonly runId: string;
  /** Where in the run: the step's id, later with item, round and turn. */
  readonly path: string;
  /** The values that the templates of this call read. */
  readonly scope: Scope;
  /**
   * Tells the call from one of the same words at the same place that is done with: another draw is another answer, and
   * the same one is the answer that is there. Absent in the first.
   */
  readonly draw?: string;
}

export interface ModelCall extends Call {
  readonly candidate: ModelCandidate;
  readonly system?: Template;
  /** Either this or `messages`. */
  readonly prompt?: Template;
  readonly messages?: readonly MessagePlan[];
  readonly attach?: readonly Template[];
  /** The list of the files that came with the inputs of the run; only such a file is attached. */
  readonly files?: StoredValue;
  /** Renders to the JSON Schema of a structured answer. */
  readonly output?: Template;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
  readonly accept?: readonly ('length' | 'refusal')[];
  /** What has been set aside for this call; a call that could use more is refused before it is made. */
  readonly bound?: { readonly tokens: number; readonly nanoUsd: number };
  /** Of a step whose model may call tools. */
  readonly turn?: ModelTurn;
}

/** Where a conversation with tools is. */
export interface ModelTurn {
  /** From 1. */
  readonly number: number;
  readonly tools: readonly Pick<OfferedToolPlan, 'tool' | 'description' | 'input'>[];
  /** A model that cannot call tools by itself may want one call in a turn: some of them change something. */
  readonly isOneByOne?: true;
  /** The turns so far, as `ModelCallResult.transcript` gave it; absent in the first turn. */
  readonly transcript?: StoredValue;
  /** What the tools gave that the turn before asked for. */
  readonly answers: readonly ToolAnswer[];
  /** The run that this one is a fork of: an answer to the same that is in its journal is taken. */
  readonly earlierRun?: string;
  /** What is said to a model in place of that: its answer was not taken. */
  readonly remark?: string;
}

/** A call that a model wants. Its input fits the schema of the tool. */
export interface WantedTool {
  readonly id: string;
  readonly tool: string;
  readonly input: StoredValue;
}

/** What became of it. */
export type ToolAnswer = { readonly id: string; readonly tool: string } & (
  { readonly output: StoredValue } | { readonly error: { readonly code: ErrorCode; readonly message: string } }
);

export interface ModelCallResult {
  /** Text, or the validated structured answer. */
  readonly output: StoredValue;
  /** `provider/model`. */
  readonly model: string;
  readonly usage: Usage;
  /** Null when the price is not known. Local models cost 0. */
  readonly costNanoUsd: number | null;
  /** `length` and `refusal`: the step takes such answers too. `tools`: the model waits for what it wants. */
  readonly finishReason: 'stop' | 'length' | 'refusal' | 'tools';
  /** Calls that the model asked for; those that fit no schema are in `refused`, for the next turn. */
  readonly wanted?: readonly WantedTool[];
  readonly refused?: readonly ToolAnswer[];
  /** The conversation up to here, by reference: each turn adds what is new to the one before. */
  readonly transcript?: StoredValue;
  /** Everything that was bought in this attempt; what the fields `usage` and `costNanoUsd` add up. */
  readonly purchases?: readonly Purchase[];
  readonly requestId?: string;
  /** The run whose journal had the answer, and what it was bought for there. */
  readonly reused?: NonNullable<CallFacts['reused']>;
  /** Temporal's attempt number that succeeded, from 1. */
  readonly attempt: number;
  /** What the call was made of (sha256, hex); absent when the server would not say which model it has. */
  readonly key?: string;
}

export interface ToolCall extends Call {
  readonly tool: string;
  /** What the plan says the call may do; sent so that history shows it, and so that `once` calls carry a key. */
  readonly effect: Effect;
  readonly with: Template;
  /** What a model gave: `with` goes over it, field by field. */
  readonly given?: StoredValue;
  /** The only hosts that the call may reach. */
  readonly hosts?: readonly string[];
  /** The list of the files that came with the inputs of the run (`FileRef`s); no other file is fetched from the store. */
  readonly files?: StoredValue;
  /** As in `ToolStepPlan`. */
  readonly schema?: string;
}

export interface ToolCallResult {
  readonly output: StoredValue;
  readonly attempt: number;
  /** What the call was made of (sha256, hex). */
  readonly key?: string;
}

export interface CheckCall extends Call {
  readonly check: string;
  readonly options: Template;
  readonly subject: StoredValue;
}

export interface CheckCallResult {
  readonly verdict: Verdict;
  readonly attempt: number;
  /** What was judged by what (sha256, hex). */
  readonly key?: string;
}

/** A call of a forked run, which the earlier run may have made already; `path` tells where its record is. */
export interface ReuseCall extends Call {
  readonly fork: {
    readonly runId: string;
    readonly seed: StoredValue;
    readonly reuseReads: boolean;
    readonly allowEffects: boolean;
  };
  readonly made: Reusable;
}

/** What a call is made of. Of a wait or an approval the workflow knows the key itself. */
export type Reusable =
  | ({ readonly kind: 'model' } & Pick<ModelStepPlan, 'candidates' | ModelRequestField | 'tools' | 'maxTurns'> &
      Pick<ModelCall, 'files'>)
  | ({ readonly kind: 'tool' } & Pick<ToolCall, 'tool' | 'effect' | 'with' | 'given'>)
  | ({ readonly kind: 'check' } & Pick<CheckCall, 'check' | 'options' | 'subject'>)
  | { readonly kind: 'waiting'; readonly key: string };

type ModelRequestField = 'system' | 'prompt' | 'messages' | 'attach' | 'output' | 'temperature' | 'maxOutputTokens';

export interface FoundReusable {
  /** What the earlier call gave, marked as reused and without cost; a check's output is its verdict. Absent: make the call. */
  readonly result?: Extract<StepResult, { status: 'done' }>;
  /** True when the call would do a second time what the earlier run did, and nobody allowed that. */
  readonly isEffectRepeat: boolean;
  /** Of a conversation that failed in the earlier run, and begins alike: its turns can be taken one by one. */
  readonly hasTurns?: true;
}

/** Pure and free: runs as a local activity, for expressions that look into artifacts or need RE2. */
export interface RenderCall extends Call {
  readonly template: Template;
}

/** Looks at the list that a step goes through; what its key reads besides the item is in the scope. */
export interface ExpandCall extends Call {
  readonly list: StoredValue;
  readonly plan: ForEachPlan;
}

/** Items `from` to `to` (not included) of a list. */
export interface ReadItemsCall {
  readonly tenant: string;
  readonly list: StoredValue;
  readonly from: number;
  readonly to: number;
}

/** Lists, or parts of lists, that are put together; with keys they become a map. */
export interface CollectCall {
  readonly tenant: string;
  readonly parts: readonly { readonly outputs: StoredValue | readonly StoredValue[]; readonly items: StoredValue }[];
  readonly keys?: StoredValue;
}

/** What a plan names that is not built in. */
export type PartsCall = NonNullable<Plan['needs']>;

/** The inputs of another pipeline: what is given, by name. */
export interface ResolveInputsCall {
  readonly tenant: string;
  readonly plan: Pick<Plan, 'inputs' | 'pipeline'>;
  readonly values: Scope;
}

export interface KeepCall {
  readonly tenant: string;
  readonly values: readonly StoredValue[];
  /** Shorter values stay where they are. */
  readonly minBytes: number;
}

export interface SaveFileCall extends Call {
  /** Renders to the relative path under which people fetch the file. */
  readonly to: Template;
  readonly value: Template;
}

export interface SaveFileResult {
  readonly file: Omit<SavedFile, 'step'>;
  readonly attempt: number;
}

export interface RecordCall {
  readonly tenant: string;
  readonly record: RunRecord;
}

/** The details of every `ApplicationFailure` that an activity throws; its `type` is the code. */
export interface FailureDetails {
  /** Temporal's attempt number, from 1. */
  readonly attempt: number;
  /** How long the other side asked us to wait before the next one, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What the failed attempt cost all the same. */
  readonly usage?: Usage;
  readonly costNanoUsd?: number | null;
  readonly purchases?: readonly Purchase[];
}

/** The registered activities. The workflow sees this type only. */
export interface Activities {
  invokeModel(call: ModelCall): Promise<ModelCallResult>;
  callTool(call: ToolCall): Promise<ToolCallResult>;
  runCheck(call: CheckCall): Promise<CheckCallResult>;
  /** Pure and free: a local activity. Asked before each call of a forked run. */
  findReusable(call: ReuseCall): Promise<FoundReusable>;
  /** A value over 16 KiB comes back as an artifact. */
  render(call: RenderCall): Promise<StoredValue>;
  expandItems(call: ExpandCall): Promise<{ readonly count: number; readonly keys?: StoredValue }>;
  readItems(call: ReadItemsCall): Promise<readonly StoredValue[]>;
  collectItems(call: CollectCall): Promise<{ readonly output: StoredValue; readonly items: StoredValue }>;
  /** Throws `TOOL_UNKNOWN` or `CHECK_UNKNOWN` when this worker lacks something that a plan names. */
  checkParts(call: PartsCall): Promise<void>;
  /** Every input of a pipeline, defaults filled in; throws what `resolveInputs` throws. */
  resolveInputs(call: ResolveInputsCall): Promise<Scope>;
  /** A page of a list that only the run itself wrote: what undoes its steps. */
  readUndo(call: ReadItemsCall): Promise<readonly Json[]>;
  keepValues(call: KeepCall): Promise<readonly StoredValue[]>;
  saveFile(call: SaveFileCall): Promise<SaveFileResult>;
  /** Writes the record and its index entry; writing it twice changes nothing. */
  writeRecord(call: RecordCall): Promise<void>;
}
