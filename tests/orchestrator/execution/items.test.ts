import assert from 'node:assert/strict';
import { itemsOf, keysOf } from '../../../src/pipeline/items.ts';
import type { Json } from '../../../src/pipeline/json.ts';

describe('itemsOf', () => {
  it('gives the items of a list', () => assert.deepEqual(itemsOf([1, 'a'], { max: 2 }), [1, 'a']));

  for (const { value, kind } of [
    { value: null, kind: 'null' },
    { value: { a: 1 }, kind: 'a map' },
    { value: 'abc', kind: 'a string' },
    { value: 3, kind: 'a number' },
  ]) {
    it(`refuses ${kind}`, () => {
      assert.throws(() => itemsOf(value, { max: 2 }), {
        code: 'ITEMS_INVALID',
        message: `Cannot go through the items: "for_each" gives ${kind}, a list is needed`,
      });
    });
  }

  it('refuses more than are allowed', () => {
    assert.throws(() => itemsOf([1, 2, 3], { max: 2 }), {
      code: 'ITEMS_TOO_MANY',
      message: 'Cannot go through the items: there are 3, at most 2 are allowed by "max"',
    });
  });
});

describe('keysOf', () => {
  const key = { source: 'part.id', code: ['get', ['read', 'part'], 'id'], reads: ['part'], needsHost: false };
  const keysOfItems = (items: readonly Json[]) =>
    keysOf(items, { key, as: 'part', index: 'index' }, { values: { 'inputs.x': 1 } });

  it('gives each item its text', () => {
    assert.deepEqual(keysOfItems([{ id: 'a' }, { id: 7 }]), ['a', '7']);
  });

  it('refuses a key that is no text and no number', () => {
    assert.throws(() => keysOfItems([{ id: 'a' }, { id: null }]), {
      code: 'ITEMS_INVALID',
      message: 'Cannot tell item 1 by its key: it is null, a text or a number is needed',
    });
  });

  it('refuses a key that an item before has, also when that was a number', () => {
    assert.throws(() => keysOfItems([{ id: '7' }, { id: 7 }]), {
      code: 'ITEM_KEY_DUPLICATE',
      message: 'Cannot tell item 1 by its key: an item before it has the key "7" too',
    });
  });
});
