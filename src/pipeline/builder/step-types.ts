import type { ErrorCode } from '../../errors.ts';
import type { FileRef } from '../file-ref.ts';
import type { ItemsStep } from './each-types.ts';
import type { BuiltPipeline } from './pipeline-types.ts';
import type { Expr } from './references.ts';
import type { Block } from './steps-types.ts';
import type { SchemaInput, ToolOutputs, ValueInput } from './value-types.ts';

export type TextInput = string | Expr<string>;
export type ConditionInput = string | Expr<boolean>;
export type CheckList = readonly { readonly [check: string]: ValueInput }[];
type ModelName<Model extends string> = Model | `${string}/${string}`;
type AnyBlock = Block<unknown, unknown, unknown>;

export interface ValueMap {
  readonly [name: string]: ValueInput | undefined;
}

export interface RetryInput {
  readonly attempts?: number;
  readonly backoff?: string;
  readonly max_backoff?: string;
  readonly within?: string;
  readonly retry_on?: readonly ErrorCode[];
  readonly never_on?: readonly ErrorCode[];
}

export interface BudgetInput {
  readonly usd?: number;
  readonly tokens?: number;
  readonly on_exceeded?: 'ask' | 'fail';
}

export interface RepeatInput {
  readonly until?: ConditionInput;
  readonly max: number;
  readonly on_max?: 'continue' | 'fail';
}

export interface SaveToInput {
  readonly path: TextInput;
  readonly value: ValueInput;
}

/** What is done about an output that does not pass its checks, rung by rung. */
export type LadderInput<Model extends string> = readonly (
  | 'repair'
  | 'ask'
  | 'continue'
  | { readonly repair: number; readonly model?: never; readonly ask?: never }
  | { readonly model: ModelName<Model>; readonly repair?: never; readonly ask?: never }
  | { readonly ask: AskRungInput; readonly repair?: never; readonly model?: never }
)[];

export interface AskRungInput extends Pick<ApprovalInput, 'to' | 'remind' | 'escalate' | 'timeout' | 'notify'> {
  readonly message?: TextInput;
  readonly on_timeout?: 'fail' | 'accept' | 'reject';
}

/** What becomes of a step that fails. */
export type OnErrorInput = 'fail' | 'continue' | 'hold' | { readonly value: ValueInput } | { readonly steps: AnyBlock };

/** What is asked once, before anything is done. `Need` are the ids of the steps before this one in its block. */
export interface AskedInput<Need> {
  readonly needs?: Need | readonly Need[];
  readonly join?: 'settled' | 'done';
  readonly if?: boolean | ConditionInput;
  readonly else?: ValueInput;
}

/** The keys of any step. */
interface AnyStep<Model extends string, Need> extends AskedInput<Need> {
  readonly description?: string;
  readonly repeat?: RepeatInput;
  readonly checks?: CheckList;
  readonly on_check_fail?: LadderInput<Model>;
  readonly retry?: RetryInput;
  readonly budget?: BudgetInput;
  readonly timeout?: string;
  readonly on_error?: OnErrorInput;
  readonly compensate?: StepInput<Model, never>;
  readonly save_to?: SaveToInput;
  readonly reuse?: 'never';
}

/** What is said in a conversation: by the user, or by the model. */
export type MessageInput = { readonly user: TextInput } | { readonly assistant: TextInput };

/** A tool that a model may call, and how far. */
export interface OfferedToolInput {
  readonly tool: keyof ToolOutputs | (string & {});
  readonly with?: ValueMap;
  readonly hosts?: readonly string[];
  readonly ask?: 'always' | 'writes';
}

/** A question, or a conversation whose last turn is the user's. */
type QuestionInput =
  | { readonly prompt: TextInput; readonly messages?: never }
  | { readonly messages: readonly MessageInput[]; readonly prompt?: never };

interface AskingStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly model: ModelName<Model> | readonly ModelName<Model>[];
  readonly system?: TextInput;
  readonly attach?: readonly Expr<FileRef | readonly FileRef[] | null>[];
  readonly output?: SchemaInput;
  readonly tools?: readonly (OfferedToolInput['tool'] | OfferedToolInput)[];
  readonly max_turns?: number;
  readonly accept?: readonly ('length' | 'refusal')[];
  readonly queue_timeout?: string;
}

export type ModelStep<Model extends string, Need> = AskingStep<Model, Need> & QuestionInput;

export interface ToolStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly tool: keyof ToolOutputs | (string & {});
  readonly with?: ValueMap;
}

export interface CheckStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly check: { readonly value: ValueInput; readonly [check: string]: ValueInput };
}

export interface SetStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly set: ValueInput;
}

export interface GroupStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly steps: AnyBlock;
}

export interface SwitchStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly switch: string | Expr;
  readonly cases: { readonly [name: string]: StepInput<Model, never> };
  readonly default?: StepInput<Model, never>;
}

export interface PipelineStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly pipeline: BuiltPipeline<unknown, unknown>;
  readonly with?: ValueMap;
}

export type NotifyInput = Pick<ToolStep<never, never>, 'tool' | 'with'>;

/** A name of a person or a group, several of them, or what gives either. */
type NamesInput = string | readonly TextInput[] | Expr<string | readonly string[]>;

export interface ApprovalInput {
  readonly message: TextInput;
  readonly to?: NamesInput;
  readonly options?: readonly string[];
  readonly edit?: ValueInput;
  readonly answer?: SchemaInput;
  readonly quorum?: number;
  readonly remind?: string;
  readonly escalate?: { readonly after: string; readonly to: NamesInput };
  readonly timeout?: string;
  readonly on_timeout?: string;
  readonly notify?: NotifyInput;
}

export interface ApproveStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly approve: ApprovalInput;
}

export interface EventInput {
  readonly event: string;
  readonly match?: ConditionInput;
  readonly schema?: SchemaInput;
  readonly timeout?: string;
  readonly on_timeout?: 'fail' | 'continue' | { readonly value: ValueInput };
}

export interface WaitStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly wait: string | Expr<string | number> | EventInput;
}

export interface FailStep<Model extends string, Need> extends AnyStep<Model, Need> {
  readonly fail: TextInput;
}

/** A step of one of the kinds, told by the one key of these that it has. */
export type OneStepInput<Model extends string, Need> =
  | ModelStep<Model, Need>
  | ToolStep<Model, Need>
  | CheckStep<Model, Need>
  | SetStep<Model, Need>
  | GroupStep<Model, Need>
  | SwitchStep<Model, Need>
  | PipelineStep<Model, Need>
  | ApproveStep<Model, Need>
  | WaitStep<Model, Need>
  | FailStep<Model, Need>;

export type StepInput<Model extends string, Need> = OneStepInput<Model, Need> | ItemsStep<unknown, unknown>;

/** The keys that a step may have, by the key that tells its kind. */
export interface KeysByKind {
  readonly model: keyof ModelStep<string, string>;
  readonly tool: keyof ToolStep<string, string>;
  readonly check: keyof CheckStep<string, string>;
  readonly set: keyof SetStep<string, string>;
  readonly steps: keyof GroupStep<string, string>;
  readonly switch: keyof SwitchStep<string, string>;
  readonly pipeline: keyof PipelineStep<string, string>;
  readonly approve: keyof ApproveStep<string, string>;
  readonly wait: keyof WaitStep<string, string>;
  readonly fail: keyof FailStep<string, string>;
}
