import { NOTHING, sum, type Amount } from '../ledger.ts';
import { askedTemplates } from '../model-templates.ts';
import type { ModelCandidate } from '../model-plan.ts';
import type { QuestionPlan } from '../plan.ts';
import { readsOf } from '../template.ts';
import { worstCase } from '../worst-case.ts';
import { jsonBytes } from './bytes.ts';
import type { SizeOf } from './code-bytes.ts';
import { knownBytes, templateBytes } from './template-bytes.ts';

/** What a call of a model may use at most. */
export interface CallEstimate {
  /** `provider/model`. */
  readonly model: string;
  readonly tokens: number;
  /** Null when the price is not known. */
  readonly nanoUsd: number | null;
}

/** What one making of a model step may use at most. */
export interface ModelEstimate {
  /** One try of each candidate, with all the turns that it may take. */
  readonly calls: readonly CallEstimate[];
  /** Every try of every candidate. A price that is not known counts as nothing. */
  readonly worst: Amount;
  readonly hasUnknownPrice: boolean;
  /** The root paths that are sent and whose size nobody knows: it comes on top. */
  readonly unknown: readonly string[];
}

/** So many bytes a token may stand for, when another model reads what one has written. */
export const TOKEN_BYTES = 4;

/** What a model step may use at most, when it is made once. `sizeOf` tells how long is what it reads. */
export function estimateModel(step: QuestionPlan, sizeOf: SizeOf): ModelEstimate {
  const calls = step.candidates.map((candidate) => estimateCall(step, candidate, sizeOf));
  const tries = calls.map(({ tokens, nanoUsd }) => multiply({ tokens, nanoUsd: nanoUsd ?? 0 }, step.retry.attempts));
  return {
    calls,
    worst: tries.reduce(sum, NOTHING),
    hasUnknownPrice: calls.some(({ nanoUsd }) => nanoUsd === null),
    unknown: unknownOf(step, sizeOf),
  };
}

export function multiply({ tokens, nanoUsd }: Amount, count: number): Amount {
  return { tokens: tokens * count, nanoUsd: nanoUsd * count };
}

function estimateCall(step: QuestionPlan, candidate: ModelCandidate, sizeOf: SizeOf): CallEstimate {
  const { provider, model, isPaid, price } = candidate;
  const { output, tools = [], maxTurns = 1, maxOutputTokens } = step;
  const templates = askedTemplates(step);
  const offers = tools.map(({ tool, description, input }) => ({ tool, description, input }));
  const bytes = templates.reduce((all, template) => all + knownBytes(template, sizeOf), jsonBytes(offers));
  const turns = Array.from({ length: maxTurns }, (_, before) =>
    worstCase(
      {
        provider,
        bytes: bytes + before * maxOutputTokens * TOKEN_BYTES,
        messages: templates.length + 2 * before,
        images: 0,
        tools: tools.length,
        isStructured: output !== undefined || tools.length > 0,
        maxOutputTokens,
      },
      price,
    ),
  );
  const { tokens, nanoUsd } = turns.reduce(sum, NOTHING);
  return { model: `${provider}/${model}`, tokens, nanoUsd: isPaid && price === undefined ? null : nanoUsd };
}

/** A file is sent whole, whatever stands for it in expressions. What tools answer is known to nobody. */
function unknownOf(step: QuestionPlan, sizeOf: SizeOf): readonly string[] {
  const { attach = [], tools = [] } = step;
  const texts = askedTemplates(step).filter((template) => !attach.includes(template));
  const reads = texts
    .filter((template) => templateBytes(template, sizeOf) === undefined)
    .flatMap((template) => {
      const unbounded = readsOf(template).filter((path) => sizeOf(path) === undefined);
      return unbounded.length > 0 ? unbounded : readsOf(template);
    });
  const answers = tools.length === 0 ? [] : ['what its tools give'];
  return [...new Set([...reads, ...attach.flatMap(readsOf), ...answers])];
}
