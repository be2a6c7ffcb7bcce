import { Buffer } from 'node:buffer';
import type { StoredValue } from '../../src/pipeline/value.ts';
import { PREVIEW_CHARACTERS } from '../../src/pipeline/value.ts';
import type { ArtifactStore } from '../artifacts/store.ts';

/** Puts every value whose JSON has at least so many bytes into the store; a run that goes on in a new history carries little. */
export function keepFrom(
  store: ArtifactStore,
  tenant: string,
  { values, minBytes }: { readonly values: readonly StoredValue[]; readonly minBytes: number },
): Promise<readonly StoredValue[]> {
  const kept = values.map(async (value): Promise<StoredValue> => {
    if ('artifact' in value) return value;
    const text = JSON.stringify(value.inline);
    const bytes = Buffer.from(text);
    if (bytes.length < minBytes) return value;
    const sha256 = await store.put(tenant, bytes);
    return { artifact: { sha256, bytes: bytes.length, preview: text.slice(0, PREVIEW_CHARACTERS) } };
  });
  return Promise.all(kept);
}
