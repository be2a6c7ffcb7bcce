import assert from 'node:assert/strict';
import { startRun } from '../../../src/client.ts';
import { openGround, planOf, stepOf, untilEnd } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';
import { always, talking, TEXT, TEXT_GAVE } from './examples.ts';

const PATIENCE_MS = 220_000;

/** Lets a model call a tool in each turn, and shows that no turn adds more to the history than the one before. */
export async function growByTheSame(turns: number): Promise<void> {
  const ground = await openGround();
  const worker = await startTestWorker(ground);
  try {
    const messages = always({ tools: ['text.template'], hears: TEXT_GAVE });
    const yaml = talking(messages, `[${TEXT}]`, `max_turns: ${turns}`);
    const { runId } = await startRun(ground.connection, { plan: planOf(yaml, ground.config) });
    const view = await untilEnd(ground.connection, runId, PATIENCE_MS);
    assert.equal(view.error?.code, 'TURNS_EXCEEDED', JSON.stringify(view.error));
    assert.equal(stepOf(view, 'talk').steps?.length, turns);
    const history = await ground.connection.client.workflow.getHandle(runId).fetchHistory();
    const events = history.events ?? [];
    const bytes = JSON.stringify(history).length;
    console.log(`      ${turns} turns: ${events.length} events, ${bytes} bytes as JSON`);
    assert.ok(events.length < 20 * turns, `${events.length} events`);
    assert.ok(bytes < 1_000_000, `${bytes} bytes`);
    // What is scheduled for the last turns is as long as for those in the middle.
    const asked = events
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'invokeModel')
      .map((event) => JSON.stringify(event).length);
    assert.equal(asked.length, turns);
    const [middle = 0, last = 0] = [asked.at(turns / 2), asked.at(-1)];
    assert.ok(Math.abs(last - middle) < 0.1 * middle, `${middle} bytes in the middle, ${last} at the end`);
  } finally {
    await worker.stop();
    await ground.close();
  }
}
