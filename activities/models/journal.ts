import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import type { Purchase } from '../../src/pipeline/result.ts';
import { awaitTry } from './earlier-try.ts';
import {
  createPart,
  type Intent,
  type JournalKey,
  type KeptAnswer,
  readAnswer,
  readEnd,
  readIntent,
  type TryEnd,
} from './journal-entry.ts';
import type { Completion } from './provider.ts';
import { mayBeBilled, totalOf, unanswered } from './purchase.ts';

/** One who wants an answer. */
export interface Asking {
  readonly key: JournalKey;
  readonly intent: Intent;
  readonly signal: AbortSignal;
  /** Asks the server. Throws `PipelineError`, or the reason of the signal. */
  readonly ask: () => Promise<Bought>;
}

export interface Bought {
  readonly completion: Completion;
  readonly purchase: Purchase;
  /** Tells those above the run what it cost; done when the answer is safe. */
  readonly settle: () => Promise<void>;
}

/** The answer that counts, and everything that was bought for it. */
export interface Answered {
  readonly completion: Completion;
  readonly purchases: readonly Purchase[];
  /** Of an answer that an earlier run has bought. */
  readonly reused?: { readonly runId: string; readonly costNanoUsd: number | null };
}

/**
 * Asks a server once, whoever tries how often: an answer that is there is taken, one that is under way is waited for,
 * and one that comes is kept before anything else is done with it. Nothing is asked when the store cannot keep what
 * comes (`STORE_UNAVAILABLE`). Throws what asking throws, with the bill.
 */
export async function answerOnce(asking: Asking): Promise<Answered> {
  const { key, intent, signal } = asking;
  for (let number = 1; ; number += 1) {
    if (await createPart(key, `${number}.intent`, intent)) return tryOnce(asking, number);
    const earlier = (await readIntent(key, number)) as Intent;
    const left = await awaitTry(key, { number, intent: earlier }, signal);
    if (left === undefined) continue;
    if ('completion' in left) return { completion: left.completion, purchases: await billOf(key, left) };
    // The run may not have heard of it.
    if (left.kind === 'failed') throw failure(left, await billOf(key));
  }
}

async function tryOnce(asking: Asking, number: number): Promise<Answered> {
  const { key } = asking;
  const { completion, purchase, settle } = await asking.ask().catch(async (error: unknown) => {
    throw await endTry(asking, { number, error });
  });
  const kept: KeptAnswer = { try: number, at: Date.now(), completion, purchase };
  const isFirst = await keepAnswer(asking, kept);
  await settle();
  if (isFirst) return { completion, purchases: await billOf(key, kept) };
  const race: Purchase = { ...purchase, reason: 'race' };
  await createPart(key, `${number}.end`, { kind: 'left', purchases: [race] } satisfies TryEnd);
  const winner = (await readAnswer(key)) as KeptAnswer;
  return { completion: winner.completion, purchases: await billOf(key, winner) };
}

const FULL_MS = 500;

/** An answer that was bought is not given up because the store has become full meanwhile: there may be room soon. */
async function keepAnswer({ key, signal }: Asking, kept: KeptAnswer): Promise<boolean> {
  for (;;) {
    try {
      return await createPart(key, 'answer', kept);
    } catch (error) {
      if (!isStoreFault(error) || signal.aborted) throw error;
      await delay(FULL_MS, undefined, { signal });
    }
  }
}

/** Notes how a try ended without an answer; gives the error that is thrown. */
async function endTry(
  { key, intent, signal }: Asking,
  { number, error }: { readonly number: number; readonly error: unknown },
): Promise<unknown> {
  const { aborted: isLeft } = signal;
  if (!isLeft && !(error instanceof PipelineError)) return error;
  const { code, message, facts } = isLeft ? LEFT : (error as PipelineError);
  const own = facts?.purchases ?? (mayBeBilled(code) ? [unanswered(intent, isLeft ? undefined : code)] : []);
  const isFailed = !isLeft && own.length > 0;
  const end: TryEnd = isFailed ? { kind: 'failed', code, message, purchases: own } : { kind: 'left', purchases: own };
  // What went wrong first is what is told, whether the store can be written to or not.
  await createPart(key, `${number}.end`, end).catch(() => undefined);
  const purchases = await billOf(key).catch(() => own);
  const retryAfterMs = error instanceof PipelineError ? error.retryAfterMs : undefined;
  return failure({ code, message }, purchases, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Whoever stops a call says how it ends; its bill is what this is for. */
const LEFT = new PipelineError('WORKER_LOST', 'Cannot finish the call: it was stopped');

function failure(
  { code, message }: { readonly code: ErrorCode; readonly message: string },
  purchases: readonly Purchase[],
  options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
): PipelineError {
  const facts = purchases.length === 0 ? {} : { facts: { ...totalOf(purchases), purchases } };
  return new PipelineError(code, message, { ...options, ...facts });
}

/** Everything that was bought, in the order of the tries; those whose end nobody knows may have been, too. */
async function billOf(key: JournalKey, answer?: KeptAnswer): Promise<readonly Purchase[]> {
  const purchases: Purchase[] = [];
  for (let number = 1; ; number += 1) {
    const intent = await readIntent(key, number);
    if (intent === undefined) return purchases;
    if (number === answer?.try) purchases.push(answer.purchase);
    else purchases.push(...((await readEnd(key, number))?.purchases ?? [unanswered(intent, 'WORKER_LOST')]));
  }
}

function isStoreFault(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'STORE_UNAVAILABLE';
}
