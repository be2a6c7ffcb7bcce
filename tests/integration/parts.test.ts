import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { RunStatus, RunView } from '../../src/pipeline/view.ts';
import { cancelRun, listRuns } from '../../src/runs.ts';
import { answerApproval, sendEvent, skipStep } from '../../src/steering.ts';
import { openGround, outputsOf, startYaml, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import type { WebServer } from '../web-server.ts';
import { startTestWorker } from '../worker.ts';

let ground: TestGround;
let web: WebServer;
useScene((scene) => ({ ground, web } = scene));

const start = (yaml: string, renewAfterEvents?: number) =>
  startYaml(ground, yaml.replaceAll('WEB', web.url), renewAfterEvents === undefined ? {} : { renewAfterEvents });
const send = (runId: string, payload: number | { readonly id: number }) =>
  sendEvent(ground.connection, runId, { name: 'scanned', payload });
const untilWaits = (runId: string, count: number) =>
  untilView(ground.connection, runId, ({ waits = [] }) => waits.length === count);

const PART = `{ pipeline: { name: inner, steps: { scan: { wait: { event: scanned } } }, outputs: { got: "\${{ steps.scan.output }}" } } }`;

const waitFor = (id: number) => `wait: { event: scanned, match: "\${{ event.id == ${id} }}" }`;

describe('an event for waits of several parts', () => {
  it('is taken by one of them', async () => {
    const runId = await start(`name: two
steps:
  one: ${PART}
  two: ${PART}
outputs: { got: "\${{ sort([steps.one.output.got, steps.two.output.got]) }}" }
`);
    await untilWaits(runId, 2);
    await send(runId, 1);
    const view = await untilWaits(runId, 1);
    assert.equal(view.steps.filter(({ status }) => status === 'waiting').length, 1);
    await send(runId, 2);
    assert.deepEqual(await outputsOf(ground, await untilEnd(ground.connection, runId)), { got: [1, 2] });
  });

  it('goes to the one that it matches, however deep that is, and waits for it', async () => {
    const runId = await start(`name: deep
steps:
  own: { ${waitFor(1)} }
  part:
    pipeline:
      name: part
      steps:
        scan: { ${waitFor(2)} }
        inner: { pipeline: { name: inner, steps: { late: { wait: 1s }, scan: { needs: late, ${waitFor(3)} } } } }
        last: { needs: inner, ${waitFor(3)} }
`);
    await untilView(ground.connection, runId, ({ children = [] }) => children.length === 2);
    for (const id of [3, 1, 3, 2]) await send(runId, { id });
    assert.equal((await untilEnd(ground.connection, runId)).status, 'done');
  });

  it('is kept for a part that begins later, over the end of a history', async () => {
    const runId = await start(
      `name: later
steps:
  gate: { tool: http.request, with: { url: "WEB/wait?ms=300" } }
  more: { needs: gate, tool: http.request, with: { url: "WEB/more" } }
  one: { needs: more, ...PART }
  two: { needs: one, ...PART }
outputs: { got: "\${{ [steps.one.output.got, steps.two.output.got] }}" }
`.replaceAll('...PART }', PART.slice(1)),
      10,
    );
    await send(runId, 1);
    await send(runId, 2);
    assert.deepEqual(await outputsOf(ground, await untilEnd(ground.connection, runId)), { got: [1, 2] });
  });
});

/** Lists of workflows lag behind. */
async function untilListed(runId: string, pipeline: string, status: RunStatus): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const runs = await listRuns(ground.connection, { pipeline, status });
    if (runs.some((run) => run.runId === runId)) return;
    await delay(50);
  }
  throw new Error(`it is not listed as ${status}`);
}

describe('a run of which only a part waits', () => {
  it('is listed as one that waits, as long as it does', async () => {
    const pipeline = `asking-${randomUUID()}`;
    const runId = await start(`name: ${pipeline}
steps:
  part:
    pipeline:
      name: part
      steps:
        deeper: { pipeline: { name: deeper, steps: { ask: { approve: { message: Go? } } } } }
        work: { needs: deeper, tool: http.request, with: { url: "WEB/wait?ms=1500" } }
        last: { needs: work, wait: 1h }
`);
    await untilListed(runId, pipeline, 'waiting');
    await answerApproval(ground.connection, runId, { step: 'part/deeper/ask', choice: 'approve', by: 'ada' });
    await untilListed(runId, pipeline, 'running');
    await untilListed(runId, pipeline, 'waiting');
    await cancelRun(ground.connection, runId);
  });
});

describe('a run of many parts', () => {
  it('tells of all of them', async () => {
    const runId = await start(`name: many
steps:
  each:
    for_each: "\${{ range(60) }}"
    concurrency: 60
    pipeline: { name: nap, steps: { nap: { wait: 1h } } }
`);
    const { waits } = await untilWaits(runId, 60);
    assert.equal(new Set(waits?.map(({ step }) => step)).size, 60);
    await cancelRun(ground.connection, runId);
  });
});

describe('what is said to a run that ends', () => {
  it('is refused when no step is left that could take it', async () => {
    const runId = await start(`name: undoing
steps:
  one: { set: 1, compensate: { tool: http.request, with: { url: "WEB/wait?ms=2000" } } }
  scan: { needs: one, wait: { event: scanned, timeout: 300ms } }
`);
    await untilView(ground.connection, runId, ({ compensations = [] }) => compensations.length > 0);
    await assert.rejects(send(runId, 1), {
      code: 'EVENT_REFUSED',
      message: 'Cannot take event "scanned": no step waits for it, none waits for any event',
    });
    assert.equal((await untilEnd(ground.connection, runId)).error?.code, 'EVENT_TIMEOUT');
  });

  it('is refused while its end is written down', async function () {
    this.timeout(480_000);
    const own = await openGround();
    const ownWorker = await startTestWorker(own);
    try {
      // Nothing can be written into a folder that is a file.
      const names = join(own.config.folders.artifacts, own.config.tenant, 'names');
      await mkdir(names, { recursive: true });
      await writeFile(join(names, 'records'), '');
      const runId = await startYaml(own, 'name: closing\nsteps:\n  one: { set: 1 }\n');
      const handle = own.connection.client.workflow.getHandle(runId);
      const untilOver = async (): Promise<void> => {
        while ((await handle.query<RunView>('describe')).endedAt === undefined) await delay(50);
      };
      await untilOver();
      await assert.rejects(handle.executeUpdate('pause', { args: [] }), (error: unknown) => {
        assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, 'RUN_ENDED');
        return true;
      });
      await rm(join(names, 'records'));
      assert.equal((await untilEnd(own.connection, runId)).status, 'done');
    } finally {
      await ownWorker.stop();
      await own.close();
    }
  });
});

describe('a step in a group that has not begun', () => {
  const GROUPS = `name: ahead
steps:
  nap: { wait: 1h }
  group:
    needs: nap
    steps:
      inner: { steps: { deep: { set: 1 }, other: { set: 2 } } }
      ask: { approve: { message: Go? } }
  never: { if: false, steps: { one: { set: 1 } } }
  rounds: { needs: nap, repeat: { max: 2 }, steps: { one: { set: 1 } } }
outputs: { group: "\${{ steps.group.output.inner }}" }
`;

  it('is left out, or gets its output, ahead', async () => {
    const runId = await start(GROUPS);
    await untilWaits(runId, 1);
    const skip = (step: string, rest: object = {}) => skipStep(ground.connection, runId, { step, ...rest });
    for (const [step, why] of [
      ['group/ask', 'it is an approval, answer it'],
      ['never/one', '"never" has ended as skipped, these are: nap'],
      ['rounds/one', '"rounds" has not begun, and only then it is known what in it need not, these are: nap'],
      ['nap/x', undefined],
    ] as const) {
      await assert.rejects(skip(step), {
        code: why === undefined ? 'STEP_UNKNOWN' : 'STEP_STATE',
        ...(why === undefined ? {} : { message: `Cannot skip step "${step}": ${why}` }),
      });
    }
    await skip('group/inner/deep', { output: 'given' });
    await skip('group/inner/other');
    await skip('nap');
    const asking = await untilView(ground.connection, runId, ({ approvals = [] }) => approvals.length === 1);
    const inner = stepOf(asking, 'group').steps?.[0]?.steps?.map(({ status }) => status);
    assert.deepEqual(inner, ['done', 'skipped']);
    await assert.rejects(skip('group/inner/deep'), { message: /it has ended as done/u });
    await answerApproval(ground.connection, runId, { step: 'group/ask', choice: 'approve', by: 'ada' });
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { group: { deep: 'given', other: null } });
  });
});
