import type { z } from 'zod';
import type { Expr, Secret } from './references.ts';

/**
 * Anything that may stand where the language takes a value: JSON, with references and zod schemas at any depth.
 * `undefined` only for the sake of compilers that give every item of a list this type.
 */
export type ValueInput =
  | null
  | boolean
  | number
  | string
  | Expr
  | Secret
  | z.ZodType
  | readonly (ValueInput | undefined)[]
  | { readonly [key: string]: ValueInput | undefined };

/** A JSON Schema, or zod's notation of one. */
export type SchemaInput = z.ZodType | { readonly [key: string]: ValueInput };

/** The type of a value when the pipeline runs. */
export type ValueOf<V> = [V] extends [Expr<infer T>]
  ? [T] extends [never]
    ? unknown
    : T
  : V extends string | Secret
    ? string
    : V extends number
      ? number
      : V extends boolean
        ? boolean
        : V extends null
          ? null
          : V extends readonly (infer Item)[]
            ? ValueOf<Exclude<Item, undefined>>[]
            : V extends object
              ? { -readonly [Key in keyof V]: ValueOf<V[Key]> }
              : unknown;

/** The type of the values that a schema accepts; `unknown` where the types cannot tell. */
export type Accepted<S> = S extends z.ZodType
  ? z.input<S>
  : S extends { readonly const: infer Only }
    ? Only
    : S extends { readonly enum: infer Choices }
      ? Choice<Choices>
      : S extends { readonly type: infer Type }
        ? Typed<S, Type>
        : unknown;

/** What steps read of the inputs: a default stands in for what is not given, null for an optional input without one. */
export type InputValues<Inputs> = Inputs extends object
  ? { readonly [Name in keyof Inputs]: InputValue<Inputs[Name]> }
  : object;

type InputValue<S> = S extends z.ZodType
  ? NullFor<z.output<S>>
  : S extends { readonly default: unknown }
    ? Accepted<S>
    : S extends { readonly optional: true }
      ? Accepted<S> | null
      : Accepted<S>;

type NullFor<T> = undefined extends T ? Exclude<T, undefined> | null : T;

/** An `enum` may be an expression, or hold some. */
type Choice<Choices> = Choices extends readonly (infer Item)[] ? Constant<Item> : string;
type Constant<Item> = Item extends Expr<infer T> ? T : Item;

type Typed<S, Type> = Type extends 'string'
  ? string
  : Type extends 'number' | 'integer'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? (S extends { readonly items: infer Items } ? Accepted<Items> : unknown)[]
          : Type extends 'object'
            ? S extends { readonly properties: infer Properties }
              ? { [Key in keyof Properties]: Accepted<Properties[Key]> }
              : {
                  [key: string]: S extends { readonly additionalProperties: infer Others } ? Accepted<Others> : unknown;
                }
            : Type extends readonly (infer One)[]
              ? Typed<S, One>
              : unknown;

/** What the tools of this repository give. Declare your own tools here too, by extending the interface. */
export interface ToolOutputs {
  'fs.read': { path: string; text: string };
  'fs.write': { path: string; bytes: number };
  'http.request': { status: number; headers: Record<string, string>; body: unknown };
  'text.template': string;
}
