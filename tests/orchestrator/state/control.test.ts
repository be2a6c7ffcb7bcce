import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { Activities, SaveFileCall, SaveFileResult } from '../../../activities/calls.ts';
import { createItemActivities } from '../../../activities/control/items.ts';
import { keepFrom } from '../../../activities/control/keep.ts';
import { createSaveFile } from '../../../activities/control/save-file.ts';
import { keepValue, loadValue } from '../../../activities/values.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { ForEachPlan } from '../../../src/pipeline/plan.ts';
import type { StoredValue } from '../../../src/pipeline/value.ts';
import { activityEnvironment, removeFolder, template, temporaryFolder } from '../tools/surroundings.ts';

const TENANT = 'default';

const long = (index: number): string => `${index} ${'x'.repeat(10_000)}`;

describe('an activity of a workflow', () => {
  let folder: string;
  let store: ArtifactStore;

  before(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(folder);
  });
  after(() => removeFolder(folder));

  const kept = (value: Json): Promise<StoredValue> => keepValue(store, TENANT, value);
  const valueOf = (value: StoredValue): Promise<Json> => loadValue(store, TENANT, value);

  const save = (to: Json, value: Json = 'x'): Promise<SaveFileResult> => {
    const activity = createSaveFile(store);
    const call = { tenant: TENANT, runId: randomUUID(), path: 'step', scope: {} };
    const given: SaveFileCall = { ...call, to: template(to), value: template(value) };
    const environment = activityEnvironment({ attempt: 2 });
    return environment.run<[SaveFileCall], SaveFileResult, Activities['saveFile']>(activity, given);
  };

  describe('that reads items', () => {
    it('gives the items of a short page as they are', async () => {
      const { readItems } = createItemActivities(store);
      const page = { tenant: TENANT, list: await kept(['a', { b: 1 }, null, 'd']), from: 1, to: 3 };
      assert.deepEqual(await readItems(page), [{ inline: { b: 1 } }, { inline: null }]);
    });

    it('puts what is not short into the store when the page is long, and no more', async () => {
      const { readItems } = createItemActivities(store);
      const items = [...Array.from({ length: 30 }, (_, index) => long(index)), 'short'];
      const read = await readItems({ tenant: TENANT, list: await kept(items), from: 0, to: 31 });
      assert.deepEqual(
        read.map((item) => ('artifact' in item ? 'stored' : item.inline)),
        [...Array.from({ length: 30 }, () => 'stored'), 'short'],
      );
      assert.deepEqual(await Promise.all(read.map(valueOf)), items);
    });

    it('leaves what is long inline on a page that is short as a whole', async () => {
      const { readItems } = createItemActivities(store);
      const read = await readItems({ tenant: TENANT, list: await kept([long(0)]), from: 0, to: 1 });
      assert.deepEqual(read, [{ inline: long(0) }]);
    });
  });

  describe('that expands a list', () => {
    const plan: ForEachPlan = {
      over: template([]),
      as: 'item',
      index: 'index',
      max: 3,
      concurrency: 1,
      onItemError: 'fail',
    };
    const scope = { 'inputs.start': { inline: 'k' } };
    const key = template('${{ inputs.start + item.id }}', { ...scope, item: { inline: null } });

    const expand = async (list: Json, more: Partial<ForEachPlan> = {}) => {
      const call = { tenant: TENANT, runId: randomUUID(), path: 'each', scope, list: await kept(list) };
      return createItemActivities(store).expandItems({ ...call, plan: { ...plan, ...more } });
    };

    it('counts it', async () => assert.deepEqual(await expand(['a', 'b']), { count: 2 }));

    it('gives the keys, which may read more than the item', async () => {
      assert.ok(key.kind === 'expression');
      const { count, keys } = await expand([{ id: '1' }, { id: '2' }], { key: key.expression });
      assert.equal(count, 2);
      assert.deepEqual(keys, { inline: ['k1', 'k2'] });
    });

    for (const { list, code, message } of [
      {
        list: [1, true],
        code: 'ITEMS_INVALID',
        message: 'Cannot tell item 1 by its key: it is true, a text or a number is needed',
      },
      {
        list: ['1', 1],
        code: 'ITEM_KEY_DUPLICATE',
        message: 'Cannot tell item 1 by its key: an item before it has the key "1" too',
      },
    ]) {
      it(`refuses ${JSON.stringify(list)} where each item is its own key`, () => {
        const itself = template('${{ item }}', { item: { inline: null } });
        assert.ok(itself.kind === 'expression');
        return assert.rejects(expand(list, { key: itself.expression }), { code, message });
      });
    }

    for (const { list, code, message } of [
      { list: null, code: 'ITEMS_INVALID', message: /gives null, a list is needed$/u },
      { list: { a: 1 }, code: 'ITEMS_INVALID', message: /gives a map, a list is needed$/u },
      { list: 'text', code: 'ITEMS_INVALID', message: /gives a string, a list is needed$/u },
      { list: [1, 2, 3, 4], code: 'ITEMS_TOO_MANY', message: /there are 4, at most 3 are allowed by "max"$/u },
    ]) {
      it(`refuses ${JSON.stringify(list)}`, () => assert.rejects(expand(list), { code, message }));
    }
  });

  describe('that collects items', () => {
    it('puts lists together, and lists of values, under their keys', async () => {
      const { collectItems } = createItemActivities(store);
      const parts = [
        { outputs: await kept([1, 2]), items: await kept([{ n: 1 }, { n: 2 }]) },
        { outputs: [await kept(3)], items: await kept([{ n: 3 }]) },
      ];
      const listed = await collectItems({ tenant: TENANT, parts });
      assert.deepEqual(listed, { output: { inline: [1, 2, 3] }, items: { inline: [{ n: 1 }, { n: 2 }, { n: 3 }] } });
      const named = await collectItems({ tenant: TENANT, parts, keys: await kept(['a', 'b', 'c']) });
      assert.deepEqual(named.output, { inline: { a: 1, b: 2, c: 3 } });
    });

    it('gives null for a key whose item gave nothing', async () => {
      const { collectItems } = createItemActivities(store);
      const parts = [{ outputs: await kept(['x']), items: await kept([]) }];
      const { output } = await collectItems({ tenant: TENANT, parts, keys: await kept(['a', 'b']) });
      assert.deepEqual(output, { inline: { a: 'x', b: null } });
    });
  });

  describe('that keeps values', () => {
    it('leaves what is short, and what is kept already', async () => {
      const wide = 'ü'.repeat(300);
      const already = { artifact: { sha256: 'a'.repeat(64), bytes: 7, preview: '' } };
      const values = [{ inline: 'a' }, already, { inline: wide }];
      const [short, same, stored] = await keepFrom(store, TENANT, { values, minBytes: 602 });
      assert.deepEqual([short, same], [{ inline: 'a' }, already]);
      assert.ok(stored !== undefined && 'artifact' in stored);
      assert.equal(stored.artifact.bytes, 602);
      assert.equal(await valueOf(stored), wide);
      assert.deepEqual(await keepFrom(store, TENANT, { values: [{ inline: wide }], minBytes: 603 }), [
        { inline: wide },
      ]);
    });
  });

  describe('that saves a file', () => {
    for (const { to, value, path, text } of [
      { to: 'a.txt', value: 'text', path: 'a.txt', text: 'text' },
      { to: './a//b/../c.json', value: { n: 1 }, path: 'a/c.json', text: '{\n  "n": 1\n}\n' },
      { to: 'x'.repeat(1000), value: '', path: 'x'.repeat(1000), text: '' },
    ]) {
      it(`keeps ${JSON.stringify(value)} as ${to.slice(0, 20)}`, async () => {
        const { file, attempt } = await save(to, value);
        assert.deepEqual([file.path, file.bytes, attempt], [path, Buffer.byteLength(text), 2]);
        assert.equal(Buffer.from(await store.get(TENANT, file.sha256)).toString(), text);
      });
    }

    for (const to of [5, null, ['a'], '', 'x'.repeat(1001)]) {
      it(`refuses what is no path: ${JSON.stringify(to).slice(0, 20)}`, () =>
        assert.rejects(save(to), {
          code: 'PATH_REFUSED',
          message: `Cannot save a file as ${JSON.stringify(to).slice(0, 200)}: a path of 1 to 1000 characters is needed`,
        }));
    }

    for (const to of ['/a', '../a', 'a/../../b', 'a/', '.', 'C:a', 'a\\b', 'a\nb']) {
      it(`refuses what leads elsewhere: ${JSON.stringify(to)}`, () =>
        assert.rejects(save(to), {
          code: 'PATH_REFUSED',
          message: `Cannot save a file as ${JSON.stringify(to)}: a relative path inside the run's files is needed`,
        }));
    }
  });
});
