import { Context } from '@temporalio/activity';
import { costOf } from '../../src/catalog/cost.ts';
import type { PriceOf } from '../../src/catalog/prices.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, ModelCall, ModelCallResult } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { keepValue, loadScope } from '../values.ts';
import { answerReader } from './answer-reader.ts';
import { completionRequest } from './completion-request.ts';
import type { MayBuy } from './may-buy.ts';
import { modelKey } from './model-key.ts';
import type { OnDelta, Provider } from './provider.ts';

export interface ModelDeps {
  readonly store: ArtifactStore;
  readonly connect: (provider: string) => Provider;
  readonly priceOf: PriceOf;
  /** The kill switch and the ceiling of a deployment. */
  readonly mayBuy: MayBuy;
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
  { store, connect, priceOf, mayBuy }: ModelDeps,
  call: ModelCall,
  { signal, onDelta }: Watch,
): Promise<Omit<ModelCallResult, 'attempt'>> {
  const { provider: name } = call.candidate;
  const model = `${name}/${call.candidate.model}`;
  const request = completionRequest(call, call.candidate, await loadScope(store, call.tenant, call.scope));
  const read = answerReader(model, request);
  const provider = connect(name);
  // An answer is worth having without its key, too.
  const keyed = modelKey(provider, call.candidate, request).catch(() => undefined);
  const tell = await mayBuy(call);
  const completion = await provider.complete(request, signal, onDelta);
  const { usage, requestId } = completion;
  // A server that is not the vendor's sets prices of its own.
  const published = provider.hasListPrices ? priceOf(name, call.candidate.model, usage) : null;
  const facts = { usage, costNanoUsd: costOf(call.candidate, usage, published) };
  await tell({ model, attempt: 1, reason: 'answer', ...facts });
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
