import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import type { RunView } from '../../src/pipeline/view.ts';
import { cancelRun, describeRun } from '../../src/runs.ts';
import { answerApproval, pauseRun, resumeRun, retryStep, sendEvent } from '../../src/steering.ts';
import { outputsOf, startYaml, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import { server } from '../servers.ts';
import type { WebServer } from '../web-server.ts';

/** Short histories: every few events a run goes on in a new one. */
describe('a run that goes on in new histories', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  const start = (yaml: string, inputs: Record<string, unknown> = {}): Promise<string> =>
    startYaml(ground, `name: renewal\n${yaml.replaceAll('WEB', web.url)}`, { inputs, renewAfterEvents: 15 });
  const asked = (path: string): number => web.requests.filter((request) => request.includes(path)).length;

  /** How many histories a run had, or a part of it. */
  async function histories(workflowId: string): Promise<number> {
    let count = 0;
    for await (const _ of ground.connection.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) count += 1;
    return count;
  }

  /** Lists of workflows lag behind. */
  async function assertRenewed(workflowId: string): Promise<void> {
    for (let tries = 0; tries < 50 && (await histories(workflowId)) < 2; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok((await histories(workflowId)) > 1, `${workflowId} had one history`);
  }

  it('calls every step once, and gives its outputs', async () => {
    const steps = Array.from({ length: 12 }, (_, index) => {
      const needs = index === 0 ? '' : `needs: s${index - 1}, `;
      return `  s${index}: { ${needs}tool: http.request, with: { url: "WEB/chain/${index}/" } }`;
    });
    const runId = await start(
      `steps:\n${steps.join('\n')}\noutputs: { first: "\${{ steps.s0.output.body }}", last: "\${{ steps.s11.output.body }}" }\n`,
    );
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { first: '/chain/0/', last: '/chain/11/' });
    assert.deepEqual(
      view.steps.map(({ status }) => status),
      Array.from({ length: 12 }, () => 'done'),
    );
    for (let index = 0; index < 12; index += 1) assert.equal(asked(`/chain/${index}/`), 1);
    await assertRenewed(runId);
  });

  it('goes on in the middle of groups, rounds and items', async () => {
    const key = randomUUID();
    const runId = await start(`steps:
  loop:
    repeat: { max: 4 }
    steps:
      all:
        for_each: "\${{ [1, 2, 3] }}"
        concurrency: 1
        steps:
          ask: { tool: http.request, with: { url: "WEB/nested/${key}" } }
        outputs: { n: "\${{ coalesce(previous.sum.output, 0) + item }}" }
      sum: { set: "\${{ sum(steps.all.output.map(x, x.n)) }}" }
outputs: { sum: "\${{ steps.loop.output.sum }}", rounds: "\${{ steps.loop.rounds }}" }
`);
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { sum: 240, rounds: 4 });
    assert.equal(asked(`/nested/${key}`), 12);
    await assertRenewed(runId);
  });

  it('carries on what waits for people, and takes an answer once', async () => {
    const runId = await start(`steps:
  busy: { repeat: { max: 8 }, tool: http.request, with: { url: "WEB/busy" } }
  approve: { approve: { message: Go on?, options: [yes_, no_], quorum: 2, answer: { type: object, properties: { why: { type: string } } } } }
  scan: { wait: { event: scanned, match: "\${{ event.id == 2 }}" } }
  wrong: { tool: http.request, with: { url: "WEB/status?code=500" }, retry: { attempts: 1 }, on_error: { steps: { rest: { wait: { event: mended } } } } }
outputs: { by: "\${{ steps.approve.output.by }}", why: "\${{ steps.approve.output.answer.why }}", id: "\${{ steps.scan.output.id }}" }
`);
    const { connection } = ground;
    await untilView(connection, runId, ({ approvals, waits }) => approvals !== undefined && waits?.length === 2);
    await answerApproval(connection, runId, { step: 'approve', choice: 'yes_', by: 'ada', id: 'first' });
    await sendEvent(connection, runId, { name: 'scanned', payload: { id: 1 } });
    await assertRenewed(runId);
    // The same update again, in whatever history the run is now, changes nothing.
    await answerApproval(connection, runId, { step: 'approve', choice: 'yes_', by: 'ada', id: 'first' });
    await assert.rejects(answerApproval(connection, runId, { step: 'approve', choice: 'yes_', by: 'ada' }), {
      code: 'ANSWER_REFUSED',
    });
    const waiting = await untilView(connection, runId, ({ status }) => status === 'waiting');
    assert.deepEqual(
      waiting.approvals?.[0]?.answers.map(({ by }) => by),
      ['ada'],
    );
    await answerApproval(connection, runId, { step: 'approve', choice: 'yes_', by: 'bob', answer: { why: 'fine' } });
    await sendEvent(connection, runId, { name: 'scanned', payload: { id: 2 } });
    await sendEvent(connection, runId, { name: 'mended', payload: null });
    const view = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { by: 'bob', why: 'fine', id: 2 });
    assert.equal(asked('/status?code=500'), 1);
  });

  it('stays paused, held and undoable', async () => {
    const key = randomUUID();
    const runId = await start(`steps:
  one: { set: 1, compensate: { tool: http.request, with: { url: "WEB/undo/${key}" } } }
  busy: { repeat: { max: 8 }, tool: http.request, with: { url: "WEB/busy" } }
  held: { tool: http.request, with: { url: "WEB/flaky?times=1&key=${key}" }, retry: { attempts: 1 }, on_error: hold }
  last: { needs: [held, busy], tool: http.request, with: { url: "WEB/last/${key}" } }
  end: { needs: last, fail: over }
`);
    const { connection } = ground;
    await untilView(connection, runId, (view) => view.held !== undefined && isDone(view, 'busy'));
    await assertRenewed(runId);
    assert.equal(await pauseRun(connection, runId), 'paused');
    await retryStep(connection, runId, { step: 'held' });
    await untilView(connection, runId, (view) => isDone(view, 'held'));
    assert.deepEqual([(await describeRun(connection, runId)).status, asked(`/last/${key}`)], ['paused', 0]);
    await resumeRun(connection, runId);
    const view = await untilEnd(connection, runId);
    assert.equal(view.error?.message, 'over');
    assert.deepEqual(
      view.compensations?.map(({ step, status }) => `${step} ${status}`),
      ['one done'],
    );
    assert.equal(asked(`/undo/${key}`), 1);
  });

  it('replays, whatever was refused meanwhile', async () => {
    const { connection } = ground;
    const runId = await start(`steps:
  busy: { repeat: { max: 15 }, tool: http.request, with: { url: "WEB/wait?ms=50" } }
  ask: { approve: { message: Go on? } }
`);
    const wrong = { step: 'ask', choice: 'perhaps', by: 'ada' };
    await untilView(connection, runId, ({ approvals }) => approvals !== undefined);
    const isBusy = async (): Promise<boolean> => !isDone(await describeRun(connection, runId), 'busy');
    while (await isBusy()) await assert.rejects(answerApproval(connection, runId, wrong), { code: 'ANSWER_REFUSED' });
    await answerApproval(connection, runId, { ...wrong, choice: 'approve' });
    await untilEnd(connection, runId);
    await assertRenewed(runId);
    const all = connection.client.workflow.list({ query: `WorkflowId = '${runId}'` }).intoHistories();
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath: server('bundle') } }, all)) {
      assert.equal(error, undefined);
    }
  });

  it('undoes what it did over several histories, and shows its steps', async () => {
    const steps = Array.from({ length: 6 }, (_, n) => {
      const needs = n === 0 ? '' : `needs: s${n - 1}, `;
      return `  s${n}: { ${needs}set: ${n}, compensate: { tool: http.request, with: { url: "WEB/undo-${n}" } } }`;
    });
    const runId = await start(`steps:\n${steps.join('\n')}\n  end: { needs: s5, fail: over }\n`);
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(
      view.steps.map(({ status }) => status),
      [...steps.map(() => 'done'), 'failed'],
    );
    assert.deepEqual(
      view.compensations?.map(({ step, status }) => `${step} ${status}`),
      ['s5 done', 's4 done', 's3 done', 's2 done', 's1 done', 's0 done'],
    );
    await assertRenewed(runId);
  });

  it('is called cancelled by Temporal, too, however long undoing takes', async () => {
    const steps = Array.from({ length: 6 }, (_, n) => {
      return `  s${n}: { set: ${n}, compensate: { tool: http.request, with: { url: "WEB/undo-${n}" } } }`;
    });
    const runId = await start(`steps:\n${steps.join('\n')}\n  rest: { wait: 1h }\n`);
    await untilView(ground.connection, runId, ({ waits }) => waits !== undefined);
    await cancelRun(ground.connection, runId);
    assert.equal((await untilEnd(ground.connection, runId)).compensations?.length, 6);
    const handle = ground.connection.client.workflow.getHandle(runId);
    await handle.result().catch(() => undefined);
    assert.equal((await handle.describe()).status.name, 'CANCELLED');
  });

  it('calls nothing again that was done in a group while the group is judged', async () => {
    const key = randomUUID();
    const calls = [0, 1, 2].map((n) => {
      return `      s${n}: { ${n === 0 ? '' : `needs: s${n - 1}, `}tool: http.request, with: { url: "WEB/judged/${key}" } }`;
    });
    const runId = await start(`steps:
  all:
    checks: [{ matches: x }, { length: { min: 1 } }, { contains: x }]
    steps:\n${calls.join('\n')}
    outputs: { text: x }
`);
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual([view.status, asked(`/judged/${key}`)], ['done', 3]);
  });

  it('renews its parts as well', async () => {
    const key = randomUUID();
    const runId = await start(`steps:
  loop:
    repeat: { max: 25 }
    steps: { ask: { tool: http.request, with: { url: "WEB/part/${key}" } } }
outputs: { rounds: "\${{ steps.loop.rounds }}" }
`);
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { rounds: 25 });
    assert.equal(asked(`/part/${key}`), 25);
    await assertRenewed(`${runId}/loop`);
  });

  it('is cancelled in whatever history it is', async () => {
    const runId = await start(`steps:
  busy: { repeat: { max: 1000 }, tool: http.request, with: { url: "WEB/busy" } }
`);
    await untilView(ground.connection, runId, (view) => view.children !== undefined);
    await assertRenewed(`${runId}/busy`);
    await cancelRun(ground.connection, runId);
    assert.equal((await untilEnd(ground.connection, runId)).status, 'cancelled');
  });
});

function isDone(view: RunView, id: string): boolean {
  return view.steps.some((step) => step.id === id && step.status === 'done');
}
