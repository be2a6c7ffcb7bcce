import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startRun } from '../../src/client.ts';
import { forkRun } from '../../src/fork.ts';
import { cancelRun } from '../../src/runs.ts';
import { answerApproval, pauseRun, resumeRun, retryStep } from '../../src/steering.ts';
import type { RunView, StepView } from '../../src/pipeline/view.ts';
import {
  openGround,
  outputsOf,
  planOf,
  runYaml,
  startYaml,
  stepOf,
  untilEnd,
  untilTrue,
  untilView,
  type TestGround,
} from '../runs.ts';
import { makePictureModel, makeToolModel } from '../real_apis/local-models.ts';
import { picture } from '../real_apis/picture.ts';
import { server } from '../servers.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startTestWorker } from '../worker.ts';
import { always, once, talking, talkingTo, TEXT, TEXT_GAVE } from './conversation/examples.ts';

let web: WebServer;
let ground: TestGround;
let worker: { stop(): Promise<void> };

before(async () => {
  web = await startWebServer();
  ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host, ORCHESTRATOR_SECRET_TOKEN: 'tell-nobody' });
  worker = await startTestWorker(ground);
});
after(async () => {
  await worker.stop();
  await ground.close();
  await web.close();
});

/** Turns and calls of a step, as its view shows them. */
function shape({ steps = [] }: StepView): unknown {
  return steps.map((turn) => [turn.id, turn.status, (turn.steps ?? []).map(({ id, status }) => `${id} ${status}`)]);
}

function callsOf(view: RunView): readonly StepView[] {
  return (stepOf(view, 'talk').steps ?? []).flatMap(({ steps = [] }) => steps);
}

const asked = (path: string): number => web.requests.filter((request) => request.includes(path)).length;
/** A tool that calls one address: what a model need not hear of is fixed, since reading it takes a small model long. */
const get = (path: string, more = '', fixed = 'method: GET, query: {}'): string =>
  `{ tool: http.request, with: { url: "${web.url}${path}", headers: {}, body: null, allow_status: [], ${fixed} }${more} }`;
const HTTP_GAVE = 'Result of http.request: {"status":200,"headers":{},"body":"open"}';
const http = { tools: ['http.request'], hears: HTTP_GAVE };

describe('a model that calls tools', () => {
  it('is told what its calls gave, and answers', async () => {
    const view = await runYaml(ground, talking(once({ tools: ['text.template'], hears: TEXT_GAVE }), `[${TEXT}]`));
    assert.deepEqual(await outputsOf(ground, view), { said: 'next' });
    const talk = stepOf(view, 'talk') as Extract<StepView, { status: 'done' }>;
    assert.deepEqual((shape(talk) as unknown[]).at(-1), ['turn#2', 'done', []]);
    assert.equal(talk.turns, 2);
    assert.deepEqual(
      talk.purchases?.map(({ turn, reason }) => [turn, reason]),
      [
        [1, 'answer'],
        [2, 'answer'],
      ],
    );
    const [first, second] = (talk.steps ?? []) as readonly Extract<StepView, { status: 'done' }>[];
    assert.equal(talk.usage?.inputTokens, (first?.usage?.inputTokens ?? 0) + (second?.usage?.inputTokens ?? 0));
  });

  it('goes on with its conversation when its answer is to be repaired, and begins anew as another model', async () => {
    const checks =
      'checks: [{ expect: "${{ output == \'never\' }}" }]\non_check_fail: [repair, { model: small }, continue]';
    const messages = once({ tools: ['text.template'], hears: TEXT_GAVE });
    const view = await runYaml(ground, talking(messages, `[${TEXT}]`, checks));
    const talk = stepOf(view, 'talk') as Extract<StepView, { status: 'done' }>;
    assert.deepEqual(
      talk.rungs?.map(({ rung, status }) => [rung, status]),
      [
        ['repair', 'missed'],
        ['model', 'missed'],
        ['continue', 'taken'],
      ],
    );
    const rungs = talk.steps?.filter(({ id }) => /^(?:repair|model)-1$/.test(id)) ?? [];
    assert.deepEqual(
      rungs.map(({ id, steps = [] }) => [id, steps[0]?.id, steps[0]?.path]),
      [
        ['repair-1', 'turn#1', 'talk/repair-1/turn#1'],
        ['model-1', 'turn#1', 'talk/model-1/turn#1'],
      ],
    );
    const [repair, model] = rungs.map(({ steps = [] }) => steps[0] as typeof talk);
    // The whole conversation is sent once more, and what the gate says of it.
    assert.ok((repair?.usage?.inputTokens ?? 0) > (model?.usage?.inputTokens ?? 0));
    const fork = await forkRun(ground.connection, { runId: view.runId });
    const again = stepOf(await untilEnd(ground.connection, fork.runId), 'talk') as typeof talk;
    assert.deepEqual([again.usage, again.costNanoUsd, fork.reused], [talk.usage, 0, fork.calls]);
    assert.equal(again.rungs?.length, 3);
  });

  it('cannot go on with a conversation that an earlier run did not keep', async () => {
    const messages = once({ tools: ['text.template'], hears: TEXT_GAVE });
    const { runId } = await runYaml(ground, talking(messages, `[${TEXT}]`));
    const checks = 'checks: [{ expect: "${{ output == \'never\' }}" }]\non_check_fail: [repair, continue]';
    const plan = planOf(talking(messages, `[${TEXT}]`, checks), ground.config);
    const fork = await forkRun(ground.connection, { runId, plan });
    const talk = stepOf(await untilEnd(ground.connection, fork.runId), 'talk') as Extract<StepView, { status: 'done' }>;
    assert.deepEqual(
      talk.rungs?.map(({ status, error }) => [status, error?.code]),
      [
        ['failed', 'ARTIFACT_MISSING'],
        ['taken', undefined],
      ],
    );
  });

  it('gives an answer that meets a schema', async () => {
    const more = 'output: { type: object, properties: { label: { enum: [billing, bug] } }, required: [label] }';
    const messages = once({ tools: ['text.template'], hears: TEXT_GAVE, answer: { label: 'bug' } });
    const { said } = await outputsOf(ground, await runYaml(ground, talking(messages, `[${TEXT}]`, more)));
    assert.deepEqual(said, { label: 'bug' });
  });

  it('fails when it still wants calls after the last turn, and goes on from there when a person says so', async () => {
    const path = `/turns/${randomUUID()}`;
    const yaml = talking(always(http), `[${get(path)}]`, 'max_turns: 2\non_error: hold');
    const runId = await startYaml(ground, yaml);
    const { connection } = ground;
    const { held = [] } = await untilView(connection, runId, (view) => view.held !== undefined);
    assert.equal(held[0]?.error.code, 'TURNS_EXCEEDED');
    assert.match(
      held[0]?.error.message ?? '',
      /^Cannot finish step "talk": after 2 turns its model still wants to call http\.request, and max_turns allows no more$/u,
    );
    const before = asked(path);
    await retryStep(connection, runId, { step: 'talk' });
    const view = await untilView(connection, runId, ({ steps }) => (steps[0]?.steps ?? []).length === 4);
    assert.ok(asked(path) > before);
    await untilView(connection, runId, ({ held: again }) => again !== undefined);
    assert.equal(asked(path), callsDone(await untilView(connection, runId, () => true)));
    assert.equal(view.status === 'failed', false);
    await cancelRun(connection, runId);
  });

  it('hears why a call failed, and may not reach other hosts', async () => {
    const path = `/elsewhere/${randomUUID()}`;
    const hears = 'http.request failed: NETWORK_REFUSED Cannot call it';
    const yaml = talking(once({ tools: ['http.request'], hears }), `[${get(path, ', hosts: [status.example]')}]`);
    const view = await runYaml(ground, yaml);
    assert.deepEqual(await outputsOf(ground, view), { said: 'next' });
    const [call] = callsOf(view) as readonly Extract<StepView, { status: 'failed' }>[];
    assert.equal(call?.status, 'failed');
    assert.equal(call.error.code, 'NETWORK_REFUSED');
    assert.equal(
      call.error.message,
      `Cannot call ${web.url}: the step lets this call reach status.example, and no other host`,
    );
    assert.equal(asked(path), 0);
  });

  it('may be given secrets that it never sees, nor history', async () => {
    const path = `/secret/${randomUUID()}`;
    const tool = get(path, '', 'method: GET, query: { key: "${{ secrets.TOKEN }}" }');
    const runId = await startYaml(ground, talking(once(http), `[${tool}]`));
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.ok(asked(`${path}?key=tell-nobody`) > 0);
    const history = await ground.connection.client.workflow.getHandle(runId).fetchHistory();
    assert.ok(!Buffer.from(JSON.stringify(history)).includes('tell-nobody'));
  });

  it('makes the calls of a turn at the same time', async () => {
    const key = randomUUID();
    const tools = ['http.request', 'http.request'];
    const yaml = talking(once({ tools, hears: `${HTTP_GAVE}\n\n${HTTP_GAVE}` }), `[${get(`/gate?key=${key}`)}]`);
    const runId = await startYaml(ground, yaml);
    await untilTrue('two calls at a time', () => asked(`/gate?key=${key}`) === 2);
    web.open(key);
    const view = await untilEnd(ground.connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.deepEqual((shape(stepOf(view, 'talk')) as unknown[])[0], [
      'turn#1',
      'done',
      ['http.request[0] done', 'http.request[1] done'],
    ]);
  });

  it('stays within the places of the run', async () => {
    const key = randomUUID();
    const tools = ['http.request', 'http.request'];
    const yaml = talking(once({ tools, hears: `${HTTP_GAVE}\n\n${HTTP_GAVE}` }), `[${get(`/gate?key=${key}`)}]`);
    const runId = await startYaml(ground, yaml.replace('steps:', 'concurrency: 1\nsteps:'));
    await untilTrue('the first call', () => asked(`/gate?key=${key}`) === 1);
    const view = await untilView(ground.connection, runId, (each) => callsOf(each).length === 2);
    assert.equal(view.status, 'running');
    assert.equal(asked(`/gate?key=${key}`), 1);
    web.open(key);
    assert.equal((await untilEnd(ground.connection, runId)).status, 'done');
    assert.equal(asked(`/gate?key=${key}`), 2);
  });
});

function callsDone(view: RunView): number {
  return callsOf(view).filter(({ status }) => status === 'done').length;
}

const startAsking = (path: string, more: string, hears = HTTP_GAVE): Promise<string> =>
  startYaml(ground, talking(once({ tools: ['http.request'], hears }), `[${get(path, more)}]`));

async function question(runId: string) {
  const { approvals = [], status } = await untilView(ground.connection, runId, (view) => view.approvals !== undefined);
  assert.equal(status, 'waiting');
  return approvals[0];
}

/** A small model may ask for more than one call. */
async function answerAll(runId: string, choice: string): Promise<RunView> {
  const { connection } = ground;
  for (;;) {
    const view = await untilView(connection, runId, ({ approvals, endedAt }) => (approvals ?? endedAt) !== undefined);
    const [approval] = view.approvals ?? [];
    if (approval === undefined) {
      assert.equal(view.status, 'done', JSON.stringify(view.error));
      return view;
    }
    await answerApproval(connection, runId, { step: approval.step, choice, by: 'ada', comment: 'not now' });
  }
}

describe('a call that people are asked about', () => {
  it('is made when they let it through', async () => {
    const path = `/ask/${randomUUID()}`;
    const runId = await startAsking(path, ', ask: always');
    const view = await question(runId);
    assert.equal(view?.step, 'talk/turn#1/http.request[0]');
    assert.equal(view.message, 'The model wants to call http.request with {}');
    assert.deepEqual(view.options, ['approve', 'reject']);
    assert.equal(asked(path), 0);
    await answerAll(runId, 'approve');
    assert.ok(asked(path) > 0);
  });

  it('is not made when they reject it, and the model hears why', async () => {
    const path = `/ask/${randomUUID()}`;
    const hears = 'http.request failed: TOOL_REFUSED Cannot call tool "http.request": ada did not allow it';
    const runId = await startAsking(path, ', ask: always', hears);
    await question(runId);
    const view = await answerAll(runId, 'reject');
    assert.equal(asked(path), 0);
    const [call] = callsOf(view) as readonly Extract<StepView, { status: 'failed' }>[];
    assert.equal(call?.error.code, 'TOOL_REFUSED');
    assert.equal(call.error.message, 'Cannot call tool "http.request": ada did not allow it, saying: not now');
  });

  it('is asked about as a write unless it is known to read only', async () => {
    const path = `/ask/${randomUUID()}`;
    const view = await runYaml(ground, talking(once(http), `[${get(path, ', ask: writes')}]`));
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const runId = await startYaml(ground, talking(once(http), `[${get(path, ', ask: writes', 'query: {}')}]`));
    await question(runId);
    await cancelRun(ground.connection, runId);
    const cancelled = await untilEnd(ground.connection, runId);
    assert.equal(cancelled.status, 'cancelled');
    assert.deepEqual(
      callsOf(cancelled).map(({ status }) => status),
      callsOf(cancelled).map(() => 'cancelled'),
    );
  });
});

describe('a conversation', () => {
  it('goes on in new histories, and makes no call twice', async () => {
    const path = `/renewed/${randomUUID()}`;
    const yaml = talking(always(http), `[${get(path)}]`, 'max_turns: 6');
    const { connection, config } = ground;
    const { runId } = await startRun(connection, { plan: planOf(yaml, config), renewAfterEvents: 15 });
    const view = await untilEnd(connection, runId);
    assert.equal(view.error?.code, 'TURNS_EXCEEDED');
    assert.deepEqual(
      stepOf(view, 'talk').steps?.map(({ id }) => id),
      Array.from({ length: 6 }, (_, index) => `turn#${index + 1}`),
    );
    const first = await connection.client.workflow.getHandle(runId).fetchHistory();
    assert.ok((first.events ?? []).length < 60);
    assert.ok(asked(path) >= 5, String(asked(path)));
    assert.equal(view.usage.outputTokens > 0, true);
  });

  it('is kept while the run is paused: what goes on ends, and nothing is asked', async () => {
    const key = randomUUID();
    const { connection } = ground;
    const runId = await startYaml(ground, talking(once(http), `[${get(`/gate?key=${key}`)}]`));
    await untilTrue('the call', () => asked(`/gate?key=${key}`) > 0);
    await pauseRun(connection, runId);
    web.open(key);
    const paused = await untilView(connection, runId, (view) => callsOf(view).every(({ status }) => status === 'done'));
    assert.equal(paused.status, 'paused');
    assert.equal(stepOf(paused, 'talk').steps?.length, 1);
    await resumeRun(connection, runId);
    assert.equal((await untilEnd(connection, runId)).status, 'done');
  });

  it('ends with its run: a call that goes on is stopped', async () => {
    const key = randomUUID();
    const { connection } = ground;
    const runId = await startYaml(ground, talking(once(http), `[${get(`/gate?key=${key}`)}]`));
    await untilTrue('the call', () => asked(`/gate?key=${key}`) > 0);
    await cancelRun(connection, runId);
    const view = await untilEnd(connection, runId);
    assert.equal(view.status, 'cancelled');
    assert.deepEqual([...new Set(callsOf(view).map(({ status }) => status))], ['cancelled']);
  });

  it('never spends more than the budget', async () => {
    const yaml = talking(always({ tools: ['text.template'], hears: TEXT_GAVE }), `[${TEXT}]`, 'max_turns: 50');
    const budget = 'budget: { tokens: 9000, on_exceeded: fail }\nsteps:';
    const view = await runYaml(ground, yaml.replace('steps:', budget));
    assert.equal(view.error?.code, 'BUDGET_EXCEEDED', JSON.stringify(view.error));
    const turns = stepOf(view, 'talk').steps ?? [];
    assert.ok(turns.length > 1, 'the first turns fit');
    assert.ok(view.usage.inputTokens + view.usage.outputTokens <= 9000);
  });

  it('is taken over by a fork as a whole, and begun anew when its tools may do something else', async () => {
    const path = `/fork/${randomUUID()}`;
    const { connection, config } = ground;
    const yaml = talking(once(http), `[${get(path)}]`);
    const view = await runYaml(ground, yaml);
    const before = asked(path);
    const same = await untilEnd(connection, (await forkRun(connection, { runId: view.runId })).runId);
    const talk = stepOf(same, 'talk') as Extract<StepView, { status: 'done' }>;
    assert.equal(talk.reused?.runId, view.runId);
    assert.equal(asked(path), before);
    const plan = planOf(yaml.replace(path, `${path}/other`), config);
    const other = await untilEnd(
      connection,
      (await forkRun(connection, { runId: view.runId, plan, allowEffects: true })).runId,
    );
    assert.equal((stepOf(other, 'talk') as Extract<StepView, { status: 'done' }>).reused, undefined);
    assert.ok(asked(`${path}/other`) > 0);
  });
});

describe('what a model can do by itself', () => {
  it('is left to it: it asks for calls in its own way', async () => {
    const model = await makeToolModel();
    const more = 'accept: [length]\nmax_turns: 4';
    // As its template writes the calls of a model.
    const example = [{ user: 'Fill it in' }, { assistant: '{"name": "text_template", "arguments": {}}' }];
    const messages = JSON.stringify([...example, ...example, ...example, { user: 'Fill it in' }]);
    const yaml = talkingTo(model, { messages, tools: `[${TEXT}]`, more });
    const runId = await startYaml(ground, yaml);
    const view = await untilEnd(ground.connection, runId);
    const talk = stepOf(view, 'talk') as Extract<StepView, { status: 'done' }>;
    assert.equal(talk.status, 'done', JSON.stringify(view.error));
    // So small a model may want what there is not; it hears so, and answers all the same.
    assert.ok((talk.turns ?? 0) > 1, 'it called, or tried to');
  });

  it('is seeing pictures, or not', async () => {
    const image = picture(200, 0, 0);
    const yaml = `name: pictures
inputs: { scan: { type: file }, note: { type: file } }
models:
  eyes: { use: ollama/${await makePictureModel()}, max_output_tokens: 4, accept: [length] }
  blind: { use: ollama/${server('model')}, max_output_tokens: 4, accept: [length] }
steps:
  seen: { model: eyes, prompt: What is it?, attach: ["\${{ inputs.scan }}", "\${{ inputs.note }}"], accept: [length] }
  read: { model: blind, prompt: What is it?, attach: ["\${{ inputs.note }}"], accept: [length] }
  alone: { model: blind, prompt: What is it?, accept: [length] }
  unseen: { model: blind, prompt: What is it?, attach: ["\${{ inputs.scan }}"], on_error: continue }
`;
    const scan = { name: 'scan.png', data: Buffer.from(image.base64, 'base64') };
    const note = { name: 'note.txt', data: Buffer.from('It is red. '.repeat(20)) };
    const view = await untilEnd(ground.connection, await startYaml(ground, yaml, { inputs: { scan, note } }));
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const unseen = stepOf(view, 'unseen') as Extract<StepView, { status: 'failed' }>;
    assert.equal(unseen.error.code, 'ATTACHMENT_REFUSED');
    assert.match(unseen.error.message, /^Cannot attach "scan\.png": model "ollama\/.*" takes no pictures$/u);
    const tokens = (id: string): number => {
      const step = stepOf(view, id);
      return (step.status === 'done' ? step.usage?.inputTokens : undefined) ?? 0;
    };
    assert.ok(tokens('read') > tokens('alone') + 60, 'the text goes with the prompt');
    assert.ok(tokens('seen') > 0);
  });
});
