/**
 * How the embedded server runs. As shipped, Temporal polls its queues 20 times a second, which makes
 * every step of a run cost 100 ms; with these settings it costs 10, as durably (`docs/architecture.md`).
 */
export const SERVER_SETTINGS = {
  pragmas: ['journal_mode=WAL', 'synchronous=FULL'],
  dynamicConfig: [
    'history.transferProcessorMaxPollRPS=5000',
    'system.enableActivityEagerExecution=true',
    'matching.numTaskqueueReadPartitions=1',
    'matching.numTaskqueueWritePartitions=1',
  ],
} as const;

/** Registered in every namespace that we use. They never hold content. */
export const SEARCH_ATTRIBUTES = {
  OrchestratorPipeline: 'KEYWORD',
  OrchestratorStatus: 'KEYWORD',
  OrchestratorCostUsd: 'DOUBLE',
  OrchestratorTenant: 'KEYWORD',
} as const;

/** How long Temporal keeps ended runs in a namespace of ours; its own default is one day. */
export const RETENTION_DAYS = 30;

/** The arguments of Temporal's CLI that start the embedded server. */
export function serverArguments(place: { database: string; port: number; uiPort: number }): string[] {
  const { database, port, uiPort } = place;
  const where = ['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort), '--db-filename', database];
  const pragmas = SERVER_SETTINGS.pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]);
  const dynamicConfig = SERVER_SETTINGS.dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]);
  return ['server', 'start-dev', ...where, ...pragmas, ...dynamicConfig];
}
