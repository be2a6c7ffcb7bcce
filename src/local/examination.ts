/** One thing that `orchestrator doctor` looked at. Nothing is started, fetched or changed for it. */
export interface Examination {
  readonly subject: string;
  /** `warning`: runs go on, but something is not as it should be, or will be made at the next run. */
  readonly status: 'ok' | 'warning' | 'missing';
  /** What was found, and where. Never a secret. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}
