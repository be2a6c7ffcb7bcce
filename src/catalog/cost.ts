import type { ModelCandidate } from '../pipeline/model-plan.ts';
import type { Usage } from '../pipeline/result.ts';
import { costByPrice } from '../pipeline/token-price.ts';

/**
 * What a call of a model cost, in nano-dollars; null when nobody knows. The user's own price goes before the
 * published one, which is null where the vendor's prices do not hold or are not known.
 */
export function costOf(
  { isPaid, price }: Pick<ModelCandidate, 'isPaid' | 'price'>,
  usage: Usage,
  published: number | null,
): number | null {
  if (!isPaid) return 0;
  return price?.isOwn === true ? costByPrice(price, usage) : published;
}
