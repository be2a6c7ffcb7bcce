import { hostname } from 'node:os';
import { isGrpcServiceError, type WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import { callTemporal, type Connection } from './client.ts';
import type { WorkerVersion } from './config.ts';
import { PipelineError } from './errors.ts';
import { type GuardedTool, toolQueue } from './pipeline/tool-queue.ts';

const { TaskQueueType, VersioningBehavior, WorkerVersioningMode } = proto.temporal.api.enums.v1;
const VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED;

/** Whether a living worker, of whatever version, is on the connection's task queue; a server that cannot tell is taken to have one. */
export async function hasWorker(connection: Connection): Promise<boolean> {
  return isServed(await describeQueue(connection));
}

/** Whether a living worker makes the calls of a tool that needs a permission. */
export async function hasToolWorker(connection: Connection, tool: GuardedTool): Promise<boolean> {
  const taskQueue = toolQueue(connection.taskQueue, tool);
  return isServed(await describeQueue({ ...connection, taskQueue }, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY));
}

function isServed(queue: Queue | undefined): boolean {
  return queue === undefined || queue.workers.length > 0;
}

/**
 * Looks for a living worker that can go on with a run; without one a query or an update would only time out. `act` is
 * what it is needed for. Throws `WORKER_MISSING`.
 */
export async function requireWorker(
  connection: Connection,
  run: WorkflowExecutionDescription,
  act: string,
): Promise<void> {
  const { taskQueue } = run;
  const queue = await describeQueue({ ...connection, taskQueue });
  if (queue === undefined) return;
  const pinned = pinnedVersion(run);
  const wanted = pinned === undefined ? queue.takeNewRuns : [pinned];
  if (queue.workers.some((worker) => wanted.some((version) => isSame(version, worker)))) return;
  throw new PipelineError('WORKER_MISSING', `Cannot ${act}: ${whoIsMissing(taskQueue, queue, wanted[0])}`);
}

function whoIsMissing(taskQueue: string, { workers }: Queue, version: Version): string {
  const start = 'start one with `orchestrator worker`';
  if (version !== undefined)
    return `no worker of build "${version.buildId}" of deployment "${version.name}" is on task queue "${taskQueue}", ${start}`;
  if (workers.length === 0) return `no worker is on task queue "${taskQueue}", ${start}`;
  return `no version of the workers on task queue "${taskQueue}" is current, see \`orchestrator doctor\``;
}

/** Undefined: none, as workers are that were given none. */
type Version = WorkerVersion | undefined;

interface Queue {
  /** The versions of the living workers. */
  readonly workers: readonly Version[];
  /** The current version, and the one that is being tried on some runs. */
  readonly takeNewRuns: readonly Version[];
}

function isSame(one: Version, other: Version): boolean {
  return one?.name === other?.name && one?.buildId === other?.buildId;
}

/** The version that a run stays on; undefined when it goes where new runs go. */
function pinnedVersion({ raw }: WorkflowExecutionDescription): Version {
  const info = raw.workflowExecutionInfo?.versioningInfo;
  const override = info?.versioningOverride;
  if (override?.pinned || override?.autoUpgrade) return versionOf(override.pinned?.version);
  const isPinned = info?.behavior === VersioningBehavior.VERSIONING_BEHAVIOR_PINNED;
  return isPinned ? versionOf(info.deploymentVersion) : undefined;
}

function versionOf(
  version: { readonly deploymentName?: string | null; readonly buildId?: string | null } | null | undefined,
): Version {
  return version ? { name: String(version.deploymentName), buildId: String(version.buildId) } : undefined;
}

/** Undefined when the server cannot tell. */
async function describeQueue(
  connection: Connection,
  taskQueueType = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
): Promise<Queue | undefined> {
  const { namespace, taskQueue, client } = connection;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType };
  try {
    const found = await callTemporal(connection, () => client.workflowService.describeTaskQueue(request));
    return queueOf(found);
  } catch (error) {
    if (isGrpcServiceError(error) && UNIMPLEMENTED.includes(error.code)) return undefined;
    throw error;
  }
}

const UNIMPLEMENTED = [12];

type Described = proto.temporal.api.workflowservice.v1.IDescribeTaskQueueResponse;

function queueOf({ pollers, versioningInfo }: Described): Queue {
  // One that is tried on none of the runs is still named.
  const isRamping = Number(versioningInfo?.rampingVersionPercentage) > 0;
  const ramping = isRamping ? [versionOf(versioningInfo?.rampingDeploymentVersion)] : [];
  return {
    workers: (pollers ?? []).filter(isAlive).map(({ deploymentOptions: options }) => {
      return options?.workerVersioningMode === VERSIONED ? versionOf(options) : undefined;
    }),
    takeNewRuns: [versionOf(versioningInfo?.currentDeploymentVersion), ...ramping],
  };
}

/** A poll lasts up to a minute, so a living worker was seen within it. */
const POLLER_AGE_MS = 65_000;

type Poller = NonNullable<Described['pollers']>[number];

function isAlive({ lastAccessTime, identity }: Poller): boolean {
  return Number(lastAccessTime?.seconds) * 1000 > Date.now() - POLLER_AGE_MS && !isDeadHere(identity ?? '');
}

/** Temporal lists a worker for a while after its death; one of this host (`pid@host`) can be looked up. */
function isDeadHere(identity: string): boolean {
  const [pid = '', host] = identity.split('@');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
