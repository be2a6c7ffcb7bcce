import { stringify } from 'csv-stringify/sync';
import type { Bill, BillLine } from '../../pipeline/bill.ts';
import { isoTime } from './amounts.ts';

/** Dollars per million tokens are the nano-dollars per token, divided by a thousand. */
const PER_MILLION = 1000;

const COLUMNS: Readonly<Record<string, (line: BillLine) => string | number | undefined>> = {
  ended_at: ({ endedAt }) => isoTime(endedAt),
  step: ({ step }) => step,
  turn: ({ turn }) => turn,
  attempt: ({ attempt }) => attempt,
  model: ({ model }) => model,
  reason: ({ reason }) => reason,
  code: ({ code }) => code,
  input_tokens: ({ usage }) => usage?.inputTokens,
  cached_input_tokens: ({ usage }) => usage?.cachedInputTokens,
  cache_write_tokens: ({ usage }) => usage?.cacheWriteTokens,
  output_tokens: ({ usage }) => usage?.outputTokens,
  reasoning_tokens: ({ usage }) => usage?.reasoningTokens,
  input_usd_per_million: ({ price }) => price && price.inputNanoUsd / PER_MILLION,
  output_usd_per_million: ({ price }) => price && price.outputNanoUsd / PER_MILLION,
  cost_nano_usd: ({ costNanoUsd }) => costNanoUsd ?? undefined,
  saved_nano_usd: ({ savedNanoUsd }) => savedNanoUsd,
  request_id: ({ requestId }) => requestId,
  rung: ({ rung }) => rung,
};

/** One line for each request (RFC 4180). A text that a spreadsheet would take for a formula is escaped. */
export function billCsv({ lines }: Bill): string {
  const rows = lines.map((line) => Object.values(COLUMNS).map((valueOf) => valueOf(line)));
  return stringify([Object.keys(COLUMNS), ...rows], { record_delimiter: 'windows', escape_formulas: true });
}
