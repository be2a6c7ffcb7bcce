import assert from 'node:assert/strict';
import { z } from 'zod';
import { issuesText } from '../../../activities/issues.ts';

const Inner = z.strictObject({ count: z.int() });
const Schema = z.strictObject({
  name: z.string(),
  inner: Inner,
  list: z.array(Inner),
  map: z.record(z.string().max(3), z.int()),
});
const VALID = { name: 'a', inner: { count: 1 }, list: [], map: {} };

describe('issuesText', () => {
  for (const { name, value, schema = Schema, text } of [
    { name: 'a value that is none of it', value: 'x', text: 'expected object, received string' },
    {
      name: 'an unknown key',
      value: { ...VALID, nam: 1 },
      text: 'no such key as "nam", allowed are "name", "inner", "list", "map"',
    },
    {
      name: 'an unknown key further in',
      value: { ...VALID, inner: { count: 1, extra: 2 } },
      text: '"inner": no such key as "extra"',
    },
    {
      name: 'a field in a list',
      value: { ...VALID, list: [{ count: 1 }, { count: 'secret' }] },
      text: '"list[1].count": expected number, received string',
    },
    {
      name: 'a name that may not be',
      value: { ...VALID, map: { 'a\nlong': 1 } },
      text: '"map.a\\nlong": Too big: expected string to have <=3 characters',
    },
    {
      name: 'four faults',
      value: {},
      text: '"name": expected string, received undefined; "inner": expected object, received undefined; "list": expected array, received undefined; and 1 more',
    },
    {
      name: 'an unknown key of what is no map alone',
      value: { a: 1 },
      schema: z.strictObject({}).or(z.never()),
      text: 'no such key as "a"',
    },
  ]) {
    it(`says where and what is allowed for ${name}`, () => {
      const { error } = (schema as z.ZodType).safeParse(value);
      assert.equal(issuesText(error?.issues ?? [], schema), text);
    });
  }
});
