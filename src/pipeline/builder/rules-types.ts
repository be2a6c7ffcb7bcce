import type { ItemsStep } from './each-types.ts';
import type { OptionOf } from './output-types.ts';
import type { BuiltPipeline, GivenAs } from './pipeline-types.ts';
import type { Expr } from './references.ts';
import type {
  ApprovalInput,
  BudgetInput,
  EventInput,
  KeysByKind,
  NotifyInput,
  RepeatInput,
  RetryInput,
  SaveToInput,
} from './step-types.ts';
import type { Block } from './steps-types.ts';

/** What has to hold of a step as it was written, besides that it is one. */
export type Rules<S, More = never> =
  S extends ItemsStep<unknown, unknown>
    ? unknown
    : { readonly [Other in OtherKey<S, More>]: never } & InnerRules<S> & KindRules<S>;

/** No key but these. */
export type Only<T, Key> = { readonly [Other in Exclude<keyof T, Key>]: never };

/** The same of a map that stands under a key. */
export type OnlyUnder<T, Name extends string, Key> =
  T extends Readonly<Record<Name, infer Inner>> ? Readonly<Record<Name, Only<Inner, Key>>> : unknown;

declare const REFUSED: unique symbol;

/** Nothing has this type; the compiler shows the reason. */
export interface Refused<Reason extends string> {
  readonly [REFUSED]: Reason;
}

/** The keys of a step that its kind does not have; `More` is allowed besides. */
type OtherKey<S, More> = {
  [Kind in keyof S & keyof KeysByKind]: Exclude<keyof S, KeysByKind[Kind] | More>;
}[keyof S & keyof KeysByKind];

type InnerRules<S> = OnlyUnder<S, 'retry', keyof RetryInput> &
  OnlyUnder<S, 'budget', keyof BudgetInput> &
  OnlyUnder<S, 'repeat', keyof RepeatInput> &
  OnlyUnder<S, 'save_to', keyof SaveToInput> &
  (S extends { readonly on_error: infer OnError } ? { readonly on_error: OnErrorRules<OnError> } : unknown) &
  (S extends { readonly compensate: infer Step } ? { readonly compensate: Rules<Step> } : unknown);

/** Either a value or steps, and nothing else. */
export type OnErrorRules<E> = (E extends { readonly value: unknown } ? Only<E, 'value'> : unknown) &
  (E extends { readonly steps: unknown } ? Only<E, 'steps'> : unknown);

type KindRules<S> = S extends { readonly steps: Block<infer Own, unknown, infer Rounds> }
  ? RoundRules<Own, Rounds>
  : S extends { readonly switch: infer On; readonly cases: infer Cases }
    ? SwitchRules<S, Cases, NamesOf<On>>
    : S extends { readonly pipeline: BuiltPipeline<infer Inputs, unknown> }
      ? unknown extends Inputs
        ? unknown
        : GivenAs<'with', S, Inputs>
      : S extends { readonly approve: infer Approval }
        ? { readonly approve: ApprovalRules<Approval> }
        : S extends { readonly wait: { readonly event: unknown } }
          ? OnlyUnder<S, 'wait', keyof EventInput>
          : unknown;

/** What `previous` says of the steps of a block has to be so. */
type RoundRules<Own, Rounds> = [OtherRound<Own, Rounds>] extends [never]
  ? unknown
  : { readonly steps: Refused<`"previous" says of "${OtherRound<Own, Rounds>}" what is not so`> };

type OtherRound<Own, Rounds> = {
  [Id in keyof Rounds & string]: Id extends keyof Own
    ? Own[Id] extends { readonly output: Rounds[Id] }
      ? never
      : Id
    : Id;
}[keyof Rounds & string];

/** The names of the cases that a value may have; `string` where its type does not tell. */
type NamesOf<On> = On extends Expr<infer T> ? ([T] extends [never] ? string : NameOf<T>) : string;
type NameOf<T> = unknown extends T
  ? string
  : number extends T
    ? string
    : T extends string | number | boolean
      ? `${T}`
      : never;

type SwitchRules<S, Cases, Name extends string> = {
  readonly cases: { [Case in keyof Cases]: Rules<Cases[Case]> };
} & (S extends { readonly default: infer Other } ? { readonly default: Rules<Other> } : CaseForEach<Name>) &
  (string extends Name ? unknown : { readonly cases: { readonly [Case in OtherCase<keyof Cases, Name>]: never } });

/** A key may be a number. */
type OtherCase<Case, Name extends string> = Case extends string | number
  ? `${Case}` extends Name
    ? never
    : Case
  : never;

type CaseForEach<Name extends string> = string extends Name
  ? unknown
  : { readonly cases: { readonly [Case in Name]: unknown } };

type ApprovalRules<Approval> = Only<Approval, keyof ApprovalInput> &
  OnlyUnder<Approval, 'escalate', 'after' | 'to'> &
  OnlyUnder<Approval, 'notify', keyof NotifyInput> &
  (Approval extends { readonly on_timeout: infer Choice extends string }
    ? Choice extends 'fail' | OptionOf<Approval>
      ? unknown
      : { readonly on_timeout: Refused<`there is no option "${Choice}"`> }
    : unknown);
