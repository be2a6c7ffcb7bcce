import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { readRunRecord, writeRunRecord } from '../../activities/artifacts/run-records.ts';
import { billOf } from '../../src/bill.ts';
import { loadValue, startRun } from '../../src/client.ts';
import { diffRuns, forkRun, savingsOf, type ForkOptions } from '../../src/fork.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { CallRecord } from '../../src/pipeline/result.ts';
import type { RunView, StepView } from '../../src/pipeline/view.ts';
import { answerApproval, retryStep, sendEvent, skipStep } from '../../src/steering.ts';
import { startHttpProxy, type Proxy } from '../proxies.ts';
import { openGround, planOf, untilEnd, untilTrue, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startTestWorker } from '../worker.ts';
import { always, once, talkingTo, TEXT, TEXT_GAVE } from './conversation/examples.ts';

/** Two answers of a model that hang on one another, and a request that hangs on the second. */
const CHAIN = `name: chain
inputs: { topic: { type: string, default: tea }, tone: { type: string, default: calm } }
models: { small: { use: MODEL, max_output_tokens: 4, accept: [length] } }
steps:
  draft: { model: small, prompt: "Write about \${{ inputs.topic }}.", checks: [{ length: { max: 1000 } }] }
  title: { model: small, prompt: "A \${{ inputs.tone }} title for: \${{ steps.draft.output }}" }
  aside: { model: small, prompt: "Say hello." }
outputs: { draft: "\${{ steps.draft.output }}", title: "\${{ steps.title.output }}", aside: "\${{ steps.aside.output }}" }
`;

const POST = `name: post
inputs: { text: { type: string, default: one }, seen: { type: string, default: a } }
steps:
  look: { tool: http.request, with: { url: "WEB/look", query: { seen: "\${{ inputs.seen }}" } } }
  send: { tool: http.request, with: { method: POST, url: "WEB/send", body: "\${{ inputs.text }} \${{ steps.look.output.body }}" } }
  after: { tool: http.request, needs: send, with: { method: PUT, url: "WEB/after", body: x } }
outputs: { sent: "\${{ steps.send.output.status }}" }
`;

function done(view: RunView): RunView {
  assert.equal(view.status, 'done', JSON.stringify(view.error));
  return view;
}

/** The steps at the top whose result was taken over. */
function reusedSteps({ steps }: RunView): string[] {
  return steps.filter((step) => step.status === 'done' && step.reused !== undefined).map(({ id }) => id);
}

const isHeld = ({ held = [] }: RunView): boolean => held.length > 0;

const TOLD = { tools: ['text.template'], hears: TEXT_GAVE };

const talkOf = ({ steps }: RunView): readonly StepView[] => steps.find(({ id }) => id === 'talk')?.steps ?? [];

/** Of each turn of a conversation, whether it was taken over. */
function turnsOf(view: RunView): boolean[] {
  return talkOf(view).map((turn) => turn.status === 'done' && turn.reused !== undefined);
}

/** The paths of the calls that a model wanted. */
function sentIn(view: RunView): string[] {
  return talkOf(view).flatMap((turn) => (turn.steps ?? []).map(({ id }) => `talk/${turn.id}/${id}`));
}

/** A step that two checks judge. */
const templateStep = (name: string): string =>
  `  ${name}: { tool: text.template, with: { template: ${name} }, checks: [{ contains: ${name} }, { length: { min: 1 } }] }`;

describe('a fork', () => {
  let ground: TestGround;
  let web: WebServer;
  let ollama: Proxy;
  let worker: { stop(): Promise<void> };
  let asked = 0;

  before(async () => {
    web = await startWebServer();
    ollama = await startHttpProxy(server('ollama'), {
      refuse: ({ url }) => void (asked += url === '/api/chat' ? 1 : 0),
    });
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host, OLLAMA_HOST: ollama.url });
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker.stop();
    await ground.close();
    await ollama.close();
    await web.close();
  });

  const planFor = (yaml: string) =>
    planOf(yaml.replaceAll('WEB', web.url).replaceAll('MODEL', `ollama/${server('model')}`), ground.config);

  async function run(yaml: string, inputs: Record<string, unknown> = {}): Promise<RunView> {
    const { runId } = await startRun(ground.connection, { plan: planFor(yaml), inputs });
    return untilEnd(ground.connection, runId);
  }

  interface Fork extends Omit<ForkOptions, 'runId' | 'plan'> {
    /** The edited pipeline. */
    readonly yaml?: string;
  }

  async function start({ runId }: RunView, { yaml, ...options }: Fork = {}): Promise<string> {
    const edited = yaml === undefined ? {} : { plan: planFor(yaml) };
    return (await forkRun(ground.connection, { ...options, ...edited, runId })).runId;
  }

  /** Forks a run; says how often a model was asked for it, and what web servers were asked. */
  async function fork(
    first: RunView,
    options: Fork = {},
  ): Promise<{ view: RunView; models: number; web: readonly string[] }> {
    const [askedBefore, seen] = [asked, web.requests.length];
    const view = await untilEnd(ground.connection, await start(first, options));
    return { view, models: asked - askedBefore, web: web.requests.slice(seen) };
  }

  async function outputsOf(view: RunView): Promise<Record<string, Json>> {
    const entries = Object.entries(done(view).outputs ?? {}).map(async ([name, value]): Promise<[string, Json]> => {
      return [name, await loadValue(ground.connection, value)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  async function callsOf(view: RunView): Promise<readonly CallRecord[]> {
    const { store, tenant } = ground.connection;
    const record = await readRunRecord(store, tenant, view.runId);
    return record?.calls ?? [];
  }

  async function answer(runId: string, choice: string): Promise<void> {
    await untilView(ground.connection, runId, ({ approvals = [] }) => approvals.length > 0);
    await answerApproval(ground.connection, runId, { step: 'ask', choice, by: 'ann' });
  }

  async function madeIn(view: RunView): Promise<string[]> {
    const calls = (await callsOf(done(view))).filter(({ kind }) => kind === 'model');
    return calls.flatMap(({ path, result }) => ('reused' in result && result.reused ? [] : [path])).toSorted();
  }

  describe('of models that hang on one another', () => {
    let first: RunView;
    before(async () => {
      first = done(await run(CHAIN));
    });

    it('calls nothing, gives the same, and says what it took over', async () => {
      const { view, models } = await fork(first);
      assert.deepEqual(await outputsOf(view), await outputsOf(first));
      assert.equal(models, 0);
      assert.deepEqual(reusedSteps(view), ['draft', 'title', 'aside']);
      assert.equal(view.forkOf, first.runId);
      assert.deepEqual(view.usage, { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 });
      assert.deepEqual(await savingsOf(ground.connection, view.runId), { calls: 3, savedNanoUsd: 0 });
      const kept = (await callsOf(view)).map(({ path, result }) => [
        path,
        'reused' in result ? result.reused : undefined,
      ]);
      const reused = { runId: first.runId, costNanoUsd: 0 };
      assert.deepEqual(Object.fromEntries(kept), {
        draft: reused,
        'draft/check-0': reused,
        title: reused,
        aside: reused,
      });
    });

    it('asks again where a prompt was edited, and where that changes another prompt', async () => {
      const { view, models } = await fork(first, { yaml: CHAIN.replace('Write about', 'Write more about') });
      const isSame = (await outputsOf(view))['draft'] === (await outputsOf(first))['draft'];
      assert.equal(models, isSame ? 1 : 2);
      assert.deepEqual(reusedSteps(view), isSame ? ['title', 'aside'] : ['aside']);
    });

    it('buys no answer again because a check was edited', async () => {
      const { view, models } = await fork(first, { yaml: CHAIN.replace('max: 1000', 'max: 999') });
      assert.equal(models, 0);
      assert.deepEqual(reusedSteps(done(view)), ['draft', 'title', 'aside']);
      const check = (await callsOf(view)).find(({ path }) => path === 'draft/check-0');
      assert.ok(check?.result.status === 'done' && check.result.reused === undefined);
    });

    it('asks again where an input is another one', async () => {
      const { view, models } = await fork(first, { inputs: { tone: 'wild' } });
      assert.equal(models, 1);
      assert.deepEqual(reusedSteps(done(view)), ['draft', 'aside']);
    });

    it('runs a step again, and what comes after it', async () => {
      const { view, models } = await fork(first, { from: 'draft' });
      assert.equal(models, 2);
      assert.deepEqual(reusedSteps(done(view)), ['aside']);
    });

    it('of a fork finds what the first run gave', async () => {
      const edited = CHAIN.replace('A ${{', 'One ${{');
      const second = await fork(first, { yaml: edited });
      assert.equal(second.models, 1);
      const third = await fork(second.view);
      assert.equal(third.models, 0);
      const sources = third.view.steps.map((step) => (step.status === 'done' ? step.reused?.runId : undefined));
      assert.deepEqual(sources, [first.runId, second.view.runId, first.runId]);
    });

    it('is the same run when it is started again under its id', async () => {
      const id = `fork-${first.runId}`;
      await start(first, { id });
      assert.equal(await start(first, { id }), id);
      await assert.rejects(start(first, { id, from: 'draft' }), { code: 'RUN_EXISTS' });
      done(await untilEnd(ground.connection, id));
      assert.equal(await start(first, { id }), id);
      await assert.rejects(startRun(ground.connection, { id, plan: planFor(CHAIN) }), { code: 'RUN_EXISTS' });
    });

    for (const { name, options, code, message } of [
      {
        name: 'an unknown step',
        options: { from: 'darft' },
        code: 'STEP_UNKNOWN',
        message: /has no step "darft": did you mean "draft"\?$/,
      },
      {
        name: 'an unknown input',
        options: { inputs: { tope: 'x' } },
        code: 'INPUT_UNKNOWN',
        message: /no input "tope"/,
      },
      { name: 'a wrong input', options: { inputs: { tone: 3 } }, code: 'INPUT_INVALID', message: /input "tone" is 3/ },
    ] as const) {
      it(`is refused with ${name}`, async () => {
        await assert.rejects(start(first, options), { code, message });
      });
    }

    it('is compared with the first run', async () => {
      const { view } = await fork(first, { yaml: CHAIN.replace('Say hello.', 'Say hullo.') });
      const { plan, steps, isPlanSame, after } = await diffRuns(ground.connection, first.runId, view.runId);
      assert.equal(isPlanSame, false);
      assert.deepEqual(plan, { added: [], removed: [], changed: [{ step: 'aside', keys: ['prompt'] }], pipeline: [] });
      assert.equal(after.runId, view.runId);
      assert.deepEqual(
        steps.map(({ step, facts }) => [step, facts.after?.isReused]),
        [
          ['draft', true],
          ['title', true],
          ['aside', false],
        ],
      );
    });
  });

  it('is refused while the run goes on, and says what to do', async () => {
    const plan = planFor('name: waits\nsteps: { wait: { wait: 1h } }\n');
    const { runId } = await startRun(ground.connection, { plan });
    await assert.rejects(forkRun(ground.connection, { runId }), { code: 'RUN_OPEN', message: /runs cancel/ });
    const handle = ground.connection.client.workflow.getHandle(runId);
    await handle.terminate();
    await assert.rejects(forkRun(ground.connection, { runId }), { code: 'RUN_TERMINATED' });
    await assert.rejects(forkRun(ground.connection, { runId: 'no-such-run' }), { code: 'RUN_UNKNOWN' });
  });

  it('takes the steps at the top for the calls of a run that recorded none', async () => {
    const { store, tenant } = ground.connection;
    const failing = CHAIN.replace('max: 1000', 'max: 0').replace('draft: {', 'draft: { needs: aside,');
    for (const [yaml, calls] of [
      [CHAIN, 3],
      [failing, 1],
    ] as const) {
      const first = await run(yaml);
      const record = await readRunRecord(store, tenant, first.runId);
      assert.ok(record);
      const { calls: _, ...former } = record;
      const runId = `former-${first.runId}`;
      await writeRunRecord(store, tenant, { ...former, view: { ...former.view, runId } });
      const { view } = await fork({ ...first, runId });
      assert.equal((await savingsOf(ground.connection, view.runId)).calls, calls);
    }
  });

  it('calls again what reads the run itself', async () => {
    const first = done(
      await run(`name: self
models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
steps:
  ask: { model: small, prompt: "Run \${{ run.id }}" }
  through: { set: "\${{ run.id }}" }
  late: { model: small, prompt: "Again \${{ steps.through.output }}" }
  other: { model: small, prompt: "Hi" }
`),
    );
    const { view, models } = await fork(first);
    assert.equal(models, 2);
    assert.deepEqual(reusedSteps(done(view)), ['other']);
  });

  it('runs again what is never to be reused', async () => {
    const first = done(
      await run(`name: never
models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
steps:
  ask: { model: small, prompt: "Hi", reuse: never }
  group: { reuse: never, steps: { inner: { model: small, prompt: "Hi" } } }
`),
    );
    const { view, models } = await fork(first);
    done(view);
    assert.equal(models, 2);
  });

  describe('with effects', () => {
    let first: RunView;
    before(async () => {
      first = done(await run(POST));
    });

    it('takes effects over, and looks at the world again', async () => {
      const { view, web: seen } = await fork(first);
      done(view);
      assert.deepEqual(seen, ['GET /look?seen=a']);
    });

    it('takes over what was read where that is wanted', async () => {
      const { view, web: seen } = await fork(first, { reuseReads: true });
      done(view);
      assert.deepEqual(seen, []);
    });

    it('is refused when an effect would be there twice, and lists every such effect', async () => {
      const seen = web.requests.length;
      await assert.rejects(start(first, { inputs: { text: 'two' } }), {
        code: 'EFFECT_REPEATED',
        message: /step "send" would call "http.request" a second time, since what it is made of changes/,
      });
      await assert.rejects(start(first, { from: 'send' }), (error: { findings: readonly { message: string }[] }) => {
        assert.deepEqual(
          error.findings.map(({ message }) => /step "(\w+)"/.exec(message)?.[1]),
          ['send', 'after'],
        );
        return true;
      });
      assert.equal(web.requests.length, seen);
    });

    it('repeats effects that are allowed', async () => {
      const { view, web: seen } = await fork(first, { from: 'send', allowEffects: true });
      done(view);
      assert.deepEqual(seen, ['GET /look?seen=a', 'POST /send', 'PUT /after']);
    });

    it('stops at an effect that nobody could foresee', async () => {
      const flaky = `name: unforeseen
steps:
  look: { tool: http.request, with: { url: "WEB/flaky?times=1&key=KEY" , allow_status: [503] } }
  send: { tool: http.request, with: { method: POST, url: "WEB/send", body: "\${{ steps.look.output.status }}" } }
`.replace('KEY', first.runId);
      const before = done(await run(flaky));
      const { view, web: seen } = await fork(before);
      assert.equal(view.error?.code, 'EFFECT_REPEATED');
      assert.equal(seen.length, 1);
      const allowed = await fork(before, { allowEffects: true });
      done(allowed.view);
      assert.equal(allowed.web.length, 2);
    });

    it('does again what was undone, and asks about what cannot be known', async () => {
      const undoing = `name: undoing
inputs: { code: { type: integer, default: 404 } }
steps:
  make: { tool: http.request, with: { method: POST, url: "WEB/make" }, compensate: { tool: http.request, with: { method: DELETE, url: "WEB/make" } } }
  break: { tool: http.request, needs: make, with: { url: "WEB/status?code=\${{ inputs.code }}" } }
`;
      const failed = await run(undoing);
      assert.equal(failed.error?.code, 'TOOL_HTTP_STATUS');
      assert.deepEqual(
        failed.compensations?.map(({ step, status }) => [step, status]),
        [['make', 'done']],
      );
      const { view, web: seen } = await fork(failed, { inputs: { code: 200 } });
      done(view);
      assert.deepEqual(seen, ['POST /make', 'GET /status?code=200']);
    });

    it('never undoes what it took over', async () => {
      const undoing = `name: keeping
inputs: { code: { type: integer, default: 200 } }
steps:
  make: { tool: http.request, with: { method: POST, url: "WEB/keep" }, compensate: { tool: http.request, with: { method: DELETE, url: "WEB/keep" } } }
  break: { tool: http.request, needs: make, with: { url: "WEB/status?code=\${{ inputs.code }}" } }
`;
      const { view, web: seen } = await fork(done(await run(undoing)), { inputs: { code: 404 } });
      assert.equal(view.status, 'failed');
      assert.deepEqual(seen, ['GET /status?code=404']);
    });
  });

  describe('of a conversation', () => {
    const key = randomUUID();
    const SEND = `{ tool: http.request, with: { method: POST, url: "WEB/told", query: { key: "${key}" }, headers: {}, body: null, allow_status: [] } }`;
    const HEARS = 'Result of http.request: {"status":200,"headers":{},"body":"/told"}';

    it('that failed takes over its turns, and buys those that come after them', async () => {
      const yaml = talkingTo(server('model'), { messages: always(TOLD), tools: `[${TEXT}]`, more: 'max_turns: 2' });
      const before = await run(yaml);
      assert.equal(before.error?.code, 'TURNS_EXCEEDED');
      const longer = yaml.replace('max_turns: 2', 'max_turns: 3');
      const { view, models } = await fork(before, { yaml: longer });
      assert.equal(view.error?.code, 'TURNS_EXCEEDED');
      assert.equal(models, 1);
      assert.deepEqual(turnsOf(view), [true, true, false]);
      const { lines } = await billOf(ground.connection, view.runId);
      assert.deepEqual(
        lines.map(({ turn }) => turn),
        [3],
      );
      assert.equal(view.usage.inputTokens, lines[0]?.usage?.inputTokens);
      assert.equal((await fork(view, { yaml: longer })).models, 0, 'nor does a fork of the fork');
      assert.equal((await fork(before, { yaml: longer, from: 'talk' })).models, 3);
    });

    it('repeats no effect that its model wanted, unless that is allowed', async () => {
      const yaml = talkingTo(server('model'), {
        messages: once({ tools: ['http.request'], hears: HEARS }),
        tools: `[${SEND}]`,
      });
      const before = done(await run(yaml));
      const told = sentIn(before);
      assert.ok(told.length > 0);
      assert.deepEqual((await fork(before)).web, []);
      await assert.rejects(
        start(before, { from: 'talk' }),
        (error: { code: string; findings: readonly { message: string }[] }) => {
          assert.equal(error.code, 'EFFECT_REPEATED');
          assert.deepEqual(
            error.findings.map(({ message }) => /step "([^"]+)"/.exec(message)?.[1]),
            told,
          );
          return true;
        },
      );
      const again = await fork(before, { from: 'talk', allowEffects: true });
      done(again.view);
      assert.equal(again.web.length, told.length);
    });

    it('stops at an effect that nobody could foresee', async () => {
      const flaky = `  look: { tool: http.request, with: { url: "WEB/flaky?times=1&key=${randomUUID()}", allow_status: [503] } }\n`;
      const body = SEND.replace('body: null', 'body: "${{ steps.look.output.status }}"');
      const yaml = talkingTo(server('model'), {
        messages: once({ tools: ['http.request'], hears: HEARS }),
        tools: `[${body}]`,
      });
      const before = done(await run(yaml.replace('steps:\n', `steps:\n${flaky}`)));
      const { view, web: seen } = await fork(before);
      assert.equal(view.error?.code, 'EFFECT_REPEATED');
      assert.ok(
        seen.every((request) => request.startsWith('GET /flaky')),
        seen.join(),
      );
    });
  });

  it('has a workspace of its own, in which files are written again', async () => {
    const first = done(
      await run(`name: files
steps:
  write: { tool: fs.write, with: { path: a.txt, text: hello } }
  read: { tool: fs.read, with: { path: "\${{ steps.write.output.path }}" } }
outputs: { text: "\${{ steps.read.output.text }}" }
`),
    );
    const { view } = await fork(first);
    assert.deepEqual(await outputsOf(view), { text: 'hello' });
  });

  describe('of a failed run', () => {
    const STRICT = `name: strict
models: { small: { use: MODEL, max_output_tokens: 4, accept: [length] } }
steps:
  draft: { model: small, prompt: "Say hello.", checks: [{ length: { max: 0 } }, { length: { min: 1 } }] }
  after: { model: small, prompt: "Again: \${{ steps.draft.output }}" }
`;

    it('buys nothing again when the check was to blame', async () => {
      const first = await run(STRICT);
      assert.equal(first.error?.code, 'CHECK_FAILED');
      const { view, models } = await fork(first, { yaml: STRICT.replace('max: 0', 'max: 1000') });
      assert.deepEqual(reusedSteps(done(view)), ['draft']);
      assert.equal(models, 1);
      const checks = (await callsOf(view)).filter(({ kind }) => kind === 'check');
      assert.deepEqual(
        Object.fromEntries(checks.map(({ path, result }) => [path, 'reused' in result && result.reused !== undefined])),
        { 'draft/check-0': false, 'draft/check-1': true },
      );
    });

    it('goes on from the step that failed', async () => {
      const first = await run(STRICT);
      const { view, models } = await fork(first, { from: 'draft', yaml: STRICT.replace('max: 0', 'max: 1000') });
      done(view);
      assert.equal(models, 2);
    });

    it('makes again only what failed, and what comes after it', async () => {
      const flaky = `name: late
models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
steps:
  ask: { model: small, prompt: "Hi" }
  break: { tool: http.request, needs: ask, with: { method: POST, url: "WEB/status?code=\${{ inputs.code }}" } }
inputs: { code: { type: integer, default: 404 } }
`;
      const first = await run(flaky);
      assert.equal(first.status, 'failed');
      const { view, models, web: seen } = await fork(first, { inputs: { code: 200 } });
      done(view);
      assert.equal(models, 0);
      assert.deepEqual(seen, ['POST /status?code=200']);
    });
  });

  describe('of a run that waited', () => {
    const ASK = `name: asks
inputs: { text: { type: string, default: one } }
steps:
  ask: { approve: { message: "Send \${{ inputs.text }}?", edit: "\${{ inputs.text }}" } }
  hear: { wait: { event: scanned, match: "\${{ event > 3 }}", schema: { type: integer } } }
  pause: { wait: 1s }
outputs: { choice: "\${{ steps.ask.output.choice }}", heard: "\${{ steps.hear.output }}" }
`;
    let first: RunView;
    before(async () => {
      const { runId } = await startRun(ground.connection, { plan: planFor(ASK) });
      await sendEvent(ground.connection, runId, { name: 'scanned', payload: 7 });
      await answer(runId, 'approve');
      first = done(await untilEnd(ground.connection, runId));
    });

    it('asks people again, and does not wait again', async () => {
      const runId = await start(first);
      await answer(runId, 'reject');
      const view = await untilEnd(ground.connection, runId);
      assert.deepEqual(await outputsOf(view), { choice: 'reject', heard: 7 });
      assert.deepEqual(reusedSteps(view), ['hear', 'pause']);
    });

    it('keeps what people said where they are asked the same', async () => {
      const { view } = await fork(first, { keepApprovals: true });
      assert.deepEqual(await outputsOf(view), { choice: 'approve', heard: 7 });
      assert.deepEqual(reusedSteps(view), ['ask', 'hear', 'pause']);
    });

    it('asks people again where they are asked something else', async () => {
      const runId = await start(first, { keepApprovals: true, inputs: { text: 'two' } });
      await answer(runId, 'reject');
      assert.deepEqual(await outputsOf(await untilEnd(ground.connection, runId)), { choice: 'reject', heard: 7 });
    });
  });

  describe('of steps inside steps', () => {
    const LOOPS = `name: loops
inputs: { words: { type: array, items: { type: string }, default: [a, b, c] }, tone: { type: string, default: calm } }
models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
steps:
  each:
    for_each: "\${{ inputs.words }}"
    as: word
    model: small
    prompt: "Say \${{ word }}"
  refine:
    repeat: { max: 2 }
    steps:
      write: { model: small, prompt: "Write. \${{ previous.write.output }}" }
      judge: { model: small, prompt: "Be \${{ inputs.tone }}: \${{ steps.write.output }}" }
  route:
    switch: "\${{ inputs.tone == 'calm' }}"
    cases:
      "true": { steps: { quiet: { model: small, prompt: "Hush" } } }
    default: { set: loud }
outputs: { each: "\${{ steps.each.output }}" }
`;
    let first: RunView;
    before(async () => {
      first = done(await run(LOOPS));
    });

    it('takes over what is in items, rounds and cases', async () => {
      const { view, models } = await fork(first);
      assert.equal(models, 0);
      assert.deepEqual(await madeIn(view), []);
      assert.deepEqual(await outputsOf(view), await outputsOf(first));
    });

    it('asks for new items only, wherever they stand', async () => {
      const { view } = await fork(first, { inputs: { words: ['z', 'a', 'b', 'c'] } });
      assert.deepEqual(await madeIn(view), ['each[0]']);
    });

    for (const { from, made } of [
      { from: 'each', made: ['each[0]', 'each[1]', 'each[2]'] },
      { from: 'each[1]', made: ['each[1]'] },
      { from: 'refine#2/judge', made: ['refine#2/judge'] },
      { from: 'refine#2', made: ['refine#2/judge', 'refine#2/write'] },
      { from: 'refine/judge', made: ['refine#1/judge', 'refine#2/judge', 'refine#2/write'] },
      { from: 'route/true/quiet', made: ['route/true/quiet'] },
    ]) {
      it(`goes on from ${from}`, async () => {
        assert.deepEqual(await madeIn((await fork(first, { from })).view), made);
      });
    }

    it('knows no item that was not there', async () => {
      await assert.rejects(start(first, { from: 'each[9]' }), {
        code: 'STEP_UNKNOWN',
        message: /no call at "each\[9\]"/,
      });
    });

    it('asks again inside where an input changes', async () => {
      const { view } = await fork(first, { inputs: { tone: 'wild' } });
      assert.deepEqual(await madeIn(view), ['refine#1/judge', 'refine#2/judge']);
    });
  });

  it('takes over what parts with histories of their own have done', async () => {
    const words = Array.from({ length: 101 }, (_, index) => `word ${index}`);
    const many = `name: parts
inputs: { words: { type: array, items: { type: string } } }
steps:
  each:
    for_each: "\${{ inputs.words }}"
    as: word
    tool: text.template
    with: { template: "\${{ word }}" }
  rounds: { repeat: { max: 21 }, tool: http.request, with: { method: POST, url: "WEB/round" } }
`;
    const first = done(await run(many, { words }));
    const { view, web: seen } = await fork(first);
    done(view);
    assert.deepEqual(seen, []);
    const saved = await savingsOf(ground.connection, view.runId);
    assert.equal(saved.calls, 122);
  });

  it('asks anew when a person tries a step again that was taken over', async () => {
    const held = `name: held
models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
steps:
  ask: { model: small, prompt: "Hi", checks: [{ length: { max: 0 } }], on_error: hold }
`;
    const { runId } = await startRun(ground.connection, { plan: planFor(held) });
    await untilView(ground.connection, runId, isHeld);
    await skipStep(ground.connection, runId, { step: 'ask' });
    const first = done(await untilEnd(ground.connection, runId));
    const before = asked;
    const again = await start(first);
    await untilView(ground.connection, again, isHeld);
    assert.equal(asked, before);
    await retryStep(ground.connection, again, { step: 'ask' });
    await untilTrue('the step asks anew', () => asked > before);
    await untilView(ground.connection, again, isHeld);
    await skipStep(ground.connection, again, { step: 'ask' });
    done(await untilEnd(ground.connection, again));
    assert.equal(asked, before + 1);
  });

  it('replays, however its look-ups were mixed', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const first = done(await run(`name: mixed\nsteps:\n${names.map(templateStep).join('\n')}\n`));
    const { view } = await fork(first, { from: 's5' });
    done(view);
    const history = await ground.connection.client.workflow.getHandle(view.runId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: server('bundle') } }, history, view.runId);
  });

  it('goes on inside another pipeline, which sees what it is given', async () => {
    const child = `name: nested
inputs: { tone: { type: string, default: calm } }
steps:
  sub:
    with: { tone: "\${{ inputs.tone }}" }
    pipeline:
      name: inner
      inputs: { tone: { type: string } }
      models: { small: { use: MODEL, max_output_tokens: 2, accept: [length] } }
      steps:
        one: { model: small, prompt: "Be \${{ inputs.tone }}." }
        two: { model: small, prompt: "Hi" }
        three: { model: small, needs: two, prompt: "Ho" }
      outputs: { one: "\${{ steps.one.output }}" }
  post: { tool: http.request, with: { method: POST, url: "WEB/nested", body: "\${{ steps.sub.output.one }}" } }
`;
    const first = done(await run(child));
    assert.equal((await fork(first)).models, 0);
    assert.equal((await fork(first, { from: 'sub/two', allowEffects: true })).models, 2);
    await assert.rejects(start(first, { inputs: { tone: 'wild' } }), { code: 'EFFECT_REPEATED' });
    const { view, models } = await fork(first, { inputs: { tone: 'wild' }, allowEffects: true });
    done(view);
    assert.equal(models, 1);
  });
});
