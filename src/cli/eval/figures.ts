import type { Interval } from '../../evaluation/statistics.ts';
import type { VariantReport } from '../../evaluation/report.ts';
import { elapsedText, totalCostText, usdText } from '../screen/amounts.ts';

/** A row of the summary: what it is, and the figure of each pipeline. */
export interface Figure {
  readonly name: string;
  readonly of: (variant: VariantReport) => string;
}

/** What people see of a pipeline's cases all together. */
export const FIGURES: readonly Figure[] = [
  { name: 'passed', of: ({ passed, failed }) => `${passed} of ${passed + failed}` },
  { name: 'not run', of: ({ notRun }) => (notRun === 0 ? '' : String(notRun)) },
  { name: 'pass rate', of: ({ passRate }) => intervalText(passRate, percentText) },
  { name: 'mean score', of: ({ score }) => intervalText(score, scoreText) },
  { name: 'latency p50', of: ({ latencyMs }) => (latencyMs === undefined ? '' : elapsedText(latencyMs.p50)) },
  { name: 'latency p95', of: ({ latencyMs }) => (latencyMs === undefined ? '' : elapsedText(latencyMs.p95)) },
  { name: 'tokens', of: ({ tokens }) => String(tokens) },
  { name: 'cost', of: totalCostText },
  {
    name: 'cost per case',
    of: ({ costPerCaseNanoUsd }) => (costPerCaseNanoUsd === undefined ? '' : usdText(costPerCaseNanoUsd)),
  },
];

/** `0.83 (0.61 to 0.94)`: the value, and its 95 % interval. */
export function intervalText(interval: Interval | undefined, text: (value: number) => string): string {
  if (interval === undefined) return '';
  const { value, low, high } = interval;
  return `${text(value)} (${text(low)} to ${text(high)})`;
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

export function scoreText(score: number): string {
  return score.toFixed(2);
}

/** `p = 0.031` */
export function chanceText(chance: number): string {
  return chance < 0.001 ? 'p < 0.001' : `p = ${chance.toFixed(3)}`;
}
