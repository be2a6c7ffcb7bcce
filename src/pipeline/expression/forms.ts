import type { Json } from '../json.ts';

/** What looks like a function, and decides itself which of its operands are evaluated, and how often. */
export interface Form {
  readonly name: string;
  /** A loop goes through a list, or the keys of a map, with a variable of its own. */
  readonly isLoop: boolean;
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly result: Json;
}

export const FORMS: readonly Form[] = [
  form('has(a.b)', 'Whether a field is there and not null; what it is a field of may be absent too', [
    'has(parse_json("{}").title)',
    false,
  ]),
  form('coalesce(value, ...)', 'The first of its arguments that is there and not null; null when there is none', [
    'coalesce(parse_json("{}").title, null, "untitled")',
    'untitled',
  ]),
  form('a.?b.orValue(other)', 'What an optional value holds, or something else', [
    'parse_json("{}").?title.orValue("untitled")',
    'untitled',
  ]),
  form('a.?b.or(a.?c)', 'The first of two optional values that is there', [
    'parse_json("{\\"name\\": 1}").?title.or(parse_json("{\\"name\\": 1}").?name).value()',
    1,
  ]),
  form('items.map(item, value)', 'A value for each item', ['[1, 2].map(i, i * 10)', [10, 20]]),
  form('items.map(item, condition, value)', 'A value for each item for which the condition holds', [
    '[1, 2].map(i, i > 1, i * 10)',
    [20],
  ]),
  form('items.filter(item, condition)', 'The items for which the condition holds', [
    '[1, 2, 3].filter(i, i > 1)',
    [2, 3],
  ]),
  form('items.all(item, condition)', 'Whether the condition holds for all items', ['[1, 2].all(i, i > 1)', false]),
  form('items.exists(item, condition)', 'Whether it holds for at least one', ['[1, 2].exists(i, i > 1)', true]),
  form('items.exists_one(item, condition)', 'Whether it holds for exactly one', ['[1, 2].exists_one(i, i > 1)', true]),
];

export const LOOPS: readonly string[] = FORMS.filter(({ isLoop }) => isLoop).map(({ name }) => name);

function form(usage: string, summary: string, [example, result]: readonly [example: string, result: Json]): Form {
  const name = usage.replace(/^(.*\.)?(\w+)\(.*$/, '$2');
  return { name, isLoop: usage.startsWith('items.'), usage, summary, example, result };
}
