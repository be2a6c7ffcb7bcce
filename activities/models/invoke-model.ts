import { Context } from '@temporalio/activity';
import type { PriceOf } from '../../src/catalog/prices.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, ModelCall, ModelCallResult } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { keepValue, loadScope } from '../values.ts';
import { answerReader } from './answer-reader.ts';
import { completionRequest } from './completion-request.ts';
import { modelKey } from './model-key.ts';
import type { OnDelta, Provider } from './provider.ts';

export interface ModelDeps {
  readonly store: ArtifactStore;
  readonly connect: (provider: string) => Provider;
  readonly priceOf: PriceOf;
}

/** Makes the activity that calls a model. Its heartbeats say how many characters have arrived. */
export function createInvokeModel(deps: ModelDeps): Activities['invokeModel'] {
  return (call) =>
    withHeartbeat(async (signal, beat) => {
      let characters = 0;
      const onDelta = (text: string) => {
        characters += text.length;
        beat({ characters });
      };
      const answer = await askModel(deps, call, { signal, onDelta });
      return { ...answer, attempt: Context.current().info.attempt };
    });
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onDelta: OnDelta;
}

/** The call itself. Throws `PipelineError`, with what the call used when an answer came. */
export async function askModel(
  { store, connect, priceOf }: ModelDeps,
  call: ModelCall,
  { signal, onDelta }: Watch,
): Promise<Omit<ModelCallResult, 'attempt'>> {
  const { provider: name, isPaid } = call.candidate;
  const model = `${name}/${call.candidate.model}`;
  const request = completionRequest(call, call.candidate, await loadScope(store, call.tenant, call.scope));
  const read = answerReader(model, request);
  const provider = connect(name);
  // An answer is worth having without its key, too.
  const keyed = modelKey(provider, call.candidate, request).catch(() => undefined);
  const completion = await provider.complete(request, signal, onDelta);
  const { usage, requestId } = completion;
  const listPrice = priceOf(name, call.candidate.model, usage);
  const facts = { usage, costNanoUsd: costOf({ isPaid, hasListPrices: provider.hasListPrices }, listPrice) };
  const output = await keepValue(store, call.tenant, read(completion, facts));
  const finishReason = completion.finishReason === 'length' ? 'length' : 'stop';
  const key = await keyed;
  return {
    output,
    model,
    ...facts,
    finishReason,
    ...(requestId === undefined ? {} : { requestId }),
    ...(key === undefined ? {} : { key }),
  };
}

/** A server that is not the vendor's sets prices of its own, which nobody has told us. */
export function costOf(
  { isPaid, hasListPrices }: { readonly isPaid: boolean; readonly hasListPrices: boolean },
  listPrice: number | null,
): number | null {
  if (!isPaid) return 0;
  return hasListPrices ? listPrice : null;
}
