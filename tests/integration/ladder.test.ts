import assert from 'node:assert/strict';
import { join } from 'node:path';
import { billOf } from '../../src/bill.ts';
import { startRun } from '../../src/client.ts';
import { forkRun } from '../../src/fork.ts';
import type { RunView, StepView } from '../../src/pipeline/view.ts';
import { qualityOf } from '../../src/quality.ts';
import { cancelRun, describeRun, loadFile } from '../../src/runs.ts';
import { answerApproval, pauseRun, resumeRun, retryStep, topUpRun } from '../../src/steering.ts';
import { outputsOf, planOf, runYaml, startYaml, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import { server } from '../servers.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { openGround } from '../runs.ts';
import { startTestWorker } from '../worker.ts';

type Ended = Extract<StepView, { status: 'done' | 'failed' }>;

function endOf(view: RunView, id: string): Ended {
  const step = stepOf(view, id);
  assert.ok(step.status === 'done' || step.status === 'failed', JSON.stringify(step));
  return step;
}

/** Which rungs were climbed, and what came of them. */
function climbed(view: RunView, id: string): readonly string[] {
  return (endOf(view, id).rungs ?? []).map(({ rung, status }) => `${rung} ${status}`);
}

function passes({ checks }: Pick<Ended, 'checks'>): readonly boolean[] {
  return checks.map(({ passed }) => passed);
}

/** The first step asks what the second one asks, and so its answer is known to be the same. */
function probed(rest: string, more = ''): string {
  const model = `ollama/${server('model')}`;
  return `name: ladder
models:
  small: { use: ${model}, temperature: 0, max_output_tokens: 6, accept: [length] }
  longer: { use: ${model}, temperature: 0, max_output_tokens: 24, accept: [length] }
${more}steps:
  probe: { model: small, prompt: Tell me of the sea }
  draft:
    model: small
    prompt: Tell me of the sea
    needs: probe
    ${rest}
outputs: { text: "\${{ steps.draft.output }}", status: "\${{ steps.draft.status }}" }
`;
}

const ANOTHER = 'checks: [{ expect: "${{ output != steps.probe.output }}" }]';
// Six tokens are six words at most.
const LONGER = 'checks: [{ length: { min: 8, unit: words } }]';

/** A step without a model, whose output people are asked about. */
function asking(rest: string, more = ''): string {
  return `name: asking
steps:
  draft:
    set: { text: too long }
    checks: [{ expect: "\${{ size(output.text) < 5 }}" }]
    ${rest}
${more}outputs: { text: "\${{ steps.draft.output.text }}", passed: "\${{ steps.draft.checks[0].passed }}" }
`;
}

/** A check that says no to what is meant, and cannot be asked about anything else. */
function only(meant: string): string {
  return `checks: [{ expect: "\${{ ${meant} ? false : [true][1] }}" }]`;
}

const untilAsked = ({ connection }: TestGround, runId: string): Promise<RunView> =>
  untilView(connection, runId, ({ approvals }) => approvals !== undefined);

describe('a gate ladder', () => {
  let ground: TestGround;
  useScene((scene) => ({ ground } = scene));

  it('has the model repair its answer, told what is wrong with it, and says so everywhere', async () => {
    const view = await runYaml(ground, probed(`${ANOTHER}\n    on_check_fail: [repair, ask]`));
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const draft = endOf(view, 'draft');
    assert.deepEqual([climbed(view, 'draft'), passes(draft)], [['repair passed'], [true]]);
    assert.deepEqual(
      draft.steps?.map(({ path, kind, status }) => [path, kind, status]),
      [['draft/repair-1', 'model', 'done']],
    );
    const [rung] = draft.rungs ?? [];
    assert.match(rung?.because[0]?.reason ?? '', /^Expected "output != steps.probe.output"/);
    const bill = await billOf(ground.connection, view.runId);
    assert.deepEqual(
      bill.lines.map(({ step, reason, rung: on }) => [step, reason, on]),
      [
        ['probe', 'answer', undefined],
        ['draft', 'answer', undefined],
        ['draft/repair-1', 'answer', 'repair'],
      ],
    );
    const repaired = bill.byStep.find(({ step }) => step === 'draft/repair-1');
    assert.ok((repaired?.worst?.tokens ?? 0) > (repaired?.usage.outputTokens ?? 0));
    assert.equal(draft.usage?.outputTokens, 12);
    const report = await qualityOf(ground.connection, view.runId);
    assert.deepEqual(
      report.steps.map(({ step, outcome, tries }) => [step, outcome, tries.map(({ path }) => path)]),
      [['draft', 'repaired', ['draft', 'draft/repair-1']]],
    );
  });

  it('asks another model the question when a repair does not help, and no more when that does', async () => {
    const rungs = 'on_check_fail: [{ repair: 2 }, { model: longer }, continue]';
    const view = await runYaml(ground, probed(`${LONGER}\n    ${rungs}`));
    assert.deepEqual(climbed(view, 'draft'), ['repair missed', 'repair missed', 'model passed']);
    assert.equal(endOf(view, 'draft').attempts, 4);
  });

  it('fails the step when no rung helps, which uses up no retry, and can be made good then', async () => {
    const rest = `checks: [{ expect: "\${{ output == '' }}" }]\n    on_check_fail: [repair]\n    retry: { attempts: 3, retry_on: [CHECK_FAILED] }\n    on_error: { value: none }`;
    const view = await runYaml(ground, probed(rest));
    assert.equal((await outputsOf(ground, view))['text'], 'none');
    const { rungs = [], ...draft } = endOf(view, 'draft');
    const { handled } = draft as { handled?: { code: string; message: string } };
    assert.deepEqual([handled?.code, rungs.map(({ status }) => status)], ['CHECK_FAILED', ['missed']]);
    assert.match(handled?.message ?? '', /^Cannot accept the output of step "draft": expect: .*; repair did not help$/);
  });

  it('goes on with what there is, for everybody to see', async () => {
    const { connection } = ground;
    const { runId } = await runYaml(ground, asking('on_check_fail: [continue]'));
    // The last thing that a run does is to write its record.
    await connection.client.workflow.getHandle(runId).result();
    const view = await describeRun(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { text: 'too long', passed: false });
    assert.deepEqual(climbed(view, 'draft'), ['continue taken']);
    assert.deepEqual(
      view.files?.map(({ path }) => path),
      ['quality/report.md', 'quality/report.json'],
    );
    const [markdown, json] = await Promise.all((view.files ?? []).map((file) => loadFile(connection, file)));
    assert.match(Buffer.from(markdown ?? []).toString(), /\| taken although checks are not passed \| 1 \|/);
    const { outcomes } = JSON.parse(Buffer.from(json ?? []).toString()) as { outcomes: { continued: number } };
    assert.equal(outcomes.continued, 1);
  });

  it('shows people the output and its verdicts; what they change has to fit, is judged again, and is taken', async () => {
    const { connection } = ground;
    const runId = await startYaml(ground, asking('on_check_fail: [ask]'));
    const view = await untilAsked(ground, runId);
    const [approval] = view.approvals ?? [];
    assert.deepEqual(
      [view.status, stepOf(view, 'draft').status, approval?.step, approval?.options, approval?.edit],
      ['waiting', 'waiting', 'draft/ask-1', ['accept', 'reject'], { inline: { text: 'too long' } }],
    );
    assert.match(approval?.message ?? '', /^The output of step "draft" does not pass its checks: expect: Expected/);
    const answer = { step: 'draft/ask-1', choice: 'accept', by: 'ann' };
    await assert.rejects(answerApproval(connection, runId, { ...answer, edited: { text: 5 } }), {
      code: 'ANSWER_REFUSED',
    });
    await answerApproval(connection, runId, { ...answer, edited: { text: 'fine' } });
    const end = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, end), { text: 'fine', passed: true });
    const { rungs } = endOf(end, 'draft');
    assert.deepEqual(
      rungs?.map(({ status, by, isEdited }) => [status, by, isEdited]),
      [['accepted', ['ann'], true]],
    );
    const { steps } = await qualityOf(connection, runId);
    assert.deepEqual(
      [steps[0]?.outcome, steps[0]?.tries[1]?.decision],
      ['accepted', { choice: 'accept', by: ['ann'] }],
    );
  });

  it('takes what people accept as it is, though it does not pass', async () => {
    const runId = await startYaml(
      ground,
      asking('on_check_fail: [{ ask: { message: "${{ steps.draft.checks[0].check }}" } }]'),
    );
    const { approvals } = await untilAsked(ground, runId);
    assert.equal(approvals?.[0]?.message, 'expect');
    await answerApproval(ground.connection, runId, { step: 'draft/ask-1', choice: 'accept', by: 'ann' });
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { text: 'too long', passed: false });
    assert.deepEqual(climbed(view, 'draft'), ['ask accepted']);
  });

  it('fails the step when people reject its output, whatever would come after them', async () => {
    const runId = await startYaml(ground, asking('on_check_fail: [ask, continue]'));
    await untilAsked(ground, runId);
    const answer = { step: 'draft/ask-1', choice: 'reject', by: 'ann', comment: 'too long' };
    await answerApproval(ground.connection, runId, answer);
    const { error } = await untilEnd(ground.connection, runId);
    assert.equal(error?.code, 'CHECK_FAILED');
    assert.match(error?.message ?? '', /; rejected by ann, saying: too long$/);
  });

  it('goes on to the next rung when nobody answers in time', async () => {
    const view = await runYaml(ground, asking('on_check_fail: [{ ask: { timeout: 1ms } }, continue]'));
    assert.deepEqual(climbed(view, 'draft'), ['ask failed', 'continue taken']);
  });

  for (const { choice, status, rungs } of [
    { choice: 'accept', status: 'done', rungs: ['ask accepted'] },
    { choice: 'reject', status: 'failed', rungs: ['ask rejected'] },
  ]) {
    it(`takes "${choice}" as chosen when nobody answers in time, where it says so`, async () => {
      const ask = `on_check_fail: [{ ask: { timeout: 1ms, on_timeout: ${choice} } }]`;
      const view = await runYaml(ground, asking(ask));
      assert.deepEqual([view.status, climbed(view, 'draft')], [status, rungs]);
    });
  }

  it('goes on to the next rung when a model cannot be asked', async () => {
    const rest = `${ANOTHER}\n    on_check_fail: [{ model: ollama/no-such-model }, repair]`;
    const view = await runYaml(ground, probed(rest));
    assert.deepEqual(climbed(view, 'draft'), ['model failed', 'repair passed']);
  });

  it('ends with the error of a check that cannot be asked about what a rung gave', async () => {
    const rest = `${only('output == steps.probe.output')}\n    on_check_fail: [repair, continue]`;
    const view = await runYaml(ground, probed(rest));
    assert.deepEqual([view.error?.code, climbed(view, 'draft')], ['EXPRESSION_FAILED', ['repair failed']]);
    const yaml = asking('on_check_fail: [ask]').replace(/checks: .*/u, only("output.text == 'too long'"));
    const runId = await startYaml(ground, yaml);
    await untilAsked(ground, runId);
    const answer = { step: 'draft/ask-1', choice: 'accept', by: 'ann', edited: { text: 'fine' } };
    await answerApproval(ground.connection, runId, answer);
    assert.equal((await untilEnd(ground.connection, runId)).error?.code, 'EXPRESSION_FAILED');
  });

  it('ends when what people are to be asked cannot be said', async () => {
    const view = await runYaml(
      ground,
      asking('on_check_fail: [{ ask: { message: "${{ [steps.draft.output.text][1] }}" } }]'),
    );
    assert.equal(view.error?.code, 'EXPRESSION_FAILED');
  });

  it('is climbed by each item and in each round', async () => {
    const view = await runYaml(
      ground,
      `name: items
steps:
  each:
    for_each: [1, 2, 3]
    repeat: { max: 2 }
    set: "\${{ item }}"
    checks: [{ expect: "\${{ output != 2 }}" }]
    on_check_fail: [continue]
outputs: { all: "\${{ steps.each.output }}" }
`,
    );
    assert.deepEqual(await outputsOf(ground, view), { all: [1, 2, 3] });
    const { steps, outcomes } = await qualityOf(ground.connection, view.runId);
    assert.deepEqual([outcomes.passed, outcomes.continued], [4, 2]);
    assert.deepEqual(
      steps.flatMap(({ step, outcome }) => (outcome === 'continued' ? [step] : [])),
      ['each[1]#1', 'each[1]#2'],
    );
  });

  it('ends where the budget does, and nothing makes that good', async () => {
    const budget = 'budget: { tokens: 320, on_exceeded: fail }';
    const rest = `${ANOTHER}\n    on_check_fail: [repair, continue]\n    on_error: continue\n    ${budget}`;
    const view = await runYaml(ground, probed(rest));
    assert.deepEqual([view.status, view.error?.code], ['failed', 'BUDGET_EXCEEDED']);
    const draft = endOf(view, 'draft');
    assert.deepEqual([climbed(view, 'draft'), draft.usage?.outputTokens], [['repair failed'], 6]);
  });

  it('waits on a rung until the run is topped up', async () => {
    const rest = `${ANOTHER}\n    on_check_fail: [repair]\n    budget: { tokens: 320 }`;
    const runId = await startYaml(ground, probed(rest));
    const view = await untilView(ground.connection, runId, ({ budget }) => budget?.asks !== undefined);
    assert.equal(view.budget?.asks?.[0]?.step, 'draft');
    await topUpRun(ground.connection, runId, { step: 'draft', tokens: 2000 });
    assert.deepEqual(climbed(await untilEnd(ground.connection, runId), 'draft'), ['repair passed']);
  });

  it('is left when the run is cancelled, paused with it, and begun anew when people want the step again', async () => {
    const { connection } = ground;
    const runId = await startYaml(ground, asking('on_check_fail: [ask]\n    on_error: hold'));
    await untilAsked(ground, runId);
    assert.equal(await pauseRun(connection, runId), 'paused');
    await answerApproval(connection, runId, { step: 'draft/ask-1', choice: 'reject', by: 'ann' });
    await untilView(connection, runId, ({ held }) => held !== undefined);
    await resumeRun(connection, runId);
    await retryStep(connection, runId, { step: 'draft' });
    const { approvals } = await untilAsked(ground, runId);
    assert.deepEqual(
      approvals?.map(({ step }) => step),
      ['draft/ask-2'],
    );
    await cancelRun(connection, runId);
    const view = await untilEnd(connection, runId);
    assert.deepEqual([view.status, stepOf(view, 'draft').status], ['cancelled', 'cancelled']);
  });

  it('goes on in a new history where it was, and buys nothing again', async () => {
    const rest = `checks: [{ expect: "\${{ output == '' }}" }]\n    on_check_fail: [repair, ask]`;
    const more =
      '  others: { for_each: "${{ range(12) }}", concurrency: 1, tool: text.template, with: { template: x, data: {} } }\n';
    const yaml = probed(rest).replace('outputs:', `${more}outputs:`);
    const runId = await startYaml(ground, yaml, { renewAfterEvents: 40 });
    await untilView(ground.connection, runId, (view) => {
      return view.approvals !== undefined && stepOf(view, 'others').status === 'done';
    });
    await answerApproval(ground.connection, runId, { step: 'draft/ask-1', choice: 'accept', by: 'ann', edited: 'x' });
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { text: 'x', status: 'done' });
    assert.deepEqual(climbed(view, 'draft'), ['repair missed', 'ask accepted']);
    const { lines } = await billOf(ground.connection, runId);
    assert.deepEqual(lines.map(({ step }) => step).toSorted(), ['draft', 'draft/repair-1', 'probe']);
    const { raw } = await ground.connection.client.workflow.getHandle(runId).describe();
    assert.notEqual(raw.workflowExecutionInfo?.execution?.runId, raw.workflowExecutionInfo?.firstRunId);
  });

  it('gives a fork what its rungs gave, and asks only what is new', async () => {
    const { connection, config } = ground;
    const yaml = probed(`${ANOTHER}\n    on_check_fail: [repair]`);
    const { runId } = await runYaml(ground, yaml);
    const edited = yaml.replace('[repair]', '[repair, continue]');
    const fork = await forkRun(connection, { runId, plan: planOf(edited, config) });
    const view = await untilEnd(connection, fork.runId);
    assert.deepEqual([fork.calls, fork.reused, climbed(view, 'draft')], [3, 3, ['repair passed']]);
    const { lines } = await billOf(connection, fork.runId);
    assert.deepEqual(
      lines.map(({ step, reason }) => [step, reason]),
      [
        ['probe', 'reused'],
        ['draft', 'reused'],
        ['draft/repair-1', 'reused'],
      ],
    );
  });
});

describe('a gate ladder whose worker is killed', () => {
  it('goes on with the next worker, and buys nothing again', async () => {
    const ground = await openGround();
    const first = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
    let worker: { stop(): Promise<void> } | undefined;
    try {
      const rest = `checks: [{ expect: "\${{ output == '' }}" }]\n    on_check_fail: [repair, ask, continue]`;
      const { runId } = await startRun(ground.connection, { plan: planOf(probed(rest), ground.config) });
      await untilAsked(ground, runId).finally(() => first.stop('SIGKILL'));
      worker = await startTestWorker(ground);
      await answerApproval(ground.connection, runId, { step: 'draft/ask-1', choice: 'accept', by: 'ann' });
      const view = await untilEnd(ground.connection, runId);
      assert.deepEqual(climbed(view, 'draft'), ['repair missed', 'ask accepted']);
      const { total } = await billOf(ground.connection, runId);
      assert.equal(total.calls, 3);
    } finally {
      await worker?.stop();
      await ground.close();
    }
  });
});
