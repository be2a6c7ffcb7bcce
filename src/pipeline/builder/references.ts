/** Where an expression keeps its source; a symbol, so that no field of the user's data can be mistaken for it. */
const SOURCE = Symbol('source of an expression');

/** Something that is known when the pipeline runs: in a template string it stands as `${{ … }}`. */
export interface Expr<T = unknown> {
  readonly [SOURCE]: string;
  /** Never there: it carries the type of the value. */
  readonly [TYPE]?: T;
  toString(): string;
}

declare const TYPE: unique symbol;

/**
 * A value of type `T` in the pipeline, with its fields and items: `steps.classify.output.label`.
 * Of a value that nothing is known of, any field may be read; `typed` says what is known.
 */
export type Ref<T> = Expr<T> & (unknown extends T ? AnyFields : FieldsOf<NonNullable<T>>);

interface AnyFields {
  readonly [key: string]: Ref<unknown>;
}

/** Of a value that is null and nothing else, no field can be read; without the brackets it would have every one. */
type FieldsOf<T> = [T] extends [never] ? unknown : Fields<T>;

type Fields<T> = T extends readonly (infer Item)[]
  ? { readonly [index: number]: Ref<Item> }
  : T extends object
    ? { readonly [Key in keyof T]-?: Ref<Exclude<T[Key], undefined>> }
    : unknown;

/** A name of a secret. It may stand in what is given to a tool, alone or inside text. */
export interface Secret {
  readonly [SECRET]: true;
  toString(): string;
}

declare const SECRET: unique symbol;

/** A reference to a path such as `inputs.ticket`; reading a field of it gives a longer one. */
export function refTo<T>(source: string): Ref<T> {
  const text = `\${{ ${source} }}`;
  const own: Readonly<Record<PropertyKey, unknown>> = {
    [SOURCE]: source,
    [Symbol.toPrimitive]: () => text,
    toString: () => text,
    toJSON: () => text,
  };
  return new Proxy(own, {
    get: (target, key) =>
      Object.hasOwn(target, key) || typeof key === 'symbol' ? target[key] : refTo(within(source, key)),
  }) as unknown as Ref<T>;
}

function within(source: string, key: string): string {
  if (/^[A-Za-z_]\w*$/.test(key)) return `${source}.${key}`;
  return `${source}[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`;
}

/** The same reference with the type that its author knows: `typed<{ id: string }>(steps.publish.output.body).id`. */
export function typed<T>(reference: Expr | undefined): Ref<T> {
  return reference as Ref<T>;
}

/** References to all names of a root, `steps` or `inputs`: which ones there are is known to the types. */
export function refsIn<T>(root: string): T {
  return new Proxy({}, { get: (_, key) => refTo(within(root, String(key))) }) as T;
}

/** The source of an expression; undefined for every other value. */
export function sourceOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !(SOURCE in value)) return undefined;
  return String(value[SOURCE]);
}

/**
 * An expression in CEL: expr`${steps.review.output.score} >= 0.8 && size(${inputs.ticket}) > 0`.
 * References stand for themselves, other expressions in parentheses, and plain values as constants.
 * It fits wherever an expression may stand; `makePlan` checks its type.
 */
export function expr<T = never>(parts: TemplateStringsArray, ...values: readonly Operand[]): Expr<NoInfer<T>> {
  const source = parts.raw.reduce((text, part, index) => `${text}${operandText(values[index - 1])}${part}`);
  return refTo<T>(source.trim());
}

export type Operand = Expr | string | number | boolean | null | readonly Operand[];

function operandText(value: Operand | undefined): string {
  const source = sourceOf(value);
  if (source !== undefined) return /^[\w.]+$/.test(source) ? source : `(${source})`;
  if (Array.isArray(value)) return `[${value.map((item: Operand) => operandText(item)).join(', ')}]`;
  return JSON.stringify(value);
}
