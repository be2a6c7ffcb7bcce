import { connect } from '../client.ts';
import type { Config } from '../config.ts';
import { isListening } from '../local/ports.ts';
import { runningRecord } from '../local/temporal-server.ts';
import { findPast } from '../past-runs.ts';
import type { Past } from '../pipeline/past.ts';

/** What past runs of a pipeline have used; undefined when there are none, or no server runs that knows them. None is started. */
export async function askPast(config: Config, pipeline: string): Promise<Past | undefined> {
  const { temporal } = config;
  const address = temporal.kind === 'given' ? temporal.address : (await runningRecord(config))?.address;
  if (address === undefined || !(await isListening(address))) return undefined;
  const connection = await connect(config, { address });
  try {
    return await findPast(connection, pipeline);
  } finally {
    await connection.close();
  }
}
