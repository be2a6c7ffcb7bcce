import { stat } from 'node:fs/promises';
import type { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { commandLineOf } from './background.ts';
import { runProgram } from './child-process.ts';
import { examineQueues } from './examine-queues.ts';
import { examineTools } from './examine-tools.ts';
import { examineVersions } from './examine-versions.ts';
import type { Examination } from './examination.ts';
import { stateFiles } from './folders.ts';
import { findProgram } from './program.ts';
import { formatMegabytes } from './progress.ts';
import type { ServerRecord } from './record.ts';
import { describeTaskQueue } from './task-queue.ts';
import { missingSearchAttributes, retentionDays } from './temporal-namespace.ts';
import { temporalCli } from './temporal-program.ts';
import { connectTemporal, runningRecord } from './temporal-server.ts';
import { RETENTION_DAYS, SERVER_SETTINGS } from './temporal-settings.ts';

const ANSWER_MAX_MS = 5_000;

/** The server, its namespace, and whether a worker asks it for work. */
export async function examineTemporal(config: Config): Promise<Examination[]> {
  if (config.temporal.kind === 'given') return await examineServer(config, config.temporal.address);
  const record = await runningRecord(config);
  const program = await examineProgram(config, record);
  if (record === undefined) return [program, notRunning()];
  return [
    program,
    ...(await examineSettings(record)),
    ...(await examineServer(config, record.address)),
    await examineDatabase(config),
  ];
}

async function examineProgram(config: Config, record: ServerRecord | undefined): Promise<Examination> {
  const subject = 'Temporal CLI';
  const path = record?.program ?? (await findProgram(temporalCli, config.folders.cache))?.path;
  if (path === undefined) {
    const advice = `the next run fetches or builds version ${temporalCli.version}; or ${temporalCli.advice}`;
    return { subject, status: 'missing', found: 'neither running, nor on PATH, nor in the cache', advice };
  }
  const version = await runProgram(path, ['--version'], { timeoutMs: ANSWER_MAX_MS });
  return { subject, status: 'ok', found: `${version.trim()} at ${path}` };
}

function notRunning(): Examination {
  return {
    subject: 'Temporal server',
    status: 'warning',
    found: 'the embedded server is not running',
    advice: 'the next run starts it',
  };
}

/** What the running process was started with: an older version of this program may have started it. */
async function examineSettings({ pid }: ServerRecord): Promise<Examination[]> {
  const commandLine = await commandLineOf(pid);
  return [examineTuning(pid, commandLine), examineFairness(commandLine.includes('matching.enableFairness=true'))];
}

function examineTuning(pid: number, commandLine: string): Examination {
  const missing = [...SERVER_SETTINGS.pragmas, ...SERVER_SETTINGS.dynamicConfig].filter(
    (value) => !commandLine.includes(value),
  );
  if (missing.length === 0) return { subject: 'Temporal settings', status: 'ok', found: 'tuned' };
  const found = `runs without ${missing.join(', ')}`;
  return {
    subject: 'Temporal settings',
    status: 'warning',
    found,
    advice: `stop process ${pid}; the next run starts it with them`,
  };
}

/** Whether tenants take turns; undefined: a server that was given does not tell. */
function examineFairness(isOn: boolean | undefined): Examination {
  const subject = 'Fairness';
  if (isOn === undefined) return { subject, status: 'ok', found: 'a server does not tell whether it has it on' };
  const off = 'off: calls are made in the order in which they came, whosever they are';
  return { subject, status: 'ok', found: isOn ? 'on: tenants take turns' : off };
}

async function examineDatabase(config: Config): Promise<Examination> {
  const { temporalDatabase } = stateFiles(config);
  // What has not been moved into the database yet counts as well.
  const sizes = await Promise.all([temporalDatabase, `${temporalDatabase}-wal`].map(sizeOf));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { subject: 'Temporal database', status: 'ok', found: `${formatMegabytes(bytes)} in ${temporalDatabase}` };
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function examineServer(config: Config, address: string): Promise<Examination[]> {
  const connection = await connectTemporal(config, address).catch((error: Error) => error.message);
  if (typeof connection === 'string') return [{ subject: 'Temporal server', status: 'missing', found: connection }];
  try {
    return await connection.withDeadline(Date.now() + ANSWER_MAX_MS, async () => [
      await examineVersion(connection, address),
      ...(await examineNamespace(connection, config)),
    ]);
  } finally {
    await connection.close();
  }
}

async function examineVersion(connection: Connection, address: string): Promise<Examination> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return { subject: 'Temporal server', status: 'ok', found: `version ${serverVersion} answers at ${address}` };
}

async function examineNamespace(connection: Connection, config: Config): Promise<Examination[]> {
  const { namespace } = config;
  const days = await retentionDays(connection, namespace);
  if (days === undefined) {
    const found = `there is no namespace "${namespace}"`;
    return [{ subject: 'Namespace', status: 'missing', found, advice: 'create it, or set TEMPORAL_NAMESPACE' }];
  }
  return [
    examineRetention(namespace, days),
    await examineSearchAttributes(connection, namespace),
    await examineWorker(connection, config),
    await examineQueues(connection, config),
    await examineTools(connection, config),
    ...(config.temporal.kind === 'given' ? [examineFairness(undefined)] : []),
    ...(await examineVersions(connection, config)),
  ];
}

function examineRetention(namespace: string, days: number): Examination {
  const found = `"${namespace}" keeps ended runs for ${days} days`;
  if (days >= RETENTION_DAYS) return { subject: 'Namespace', status: 'ok', found };
  const advice = `make it ${RETENTION_DAYS}: temporal operator namespace update --retention ${RETENTION_DAYS}d -n ${namespace}`;
  return { subject: 'Namespace', status: 'warning', found, advice };
}

async function examineSearchAttributes(connection: Connection, namespace: string): Promise<Examination> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return { subject: 'Search attributes', status: 'ok', found: 'registered' };
  const found = `${missing.join(', ')} are not registered`;
  return {
    subject: 'Search attributes',
    status: 'missing',
    found,
    advice: 'the next run registers them, where the server allows it',
  };
}

async function examineWorker(connection: Connection, { namespace, taskQueue }: Config): Promise<Examination> {
  const { workers } = await describeTaskQueue(connection, { namespace, name: taskQueue, kind: 'workflow' });
  if (workers > 0) return { subject: 'Worker', status: 'ok', found: `${workers} on task queue "${taskQueue}"` };
  return {
    subject: 'Worker',
    status: 'warning',
    found: `none on task queue "${taskQueue}"`,
    advice: 'start one: orchestrator worker (or orchestrator dev)',
  };
}
