import { types } from 'pg';
import type { Json } from '../../src/pipeline/json.ts';

type Parse = (text: string) => Json;

const asText: Parse = (text) => text;

/** Numbers that JSON cannot hold exactly stay text. */
const asWhole: Parse = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
const asNumber: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** With `T` and `Z`, as JSON has times; the session's zone is UTC. */
const asTime: Parse = (text) => text.replace(' ', 'T').replace(/\+00$/u, 'Z');

const asJson: Parse = (text) => JSON.parse(text) as Json;
const asBase64: Parse = (text) => Buffer.from(text.slice('\\x'.length), 'hex').toString('base64');

const {
  BOOL,
  BYTEA,
  INT2,
  INT4,
  INT8,
  OID,
  FLOAT4,
  FLOAT8,
  JSON: JSON_TEXT,
  JSONB,
  TIMESTAMP,
  TIMESTAMPTZ,
} = types.builtins;

/** Of a column, by its type's number; what is not named is text as PostgreSQL writes it, `numeric` and dates among them. */
const SCALARS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [BOOL, (text) => text === 't'],
  [BYTEA, asBase64],
  [INT2, asWhole],
  [INT4, asWhole],
  [INT8, asWhole],
  [OID, asWhole],
  [FLOAT4, asNumber],
  [FLOAT8, asNumber],
  [JSON_TEXT, asJson],
  [JSONB, asJson],
  [TIMESTAMP, asTime],
  [TIMESTAMPTZ, asTime],
]);

/** The types of lists and of what is in them. */
const LISTS: ReadonlyMap<number, number> = new Map([
  [1000, BOOL],
  [1001, BYTEA],
  [1005, INT2],
  [1007, INT4],
  [1009, types.builtins.TEXT],
  [1014, types.builtins.BPCHAR],
  [1015, types.builtins.VARCHAR],
  [1016, INT8],
  [1021, FLOAT4],
  [1022, FLOAT8],
  [1028, OID],
  [1115, TIMESTAMP],
  [1182, types.builtins.DATE],
  [1185, TIMESTAMPTZ],
  [1231, types.builtins.NUMERIC],
  [199, JSON_TEXT],
  [2951, types.builtins.UUID],
  [3807, JSONB],
]);

type Texts = readonly (string | null | Texts)[];

const TEXT_LIST = 1009;

/** How a value of a type becomes JSON. */
export function jsonParser(type: number): Parse {
  const element = LISTS.get(type);
  if (element === undefined) return SCALARS.get(type) ?? asText;
  const parse = jsonParser(element);
  const parseList = types.getTypeParser(TEXT_LIST as never) as (text: string) => Texts;
  const inList = (value: Texts[number]): Json => {
    if (value === null) return null;
    return typeof value === 'string' ? parse(value) : value.map(inList);
  };
  return (text) => parseList(text).map(inList);
}
