/** What stands between figures and goals. */
export interface Reason {
  /** The ids of the goals in whose way it is. */
  readonly goals: readonly string[];
  readonly text: string;
}

/** Told on the page as long as one of the goals is measured and not met. */
export const REASONS: readonly Reason[] = [
  {
    goals: ['step', 'fan'],
    text: 'A step costs more than its activity alone: its call is sized before it is sent, the table of steps is kept for the Web UI, several promises are awaited in turn, and its heartbeat timeout is a timer that the server keeps. The raw workflow has none of these.',
  },
  {
    goals: ['one-step-p50', 'one-step-p95', 'throughput'],
    text: 'A short run pays for its end: search attributes and the record are one command and one local activity more.',
  },
  {
    goals: ['start', 'killed-next'],
    text: "When this was measured, a worker loaded the vendors' clients and the tokenizer before it was ready, with the bundle too; these now wait for the first call. The next step after a kill waits for the missed heartbeat (2 s), for the other worker, and for this start.",
  },
  {
    goals: ['embedded'],
    text: 'The ratio of the embedded server to Temporal as shipped shrinks when processor time, not the shipped limit of 20 polls a second, decides how long a step takes.',
  },
];
