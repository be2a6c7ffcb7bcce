import { HttpInput } from '../../../activities/tools/http-input.ts';
import { callServer } from '../../../activities/tools/http-request.ts';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { toolContext } from '../../orchestrator/tools/surroundings.ts';
import { openSlowServer } from '../slow-server.ts';
import { observe, timeOf, type Measure } from './measure.ts';

/** Calls of a tool that takes a while: as the steps of a run, and of the same function by itself. */
export interface ToolCallWork {
  readonly kind: 'tool-call';
  readonly toolMs: number;
  /** So many calls one after the other; a sample is the time of one of them. */
  readonly steps: number;
}

export const measureToolCall: Measure<ToolCallWork> = async (ground, id, { work, repeats }) => {
  const { toolMs, steps } = work;
  const lane = await ground.lane(id);
  const slow = await openSlowServer(toolMs);
  const context = toolContext(ground.folder, { allowedHosts: ['127.0.0.1'] });
  const direct = () => callDirectly(context, slow.url, steps);
  const asSteps = async () => (await lane.client.start({ kind: 'requests', steps, url: slow.url })).done();
  try {
    await asSteps();
    return await observe(lane, async () => {
      const directMs: number[] = [];
      const stepMs: number[] = [];
      for (let turn = 0; turn < repeats; turn += 1) {
        directMs.push((await timeOf(direct)) / steps);
        stepMs.push((await timeOf(asSteps)) / steps);
      }
      return { directMs, stepMs };
    });
  } finally {
    await slow.close();
  }
};

async function callDirectly(context: ToolContext, url: string, steps: number): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    await callServer(HttpInput.parse({ url: `${url}/${step}` }), context, resolveBySystem);
  }
}
