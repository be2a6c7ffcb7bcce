import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { startRun } from '../../src/client.ts';
import { openGround, outputsOf, planOf, stepOf, untilView, type TestGround } from '../runs.ts';
import type { PipelineError } from '../../src/errors.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { describeRun } from '../../src/runs.ts';
import { answerApproval, sendEvent, skipStep } from '../../src/steering.ts';
import { freePort } from '../../src/local/ports.ts';
import { openTimeSkipping } from '../time-skipping.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startTestWorker } from '../worker.ts';

const HOUR_MS = 3_600_000;

/** On Temporal's time-skipping test server: whatever waits, waits no time. */
describe('a run that waits for hours', () => {
  let environment: TestWorkflowEnvironment;
  let ground: TestGround;
  let web: WebServer;
  let worker: { stop(): Promise<void> };

  before(async function start() {
    this.timeout(120_000);
    environment = await openTimeSkipping();
    web = await startWebServer();
    const overrides = {
      TEMPORAL_ADDRESS: environment.address,
      ORCHESTRATOR_ALLOWED_HOSTS: web.host,
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    };
    ground = await openGround(overrides);
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker?.stop();
    await ground?.close();
    await web?.close();
    await environment?.teardown();
  });

  const start = (yaml: string): Promise<{ runId: string }> =>
    startRun(ground.connection, { plan: planOf(yaml.replaceAll('WEB', web.url), ground.config) });

  const run = async (yaml: string): Promise<RunView> => ended((await start(yaml)).runId);

  async function ended(runId: string): Promise<RunView> {
    // This client's handle lets time pass.
    await environment.client.workflow
      .getHandle(runId)
      .result()
      .catch(() => undefined);
    return describeRun(ground.connection, runId);
  }

  it('pauses between attempts as long as it says, doubling up to its bound', async () => {
    const startedAt = Date.now();
    const view = await run(`name: patient
steps:
  call: { tool: http.request, with: { url: "WEB/flaky?times=4&key=hours" }, retry: { attempts: 5, backoff: 1h, max_backoff: 3h } }
`);
    const call = stepOf(view, 'call');
    assert.ok(call.status === 'done' && call.attempts === 5, JSON.stringify(view));
    assert.ok(call.startedAt !== undefined);
    const hours = (call.endedAt - call.startedAt) / HOUR_MS;
    assert.ok(hours >= 9 && hours < 10, `1 + 2 + 3 + 3 hours passed, not ${hours}`);
    assert.ok(Date.now() - startedAt < 200_000);
  });

  it('ends at its own timeout, days later, while it waits for a model server', async () => {
    const view = await run(`name: gone
timeout: 3d
steps:
  ask: { model: ollama/any, prompt: Hi, retry: { attempts: 100, backoff: 1h, max_backoff: 1d } }
`);
    assert.equal(view.error?.code, 'RUN_TIMEOUT');
    assert.equal((Number(view.endedAt) - view.startedAt) / HOUR_MS >= 72, true);
  });

  it('reminds, asks others, and is answered on the third day', async () => {
    const { runId } = await start(`name: three-days
steps:
  approve:
    approve:
      message: "Send \${{ 'it' }}?"
      to: [support]
      options: [send, reject]
      edit: "\${{ 'the text' }}"
      answer: { type: object, properties: { reason: { type: string } }, required: [reason] }
      quorum: 2
      remind: 1d
      escalate: { after: 36h, to: [head] }
      timeout: 5d
      notify: { tool: http.request, with: { url: "WEB/told", query: { kind: "\${{ event.kind }}", to: "\${{ join(event.to, '+') }}", by: "\${{ coalesce(event.by, '') }}" } } }
outputs: { output: "\${{ steps.approve.output }}" }
`);
    const { connection } = ground;
    await untilView(connection, runId, ({ approvals }) => approvals !== undefined);
    const ask = { step: 'approve', choice: 'send', answer: { reason: 'good' } };
    await environment.sleep('50h');
    for (const [answer, why] of [
      [{ ...ask, choice: 'maybe', by: 'ada', groups: ['support'] }, '"maybe" is no choice, there are send, reject'],
      [{ ...ask, by: 'eve' }, 'eve is not asked, these are: support, head'],
      [{ ...ask, answer: {}, by: 'ada', groups: ['support'] }, 'reason'],
      [{ ...ask, edited: 5, by: 'ada', groups: ['support'] }, 'what was edited does not fit: '],
      [{ ...ask, by: '' }, 'it does not say who answers'],
      [{ ...ask, step: 'other', by: 'ada' }, 'it does not wait for an answer, these do: "approve"'],
    ] as const) {
      await assert.rejects(answerApproval(connection, runId, answer), ({ code, message }: PipelineError) => {
        assert.equal(code, 'ANSWER_REFUSED');
        assert.ok(message.includes(why), message);
        return true;
      });
    }
    const [asked] = (await describeRun(connection, runId)).approvals ?? [];
    assert.deepEqual(
      [asked?.reminders, asked?.isEscalated, asked?.to, asked?.answers],
      [2, true, ['support', 'head'], []],
    );
    await answerApproval(connection, runId, { ...ask, by: 'ada', groups: ['support'], edited: 'a better text' });
    await assert.rejects(
      answerApproval(connection, runId, { ...ask, by: 'ada', groups: ['support'] }),
      /ada has answered it/,
    );
    await environment.sleep('24h');
    await answerApproval(connection, runId, { ...ask, by: 'head', comment: 'at last' });
    const { output } = await outputsOf(ground, await ended(runId));
    const { at, answers, ...rest } = output as {
      at: string;
      answers: readonly { by: string; edited: string | null }[];
    };
    assert.deepEqual(
      answers.map(({ by, edited }) => [by, edited]),
      [
        ['ada', 'a better text'],
        ['head', null],
      ],
    );
    assert.deepEqual(rest, {
      choice: 'send',
      edited: 'the text',
      answer: { reason: 'good' },
      by: 'head',
      comment: 'at last',
    });
    assert.ok(!Number.isNaN(Date.parse(at)));
    assert.deepEqual(
      web.requests
        .filter((request) => request.includes('/told'))
        .map((request) => decodeURIComponent(request.slice('GET /told?'.length))),
      [
        'kind=asked&to=support&by=',
        'kind=reminded&to=support&by=',
        'kind=escalated&to=support+head&by=',
        'kind=reminded&to=support+head&by=',
        'kind=reminded&to=support+head&by=',
        'kind=answered&to=support+head&by=head',
      ],
    );
    await assert.rejects(answerApproval(connection, runId, { ...ask, by: 'bob', groups: ['support'] }), {
      code: 'RUN_ENDED',
    });
  });

  for (const { name, key, status, outcome } of [
    { name: 'chooses by itself when nobody answers', key: 'on_timeout: reject', status: 'done', outcome: 'reject' },
    { name: 'fails when nobody answers', key: 'on_timeout: fail', status: 'failed', outcome: 'APPROVAL_TIMEOUT' },
  ]) {
    it(name, async () => {
      const view = await run(`name: nobody
steps:
  approve: { approve: { message: Well?, timeout: 3d, ${key} } }
outputs: { choice: "\${{ steps.approve.output.choice }}" }
`);
      assert.equal(view.status, status);
      assert.equal(view.error?.code ?? (await outputsOf(ground, view))['choice'], outcome);
      assert.ok((Number(view.endedAt) - view.startedAt) / HOUR_MS >= 72);
    });
  }

  for (const { name, wait, hours, outcome } of [
    { name: 'waits for days', wait: '2d', hours: 48, outcome: null },
    {
      name: 'gives a value when an event does not come',
      wait: '{ event: never, timeout: 8h, on_timeout: { value: late } }',
      hours: 8,
      outcome: 'late',
    },
    {
      name: 'goes on when an event does not come',
      wait: '{ event: never, timeout: 8h, on_timeout: continue }',
      hours: 8,
      outcome: null,
    },
  ]) {
    it(name, async () => {
      const view = await run(`name: waiting
steps: { rest: { wait: ${wait} } }
outputs: { value: "\${{ steps.rest.output }}" }
`);
      assert.deepEqual(await outputsOf(ground, view), { value: outcome });
      const passed = (Number(view.endedAt) - view.startedAt) / HOUR_MS;
      assert.ok(passed >= hours && passed < hours + 1, `${passed} hours`);
    });
  }

  it('takes events in their order, each once, and only those that match', async () => {
    const { runId } = await start(`name: events
steps:
  first: { wait: { event: scanned, schema: { type: object, properties: { id: { type: integer } }, required: [id] } } }
  second: { needs: first, wait: { event: scanned, match: "\${{ event.id > 2 }}" } }
outputs: { ids: "\${{ [steps.first.output.id, steps.second.output.id] }}" }
`);
    const { connection } = ground;
    for (const [event, why] of [
      [{ name: 'scaned', payload: {} }, 'no step waits for it, these are waited for: scanned'],
      [{ name: 'other', payload: 1 }, 'no step waits for it'],
    ] as const) {
      await assert.rejects(sendEvent(connection, runId, event), ({ code, message }: PipelineError) => {
        assert.equal(code, 'EVENT_REFUSED');
        assert.ok(message.includes(why), message);
        return true;
      });
    }
    for (const id of [1, 2, 3]) await sendEvent(connection, runId, { name: 'scanned', payload: { id } });
    assert.deepEqual(await outputsOf(ground, await ended(runId)), { ids: [1, 3] });
  });

  it('does not count the time that a held step waits for a person', async () => {
    const { runId } = await start(`name: held
timeout: 2h
steps:
  ask: { tool: http.request, with: { url: "WEB/status?code=404" }, on_error: hold }
`);
    await untilView(ground.connection, runId, ({ held }) => held !== undefined);
    await environment.sleep('1d');
    await skipStep(ground.connection, runId, { step: 'ask' });
    assert.equal((await ended(runId)).status, 'done');
  });
});
