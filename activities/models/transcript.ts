import { Buffer } from 'node:buffer';
import type { FileRef } from '../../src/pipeline/file-ref.ts';
import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import { PREVIEW_CHARACTERS, type StoredValue } from '../../src/pipeline/value.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ModelTurn, ToolAnswer } from '../calls.ts';
import { loadValue } from '../values.ts';
import type { OriginalTurn } from './provider.ts';

/** A call that a model asked for, by the tool's own name. */
export interface KeptCall {
  readonly id: string;
  readonly tool: string;
  readonly input: Json;
}

/** What was said in a conversation. Long things are kept by reference: files, and what tools gave. */
export type KeptTurn =
  | { readonly role: 'user'; readonly text: string; readonly files?: readonly FileRef[] }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly calls: readonly KeptCall[];
      readonly original?: OriginalTurn;
    }
  | { readonly role: 'tools'; readonly answers: readonly ToolAnswer[] };

/** What stays the same in all turns of a conversation. */
export interface Opening {
  readonly system?: string;
  readonly outputSchema?: JsonObject;
  readonly tools: ModelTurn['tools'];
  readonly isOneByOne?: true;
}

/** What one turn adds. The first one has no turn before it, and says how the conversation began. */
type Link = { readonly turns: readonly KeptTurn[] } & (
  { readonly opening: Opening } | { readonly before: StoredValue }
);

export interface Transcript {
  readonly opening: Opening;
  readonly turns: readonly KeptTurn[];
}

interface Room {
  readonly store: ArtifactStore;
  readonly tenant: string;
}

/** Always kept in the store, however short: the reference is all that history sees of it. */
export async function keepLink({ store, tenant }: Room, link: Link): Promise<StoredValue> {
  const text = JSON.stringify(link);
  const bytes = Buffer.from(text);
  const sha256 = await store.put(tenant, bytes);
  return { artifact: { sha256, bytes: bytes.length, preview: text.slice(0, PREVIEW_CHARACTERS) } };
}

/** Everything that was said up to a turn. */
export async function loadTranscript({ store, tenant }: Room, last: StoredValue): Promise<Transcript> {
  const later: (readonly KeptTurn[])[] = [];
  for (let at = last; ;) {
    const link = (await loadValue(store, tenant, at)) as unknown as Link;
    later.unshift(link.turns);
    if ('opening' in link) return { opening: link.opening, turns: later.flat() };
    at = link.before;
  }
}
