import type { Lane } from '../ground.ts';

/** Ends what belongs to a lane that was opened for one measurement. */
export async function closeLane({ worker, client }: Pick<Lane, 'worker' | 'client'>): Promise<void> {
  await Promise.all([worker.stop('SIGTERM'), client.close()]);
}
