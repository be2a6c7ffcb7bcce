import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { collected, itemsOf, keysOf } from '../../src/pipeline/items.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { StoredValue } from '../../src/pipeline/value.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities } from '../calls.ts';
import { keepValue, loadScope, loadValue } from '../values.ts';
import { keepFrom } from './keep.ts';

/** So much of a page of items travels inline; what is more goes item by item into the store. */
const PAGE_INLINE_BYTES = 256 * 1024;
const REFERENCE_FROM_BYTES = 512;

/** The lists that steps go through, where a workflow must not load them. */
export function createItemActivities(
  store: ArtifactStore,
): Pick<Activities, 'expandItems' | 'readItems' | 'collectItems'> {
  return {
    async expandItems({ tenant, scope, list, plan }) {
      const items = itemsOf(await loadValue(store, tenant, list), plan);
      if (plan.key === undefined) return { count: items.length };
      const values = await loadScope(store, tenant, scope);
      const keys = keysOf(items, { ...plan, key: plan.key }, { values, host: hostFunctions });
      return { count: items.length, keys: await keepValue(store, tenant, [...keys]) };
    },
    async readItems({ tenant, list, from, to }) {
      const page = ((await loadValue(store, tenant, list)) as readonly Json[]).slice(from, to);
      const isLong = JSON.stringify(page).length > PAGE_INLINE_BYTES;
      return Promise.all(page.map((item) => (isLong ? keepLong(store, tenant, item) : keepValue(store, tenant, item))));
    },
    async collectItems({ tenant, parts, keys }) {
      const outputs = await Promise.all(parts.map((part) => loadAll(store, tenant, part.outputs)));
      const items = await Promise.all(parts.map((part) => loadAll(store, tenant, part.items)));
      const names = keys === undefined ? undefined : ((await loadValue(store, tenant, keys)) as readonly string[]);
      return {
        output: await keepValue(store, tenant, collected(outputs.flat(), names)),
        items: await keepValue(store, tenant, items.flat()),
      };
    },
  };
}

/** A list that is one value, or a list of values. */
async function loadAll(
  store: ArtifactStore,
  tenant: string,
  list: StoredValue | readonly StoredValue[],
): Promise<readonly Json[]> {
  if ('inline' in list || 'artifact' in list) return (await loadValue(store, tenant, list)) as readonly Json[];
  return Promise.all(list.map((value) => loadValue(store, tenant, value)));
}

/** On a page of long items each that is not quite short is kept by itself. */
async function keepLong(store: ArtifactStore, tenant: string, item: Json): Promise<StoredValue> {
  const [kept] = await keepFrom(store, tenant, { values: [{ inline: item }], minBytes: REFERENCE_FROM_BYTES });
  return kept as StoredValue;
}
