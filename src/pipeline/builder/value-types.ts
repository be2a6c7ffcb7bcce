import type { z } from 'zod';
import type { FileRef } from '../file-ref.ts';
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
export type ValueOf<V> =
  V extends Expr<infer T>
    ? [T] extends [never]
      ? unknown
      : T
    : V extends string | Secret
      ? TextOf<V>
      : V extends number | boolean | null
        ? V
        : V extends readonly (infer Item)[]
          ? ValueOf<Exclude<Item, undefined>>[]
          : V extends object
            ? { -readonly [Key in keyof V]: ValueOf<Exclude<V[Key], undefined>> }
            : unknown;

/** A text may hold expressions; one that is nothing else gives any value. */
type TextOf<V> = V extends `${string}\${{${string}`
  ? V extends `\${{${string}`
    ? unknown
    : string
  : V extends string
    ? V
    : string;

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

export type InputValue<S> = S extends z.ZodType
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

type Typed<S, Type> = Type extends keyof FileTypes
  ? FileTypes[Type]
  : Type extends 'string'
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
                ? ObjectOf<Properties, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
                : {
                    [key: string]: S extends { readonly additionalProperties: infer Others }
                      ? Accepted<Others>
                      : unknown;
                  }
              : Type extends readonly (infer One)[]
                ? Typed<S, One>
                : unknown;

/** What is read of an input that is a file, or files. */
interface FileTypes {
  file: FileRef;
  files: FileRef[];
}

/** Fields of an object; those that are not required may be absent. */
type ObjectOf<Properties, Required> = {
  [Key in keyof Properties as Key extends Required ? Key : never]: Accepted<Properties[Key]>;
} & { [Key in keyof Properties as Key extends Required ? never : Key]?: Accepted<Properties[Key]> };

/** What the tools of this repository give. Declare your own tools here too, by extending the interface. */
export interface ToolOutputs {
  'browser.open': { url: string; title: string; text: string; screenshot: FileRef | null; pdf: FileRef | null };
  'code.javascript': unknown;
  'code.python': unknown;
  'data.query': unknown;
  'fs.list': { files: { path: string; bytes: number }[] };
  'fs.read': { path: string; text: string };
  'fs.write': { path: string; bytes: number };
  'http.request': { status: number; headers: Record<string, string>; body: unknown };
  'pdf.read': { text: string; pages: number };
  'shell.run': { exit_code: number; stdout: string; stderr: string };
  'sql.query': { rows: Record<string, unknown>[]; row_count: number };
  'text.template': string;
  'web.fetch': { url: string; title: string; markdown: string };
  'web.search': { results: { title: string; url: string; snippet: string }[] };
}
