import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createActivities, type Calls } from '../activities/index.ts';
import { createCheckParts } from '../activities/control/check-parts.ts';
import { openLocalDisk } from '../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../activities/artifacts/store.ts';
import { withCircuitBreaker } from '../activities/models/circuit-breaker.ts';
import { createInvokeModel } from '../activities/models/invoke-model.ts';
import type { Provider } from '../activities/models/provider.ts';
import { providers } from '../activities/models/providers.ts';
import { checks } from '../activities/quality/checks.ts';
import { createRunCheck } from '../activities/quality/run-check.ts';
import { createFindReusable } from '../activities/reuse/find-reusable.ts';
import { createMayBuy } from '../activities/spending/above-runs.ts';
import { createCallTool } from '../activities/tools/call-tool.ts';
import { priceOf } from './catalog/prices.ts';
import type { Config } from './config.ts';
import { PipelineError } from './errors.ts';
import { toolDepsOf } from './tool-deps.ts';
import { createWorkers } from './worker-set.ts';
import { workflowCode } from './workflow-code.ts';

export interface RunWorkerOptions {
  readonly address: string;
  /** Stops the worker: calls in flight get `shutdownGraceTime` to end, then they are handed back. */
  readonly signal?: AbortSignal;
  /** The worker ends by itself when no run has been open for this long, in milliseconds. */
  readonly idleExitMs?: number;
  readonly onReady?: () => void;
}

/** Runs a worker until its signal fires, or until nothing has been open for long enough. Throws `TEMPORAL_UNAVAILABLE`. */
export async function runWorker(config: Config, options: RunWorkerOptions): Promise<void> {
  const connection = await connectWorker(config, options.address);
  const ended = new AbortController();
  try {
    const workers = await createWorkers(await workerOptions(config, connection), config);
    const running = workers.run();
    options.onReady?.();
    options.signal?.addEventListener('abort', workers.stop, { once: true });
    if (options.signal?.aborted === true) workers.stop();
    const idle = { ms: options.idleExitMs ?? Infinity, signal: ended.signal, stop: workers.stop };
    await Promise.all([running.finally(() => ended.abort()), stopWhenIdle(config, connection, idle)]);
  } finally {
    await config.own?.mcp.close();
    await connection.close();
  }
}

/** Everything about the worker of the runs that decides speed and recovery, in one place; `docs/architecture.md` gives the figures. */
export async function workerOptions(
  config: Config,
  connection: NativeConnection,
  code = workflowCode(config.folders.cache),
): Promise<WorkerOptions> {
  const store = openLocalDisk(config.folders.artifacts);
  return {
    connection,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    activities: createActivities(store, createCalls(config, store)),
    ...(await code),
    ...versioning(config),
    // A dead worker's runs are taken over after this time instead of after 10 s.
    stickyQueueScheduleToStartTimeout: '1s',
    // Heartbeats bring cancellations; throttled to 80 % of their timeout they would come late.
    maxHeartbeatThrottleInterval: '500ms',
    // Calls in flight get time to end; what is still running then is handed back to its run.
    shutdownGraceTime: '10s',
    shutdownForceTime: '20s',
    maxCachedWorkflows: 500,
    maxConcurrentActivityTaskExecutions: 200,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxEagerActivityReservationsPerWorkflowTask: 100,
  };
}

/** A run stays on the version that it began with, so that new code never has to understand an old history. */
function versioning({ deployment }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === undefined) return {};
  const version = { deploymentName: deployment.name, buildId: deployment.buildId };
  return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } };
}

function createCalls(config: Config, store: ArtifactStore): Calls {
  const toolDeps = toolDepsOf(config, store);
  const allChecks = [...checks, ...(config.own?.checks ?? [])];
  const connect = connectProviders(config);
  return {
    invokeModel: createInvokeModel({ store, connect, priceOf, mayBuy: createMayBuy(store, config.ceilings) }),
    callTool: createCallTool(toolDeps),
    runCheck: createRunCheck({ store, checks: allChecks }),
    findReusable: createFindReusable({ ...toolDeps, connect }),
    checkParts: createCheckParts({ ...toolDeps, checks: allChecks }),
  };
}

/** Each provider is connected when it is first called, and once. */
function connectProviders(config: Config): (name: string) => Provider {
  const connected = new Map<string, Provider>();
  return (name) => {
    const known = connected.get(name);
    if (known !== undefined) return known;
    const definition = providers.find((each) => each.name === name);
    if (definition === undefined) {
      const allowed = providers.map((each) => each.name).join(', ');
      throw new PipelineError('MODEL_UNKNOWN', `Cannot call provider "${name}": this worker has ${allowed}`);
    }
    const provider = withCircuitBreaker(name, definition.connect(config.providers[name] ?? {}));
    connected.set(name, provider);
    return provider;
  };
}

async function connectWorker(config: Config, address: string): Promise<NativeConnection> {
  const given = config.temporal.kind === 'given' ? config.temporal.connection : {};
  try {
    return await NativeConnection.connect({ ...given, address });
  } catch (cause) {
    throw new PipelineError(
      'TEMPORAL_UNAVAILABLE',
      `Cannot reach Temporal at ${address}: start it, or set TEMPORAL_ADDRESS`,
      { cause },
    );
  }
}

const IDLE_CHECK_MS = 5000;

async function stopWhenIdle(
  config: Config,
  connection: NativeConnection,
  { ms, signal, stop }: { ms: number; signal: AbortSignal; stop: () => void },
): Promise<void> {
  if (ms === Infinity) return;
  const client = new Client({ connection, namespace: config.namespace });
  const query = `TaskQueue = '${config.taskQueue}' AND ExecutionStatus = 'Running'`;
  let idleSince = Date.now();
  while (!signal.aborted && Date.now() - idleSince < ms) {
    await delay(Math.min(IDLE_CHECK_MS, ms), undefined, { signal }).catch(() => undefined);
    // A server that cannot be asked may hold open runs: only a sure zero counts as idle.
    const open = await client.workflow.count(query).then(
      ({ count }) => count,
      () => 1,
    );
    if (open > 0) idleSince = Date.now();
  }
  stop();
}
