import { isGrpcServiceError, type Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Config, WorkerVersion } from '../config.ts';
import type { Examination } from './examination.ts';

const { TaskQueueType, WorkerDeploymentVersionStatus } = proto.temporal.api.enums.v1;
const SUBJECT = 'Worker versions';

/** Which versions of the workers the server knows, and whether the one of this configuration gets new runs. */
export async function examineVersions(connection: Connection, config: Config): Promise<Examination[]> {
  const current = await currentVersion(connection, config);
  if (config.deployment !== undefined) return [await examineDeployment(connection, config, config.deployment)];
  if (current === undefined) return [];
  const { name, buildId } = current;
  const found = `new runs on task queue "${config.taskQueue}" go to build "${buildId}" of deployment "${name}"`;
  const advice = 'workers without a version get none of them: set ORCHESTRATOR_DEPLOYMENT and ORCHESTRATOR_BUILD_ID';
  return [{ subject: SUBJECT, status: 'warning', found, advice }];
}

/** The version that new runs on the task queue go to; undefined: workers without a version. */
async function currentVersion(
  connection: Connection,
  { namespace, taskQueue }: Config,
): Promise<WorkerVersion | undefined> {
  const { versioningInfo } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const version = versioningInfo?.currentDeploymentVersion;
  return version ? { name: String(version.deploymentName), buildId: String(version.buildId) } : undefined;
}

async function examineDeployment(
  connection: Connection,
  { namespace }: Config,
  { name, buildId }: WorkerVersion,
): Promise<Examination> {
  const builds = await buildsOf(connection, namespace, name);
  const listed = builds.map((build) => `${build.id} ${build.status}`).join(', ');
  const seen = { subject: SUBJECT, found: `deployment "${name}": ${listed || 'no builds'}` };
  const status = builds.find(({ id }) => id === buildId)?.status;
  if (status === undefined)
    return { ...seen, status: 'warning', advice: `the server has not seen build "${buildId}": start a worker with it` };
  // One that drains finishes the runs that began with it, as it should.
  if (status !== 'inactive') return { ...seen, status: 'ok' };
  const command = `temporal worker deployment set-current-version -n ${namespace} --deployment-name ${name} --build-id ${buildId}`;
  return { ...seen, status: 'warning', advice: `no runs go to build "${buildId}" yet: ${command}` };
}

const NOT_FOUND = [5];

/** The builds of a deployment, newest first. */
async function buildsOf(
  connection: Connection,
  namespace: string,
  deploymentName: string,
): Promise<readonly { readonly id: string; readonly status: string }[]> {
  const request = { namespace, deploymentName };
  try {
    const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment(request);
    const versions = workerDeploymentInfo?.versionSummaries ?? [];
    return versions.map(({ deploymentVersion, status }) => ({
      id: String(deploymentVersion?.buildId),
      status: statusText(Number(status)),
    }));
  } catch (error) {
    if (isGrpcServiceError(error) && NOT_FOUND.includes(error.code)) return [];
    throw error;
  }
}

/** `current`, `ramping`, `inactive`, `draining`, `drained` */
function statusText(status: number): string {
  return String(WorkerDeploymentVersionStatus[status]).replace('WORKER_DEPLOYMENT_VERSION_STATUS_', '').toLowerCase();
}
