import { sleep } from '@temporalio/workflow';

/** Code that does something else under the same name. */
export async function runPipeline(): Promise<void> {
  await sleep('1h');
}
