import assert from 'node:assert/strict';
import { startRun } from '../../../src/client.ts';
import { doneSteps, openGround, planOf, untilEnd, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';

describe('a workflow task', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
  });
  after(async () => {
    await worker.stop();
    await ground.close();
  });

  async function run(yaml: string, inputs: Record<string, unknown> = {}) {
    const { runId } = await startRun(ground.connection, { plan: planOf(yaml, ground.config), inputs });
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const { events } = await ground.connection.client.workflow.getHandle(runId).fetchHistory();
    return { view, events: events ?? [] };
  }

  it('sends no more than about 1 MiB of calls', async () => {
    const steps = Array.from(
      { length: 100 },
      (_, index) =>
        `  s${index}: { tool: text.template, with: { template: "{{t}}", data: { t: "\${{ inputs.text }}" } } }`,
    );
    const yaml = `name: bytes\ninputs: { text: { type: string } }\nsteps:\n${steps.join('\n')}\n`;
    const { view, events } = await run(yaml, { text: 'x'.repeat(15_000) });
    assert.equal(doneSteps(view), 100);
    assert.ok(
      events.some((event) => event.timerStartedEventAttributes),
      'the rest waited for the next task',
    );
    const byTask = new Map<string, number>();
    for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
      if (!scheduled) continue;
      const task = String(scheduled.workflowTaskCompletedEventId);
      const bytes = (scheduled.input?.payloads ?? []).reduce((sum, payload) => sum + (payload.data?.length ?? 0), 0);
      byTask.set(task, (byTask.get(task) ?? 0) + bytes);
    }
    for (const bytes of byTask.values()) assert.ok(bytes <= 1024 * 1024, `${bytes} bytes in one task`);
  });

  it('leaves no more than 500 calls pending', async () => {
    const steps = Array.from(
      { length: 180 },
      (_, index) => `  s${index}: { check: { value: abc, length: { min: 1 }, contains: b, matches: "^a" } }`,
    );
    const { view, events } = await run(`name: pending\nconcurrency: 200\nsteps:\n${steps.join('\n')}\n`);
    assert.equal(doneSteps(view), 180);
    let pending = 0;
    let most = 0;
    for (const event of events) {
      if (event.activityTaskScheduledEventAttributes) most = Math.max(most, (pending += 1));
      if (event.activityTaskCompletedEventAttributes) pending -= 1;
    }
    assert.ok(most > 400 && most <= 500, `${most} were pending`);
  });

  it('shows a table of the first hundred steps as its details', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => `  s${index}: { set: ${index} }`);
    const { view } = await run(`name: many\nsteps:\n${steps.join('\n')}\n`);
    const handle = ground.connection.client.workflow.getHandle(view.runId);
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    assert.match(
      String(metadata.currentDetails),
      /\| s99 \| set \| done \|\n\n… and 20 more: `orchestrator runs show`$/u,
    );
  });
});
