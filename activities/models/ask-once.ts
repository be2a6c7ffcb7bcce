import { costOf } from '../../src/catalog/cost.ts';
import { PipelineError } from '../../src/errors.ts';
import type { Purchase } from '../../src/pipeline/result.ts';
import type { ModelCall } from '../calls.ts';
import { newStream, openStream, type AnswerStream } from './answer-stream.ts';
import type { ModelDeps } from './invoke-model.ts';
import { answerOnce, type Answered, type Bought } from './journal.ts';
import { createPart, journalKey, readAnswer, type Intent, type JournalKey } from './journal-entry.ts';
import type { CompletionRequest, OnDelta } from './provider.ts';
import { failedPurchase } from './purchase.ts';

/** Who waits for an answer, and for how long. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onDelta: OnDelta;
  /** Temporal's number of the attempt, from 1. */
  readonly attempt: number;
  /** Of the attempt. */
  readonly timeoutMs: number;
}

export interface Asker extends ModelDeps {
  readonly call: ModelCall;
  readonly watch: Watch;
  readonly model: string;
}

/** Gets the answer to one request, from its server or from the journal; those who watch see it grow. */
export async function askOnce(
  asker: Asker,
  request: CompletionRequest,
  reason: 'answer' | 'repair',
): Promise<Answered> {
  const { store, call, watch, model } = asker;
  const { tenant, runId, path, turn, candidate } = call;
  const now = Date.now();
  const name = newStream(runId, now);
  const of = { path, model, attempt: watch.attempt, ...(turn === undefined ? {} : { turn: turn.number }) };
  const begun = { at: now, until: now + watch.timeoutMs, stream: name };
  const intent: Intent = { ...of, ...begun, runId, isPaid: candidate.isPaid };
  const asked = { request, isRepair: reason === 'repair' };
  const key = journalKey(store, call, asked);
  const earlier = await answerOfFork(key, call, asked);
  if (earlier !== undefined) return earlier;
  let stream: AnswerStream | undefined;
  const ask = (): Promise<Bought> => {
    stream = openStream(store, { tenant, name }, of);
    const onDelta = (text: string) => {
      stream?.write(text);
      watch.onDelta(text);
    };
    return buy({ ...asker, intent }, request, { reason, onDelta });
  };
  try {
    return await answerOnce({ key, intent, signal: watch.signal, ask });
  } finally {
    await stream?.close();
  }
}

/** What the run that this one is a fork of was answered to the same; it is noted here as well, for forks of this one. */
async function answerOfFork(
  key: JournalKey,
  call: ModelCall,
  asked: Parameters<typeof journalKey>[2],
): Promise<Answered | undefined> {
  const runId = call.turn?.earlierRun;
  if (runId === undefined) return undefined;
  const kept = await readAnswer(journalKey(key.store, { ...call, runId }, asked));
  if (kept === undefined) return undefined;
  await createPart(key, 'answer', kept);
  const { completion, purchase } = kept;
  return { completion, purchases: [], reused: { runId, costNanoUsd: purchase.costNanoUsd } };
}

/** The one place where a server is asked. */
async function buy(
  { connect, mayBuy, priceOf, call, watch, model, intent }: Asker & { readonly intent: Intent },
  request: CompletionRequest,
  { reason, onDelta }: { readonly reason: 'answer' | 'repair'; readonly onDelta: OnDelta },
): Promise<Bought> {
  const { candidate, turn } = call;
  const provider = connect(candidate.provider);
  const tell = await mayBuy(call, request, watch.signal);
  const completion = await provider.complete(request, watch.signal, onDelta).catch(async (error: unknown) => {
    await tell(failedPurchase(intent, error instanceof PipelineError ? error.code : undefined));
    throw error;
  });
  const { usage, requestId } = completion;
  // A server that is not the vendor's sets prices of its own.
  const published = provider.hasListPrices ? priceOf(candidate.provider, candidate.model, usage) : null;
  const purchase: Purchase = {
    model,
    attempt: watch.attempt,
    reason,
    ...(turn === undefined ? {} : { turn: turn.number }),
    usage,
    costNanoUsd: costOf(candidate, usage, published),
    ...(requestId === undefined ? {} : { requestId }),
  };
  return { completion, purchase, settle: () => tell(purchase) };
}
