import type { Client } from '@temporalio/client';

/** What a run has to do. Both engines make the same calls for the same job. */
export type Job =
  /** One call after the other, each next to nothing. */
  | { readonly kind: 'sequence'; readonly steps: number }
  /** As many calls at once. */
  | { readonly kind: 'fan'; readonly width: number }
  /** One HTTP request after the other, to `<url>/1`, `<url>/2`, … */
  | { readonly kind: 'requests'; readonly steps: number; readonly url: string }
  /** One call for each item of a list, so many at a time, each next to nothing. */
  | { readonly kind: 'items'; readonly items: number; readonly concurrency: number }
  /** An event that does not come. */
  | { readonly kind: 'wait' };

/** Where an engine works. */
export interface Place {
  readonly address: string;
  /** Environment variables that make the product work there, for the worker as for the client. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface StartedRun {
  readonly runId: string;
  /** Settles when the run is done; rejects when it failed. */
  readonly done: () => Promise<unknown>;
}

/** The client's side of an engine; its worker is another process. */
export interface EngineClient {
  /** Temporal itself, to look at what happened there. */
  readonly temporal: Client;
  start(job: Job): Promise<StartedRun>;
  /** Runs one that has ended once more, without its calls. */
  again(runId: string): Promise<StartedRun>;
  close(): Promise<void>;
}

export interface Engine {
  /** Prepares a client; nothing is started yet. */
  connect(place: Place): Promise<EngineClient>;
}
