import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { loadValue, startRun } from '../../src/client.ts';
import type { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { cancelRun, describeRun, followRun, listRuns } from '../../src/runs.ts';
import { pauseRun, resumeRun } from '../../src/steering.ts';
import { doneSteps, planOf, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import { server } from '../servers.ts';
import type { WebServer } from '../web-server.ts';

function statuses(view: RunView): Record<string, string> {
  return Object.fromEntries(view.steps.map((step) => [step.id, step.status]));
}

describe('a run', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  async function start(yaml: string, options: { inputs?: Record<string, unknown>; id?: string } = {}): Promise<string> {
    const plan = planOf(yaml.replaceAll('WEB', web.url), ground.config);
    return (await startRun(ground.connection, { plan, ...options })).runId;
  }

  async function run(yaml: string, inputs: Record<string, unknown> = {}): Promise<RunView> {
    return untilEnd(ground.connection, await start(yaml, { inputs }));
  }

  async function outputsOf(view: RunView): Promise<Record<string, Json>> {
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const entries = Object.entries(view.outputs ?? {}).map(async ([name, value]): Promise<[string, Json]> => {
      return [name, await loadValue(ground.connection, value)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  it('gives values from step to step and computes its outputs', async () => {
    const view = await run(
      `name: values
inputs: { who: { type: string }, times: { type: integer, default: 2 } }
vars: { greeting: Hello }
steps:
  greet: { tool: text.template, with: { template: "\${{ vars.greeting }} {{who}}", data: { who: "\${{ inputs.who }}" } } }
  both: { set: { text: "\${{ steps.greet.output }}", twice: "\${{ inputs.times * 2 }}" } }
outputs: { text: "\${{ steps.both.output.text }}!", twice: "\${{ steps.both.output.twice }}", run: "\${{ run.id }}" }
`,
      { who: 'Ada' },
    );
    assert.deepEqual(await outputsOf(view), { text: 'Hello Ada!', twice: 4, run: view.runId });
    assert.equal(view.costNanoUsd, 0);
  });

  it('asks a model, validates its structured answer and counts tokens', async () => {
    const view = await run(`name: model
steps:
  pick:
    model: ollama/${server('model')}
    prompt: Pick one.
    output: { type: object, properties: { label: { enum: [a, b] } }, required: [label] }
    checks: [{ expect: "\${{ output.label in ['a', 'b'] }}" }]
outputs: { label: "\${{ steps.pick.output.label }}" }
`);
    assert.ok(['a', 'b'].includes((await outputsOf(view))['label'] as string));
    const step = stepOf(view, 'pick');
    assert.ok(step.status === 'done' && step.usage !== undefined && step.usage.outputTokens > 0);
    assert.deepEqual(view.usage, step.usage);
    assert.equal(step.model, `ollama/${server('model')}`);
    assert.deepEqual(
      step.checks.map(({ check, passed }) => ({ check, passed })),
      [{ check: 'expect', passed: true }],
    );
  });

  it('runs steps at the same time that do not wait for one another', async () => {
    const steps = Array.from(
      { length: 10 },
      (_, index) => `  s${index}: { tool: http.request, with: { url: "WEB/wait?ms=700" } }`,
    );
    const view = await run(`name: parallel\nsteps:\n${steps.join('\n')}\n`);
    assert.equal(doneSteps(view), 10);
    const starts = view.steps.map((step) => ('startedAt' in step ? (step.startedAt ?? 0) : 0));
    const ends = view.steps.map((step) => ('endedAt' in step ? step.endedAt : 0));
    assert.ok(Math.max(...starts) < Math.min(...ends), 'every step began before any had ended');
  });

  it('keeps to its own limit of steps at a time', async () => {
    const steps = Array.from(
      { length: 6 },
      (_, index) => `  s${index}: { tool: http.request, with: { url: "WEB/wait?ms=50" } }`,
    );
    const view = await run(`name: narrow\nconcurrency: 2\nsteps:\n${steps.join('\n')}\n`);
    const spans = view.steps.map((step) => {
      assert.ok(step.status === 'done' && step.startedAt !== undefined);
      return [step.startedAt, step.endedAt] as const;
    });
    for (const [at] of spans) assert.ok(spans.filter(([from, to]) => from <= at && at < to).length <= 2);
  });

  it('skips, replaces and tolerates as its conditions say', async () => {
    const view = await run(`name: conditions
steps:
  no: { if: "\${{ 1 > 2 }}", set: never }
  instead: { if: "\${{ false }}", else: [], set: never }
  after_no: { set: "\${{ steps.no.output }}" }
  asks: { set: "\${{ steps.no.status }}" }
  after_instead: { set: "\${{ size(steps.instead.output) }}" }
  ordered: { needs: no, set: 1 }
outputs: { asks: "\${{ steps.asks.output }}", empty: "\${{ steps.after_instead.output }}" }
`);
    assert.deepEqual(await outputsOf(view), { asks: 'skipped', empty: 0 });
    assert.deepEqual(statuses(view), {
      no: 'skipped',
      instead: 'done',
      after_no: 'skipped',
      asks: 'done',
      after_instead: 'done',
      ordered: 'skipped',
    });
  });

  it('goes on after a failure that may happen, and says what failed', async () => {
    const view = await run(`name: tolerant
steps:
  broken: { tool: http.request, with: { url: "WEB/status?code=404" }, on_error: continue }
  after: { set: "\${{ steps.broken.output.body }}" }
  reason: { set: "\${{ steps.broken.error.code }}" }
outputs: { reason: "\${{ steps.reason.output }}" }
`);
    assert.deepEqual(await outputsOf(view), { reason: 'TOOL_HTTP_STATUS' });
    assert.deepEqual(statuses(view), { broken: 'failed', after: 'skipped', reason: 'done' });
  });

  it('fails with the code of the step that failed, and stops what runs', async () => {
    const runId = await start(`name: failing
steps:
  slow: { tool: http.request, with: { url: "WEB/wait?ms=20000" } }
  broken: { tool: http.request, with: { url: "WEB/status?code=400" } }
  never: { set: "\${{ steps.slow.output.status }}" }
`);
    const startedAt = Date.now();
    const view = await untilEnd(ground.connection, runId);
    assert.ok(Date.now() - startedAt < 10_000, 'the slow call was cancelled');
    assert.equal(view.status, 'failed');
    assert.equal(view.error?.code, 'TOOL_HTTP_STATUS');
    assert.equal(view.error.stepId, 'broken');
    assert.deepEqual(statuses(view), { slow: 'cancelled', broken: 'failed', never: 'cancelled' });
    assert.equal(view.outputs, undefined);
    await assert.rejects(ground.connection.client.workflow.getHandle(runId).result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.match(String(error.cause?.message), /400/u);
      return true;
    });
  });

  it('repeats what may pass, as often as it says', async () => {
    const view = await run(`name: retries
steps:
  patient: { tool: http.request, with: { url: "WEB/flaky?times=2&key=a" }, retry: { attempts: 3, backoff: 10ms } }
  hasty: { tool: http.request, with: { url: "WEB/flaky?times=2&key=b" }, retry: { attempts: 2, backoff: 10ms }, on_error: continue }
`);
    const patient = stepOf(view, 'patient');
    const hasty = stepOf(view, 'hasty');
    assert.ok(patient.status === 'done' && patient.attempts === 3);
    assert.ok(hasty.status === 'failed' && hasty.error.attempts === 2);
    assert.equal(hasty.error.code, 'TOOL_HTTP_UNAVAILABLE');
  });

  it('never repeats a call that may have taken effect', async () => {
    const view = await run(`name: once
steps:
  post: { tool: http.request, with: { method: POST, url: "WEB/flaky?times=1&key=once" }, retry: { attempts: 5, backoff: 10ms } }
`);
    assert.equal(view.status, 'failed');
    assert.equal(web.requests.filter((each) => each.includes('key=once')).length, 1);
  });

  it('ends an attempt at its timeout and tries again', async () => {
    const view = await run(`name: timeouts
steps:
  slow: { tool: http.request, with: { url: "WEB/wait?ms=5000" }, timeout: 300ms, retry: { attempts: 2, backoff: 10ms } }
`);
    assert.equal(view.error?.code, 'STEP_TIMEOUT');
    assert.equal(view.error.attempts, 2);
  });

  it('ends at its own timeout', async () => {
    const view = await run(`name: run_timeout
timeout: 400ms
steps:
  slow: { tool: http.request, with: { url: "WEB/wait?ms=8000" } }
`);
    assert.equal(view.status, 'failed');
    assert.equal(view.error?.code, 'RUN_TIMEOUT');
  });

  it('asks the next model when one cannot answer, and says so', async () => {
    const view = await run(`name: fallback
models: { small: { use: ollama/${server('model')}, max_output_tokens: 4, accept: [length] } }
steps:
  ask: { model: [ollama/no-such-model, small], prompt: Hi }
`);
    const step = stepOf(view, 'ask');
    assert.ok(step.status === 'done');
    assert.equal(step.model, `ollama/${server('model')}`);
    assert.deepEqual(
      step.passedOver?.map(({ model, code }) => ({ model, code })),
      [{ model: 'ollama/no-such-model', code: 'MODEL_NOT_FOUND' }],
    );
  });

  it('fails with the last model when none can answer', async () => {
    const view = await run('name: none\nsteps:\n  ask: { model: [ollama/no-a, ollama/no-b], prompt: Hi }\n');
    assert.equal(view.error?.code, 'MODEL_NOT_FOUND');
    const step = stepOf(view, 'ask');
    assert.ok(step.status === 'failed' && step.model === 'ollama/no-b' && step.passedOver?.length === 1);
  });

  it('fails a step whose output a check refuses, with the reason', async () => {
    const view = await run(
      `name: checks
steps:
  text:
    check:
      value: too long
    checks: []
`.replace('    checks: []\n', '      length: { max: 3 }\n'),
    );
    assert.equal(view.error?.code, 'CHECK_FAILED');
    const step = stepOf(view, 'text');
    assert.ok(step.status === 'failed' && step.checks.length === 1 && step.checks[0]?.passed === false);
  });

  it('keeps long values out of history, and looks into them all the same', async () => {
    const runId = await start(`name: large
steps:
  get: { tool: http.request, with: { url: "WEB/bytes?count=200000" } }
  size: { set: "\${{ size(steps.get.output.body) }}" }
  same: { set: "\${{ steps.get.output.body }}" }
outputs: { size: "\${{ steps.size.output }}", body: "\${{ steps.same.output }}" }
`);
    const view = await untilEnd(ground.connection, runId);
    const outputs = await outputsOf(view);
    assert.equal(outputs['size'], 200_000);
    assert.equal((outputs['body'] as string).length, 200_000);
    const { historySize } = await ground.connection.client.workflow.getHandle(runId).describe();
    assert.ok(Number(historySize) < 20_000, `history has ${historySize} bytes`);
  });

  it('matches patterns with RE2, outside the workflow', async () => {
    const view = await run(
      `name: patterns
inputs: { text: { type: string } }
steps:
  evil: { set: "\${{ inputs.text.matches('^(a+)+$') }}" }
outputs: { evil: "\${{ steps.evil.output }}" }
`,
      { text: `${'a'.repeat(40)}b` },
    );
    assert.deepEqual(await outputsOf(view), { evil: false });
  });

  it('fails with a sentence when an expression cannot be evaluated', async () => {
    const view = await run(
      `name: division
inputs: { n: { type: integer } }
steps:
  divide: { set: "\${{ 1 / inputs.n }}" }
`,
      { n: 0 },
    );
    assert.equal(view.error?.code, 'EXPRESSION_FAILED');
    assert.equal(view.error.stepId, 'divide');
  });

  it('pauses and goes on, by update and by signal', async () => {
    const runId = await start(`name: pausing
steps:
  first: { tool: http.request, with: { url: "WEB/wait?ms=300" } }
  second: { needs: first, tool: http.request, with: { url: "WEB/second" } }
`);
    const { connection } = ground;
    const handle = connection.client.workflow.getHandle(runId);
    await handle.signal('pause');
    await untilView(connection, runId, (view) => view.status === 'paused');
    assert.equal(await resumeRun(connection, runId), 'running');
    assert.equal(await pauseRun(connection, runId), 'paused');
    assert.equal(await pauseRun(connection, runId), 'paused');
    await untilView(connection, runId, (view) => stepOf(view, 'first').status === 'done');
    assert.equal(stepOf(await describeRun(connection, runId), 'second').status, 'pending');
    await handle.signal('resume');
    assert.equal((await untilEnd(connection, runId)).status, 'done');
  });

  it('is cancelled within seconds, its running calls too', async () => {
    const runId = await start(
      'name: cancelling\nsteps:\n  slow: { tool: http.request, with: { url: "WEB/wait?ms=20000" } }\n',
    );
    await untilView(ground.connection, runId, (view) => stepOf(view, 'slow').status === 'running');
    await cancelRun(ground.connection, runId);
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'cancelled');
    assert.deepEqual(statuses(view), { slow: 'cancelled' });
    await assert.rejects(cancelRun(ground.connection, runId), { code: 'RUN_ENDED' });
    await assert.rejects(pauseRun(ground.connection, runId), { code: 'RUN_ENDED' });
  });

  it('is the same run when it is started twice under one id, and refuses another', async () => {
    const id = `twice-${randomUUID()}`;
    const yaml = 'name: twice\ninputs: { n: { type: integer } }\nsteps:\n  s: { set: "${{ inputs.n }}" }\n';
    const plan = planOf(yaml, ground.config);
    const { connection } = ground;
    assert.deepEqual(await startRun(connection, { plan, inputs: { n: 1 }, id }), { runId: id, isNew: true });
    assert.deepEqual(await startRun(connection, { plan, inputs: { n: 1 }, id }), { runId: id, isNew: false });
    await untilEnd(connection, id);
    assert.deepEqual(await startRun(connection, { plan, inputs: { n: 1 }, id }), { runId: id, isNew: false });
    await assert.rejects(startRun(connection, { plan, inputs: { n: 2 }, id }), { code: 'RUN_EXISTS' });
  });

  it('starts once when fifty start it at the same time', async () => {
    const id = `fifty-${randomUUID()}`;
    const plan = planOf('name: fifty\nsteps:\n  s: { set: 1 }\n', ground.config);
    const started = await Promise.all(Array.from({ length: 50 }, () => startRun(ground.connection, { plan, id })));
    assert.equal(started.filter(({ isNew }) => isNew).length, 1);
  });

  it('refuses a plan of another version with a code, and ends', async () => {
    const plan = { ...planOf('name: version\nsteps:\n  s: { set: 1 }\n', ground.config), planVersion: 99 };
    const { runId } = await startRun(ground.connection, { plan });
    await assert.rejects(ground.connection.client.workflow.getHandle(runId).result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.match(String(error.cause?.message), /plan version 99, this worker runs version 1/u);
      return true;
    });
  });

  it('is followed to its end, listed, and told apart from one that never was', async () => {
    const runId = await start(
      'name: followed\nsteps:\n  s: { tool: http.request, with: { url: "WEB/wait?ms=400" } }\n',
    );
    const seen: string[] = [];
    for await (const view of followRun(ground.connection, runId, { intervalMs: 50 })) seen.push(view.status);
    assert.equal(seen.at(-1), 'done');
    assert.ok(seen.length >= 2);
    await assert.rejects(describeRun(ground.connection, 'no-such-run'), {
      code: 'RUN_UNKNOWN',
    } satisfies Partial<PipelineError>);
  });

  it('lists runs by status and pipeline', async () => {
    const name = `listed_${randomUUID().replaceAll('-', '')}`;
    const runId = await start(`name: ${name}\nsteps:\n  s: { set: 1 }\n`);
    await untilEnd(ground.connection, runId);
    const deadline = Date.now() + 10_000;
    let found = await listRuns(ground.connection, { pipeline: name, status: 'done' });
    // The list of a server lags behind its runs by a moment.
    while (found.length === 0 && Date.now() < deadline)
      found = await listRuns(ground.connection, { pipeline: name, status: 'done' });
    assert.deepEqual(
      found.map(({ runId: id, status, costUsd }) => ({ id, status, costUsd })),
      [{ id: runId, status: 'done', costUsd: 0 }],
    );
    assert.deepEqual(await listRuns(ground.connection, { pipeline: "o'none" }), []);
  });
});
