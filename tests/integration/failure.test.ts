import assert from 'node:assert/strict';
import { cancelRun, describeRun } from '../../src/runs.ts';
import { retryStep, skipStep } from '../../src/steering.ts';
import { outputsOf, runYaml, startYaml, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import type { WebServer } from '../web-server.ts';

describe('a step that fails', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  const yamlOf = (yaml: string): string => `name: failure\n${yaml.replaceAll('WEB', web.url)}`;
  const asked = (path: string): number => web.requests.filter((request) => request.endsWith(path)).length;

  for (const { name, retry, attempts, code } of [
    {
      name: 'is tried again for the codes that it names',
      retry: 'retry_on: [TOOL_HTTP_STATUS]',
      attempts: 3,
      code: 'TOOL_HTTP_STATUS',
    },
    {
      name: 'is not tried again for a code that it rules out',
      retry: 'never_on: [TOOL_HTTP_UNAVAILABLE]',
      attempts: 1,
      code: 'TOOL_HTTP_UNAVAILABLE',
    },
    {
      name: 'is not tried again for other codes than it names',
      retry: 'retry_on: [STEP_TIMEOUT]',
      attempts: 1,
      code: 'TOOL_HTTP_UNAVAILABLE',
    },
  ]) {
    it(name, async () => {
      const status = code === 'TOOL_HTTP_STATUS' ? 404 : 503;
      const path = `/status?code=${status}&name=${encodeURIComponent(name)}`;
      const view = await runYaml(
        ground,
        yamlOf(
          `steps: { ask: { tool: http.request, with: { url: "WEB${path}" }, retry: { attempts: 3, backoff: 10ms, ${retry} } } }\n`,
        ),
      );
      assert.deepEqual([view.error?.code, view.error?.attempts], [code, attempts]);
      assert.equal(asked(path), attempts);
    });
  }

  it('is given up when all its attempts have taken too long', async () => {
    const view = await runYaml(
      ground,
      yamlOf(
        'steps: { ask: { tool: http.request, with: { url: "WEB/status?code=503&name=within" }, retry: { attempts: 50, backoff: 200ms, max_backoff: 200ms, within: 2s } } }\n',
      ),
    );
    assert.equal(view.error?.code, 'TOOL_HTTP_UNAVAILABLE');
    const calls = asked('name=within');
    assert.ok(calls > 1 && calls < 12, `${calls} calls`);
  });

  it('undoes what was done before it, the newest first', async () => {
    const view = await runYaml(
      ground,
      yamlOf(`steps:
  one:
    tool: http.request
    with: { url: "WEB/one" }
    compensate: { tool: http.request, with: { url: "WEB/undo-one", query: { was: "\${{ steps.one.output.body }}" } } }
  two:
    needs: one
    steps:
      inner:
        tool: http.request
        with: { url: "WEB/two" }
        compensate: { tool: http.request, with: { url: "WEB/undo-two" } }
  three: { needs: two, fail: "no more" }
`),
    );
    assert.equal(view.error?.message, 'no more');
    assert.deepEqual(
      view.compensations?.map(({ step, status }) => `${step} ${status}`),
      ['two/inner done', 'one done'],
    );
    assert.deepEqual(web.requests.filter((request) => request.includes('/undo-')).slice(-2), [
      'GET /undo-two',
      'GET /undo-one?was=%2Fone',
    ]);
  });

  it('reports a compensation that fails, and goes on with the rest', async () => {
    const view = await runYaml(
      ground,
      yamlOf(`steps:
  one: { set: 1, compensate: { tool: http.request, with: { url: "WEB/rest" } } }
  two: { needs: one, set: 2, compensate: { fail: "cannot be undone" } }
  three: { needs: two, fail: "no more" }
`),
    );
    assert.deepEqual(
      view.compensations?.map(({ step, status, error }) => [step, status, error?.message]),
      [
        ['two', 'failed', 'cannot be undone'],
        ['one', 'done', undefined],
      ],
    );
  });

  it('undoes what was done when the run is cancelled, in its parts too', async () => {
    const runId = await startYaml(
      ground,
      yamlOf(`steps:
  each:
    for_each: "\${{ range(101) }}"
    concurrency: 50
    set: "\${{ item }}"
    compensate: { if: "\${{ item == 100 }}", tool: http.request, with: { url: "WEB/undo-item" } }
  rest: { needs: each, wait: 1h }
`),
    );
    await untilView(ground.connection, runId, (view) => stepOf(view, 'rest').status === 'waiting');
    await cancelRun(ground.connection, runId);
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'cancelled');
    assert.equal(view.compensations?.filter(({ status }) => status === 'done').length, 101);
    assert.equal(asked('/undo-item'), 1);
  });

  it('undoes nothing when the run is done', async () => {
    const view = await runYaml(ground, yamlOf('steps: { one: { set: 1, compensate: { fail: "never" } } }\n'));
    assert.deepEqual([view.status, view.compensations], ['done', undefined]);
  });

  it('is held until a person has it tried again', async () => {
    const runId = await startYaml(
      ground,
      yamlOf(`timeout: 1h
steps:
  ask: { tool: http.request, with: { url: "WEB/flaky?times=1&key=held" }, retry: { attempts: 1 }, on_error: hold }
outputs: { body: "\${{ steps.ask.output.body }}" }
`),
    );
    const held = await untilView(ground.connection, runId, (view) => view.held !== undefined);
    assert.deepEqual(
      [held.status, stepOf(held, 'ask').status, held.held?.[0]?.error.code],
      ['waiting', 'held', 'TOOL_HTTP_UNAVAILABLE'],
    );
    await assert.rejects(retryStep(ground.connection, runId, { step: 'other' }), { code: 'STEP_UNKNOWN' });
    await retryStep(ground.connection, runId, { step: 'ask' });
    assert.deepEqual(await outputsOf(ground, await untilEnd(ground.connection, runId)), { body: 'at last' });
  });

  for (const { name, output, expected } of [
    { name: 'is held until a person gives its output', output: { body: 'given' }, expected: ['done', 'given'] },
    { name: 'is held until a person skips it', output: undefined, expected: ['skipped', null] },
  ]) {
    it(name, async () => {
      const runId = await startYaml(
        ground,
        yamlOf(`steps:
  ask: { tool: http.request, with: { url: "WEB/status?code=500" }, retry: { attempts: 1 }, on_error: hold }
  after: { needs: ask, join: settled, set: "\${{ [steps.ask.status, steps.ask.output.?body.orValue(null)] }}" }
outputs: { seen: "\${{ steps.after.output }}" }
`),
      );
      await untilView(ground.connection, runId, (view) => view.held !== undefined);
      await skipStep(ground.connection, runId, { step: 'ask', ...(output === undefined ? {} : { output }) });
      assert.deepEqual(await outputsOf(ground, await untilEnd(ground.connection, runId)), { seen: expected });
      assert.equal((await describeRun(ground.connection, runId)).held, undefined);
    });
  }

  it('ends what runs beside it, and says that what was around ended', async () => {
    const view = await runYaml(
      ground,
      yamlOf(`steps:
  group:
    timeout: 500ms
    on_error: continue
    steps: { long: { wait: 1h }, later: { needs: long, set: 1 } }
  after: { join: settled, needs: group, steps: { no: { fail: "no more" }, beside: { wait: 1h } } }
  last: { needs: after, set: 1 }
`),
    );
    const told = [...(stepOf(view, 'group').steps ?? []), ...(stepOf(view, 'after').steps ?? []), stepOf(view, 'last')];
    assert.deepEqual(
      told.flatMap((step) => (step.status === 'cancelled' ? [`${step.path ?? step.id}: ${step.because}`] : [])),
      [
        'group/long: the step around it ended while it ran',
        'group/later: the step around it ended before it started',
        'after/beside: the step around it ended while it ran',
        'last: the run ended before it started',
      ],
    );
  });

  it('saves a file of the run', async () => {
    const view = await runYaml(
      ground,
      yamlOf(`steps:
  text: { set: { a: 1 }, save_to: { path: "out/\${{ run.id }}.json", value: "\${{ steps.text.output }}" } }
`),
    );
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.deepEqual(
      view.files?.map(({ path, bytes, step }) => ({ path, bytes, step })),
      [{ path: `out/${view.runId}.json`, bytes: 13, step: 'text' }],
    );
  });

  it('fails when its file cannot be saved', async () => {
    const view = await runYaml(
      ground,
      yamlOf('steps: { text: { set: 1, save_to: { path: "${{ \'../\' + run.id }}", value: x } } }\n'),
    );
    assert.equal(view.error?.code, 'PATH_REFUSED');
  });
});
