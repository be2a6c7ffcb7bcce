import { resolveInputs } from '../../src/pipeline/inputs.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities } from '../calls.ts';
import { keepValue, loadScope, loadValue } from '../values.ts';
import { createItemActivities } from './items.ts';
import { keepFrom } from './keep.ts';
import { createSaveFile } from './save-file.ts';

/** What control forms need of the host: pure and free work on values that a workflow must not load. */
export type Control = Pick<
  Activities,
  'expandItems' | 'readItems' | 'collectItems' | 'resolveInputs' | 'readUndo' | 'keepValues' | 'saveFile'
>;

export function createControl(store: ArtifactStore): Control {
  return {
    ...createItemActivities(store),
    saveFile: createSaveFile(store),
    keepValues: ({ tenant, values, minBytes }) => keepFrom(store, tenant, { values, minBytes }),
    async readUndo({ tenant, list, from, to }) {
      return ((await loadValue(store, tenant, list)) as readonly Json[]).slice(from, to);
    },
    async resolveInputs({ tenant, plan, values }) {
      const given = resolveInputs(plan, await loadScope(store, tenant, values));
      const kept = Object.entries(given).map(async ([name, value]) => [
        name,
        values[name] ?? (await keepValue(store, tenant, value)),
      ]);
      return Object.fromEntries(await Promise.all(kept)) as typeof values;
    },
  };
}
