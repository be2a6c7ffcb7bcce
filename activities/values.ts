import { Buffer } from 'node:buffer';
import type { Json } from '../src/pipeline/json.ts';
import { INLINE_BYTES_MAX, PREVIEW_CHARACTERS, type Scope, type StoredValue } from '../src/pipeline/value.ts';
import type { ArtifactStore } from './artifacts/store.ts';

/** Puts a value into its envelope: inline when its JSON is at most 16 KiB, in the store when it is longer. */
export async function keepValue(store: ArtifactStore, tenant: string, value: Json): Promise<StoredValue> {
  const text = JSON.stringify(value);
  // A JavaScript character takes at most three bytes of UTF-8, so short text needs no counting.
  if (text.length * 3 <= INLINE_BYTES_MAX) return { inline: value };
  const bytes = Buffer.from(text);
  if (bytes.length <= INLINE_BYTES_MAX) return { inline: value };
  const sha256 = await store.put(tenant, bytes);
  return { artifact: { sha256, bytes: bytes.length, preview: text.slice(0, PREVIEW_CHARACTERS) } };
}

/** The value behind an envelope. Throws `ARTIFACT_MISSING`. */
export async function loadValue(store: ArtifactStore, tenant: string, value: StoredValue): Promise<Json> {
  if ('inline' in value) return value.inline;
  const bytes = await store.get(tenant, value.artifact.sha256);
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
}

/** The values of a scope, by root path. */
export async function loadScope(store: ArtifactStore, tenant: string, scope: Scope): Promise<Record<string, Json>> {
  const entries = Object.entries(scope).map(async ([path, value]): Promise<[string, Json]> => [
    path,
    await loadValue(store, tenant, value),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}
