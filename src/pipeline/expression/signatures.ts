import type { Json } from '../json.ts';
import { FUNCTION_ROWS, type FunctionRow } from './function-table.ts';
import type { Kind, StaticType } from './types.ts';

/** What a parameter takes; `items` is text, a list or a map. Times may be given as text. */
export type Parameter =
  'any' | 'text' | 'number' | 'integer' | 'list' | 'optional' | 'items' | 'instant' | 'date' | 'length' | 'time';

/** One function of the language, for the checker and for the reference. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** How many of the parameters may be left out, from the end. */
  readonly spare: number;
  /** The last parameter may be given any number of times. */
  readonly isVariadic: boolean;
  readonly gives: FunctionRow[1];
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly result: Json;
}

const PARAMETER_KINDS: Readonly<Record<Exclude<Parameter, 'any'>, readonly Kind[]>> = {
  text: ['string'],
  number: ['integer', 'number'],
  integer: ['integer', 'number'],
  list: ['list'],
  optional: ['optional'],
  items: ['string', 'list', 'map'],
  instant: ['string', 'integer', 'timestamp'],
  date: ['string', 'timestamp'],
  length: ['string', 'duration'],
  time: ['string', 'timestamp', 'duration'],
};

/** Whether a value of a type may be given for a parameter; the run decides about `any`. */
export function accepts(parameter: Parameter, { kind }: StaticType): boolean {
  return parameter === 'any' || kind === 'any' || PARAMETER_KINDS[parameter].includes(kind);
}

/** Every function that expressions may call with values. */
export const SIGNATURES: readonly Signature[] = FUNCTION_ROWS.map(([declaration, gives, summary, example, result]) => {
  const [name, list] = declaration.slice(0, -1).split('(') as [string, string];
  const parameters = [...list.matchAll(/: (\w+)/g)].map(([, parameter]) => parameter as Parameter);
  const spare = list.split('[').length - 1;
  const usage = `${name}(${list.replace(/: \w+/g, '')})`;
  return { name, parameters, spare, isVariadic: list.endsWith('...'), gives, usage, summary, example, result };
});
