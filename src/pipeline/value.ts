import type { Json } from './json.ts';

/** Values whose JSON is longer than this (UTF-8 bytes) live in the artifact store, not in history. */
export const INLINE_BYTES_MAX = 16 * 1024;

/** How much of a large value's JSON stays in history, for people. */
export const PREVIEW_CHARACTERS = 200;

/** Points at a large value outside history. `preview` is the first characters of its JSON, for people. */
export interface ArtifactRef {
  readonly sha256: string;
  readonly bytes: number;
  readonly preview: string;
}

/**
 * A value as it travels through history. The envelope stands outside user JSON: text that a model
 * writes is always inside `inline`, so it can never pass for an artifact.
 */
export type StoredValue = { readonly inline: Json } | { readonly artifact: ArtifactRef };

/** Values by root path: `inputs.ticket`, `vars.x`, `steps.draft.output`, `steps.draft.status`, `run.id`, `output`. */
export type Scope = Readonly<Record<string, StoredValue>>;
