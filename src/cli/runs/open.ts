import type { Connection } from '../../client.ts';
import { PipelineError } from '../../errors.ts';
import type { RunView } from '../../pipeline/view.ts';
import { describeRun } from '../../runs.ts';
import { ensureWorker } from '../background-worker.ts';
import { progressOf } from '../servers.ts';
import type { Session } from '../session.ts';

/**
 * A run as it stands. An open run of the embedded server that has lost its worker (the machine was restarted)
 * gets a new one, or nothing that is said to it would be heard.
 */
export async function openRun(session: Session, connection: Connection, runId: string): Promise<RunView> {
  try {
    return await describeRun(connection, runId);
  } catch (error) {
    if (!(error instanceof PipelineError && error.code === 'WORKER_MISSING')) throw error;
    if (session.config.temporal.kind === 'given') throw error;
    await ensureWorker({ config: session.config, connection, environment: {} }, progressOf(session));
    return describeRun(connection, runId);
  }
}
