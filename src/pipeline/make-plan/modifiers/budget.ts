import type { z } from 'zod';
import type { BudgetPlan } from '../../plan.ts';
import type { BudgetSpec } from '../../spec/budget.ts';

/** What a run, or a step, may spend. */
export function planBudget({ usd, tokens, on_exceeded: onExceeded = 'ask' }: z.infer<typeof BudgetSpec>): BudgetPlan {
  return {
    onExceeded,
    ...(usd === undefined ? {} : { nanoUsd: Math.round(usd * 1e9) }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}
