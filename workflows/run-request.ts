import type { Plan } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';

/** The registered name of the one workflow. */
export const RUN_PIPELINE = 'runPipeline';

/** The argument of `runPipeline`. */
export interface RunRequest {
  readonly plan: Plan;
  readonly tenant: string;
  /** Every declared input, defaults filled in. */
  readonly inputs: Readonly<Record<string, StoredValue>>;
}

/** What `runPipeline` returns. A failed run throws instead, with the code as the failure's type. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, StoredValue>>;
}
