import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { isAlive, lastLines, startBackground, type Started } from './background.ts';
import { FREE_BYTES_MIN, requireFreeSpace } from './disk.ts';
import { stateFiles } from './folders.ts';
import { withLock } from './lock.ts';
import { freePort, isListening, splitAddress } from './ports.ts';
import { provideProgram } from './program.ts';
import { timed, type Progress } from './progress.ts';
import { readRecord, writeRecord, type ServerRecord } from './record.ts';
import { prepareNamespace, registerSearchAttributes } from './temporal-namespace.ts';
import { temporalCli } from './temporal-program.ts';
import { serverArguments } from './temporal-settings.ts';

export interface TemporalServer {
  readonly address: string;
  /** Temporal's Web UI; absent when it is not known where a given server has it. */
  readonly webUi?: string;
  readonly startedNow: boolean;
}

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;
/** The server is ready within a second or two; a slow disk may need longer. */
const START_MAX_MS = 60_000;
/** A running server that does not answer within this is in trouble. */
const ANSWER_MAX_MS = 10_000;
const POLL_MS = 50;

/**
 * Makes sure that a Temporal server answers: the one that was given, or else the embedded one, which is
 * found running or started on its database and goes on running afterwards.
 * Throws `TEMPORAL_UNAVAILABLE` or `SETUP_FAILED`.
 */
export async function startTemporal(config: Config, progress: Progress): Promise<TemporalServer> {
  if (config.temporal.kind === 'given') return await useGiven(config, config.temporal);
  await requireFreeSpace(config.folders.state, FREE_BYTES_MIN);
  return await withLock(stateFiles(config).lock, progress, async () => {
    const running = await runningRecord(config);
    return running === undefined ? await startEmbedded(config, progress) : await useRunning(config, running);
  });
}

type Given = Extract<Config['temporal'], { kind: 'given' }>;

async function useGiven(config: Config, given: Given): Promise<TemporalServer> {
  const connection = await connectTemporal(config, given.address);
  try {
    await registerSearchAttributes(connection, config.namespace);
    return { address: given.address, startedNow: false };
  } finally {
    await connection.close();
  }
}

/** Opens a connection with what was given for it. Throws `TEMPORAL_UNAVAILABLE`. */
export async function connectTemporal({ temporal }: Config, address: string): Promise<Connection> {
  const given = temporal.kind === 'given' ? temporal.connection : {};
  try {
    // Where nothing listens, gRPC would still try for the whole time that it is given.
    if (!(await isListening(address))) throw new Error('nothing listens there');
    return await Connection.connect({ ...given, address, connectTimeout: ANSWER_MAX_MS });
  } catch (cause) {
    const message = `Cannot reach the Temporal server at ${address}: check TEMPORAL_ADDRESS and its companions, or unset them to use the embedded server`;
    throw new PipelineError('TEMPORAL_UNAVAILABLE', message, { cause });
  }
}

/** The record of the embedded server, if that process is still there. */
export async function runningRecord(config: Config): Promise<ServerRecord | undefined> {
  const record = await readRecord(stateFiles(config).temporalRecord);
  return record !== undefined && (await isAlive(record.pid, record.mark)) ? record : undefined;
}

async function useRunning(config: Config, record: ServerRecord): Promise<TemporalServer> {
  const connection = await connectTemporal(config, record.address).catch((cause: unknown) => {
    const advice = `see ${stateFiles(config).temporalLog}, and stop that process to have it started anew`;
    const message = `Cannot use the embedded Temporal server: process ${record.pid} runs but does not answer at ${record.address}; ${advice}`;
    throw new PipelineError('TEMPORAL_UNAVAILABLE', message, { cause });
  });
  await prepareAndClose(connection, config);
  return { ...addressesOf(record), startedNow: false };
}

async function startEmbedded(config: Config, progress: Progress): Promise<TemporalServer> {
  const program = await provideProgram(temporalCli, config.folders.cache, progress);
  return await timed(progress, { title: 'Starting Temporal' }, async () => {
    const record = await launch(config, program.path);
    return { ...addressesOf(record), startedNow: true };
  });
}

async function launch(config: Config, program: string): Promise<ServerRecord> {
  const files = stateFiles(config);
  const port = await freePort(...recordedPorts(await readRecord(files.temporalRecord)), DEFAULT_PORT);
  const uiPort = await freePort(port + DEFAULT_UI_PORT - DEFAULT_PORT);
  const started = await startBackground({
    program,
    args: serverArguments({ database: files.temporalDatabase, port, uiPort }),
    env: {},
    log: files.temporalLog,
  });
  const record: ServerRecord = {
    pid: started.pid,
    mark: files.temporalDatabase,
    address: `127.0.0.1:${port}`,
    webUi: `http://127.0.0.1:${uiPort}`,
    program,
  };
  await writeRecord(files.temporalRecord, record);
  await prepareAndClose(await connectPatiently(config, record, started), config);
  return record;
}

function addressesOf({ address, webUi }: ServerRecord): { address: string; webUi?: string } {
  return { address, ...(webUi !== undefined && { webUi }) };
}

/** A restarted server keeps its address, so that workers and open browser tabs find it again. */
function recordedPorts(record: ServerRecord | undefined): number[] {
  return record === undefined ? [] : [splitAddress(record.address)[1]];
}

async function connectPatiently(config: Config, record: ServerRecord, started: Started): Promise<Connection> {
  const deadline = Date.now() + START_MAX_MS;
  while (!(await isListening(record.address)) && !started.hasEnded() && Date.now() < deadline) await delay(POLL_MS);
  return await connectTemporal(config, record.address).catch(async (cause: unknown) => {
    const said = await lastLines(stateFiles(config).temporalLog, 5);
    const message = `Cannot start Temporal with ${record.program}: it does not answer, and its log ends with: ${said}`;
    throw new PipelineError('SETUP_FAILED', message, { cause });
  });
}

async function prepareAndClose(connection: Connection, { namespace }: Config): Promise<void> {
  try {
    await prepareNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
}
