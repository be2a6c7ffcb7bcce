import { Context } from '@temporalio/activity';
import type { PriceOf } from '../../src/catalog/prices.ts';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { Purchase, Usage } from '../../src/pipeline/result.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, ModelCall, ModelCallResult } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { quote } from '../quote.ts';
import { loadScope } from '../values.ts';
import { type AnswerReader, unusable } from './answer-reader.ts';
import { askOnce, type Watch } from './ask-once.ts';
import { prepareRequest } from './completion-request.ts';
import type { Answered } from './journal.ts';
import type { MayBuy } from './may-buy.ts';
import { modelKey } from './model-key.ts';
import { keepAnswer, preparedReader } from './prepared-answer.ts';
import type { CompletionRequest, Provider } from './provider.ts';
import { totalOf } from './purchase.ts';
import { complaintOf, repairRequest } from './repair.ts';
import { checkBound, isWithin, leftOf, mostOf, mostOfRepair } from './request-bound.ts';

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
      const { attempt, startToCloseTimeoutMs } = Context.current().info;
      let characters = 0;
      const onDelta = (text: string) => {
        characters += text.length;
        beat({ characters });
      };
      const answer = await askModel(deps, call, { signal, onDelta, attempt, timeoutMs: startToCloseTimeoutMs });
      return { ...answer, attempt };
    });
}

/** The call itself. Throws `PipelineError`, with everything that was bought in it. */
export async function askModel(
  deps: ModelDeps,
  call: ModelCall,
  watch: Watch,
): Promise<Omit<ModelCallResult, 'attempt'>> {
  const { store } = deps;
  const model = `${call.candidate.provider}/${call.candidate.model}`;
  const provider = deps.connect(call.candidate.provider);
  const values = await loadScope(store, call.tenant, call.scope);
  const prepared = await prepareRequest({ store, provider, values }, call);
  const { request } = prepared;
  const read = preparedReader(model, prepared, call.accept);
  checkBound(model, mostOf(call.candidate.provider, request), call);
  // An answer is worth having without its key, too.
  const keyed = modelKey(provider, call.candidate, request).catch(() => undefined);
  const { value, completion, purchases, reused } = await usableAnswer({ ...deps, call, watch, model, request, read });
  const kept = await keepAnswer({ store, tenant: call.tenant }, prepared, { completion, value });
  const { usage = reused === undefined ? completion.usage : NOTHING_USED, costNanoUsd } = totalOf(purchases);
  const { requestId } = completion;
  const key = await keyed;
  return {
    ...kept,
    model,
    usage,
    costNanoUsd,
    purchases,
    ...(requestId === undefined ? {} : { requestId }),
    ...(key === undefined ? {} : { key }),
    ...(reused === undefined ? {} : { reused }),
  };
}

const NOTHING_USED: Usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 };

interface Question extends ModelDeps {
  readonly call: ModelCall;
  readonly watch: Watch;
  readonly model: string;
  readonly request: CompletionRequest;
  readonly read: AnswerReader;
}

/** Asks, and once more when the answer does not fit its schema. */
async function usableAnswer(question: Question): Promise<Answered & { readonly value: Json }> {
  const { call, model, request, read } = question;
  const first = await askOnce(question, request, 'answer');
  const output = billed(first.purchases, () => read(first.completion));
  if (output.isValid) return { ...first, value: output.value };
  const complaint = complaintOf(output.reason);
  const fail = (reason: string, { completion, purchases }: Answered) =>
    new PipelineError('OUTPUT_INVALID', unusable(model, `${reason}; it said ${quote(completion.text)}`), {
      facts: { ...totalOf(purchases), purchases },
    });
  const most = mostOfRepair(first.completion.usage, complaint, request);
  if (!isWithin(leftOf(call.bound, first.purchases), most, call.candidate)) {
    throw fail(`${output.reason}; what is set aside for the call does not cover a repair`, first);
  }
  const second = await askOnce(question, repairRequest(request, first.completion, complaint), 'repair').catch(
    (error: unknown) => {
      throw withPurchases(error, first.purchases);
    },
  );
  const both = { ...second, purchases: [...first.purchases, ...second.purchases] };
  const repaired = billed(both.purchases, () => read(second.completion));
  if (repaired.isValid) return { ...both, value: repaired.value };
  throw fail(`${repaired.reason}, after a repair too`, both);
}

/** What goes wrong with an answer that was bought carries its bill. */
function billed<T>(purchases: readonly Purchase[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withPurchases(error, purchases);
  }
}

function withPurchases(error: unknown, before: readonly Purchase[]): unknown {
  if (!(error instanceof PipelineError)) return error;
  const { code, message, cause, retryAfterMs, facts } = error;
  const purchases = [...before, ...(facts?.purchases ?? [])];
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new PipelineError(code, message, { cause, ...wait, facts: { ...totalOf(purchases), purchases } });
}
