import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { startRun } from '../../../src/client.ts';
import type { RunView } from '../../../src/pipeline/view.ts';
import { describeRun } from '../../../src/runs.ts';
import { answerApproval } from '../../../src/steering.ts';
import {
  followPage,
  openExample,
  startExampleServer,
  withServer,
  type Example,
  type ExampleServer,
} from '../../example.ts';
import { openGround, outputsOf, planOf, stepOf, untilView, type TestGround } from '../../runs.ts';
import { openTimeSkipping } from '../../time-skipping.ts';
import { startTestWorker } from '../../worker.ts';

const FOLDER = 'examples/approval-over-days';
const DAY_MS = 24 * 3_600_000;

describe(FOLDER, function () {
  this.timeout(480_000);
  let server: ExampleServer;
  before(async () => {
    server = await startExampleServer(`${FOLDER}/site.ts`);
  });
  after(() => server?.stop());

  describe('at once', () => {
    let example: Example;
    before(async () => {
      example = await openExample({ server, own: withServer(server, 'site', '127.0.0.1:8092') });
    });
    after(() => example?.close());

    followPage(
      `${FOLDER}/README.md`,
      () => example,
      () => server,
    );
  });

  describe('over days', () => {
    let environment: TestWorkflowEnvironment;
    let ground: TestGround;
    let worker: { stop(): Promise<void> };

    before(async () => {
      environment = await openTimeSkipping();
      ground = await openGround({
        TEMPORAL_ADDRESS: environment.address,
        ORCHESTRATOR_ALLOWED_HOSTS: server.host,
      });
      worker = await startTestWorker(ground);
    });

    after(async () => {
      await worker?.stop();
      await ground?.close();
      await environment?.teardown();
    });

    /** Starts a run that asks people. */
    async function startAsking(): Promise<string> {
      server.take();
      const plan = planOf(await readFile(`${FOLDER}/pipeline.yaml`, 'utf8'), ground.config);
      const { runId } = await startRun(ground.connection, { plan, inputs: { site: `http://${server.host}` } });
      await untilView(ground.connection, runId, ({ approvals }) => approvals !== undefined);
      return runId;
    }

    async function ended(runId: string): Promise<RunView> {
      // This client's handle lets time pass.
      await environment.client.workflow
        .getHandle(runId)
        .result()
        .catch(() => undefined);
      return describeRun(ground.connection, runId);
    }

    it('reminds and escalates, is answered on the fourth day, and published', async () => {
      const runId = await startAsking();
      await environment.sleep('74h');
      const [asked] = (await describeRun(ground.connection, runId)).approvals ?? [];
      assert.deepEqual([asked?.reminders, asked?.isEscalated, asked?.to], [3, true, ['support', 'head-of-support']]);
      const answer = { step: 'decide', choice: 'send', answer: { reason: 'Late, but fair' } };
      await assert.rejects(answerApproval(ground.connection, runId, { ...answer, by: 'eve', groups: ['sales'] }), {
        message: 'Cannot answer approval "decide": eve is not asked, these are: support, head-of-support',
      });
      await answerApproval(ground.connection, runId, { ...answer, by: 'ada', groups: ['head-of-support'] });
      const view = await ended(runId);
      const days = (Number(view.endedAt) - view.startedAt) / DAY_MS;
      assert.ok(days > 4 && days < 4.5, `${days} days`);
      const outputs = await outputsOf(ground, view);
      assert.deepEqual(outputs, { choice: 'send', by: 'ada', reason: 'Late, but fair', published: true });
      assert.deepEqual(toldBy(server), [
        'asked support',
        'reminded support',
        'escalated support head-of-support',
        'reminded support head-of-support',
        'reminded support head-of-support',
        'answered support head-of-support',
      ]);
    });

    it('is rejected when nobody answers for five days', async () => {
      const view = await ended(await startAsking());
      assert.deepEqual(await outputsOf(ground, view), {
        choice: 'reject',
        by: null,
        reason: 'Nobody answered',
        published: false,
      });
      assert.ok((Number(view.endedAt) - view.startedAt) / DAY_MS >= 5);
      assert.equal(stepOf(view, 'publish').status, 'skipped');
      assert.equal(toldBy(server).at(-1), 'timed_out support head-of-support');
    });
  });
});

/** Who was told what in the chat, in its order. */
function toldBy(server: ExampleServer): readonly string[] {
  return server
    .take()
    .filter((line) => line.startsWith('POST /chat'))
    .map((line) => JSON.parse(line.slice('POST /chat '.length)) as { to: readonly string[]; text: string })
    .map(({ to, text }) => `${text.split(':')[0] ?? ''} ${to.join(' ')}`);
}
