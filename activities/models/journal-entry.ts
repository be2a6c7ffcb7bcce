import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../src/errors.ts';
import { canonicalJson, type Json } from '../../src/pipeline/json.ts';
import type { Purchase } from '../../src/pipeline/result.ts';
import { runName } from '../artifacts/names.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ModelCall } from '../calls.ts';
import type { Completion, CompletionRequest } from './provider.ts';

/** One request that a run makes, however often it is tried: the same after a crash, a reset, or on another worker. */
export interface JournalKey {
  readonly store: ArtifactStore;
  readonly tenant: string;
  /** What the names of its entries begin with. */
  readonly name: string;
}

/** What somebody wrote who was about to ask the server. Times are milliseconds since 1970. */
export interface Intent {
  readonly runId: string;
  readonly path: string;
  readonly model: string;
  readonly isPaid: boolean;
  readonly turn?: number;
  readonly attempt: number;
  readonly at: number;
  /** Until then Temporal lets the attempt go on. */
  readonly until: number;
  /** The log that grows while the asking goes on. */
  readonly stream: string;
}

/** What the server said, as it came, and what it cost. */
export interface KeptAnswer {
  /** The number of the try that brought it. */
  readonly try: number;
  readonly at: number;
  readonly completion: Completion;
  readonly purchase: Purchase;
}

/**
 * How a try ended that brought no answer, or one too late. `left`: it was broken off, and another one may be made.
 * `failed`: whoever comes next is told the same, since the run may not have heard of it.
 */
export type TryEnd =
  | { readonly kind: 'left'; readonly purchases: readonly Purchase[] }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly purchases: readonly Purchase[];
    };

/** Tells a request apart by where it stands in the run and by what is sent; no attempt and no history of Temporal is in it. */
export function journalKey(
  store: ArtifactStore,
  call: ModelCall,
  { request, isRepair }: { readonly request: CompletionRequest; readonly isRepair: boolean },
): JournalKey {
  const { tenant, runId, path, draw = '', turn } = call;
  const place = { tenant, runId, path, draw, turn: turn?.number ?? 0, isRepair, provider: call.candidate.provider };
  const text = canonicalJson({ ...place, request: request as unknown as Json });
  const key = createHash('sha256').update(text).digest('hex');
  return { store, tenant, name: `${journalFolder(runId)}/${key}` };
}

/** Where the entries of a run are. */
export function journalFolder(runId: string): string {
  return `journal/${runName(runId)}`;
}

type Part = `${number}.intent` | `${number}.end` | 'answer';

/** Creates one part of what is known of a request; false, and no change, when it is there. Throws `STORE_UNAVAILABLE`. */
export function createPart({ store, tenant, name }: JournalKey, part: Part, content: object): Promise<boolean> {
  return store.create(tenant, `${name}-${part}.json`, Buffer.from(JSON.stringify(content)));
}

export async function readIntent(key: JournalKey, number: number): Promise<Intent | undefined> {
  return (await readPart(key, `${number}.intent`)) as Intent | undefined;
}

export async function readEnd(key: JournalKey, number: number): Promise<TryEnd | undefined> {
  return (await readPart(key, `${number}.end`)) as TryEnd | undefined;
}

export async function readAnswer(key: JournalKey): Promise<KeptAnswer | undefined> {
  return (await readPart(key, 'answer')) as KeptAnswer | undefined;
}

async function readPart({ store, tenant, name }: JournalKey, part: Part): Promise<unknown> {
  const bytes = await store.read(tenant, `${name}-${part}.json`);
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'));
}
