/** What a run has to do. Both engines make the same calls for the same job. */
export type Job =
  /** One call after the other, each next to nothing. */
  | { readonly kind: 'sequence'; readonly steps: number }
  /** As many calls at once. */
  | { readonly kind: 'fan'; readonly width: number }
  /** One HTTP request after the other, to `<url>/1`, `<url>/2`, … */
  | { readonly kind: 'requests'; readonly steps: number; readonly url: string };

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
  start(job: Job): Promise<StartedRun>;
  close(): Promise<void>;
}

export interface Engine {
  /** Prepares a client; nothing is started yet. */
  connect(place: Place): Promise<EngineClient>;
}
