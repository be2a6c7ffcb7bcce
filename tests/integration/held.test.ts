import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { RunView } from '../../src/pipeline/view.ts';
import { describeRun } from '../../src/runs.ts';
import { answerApproval, retryStep, sendEvent, skipStep } from '../../src/steering.ts';
import { outputsOf, startYaml, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import type { WebServer } from '../web-server.ts';

describe('a form that is held', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  const start = (yaml: string): Promise<string> =>
    startYaml(ground, `name: held\n${yaml.replaceAll('WEB', web.url).replaceAll('KEY', randomUUID())}`);
  const untilHeld = (runId: string): Promise<RunView> =>
    untilView(ground.connection, runId, ({ held }) => held !== undefined);
  const end = async (runId: string) => outputsOf(ground, await untilEnd(ground.connection, runId));

  it('is tried again as a whole when it is a group, as often as at first', async () => {
    const runId = await start(`steps:
  all:
    retry: { attempts: 2, backoff: 10ms }
    on_error: hold
    steps: { ask: { tool: http.request, with: { url: "WEB/flaky?times=3&key=KEY" }, retry: { attempts: 1 } } }
outputs: { body: "\${{ steps.all.output.ask.body }}", attempts: "\${{ steps.all.attempts }}" }
`);
    const view = await untilHeld(runId);
    assert.deepEqual(
      stepOf(view, 'all').steps?.map(({ path, status }) => [path, status]),
      [['all~2/ask', 'failed']],
    );
    await retryStep(ground.connection, runId, { step: 'all' });
    assert.deepEqual(await end(runId), { body: 'at last', attempts: 4 });
  });

  it('is tried again when it is a case of a switch', async () => {
    const runId = await start(`steps:
  route:
    on_error: hold
    switch: "\${{ 'a' }}"
    cases: { a: { tool: http.request, with: { url: "WEB/flaky?times=1&key=KEY" }, retry: { attempts: 1 } } }
outputs: { body: "\${{ steps.route.output.body }}" }
`);
    await untilHeld(runId);
    await retryStep(ground.connection, runId, { step: 'route' });
    assert.deepEqual(await end(runId), { body: 'at last' });
  });

  it('waits anew when it is a wait', async () => {
    const runId = await start(`steps:
  scan: { on_error: hold, wait: { event: scanned, timeout: 8s } }
outputs: { id: "\${{ steps.scan.output }}" }
`);
    await untilHeld(runId);
    await retryStep(ground.connection, runId, { step: 'scan' });
    const view = await untilView(ground.connection, runId, ({ waits }) => waits !== undefined);
    assert.deepEqual([stepOf(view, 'scan').status, view.waits?.[0]?.step], ['waiting', 'scan~2']);
    await sendEvent(ground.connection, runId, { name: 'scanned', payload: 5 });
    assert.deepEqual(await end(runId), { id: 5 });
  });

  it('asks anew when it is an approval', async () => {
    const runId = await start(`steps:
  ask: { on_error: hold, approve: { message: Well?, timeout: 8s } }
outputs: { by: "\${{ steps.ask.output.by }}" }
`);
    await untilHeld(runId);
    await retryStep(ground.connection, runId, { step: 'ask' });
    const { approvals } = await untilView(ground.connection, runId, (view) => view.approvals !== undefined);
    await answerApproval(ground.connection, runId, {
      step: approvals?.[0]?.step ?? '',
      choice: 'approve',
      by: 'ada',
    });
    assert.deepEqual(await end(runId), { by: 'ada' });
  });

  it('is skipped in a part as anywhere else', async () => {
    const runId = await start(`steps:
  loop:
    repeat: { max: 25 }
    tool: http.request
    with: { url: "WEB/status?code=404" }
    on_error: hold
outputs: { status: "\${{ steps.loop.status }}" }
`);
    const { held } = await untilHeld(runId);
    await skipStep(ground.connection, runId, { step: held?.[0]?.step ?? '' });
    assert.deepEqual(await end(runId), { status: 'skipped' });
  });

  it('waits for a place before its call is made again', async () => {
    const runId = await start(`concurrency: 1
steps:
  ask: { tool: http.request, with: { url: "WEB/flaky?times=1&key=KEY" }, retry: { attempts: 1 }, on_error: hold }
  slow: { needs: start, tool: http.request, with: { url: "WEB/gate?key=KEY" } }
  start: { wait: 200ms }
outputs: { body: "\${{ steps.ask.output.body }}" }
`);
    const isSlow = (): boolean => web.requests.some((request) => request.includes('/gate'));
    await untilView(ground.connection, runId, ({ held }) => held !== undefined && isSlow());
    await retryStep(ground.connection, runId, { step: 'ask' });
    const { steps } = await describeRun(ground.connection, runId);
    assert.deepEqual(
      steps.map(({ id, status }) => `${id} ${status}`),
      ['ask held', 'start done', 'slow running'],
    );
    const key = new URL(web.requests.find((request) => request.includes('/gate'))?.split(' ')[1] ?? '', web.url);
    web.open(key.searchParams.get('key') ?? '');
    assert.deepEqual(await end(runId), { body: 'at last' });
  });
});
