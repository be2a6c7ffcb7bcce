import { z } from 'zod';
import { map, wholeNumber } from './value.ts';

const USD_MAX = 1_000_000;
const usdAllowed = `a number above 0 and up to ${USD_MAX}`;

export const BudgetSpec = map({
  usd: z
    .number({ error: usdAllowed })
    .gt(0, { error: usdAllowed })
    .max(USD_MAX, { error: usdAllowed })
    .optional()
    .meta({ description: 'In dollars', otherwise: 'no limit', examples: [0.5] }),
  tokens: wholeNumber(1, 1_000_000_000_000)
    .optional()
    .meta({ description: 'Tokens sent and received, together', otherwise: 'no limit', examples: [200000] }),
  on_exceeded: z
    .enum(['ask', 'fail'], { error: 'ask or fail' })
    .optional()
    .meta({
      description: 'Before a call that could cost more than is left: `ask` waits for a top-up, `fail` ends the run',
      otherwise: '`ask`',
      examples: ['fail'],
    }),
}).meta({
  id: 'Budget',
  description: 'What a run, or a step, may spend. The worst case of each call is set aside before it is made',
});
