import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowIdReusePolicy } from '@temporalio/client';
import { connect, type Connection } from '../../src/client.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { loadConfig } from '../../src/config.ts';
import { askParts } from '../../src/run-parts.ts';
import { startOptions } from '../../src/run-start.ts';
import { cancelRun, describeRun, followRun, listRuns } from '../../src/runs.ts';
import { answerApproval, pauseRun, resumeRun, retryStep, sendEvent, skipStep } from '../../src/steering.ts';
import { RUN_PIPELINE } from '../../workflows/run-request.ts';
import { startHoldingProxy, startSilencingProxy } from '../proxies.ts';
import { openGround, outputsOf, planOf, startYaml, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import { server } from '../servers.ts';
import type { WebServer } from '../web-server.ts';

let ground: TestGround;
let connection: Connection;
let web: WebServer;
useScene((scene) => {
  ({ ground, web } = scene);
  ({ connection } = ground);
});

const start = (yaml: string, inputs: Record<string, unknown> = {}) =>
  startYaml(ground, yaml.replaceAll('WEB', web.url), { inputs });
const untilAsked = (runId: string) => untilView(connection, runId, ({ approvals = [] }) => approvals.length > 0);
const untilHeld = (runId: string) => untilView(connection, runId, ({ held = [] }) => held.length > 0);
const untilWaits = (runId: string) => untilView(connection, runId, ({ waits = [] }) => waits.length > 0);

/** Starts a run that goes on in a new history after so many events. */
async function startRenewing(
  yaml: string,
  renewAfterEvents: number,
  inputs: Record<string, Json> = {},
): Promise<string> {
  const plan = planOf(yaml.replaceAll('WEB', web.url), ground.config);
  const { args, ...options } = await startOptions(connection, { plan, values: inputs });
  const workflowId = `renewing-${randomUUID()}`;
  const request = { ...args[0], renewAfterEvents };
  const workflowIdReusePolicy = WorkflowIdReusePolicy.REJECT_DUPLICATE;
  await connection.client.workflow.start(RUN_PIPELINE, {
    ...options,
    workflowId,
    workflowIdReusePolicy,
    args: [request],
  });
  return workflowId;
}

/** How many histories a run has had. */
async function histories(runId: string): Promise<number> {
  let count = 0;
  for await (const _ of connection.client.workflow.list({ query: `WorkflowId = '${runId}'` })) count += 1;
  return count;
}

/** Fails once. */
const flaky = () => `${web.url}/flaky?times=1&key=${randomUUID()}`;

const LETTER = `name: letter
inputs: { text: { type: string, default: Dear Ada } }
steps:
  ask:
    approve:
      message: "Send this? \${{ inputs.text }}"
      to: [leads]
      options: [send, reject]
      edit: "\${{ inputs.text }}"
      answer: { type: object, properties: { reason: { type: string } }, required: [reason] }
  after: { set: "\${{ steps.ask.output.choice }}" }
outputs: { said: "\${{ steps.ask.output }}", after: "\${{ steps.after.output }}" }
`;
const GOOD = { step: 'ask', choice: 'send', by: 'ada', groups: ['leads'], answer: { reason: 'fine' } };

describe('answerApproval', () => {
  it('gives the answer to the step, and says that it decides', async () => {
    const runId = await start(LETTER);
    const asking = await untilAsked(runId);
    assert.equal(asking.status, 'waiting');
    const [approval] = asking.approvals ?? [];
    const { message, to, options, edit, step } = approval ?? {};
    assert.deepEqual(
      { message, to, options, edit, step },
      {
        message: 'Send this? Dear Ada',
        to: ['leads'],
        options: ['send', 'reject'],
        edit: { inline: 'Dear Ada' },
        step: 'ask',
      },
    );
    const receipt = await answerApproval(connection, runId, { ...GOOD, edited: 'Dear Grace', comment: 'hurry' });
    assert.deepEqual(receipt, { answers: 1, isDecided: true });
    const { said, after } = await outputsOf(ground, await untilEnd(connection, runId));
    const { at, answers, ...rest } = said as { at: string; answers: readonly { by: string }[] };
    assert.deepEqual(
      answers.map(({ by }) => by),
      ['ada'],
    );
    assert.deepEqual(
      [rest, after],
      [{ choice: 'send', by: 'ada', comment: 'hurry', edited: 'Dear Grace', answer: { reason: 'fine' } }, 'send'],
    );
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  });

  describe('of a run that waits', () => {
    let runId: string;
    before(async () => {
      runId = await start(LETTER);
      await untilAsked(runId);
    });
    after(() => cancelRun(connection, runId));

    for (const { name, answer, message } of [
      {
        name: 'a choice that there is not',
        answer: { ...GOOD, choice: 'sned' },
        message: 'Cannot answer approval "ask": "sned" is no choice, there are send, reject',
      },
      {
        name: 'somebody who is not asked',
        answer: { ...GOOD, groups: ['others'] },
        message: 'Cannot answer approval "ask": ada is not asked, these are: leads',
      },
      {
        name: 'nobody',
        answer: { ...GOOD, by: ' ' },
        message:
          'Cannot answer approval "ask": it does not say who answers, a name of at most 200 characters is needed',
      },
      {
        name: 'a form that is not filled in',
        answer: { ...GOOD, answer: {} },
        message: /^Cannot answer approval "ask": its form is not filled in well: .*reason/u,
      },
      {
        name: 'something else than a text in place of a text',
        answer: { ...GOOD, edited: 5 },
        message: 'Cannot answer approval "ask": what was edited does not fit: the value is 5, a text is needed',
      },
      {
        name: 'a step that asks nothing',
        answer: { ...GOOD, step: 'after' },
        message: 'Cannot answer approval "after": it does not wait for an answer, these do: "ask"',
      },
    ]) {
      it(`refuses ${name}`, async () => {
        await assert.rejects(answerApproval(connection, runId, answer), {
          name: 'PipelineError',
          code: 'ANSWER_REFUSED',
          message,
        });
        const { approvals } = await describeRun(connection, runId);
        assert.deepEqual(approvals?.[0]?.answers, []);
      });
    }

    it('refuses what is too long for Temporal, before the run could end of it', async () => {
      const edited = 'x'.repeat(200_000);
      await assert.rejects(answerApproval(connection, runId, { ...GOOD, edited }), {
        code: 'ARTIFACT_TOO_LARGE',
        message: /^Cannot answer step "ask" of the run: what is said has 200\d+ bytes, at most 131072 are allowed$/u,
      });
    });

    it('refuses what is no JSON', async () => {
      const answer = new Date() as unknown as Json;
      await assert.rejects(answerApproval(connection, runId, { ...GOOD, answer }), {
        code: 'VALUE_INVALID',
        message: 'Cannot answer step "ask" of the run: it is an object of a class, only JSON values are allowed',
      });
    });
  });

  it('counts an answer once, however often it is sent', async () => {
    const yaml =
      'name: two\nsteps:\n  ask: { approve: { message: Go?, quorum: 2 } }\noutputs: { said: "${{ steps.ask.output.by }}" }\n';
    const runId = await start(yaml);
    await untilAsked(runId);
    const first = { step: 'ask', choice: 'approve', by: 'ada', id: 'first' };
    const receipts = await Promise.all(Array.from({ length: 5 }, () => answerApproval(connection, runId, first)));
    assert.deepEqual(
      receipts,
      Array.from({ length: 5 }, () => ({ answers: 1, isDecided: false })),
    );
    await assert.rejects(answerApproval(connection, runId, { ...first, id: 'second' }), {
      code: 'ANSWER_REFUSED',
      message: 'Cannot answer approval "ask": ada has answered it, each person answers once',
    });
    const { approvals } = await describeRun(connection, runId);
    assert.deepEqual(
      approvals?.[0]?.answers.map(({ by, choice }) => [by, choice]),
      [['ada', 'approve']],
    );
    const last = { step: 'ask', choice: 'approve', by: 'grace', id: 'last' };
    assert.deepEqual(await answerApproval(connection, runId, last), { answers: 2, isDecided: true });
    assert.deepEqual(await outputsOf(ground, await untilEnd(connection, runId)), { said: 'grace' });
    // Whoever asks again under the same id hears the same, even now.
    assert.deepEqual(await answerApproval(connection, runId, last), { answers: 2, isDecided: true });
    await assert.rejects(answerApproval(connection, runId, { ...last, id: 'late', by: 'bob' }), {
      code: 'RUN_ENDED',
      message: `Cannot answer step "ask" of run "${runId}": it has ended`,
    });
  });

  it('knows no run of that name', async () => {
    await assert.rejects(answerApproval(connection, 'nobody', GOOD), { code: 'RUN_UNKNOWN' });
  });
});

const TICKS = (rounds: number) => `name: ticks
steps:
  all:
    repeat: { max: ${rounds} }
    steps:
      tick: { wait: { event: tick, schema: { type: integer } } }
      list: { set: "\${{ coalesce(previous.list.output, []) + [steps.tick.output] }}" }
    outputs: { list: "\${{ steps.list.output }}" }
outputs: { list: "\${{ steps.all.output.list }}" }
`;

describe('sendEvent', () => {
  const SCAN = `name: scan
steps:
  gate: { tool: http.request, with: { url: "WEB/wait?ms=300" } }
  scan: { needs: gate, wait: { event: scanned, match: "\${{ event.part == 7 }}", schema: { type: object, properties: { part: { type: integer } }, required: [part] } } }
outputs: { scan: "\${{ steps.scan.output }}" }
`;

  it('brings the payload to the step that waits for it, be it before or after', async () => {
    const runId = await start(SCAN);
    await sendEvent(connection, runId, { name: 'scanned', payload: { part: 6 } });
    await sendEvent(connection, runId, { name: 'scanned', payload: { part: 7, early: true } });
    await sendEvent(connection, runId, { name: 'scanned', payload: { part: 7, early: false } });
    assert.deepEqual(await outputsOf(ground, await untilEnd(connection, runId)), { scan: { part: 7, early: true } });
    await assert.rejects(sendEvent(connection, runId, { name: 'scanned', payload: { part: 7 } }), {
      code: 'RUN_ENDED',
    });
  });

  it('refuses what no step waits for, and what does not fit', async () => {
    const runId = await start(SCAN);
    await untilWaits(runId);
    await assert.rejects(sendEvent(connection, runId, { name: 'scaned', payload: null }), {
      code: 'EVENT_REFUSED',
      message: 'Cannot take event "scaned": no step waits for it, these are waited for: scanned',
    });
    await assert.rejects(sendEvent(connection, runId, { name: 'scanned', payload: { part: 'x' } }), {
      code: 'EVENT_REFUSED',
      message: /^Cannot take event "scanned": its payload does not fit: /u,
    });
    await cancelRun(connection, runId);
  });

  it('does the same as a signal, whose faults are only noted', async () => {
    const runId = await start(SCAN);
    await untilWaits(runId);
    const handle = connection.client.workflow.getHandle(runId);
    await handle.signal('event', { name: 'other', payload: null });
    const { ignored } = await untilView(connection, runId, (view) => view.ignored.length > 0);
    assert.deepEqual(ignored, ['Cannot take event "other": no step waits for it, these are waited for: scanned']);
    await handle.signal('event', { name: 'scanned', payload: { part: 7 } });
    assert.deepEqual(await outputsOf(ground, await untilEnd(connection, runId)), { scan: { part: 7 } });
  });
});

describe('a step that is held', () => {
  const HOLD = `name: holding
inputs: { url: { type: string } }
steps:
  fetch: { tool: http.request, with: { url: "\${{ inputs.url }}" }, on_error: hold, retry: { attempts: 1 } }
outputs: { status: "\${{ steps.fetch.status }}", fetched: "\${{ steps.fetch.output }}" }
`;
  it('is tried again', async () => {
    const runId = await start(HOLD, { url: flaky() });
    const { held, status, steps } = await untilHeld(runId);
    assert.deepEqual(
      [status, steps[0]?.status, held?.[0]?.step, held?.[0]?.error.code],
      ['waiting', 'held', 'fetch', 'TOOL_HTTP_UNAVAILABLE'],
    );
    await retryStep(connection, runId, { step: 'fetch' });
    const { fetched } = await outputsOf(ground, await untilEnd(connection, runId));
    assert.equal((fetched as { body: string }).body, 'at last');
  });

  for (const { name, skip, expected } of [
    { name: 'is skipped', skip: {}, expected: { status: 'skipped', fetched: null } },
    { name: 'gets its output from a person', skip: { output: [1] }, expected: { status: 'done', fetched: [1] } },
  ]) {
    it(name, async () => {
      const runId = await start(HOLD, { url: flaky() });
      await untilHeld(runId);
      await skipStep(connection, runId, { step: 'fetch', ...skip });
      const view = await untilEnd(connection, runId);
      assert.deepEqual(await outputsOf(ground, view), expected);
      const step = stepOf(view, 'fetch');
      assert.equal('givenBy' in step ? step.givenBy : undefined, 'output' in skip ? 'person' : undefined);
    });
  }

  it('is the only one that can be tried again', async () => {
    const runId = await start(LETTER);
    await untilAsked(runId);
    for (const step of ['ask', 'after']) {
      await assert.rejects(retryStep(connection, runId, { step }), {
        code: 'STEP_STATE',
        message: `Cannot retry step "${step}": it is not held, no step is`,
      });
    }
    await assert.rejects(skipStep(connection, runId, { step: 'ask' }), {
      code: 'STEP_STATE',
      message: 'Cannot skip step "ask": it is an approval, answer it',
    });
    for (const [verb, tell] of [
      ['retry', retryStep],
      ['skip', skipStep],
    ] as const) {
      await assert.rejects(tell(connection, runId, { step: 'aks' }), {
        code: 'STEP_UNKNOWN',
        message: `Cannot ${verb} step "aks": the run has no such step: did you mean "ask"?`,
      });
    }
    await cancelRun(connection, runId);
  });
});

describe('skipStep', () => {
  it('ends a wait, and what has not begun need not', async () => {
    const runId = await start(`name: skipping
steps:
  nap: { wait: 2h }
  last: { needs: nap, tool: http.request, with: { url: "WEB/status?code=404" } }
outputs: { nap: "\${{ steps.nap.output }}", last: "\${{ steps.last.output }}" }
`);
    const { waits } = await untilWaits(runId);
    assert.ok((waits?.[0]?.until ?? 0) - Date.now() > 7_000_000);
    await skipStep(connection, runId, { step: 'last', output: 'mine' });
    await skipStep(connection, runId, { step: 'nap', output: 'awake' });
    const view = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { nap: 'awake', last: 'mine' });
    await assert.rejects(skipStep(connection, runId, { step: 'nap' }), { code: 'RUN_ENDED' });
  });
});

/** Of 101 items one asks people, in a loop of rounds: the part of a part of the run. */
const DEEP = `name: deep
inputs: { numbers: { type: array, items: { type: integer } } }
models: { small: { use: "ollama/MODEL", max_output_tokens: 4, accept: [length] } }
steps:
  first: { set: 1 }
  items:
    for_each: "\${{ inputs.numbers }}"
    as: n
    concurrency: 10
    steps:
      write: { if: "\${{ n == 100 }}", model: small, prompt: Say hello. }
      refine:
        if: "\${{ n == 100 }}"
        needs: write
        repeat: { until: "\${{ steps.ask.output.choice == 'approve' }}", max: 30 }
        steps:
          fetch: { tool: http.request, with: { url: "WEB/flaky?times=1&key=\${{ run.id }}" }, on_error: hold, retry: { attempts: 1 } }
          ask: { needs: fetch, approve: { message: "Number \${{ n }}?", options: [approve, again] } }
          tick: { needs: ask, wait: { event: tick } }
        outputs: { tick: "\${{ steps.tick.output }}" }
outputs: { items: "\${{ size(steps.items.output) }}" }
`;

describe('a part of a run with a history of its own', () => {
  const numbers = Array.from({ length: 101 }, (_, index) => index);
  let runId: string;
  before(async () => {
    runId = await start(DEEP.replace('MODEL', server('model')), { numbers });
  });

  it('is told of in the view of the run', async () => {
    const view = await untilHeld(runId);
    assert.deepEqual(
      view.held?.map(({ step }) => step),
      ['items[100]/refine#1/fetch'],
    );
    const whole = await untilView(connection, runId, ({ status }) => status === 'waiting');
    assert.deepEqual(
      whole.children?.map(({ path }) => path),
      ['items[100-100]', 'items[100]/refine'],
    );
    assert.deepEqual(whole.steps[1]?.progress, { total: 101, done: 100, failed: 0, running: 1 });
    assert.equal(whole.steps[1]?.status, 'waiting');
    assert.equal(whole.usage.outputTokens > 0, true);
    assert.equal(whole.runId, runId);
  });

  it('is steered as if it were the run', async () => {
    await assert.rejects(retryStep(connection, runId, { step: 'items[100]/refine#2/fetch' }), { code: 'STEP_STATE' });
    await assert.rejects(retryStep(connection, runId, { step: 'items[3]/refine#1/fetch' }), { code: 'STEP_STATE' });
    await retryStep(connection, runId, { step: 'items[100]/refine#1/fetch' });
    await untilAsked(runId);
    const answer = { step: 'items[100]/refine#1/ask', choice: 'again', by: 'ada' };
    await assert.rejects(answerApproval(connection, runId, { ...answer, choice: 'yes' }), { code: 'ANSWER_REFUSED' });
    assert.deepEqual(await answerApproval(connection, runId, answer), { answers: 1, isDecided: true });
    const waiting = await untilWaits(runId);
    assert.deepEqual(waiting.waits, [{ step: 'items[100]/refine#1/tick', event: 'tick' }]);
    await sendEvent(connection, runId, { name: 'tick', payload: 1 });
    const second = await untilAsked(runId);
    assert.equal(second.approvals?.[0]?.step, 'items[100]/refine#2/ask');
  });

  it('is paused and goes on with the run', async () => {
    assert.equal(await pauseRun(connection, runId), 'paused');
    await answerApproval(connection, runId, { step: 'items[100]/refine#2/ask', choice: 'approve', by: 'ada' });
    await delay(500);
    const held = await describeRun(connection, runId);
    assert.deepEqual([held.status, held.waits], ['paused', undefined]);
    await resumeRun(connection, runId);
    await untilWaits(runId);
    await skipStep(connection, runId, { step: 'items[100]/refine#2/tick' });
    const view = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { items: 101 });
    assert.equal(view.children, undefined);
  });

  it('is no run in the list of runs', async () => {
    const found = await listRuns(connection, { pipeline: 'deep', limit: 1000 });
    assert.ok(found.length > 0);
    assert.deepEqual(
      found.filter(({ runId: id }) => id.includes('/')),
      [],
    );
  });
});

describe('a run that goes on in a new history', () => {
  for (const { name, rounds } of [
    { name: 'loses no event and takes none twice', rounds: 20 },
    { name: 'hands events on to parts, none lost and none twice', rounds: 40 },
  ]) {
    it(name, async () => {
      const runId = await startRenewing(TICKS(rounds), 60);
      const numbers = Array.from({ length: rounds }, (_, index) => index);
      await Promise.all(
        [...numbers, ...numbers].map((n) =>
          sendEvent(connection, runId, { name: 'tick', payload: n, id: `tick-${n}` }),
        ),
      );
      const view = await untilEnd(connection, runId);
      const { list } = await outputsOf(ground, view);
      assert.deepEqual(
        (list as number[]).toSorted((a, b) => a - b),
        numbers,
      );
    });
  }

  it('is described, followed, listed and cancelled as one', async () => {
    const runId = await startRenewing(TICKS(20), 25);
    const startedAt = (await describeRun(connection, runId)).startedAt;
    const seen: RunView[] = [];
    const following = (async () => {
      for await (const view of followRun(connection, runId, { intervalMs: 25 })) seen.push(view);
    })();
    for (let n = 0; n < 10; n += 1) await sendEvent(connection, runId, { name: 'tick', payload: n });
    await untilView(connection, runId, ({ steps }) => steps[0]?.round === 11);
    const deadline = Date.now() + 100_000;
    while ((await histories(runId)) < 2 && Date.now() < deadline) await delay(50);
    assert.ok((await histories(runId)) > 1, 'it goes on in one history');
    const found = (await listRuns(connection, { pipeline: 'ticks', limit: 1000 })).filter((run) => run.runId === runId);
    assert.deepEqual(
      found.map(({ status }) => status),
      ['waiting'],
    );
    assert.ok(Math.abs((found[0]?.startedAt ?? 0) - startedAt) < 1000);
    assert.equal((await describeRun(connection, runId)).startedAt, startedAt);
    await cancelRun(connection, runId);
    await following;
    assert.equal(seen.at(-1)?.status, 'cancelled');
  });

  it('takes an answer once, on whichever side of the end of a history it arrives', async () => {
    const runId = await startRenewing(
      `name: quorum
inputs: { numbers: { type: array } }
steps:
  noise: { for_each: "\${{ inputs.numbers }}", as: n, concurrency: 1, tool: http.request, with: { url: "WEB/noise" } }
  ask: { approve: { message: Go?, quorum: 30 } }
outputs: { by: "\${{ steps.ask.output.choice }}" }
`,
      20,
      { numbers: Array.from({ length: 30 }, (_, index) => index) },
    );
    await untilAsked(runId);
    const people = Array.from({ length: 30 }, (_, index) => `person ${index}`);
    const answers = people.flatMap((by) => {
      const answer = { step: 'ask', choice: 'approve', by, id: `of ${by}` };
      return [answer, answer];
    });
    const receipts = await Promise.all(answers.map((answer) => answerApproval(connection, runId, answer)));
    assert.deepEqual(receipts.filter(({ isDecided }) => isDecided).length, 2);
    assert.equal((await untilEnd(connection, runId)).status, 'done');
  });
});

/** Says yes to a step, and does something else before the run hears it. */
async function answerLate(runId: string, step: string, meanwhile: () => Promise<unknown>): Promise<unknown> {
  const id = `late-${randomUUID()}`;
  const proxy = await startHoldingProxy(connection.address, id);
  const distant = await connect(ground.config, { address: proxy.address });
  try {
    const answered = answerApproval(distant, runId, { step, choice: 'approve', by: 'ada', id });
    await Promise.race([proxy.heard, answered]);
    await meanwhile();
    proxy.release();
    return await answered;
  } finally {
    await distant.close();
    await proxy.close();
  }
}

describe('a message to a run', () => {
  it('is sent again when the connection does not say whether it arrived, and counts once', async function () {
    this.timeout(480_000);
    const id = `said-${randomUUID()}`;
    const proxy = await startSilencingProxy(connection.address, id);
    const distant = await connect(ground.config, { address: proxy.address });
    try {
      const runId = await start('name: cut\nsteps:\n  ask: { approve: { message: Go?, quorum: 2 } }\n');
      await untilAsked(runId);
      const answered = answerApproval(distant, runId, { step: 'ask', choice: 'approve', by: 'ada', id });
      await untilView(connection, runId, ({ approvals = [] }) => approvals[0]?.answers.length === 1);
      // A call to Temporal is given up after 15 s.
      await delay(15_500);
      await proxy.cut();
      assert.deepEqual(await answered, { answers: 1, isDecided: false });
      await cancelRun(connection, runId);
    } finally {
      await distant.close();
      await proxy.close();
    }
  });

  describe('that takes its time to arrive', () => {
    it('is too late when the run has ended', async () => {
      const runId = await start('name: late\nsteps:\n  ask: { approve: { message: Go? } }\n');
      await untilAsked(runId);
      const late = answerLate(runId, 'ask', async () => {
        await answerApproval(connection, runId, { step: 'ask', choice: 'approve', by: 'bob' });
        await untilEnd(connection, runId);
      });
      await assert.rejects(late, { code: 'RUN_ENDED' });
    });

    it('is looked after by the run when the part has ended', async () => {
      const runId = await start(`name: part
steps:
  loop: { repeat: { until: "\${{ true }}", max: 30 }, steps: { ask: { approve: { message: Go? } } } }
  rest: { needs: loop, wait: 1h }
`);
      await untilAsked(runId);
      const late = answerLate(runId, 'loop#1/ask', async () => {
        await answerApproval(connection, runId, { step: 'loop#1/ask', choice: 'approve', by: 'bob' });
        await untilWaits(runId);
      });
      await assert.rejects(late, {
        code: 'ANSWER_REFUSED',
        message: 'Cannot answer approval "loop#1/ask": it does not wait for an answer, none does',
      });
      await cancelRun(connection, runId);
    });
  });

  it('is not sent where no worker would hear it', async () => {
    const elsewhere = await openGround();
    try {
      const runId = await startYaml(elsewhere, 'name: alone\nsteps:\n  s: { wait: 1h }\n');
      await assert.rejects(pauseRun(elsewhere.connection, runId), {
        code: 'WORKER_MISSING',
        message: `Cannot pause run "${runId}": no worker is on task queue "${elsewhere.config.taskQueue}", start one with \`orchestrator worker\``,
      });
      await connection.client.workflow.getHandle(runId).terminate();
      await assert.rejects(pauseRun(elsewhere.connection, runId), { code: 'RUN_ENDED' });
    } finally {
      await elsewhere.close();
    }
  });
});

describe('askParts', () => {
  it('does without a part that has gone, and hears of other faults', async () => {
    const runId = await start('name: parts\nsteps:\n  nap: { wait: 1h }\n');
    const view = await untilWaits(runId);
    const children = [{ path: 'gone', runId: `${runId}/gone` }];
    assert.deepEqual(await askParts(connection, { ...view, children }), { ...view, children });
    const config = loadConfig({ ...process.env, ...ground.environment, TEMPORAL_NAMESPACE: 'no-such-namespace' });
    const elsewhere = await connect(config, { address: connection.address });
    try {
      await assert.rejects(askParts(elsewhere, { ...view, children }), /no-such-namespace|Namespace/u);
      await assert.rejects(describeRun(elsewhere, 'nobody'), /no-such-namespace|Namespace/u);
    } finally {
      await elsewhere.close();
    }
    await cancelRun(connection, runId);
  });
});
