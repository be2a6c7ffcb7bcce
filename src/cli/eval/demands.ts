import type { EvaluationReport } from '../../evaluation/report.ts';
import { percentText } from './figures.ts';

/** What must hold for the command to end with 0. */
export interface Demands {
  /** The smallest share of the cases that may be passed. */
  readonly threshold?: number;
  readonly maxRegressions?: number;
}

/** What does not hold, one sentence each. An evaluation that was not finished never holds. */
export function missesOf(report: EvaluationReport, { threshold, maxRegressions }: Demands): readonly string[] {
  const [tested] = report.variants;
  const share = tested?.passRate?.value ?? 0;
  const notRun = report.variants.reduce((sum, one) => sum + one.notRun, 0);
  const regressions = report.comparison?.regressions.length ?? 0;
  return [
    ...(notRun === 0 ? [] : [`Cases that were not run: ${notRun}`]),
    ...(threshold === undefined || share >= threshold
      ? []
      : [`Passed: ${percentText(share)}, at least ${percentText(threshold)} is wanted`]),
    ...(maxRegressions === undefined || regressions <= maxRegressions
      ? []
      : [`Regressions: ${regressions}, at most ${maxRegressions} are allowed`]),
  ];
}
