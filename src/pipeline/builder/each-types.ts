import type { Expr } from './references.ts';
import type { Only, Refused, Rules } from './rules-types.ts';
import type { Place, Scope, TakenName, WithLocals } from './scope-types.ts';
import type { AskedInput, OneStepInput } from './step-types.ts';
import type { ValueInput, ValueOf } from './value-types.ts';

declare const ITEMS: unique symbol;

/** A step that is made once for each item of a list. */
export interface ItemsStep<Head, Body> {
  /** Never there: it carries the types. */
  readonly [ITEMS]: { readonly head: Head; readonly body: Body };
}

/** What is said once, of the list: the names of an item and of its number, and whether anything is done at all. */
export interface ItemsHead<Need> extends AskedInput<Need> {
  readonly for_each: string | Expr<readonly unknown[]> | readonly ValueInput[];
  readonly as?: string;
  readonly index?: string;
  readonly max?: number;
  readonly concurrency?: number;
  readonly on_item_error?: 'fail' | 'continue';
}

/** What is said of each item: a step, without what is asked once, and with a `key` where the output is to be a map. */
type ItemBody<Model extends string> = OneStepInput<Model, never> & { readonly key?: string | Expr<string | number> };

export type Each<P extends Place, Own, Id extends string> = <
  const H extends ItemsHead<keyof Own>,
  const B extends ItemBody<P['models']>,
>(
  head: H & NoInfer<HeadRules<P, H>>,
  make: (scope: Scope<ItemPlace<P, H>, Own, Id>) => B & NoInfer<Rules<B, 'key'> & Not<B, keyof AskedInput<never>>>,
) => ItemsStep<H, B>;

/** Where an item and its number can be read. */
export type ItemPlace<P extends Place, H> = WithLocals<P, Record<As<H>, ItemOf<H>> & Record<Index<H>, number>>;

type As<H> = H extends { readonly as: infer Name extends string } ? Name : 'item';
type Index<H> = H extends { readonly index: infer Name extends string } ? Name : 'index';

type ItemOf<H> = H extends { readonly for_each: infer List } ? ItemOfList<ListOf<List>> : unknown;
type ListOf<List> = List extends string ? unknown : ValueOf<List>;
type ItemOfList<List> = List extends readonly (infer Item)[] ? Item : unknown;

type HeadRules<P extends Place, H> = Only<H, keyof ItemsHead<never>> &
  (As<H> extends TakenName<P> | Index<H> ? { readonly as: NameTaken<As<H>> } : unknown) &
  (Index<H> extends TakenName<P> ? { readonly index: NameTaken<Index<H>> } : unknown);

type NameTaken<Name extends string> = Refused<`"${Name}" has a meaning here already`>;

type Not<T, Key> = { readonly [Other in Extract<keyof T, Key>]: never };
