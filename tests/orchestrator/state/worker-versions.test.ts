import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { startRun } from '../../../src/client.ts';
import { examineTemporal } from '../../../src/local/examine-temporal.ts';
import type { Examination } from '../../../src/local/examination.ts';
import { findProgram } from '../../../src/local/program.ts';
import { temporalCli } from '../../../src/local/temporal-program.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { describeRun } from '../../../src/runs.ts';
import { endStrays, startCli } from '../api/cli-process.ts';
import { startGates, type Gates } from '../api/gates.ts';
import { openGround, planOf, untilEnd, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';

/** A step that takes until its gate is opened, and one after it. */
const gated = (url: string): string => `name: gated
inputs: { gate: { type: string } }
steps:
  wait: { tool: http.request, with: { url: "${url}/\${{ inputs.gate }}" } }
  after: { needs: wait, tool: text.template, with: { template: x, data: {} } }
`;

describe('versions of workers', () => {
  const queue = `versions-${randomUUID()}`;
  const name = `deployment-${randomUUID()}`;
  let gates: Gates;
  let plan: Plan;
  let temporal: string;
  const grounds: TestGround[] = [];
  const workers: { stop(): Promise<void> }[] = [];

  before(async () => {
    gates = await startGates();
    temporal = (await findProgram(temporalCli, (await ground()).config.folders.cache))?.path ?? '';
    plan = planOf(gated(gates.url), grounds[0]?.config as never);
  });

  after(async () => {
    endStrays();
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(grounds.map((each) => each.close()));
    await gates.close();
  });

  /** All with the same queue and the same store. */
  async function ground(buildId?: string): Promise<TestGround> {
    const opened = await openGround({
      ORCHESTRATOR_TASK_QUEUE: queue,
      ORCHESTRATOR_ALLOWED_HOSTS: gates.host,
      ...(grounds[0] === undefined ? {} : { ORCHESTRATOR_ARTIFACTS: grounds[0].config.folders.artifacts }),
      ...(buildId === undefined ? {} : { ORCHESTRATOR_DEPLOYMENT: name, ORCHESTRATOR_BUILD_ID: buildId }),
    });
    grounds.push(opened);
    return opened;
  }

  async function startVersion(buildId: string): Promise<TestGround> {
    const opened = await ground(buildId);
    workers.push(await startTestWorker(opened, { identity: `worker of ${buildId}` }));
    return opened;
  }

  /** What the documentation says to type. */
  async function type(...words: readonly string[]): Promise<void> {
    const { address, namespace } = (grounds[0] as TestGround).connection;
    await execa(temporal, [...words, '--address', address, '-n', namespace]);
  }

  async function makeCurrent(buildId: string): Promise<void> {
    const deployment = ['--deployment-name', name, '--build-id', buildId];
    const words = ['worker', 'deployment', 'set-current-version', ...deployment, '--yes'];
    // The server knows a version a moment after its first worker has come.
    for (let tries = 0; tries < 50; tries += 1) {
      if (
        await type(...words).then(
          () => true,
          () => false,
        )
      )
        return;
      await delay(100);
    }
    await type(...words);
  }

  async function start(gate: string): Promise<string> {
    const { connection } = grounds[0] as TestGround;
    return (await startRun(connection, { plan, inputs: { gate } })).runId;
  }

  async function untilRefused(runId: string, sentence: RegExp): Promise<void> {
    const { connection } = grounds[0] as TestGround;
    const ask = () =>
      describeRun(connection, runId).then(
        () => '',
        (error: Error) => error.message,
      );
    for (let tries = 0; tries < 1000 && !sentence.test(await ask()); tries += 1) await delay(100);
    assert.match(await ask(), sentence);
  }

  /** Who worked on a run. */
  async function workersOf(runId: string): Promise<readonly string[]> {
    const { client } = (grounds[0] as TestGround).connection;
    const { events } = await client.workflow.getHandle(runId).fetchHistory();
    const names = (events ?? []).flatMap((event) => [
      event.workflowTaskCompletedEventAttributes?.identity,
      event.activityTaskStartedEventAttributes?.identity,
    ]);
    return [...new Set(names.filter((each) => typeof each === 'string'))];
  }

  it('keep a run on the one that it began with, and give new runs to the current one', async () => {
    const { connection } = grounds[0] as TestGround;
    await startVersion('1');
    const early = await start('early');
    const isCurrent =
      /^Cannot describe run ".*": no version of the workers on task queue ".*" is current, see `orchestrator doctor`$/u;
    await untilRefused(early, isCurrent);
    await makeCurrent('1');
    const old = await start('old');
    await gates.visit('old');
    await startVersion('2');
    await makeCurrent('2');
    const young = await start('young');
    await gates.visit('young');
    for (const gate of ['early', 'old', 'young']) gates.open(gate);
    for (const runId of [early, old, young]) assert.equal((await untilEnd(connection, runId)).status, 'done');
    assert.deepEqual(await workersOf(old), ['worker of 1']);
    assert.deepEqual(await workersOf(young), ['worker of 2']);
  });

  it('let a run go that somebody sends to the current one', async () => {
    const { connection } = grounds[0] as TestGround;
    await makeCurrent('1');
    const runId = await start('sent');
    await gates.visit('sent');
    await makeCurrent('2');
    await type('workflow', 'update-options', '--workflow-id', runId, '--versioning-override-behavior', 'auto_upgrade');
    gates.open('sent');
    assert.equal((await untilEnd(connection, runId)).status, 'done');
    assert.deepEqual(await workersOf(runId), ['worker of 1', 'worker of 2']);
  });

  it('are told apart by doctor', async () => {
    const [none, one, two] = grounds as [TestGround, TestGround, TestGround];
    const found = `deployment "${name}": 2 current, 1 draining`;
    assert.deepEqual(await examined(one), { status: 'ok', found });
    assert.deepEqual(await examined(two), { status: 'ok', found });
    assert.deepEqual(await examined(none), {
      status: 'warning',
      found: `new runs on task queue "${queue}" go to build "2" of deployment "${name}"`,
      advice: 'workers without a version get none of them: set ORCHESTRATOR_DEPLOYMENT and ORCHESTRATOR_BUILD_ID',
    });
    const three = await startVersion('3');
    const advice = `no runs go to build "3" yet: temporal worker deployment set-current-version -n default --deployment-name ${name} --build-id 3`;
    const isKnown = async (): Promise<boolean> => (await examined(three)).advice === advice;
    for (let tries = 0; tries < 1000 && !(await isKnown()); tries += 1) await delay(100);
    const all = `deployment "${name}": 3 inactive, 2 current, 1 draining`;
    assert.deepEqual(await examined(three), { status: 'warning', found: all, advice });
    assert.deepEqual(await examined(await ground('4')), {
      status: 'warning',
      found: all,
      advice: 'the server has not seen build "4": start a worker with it',
    });
    const ramp = ['worker', 'deployment', 'set-ramping-version', '--deployment-name', name, '--build-id', '3'];
    await type(...ramp, '--percentage', '100', '--yes');
    assert.equal((await examined(three)).status, 'ok');
    const tried = await start('young');
    assert.equal((await untilEnd(none.connection, tried)).status, 'done');
    assert.deepEqual(await workersOf(tried), ['worker of 3']);
    await type(...ramp, '--delete', '--yes');
  });

  it('say at their start which one they are, and are missed by their runs', async () => {
    const { environment } = await ground('5');
    const child = startCli(['worker'], environment);
    await child.until(/as build "5" of deployment "deployment-.*"\n/u);
    await child.until(/New runs come here while this build is current: `orchestrator doctor`\.\n/u);
    await makeCurrent('5');
    const runId = await start('left');
    await gates.visit('left');
    child.send('SIGKILL');
    await child.ended;
    const message = `Cannot describe run "${runId}": no worker of build "5" of deployment "${name}" is on task queue "${queue}", start one with \`orchestrator worker\``;
    const { connection } = grounds[0] as TestGround;
    await assert.rejects(describeRun(connection, runId), { code: 'WORKER_MISSING', message });
    await type('workflow', 'update-options', '--workflow-id', runId, '--versioning-override-behavior', 'auto_upgrade');
    await assert.rejects(describeRun(connection, runId), { code: 'WORKER_MISSING', message });
    await makeCurrent('2');
    gates.open('left');
    assert.equal((await untilEnd(connection, runId)).status, 'done');
  });

  it('are unknown to doctor where there are none', async () => {
    const alone = await openGround();
    assert.deepEqual(await examined(alone), {});
    const named = { ORCHESTRATOR_DEPLOYMENT: `none-${randomUUID()}`, ORCHESTRATOR_BUILD_ID: '1' };
    const waiting = await openGround(named);
    assert.deepEqual(await examined(waiting), {
      status: 'warning',
      found: `deployment "${named.ORCHESTRATOR_DEPLOYMENT}": no builds`,
      advice: 'the server has not seen build "1": start a worker with it',
    });
    grounds.push(alone, waiting);
  });
});

/** What doctor says of the versions. */
async function examined({ config }: TestGround): Promise<Partial<Examination>> {
  const { subject: _, ...found } =
    (await examineTemporal(config)).find(({ subject }) => subject === 'Worker versions') ?? {};
  return found;
}
