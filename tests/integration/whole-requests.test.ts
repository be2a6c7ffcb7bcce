import assert from 'node:assert/strict';
import { cardsFor } from '../../src/cards.ts';
import { startRun } from '../../src/client.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../src/pipeline/parse.ts';
import type { RunView, StepView } from '../../src/pipeline/view.ts';
import { type LoggedRequest, type Proxy, startHttpProxy } from '../proxies.ts';
import { makePictureModel, makeToolModel } from '../real_apis/local-models.ts';
import { picture } from '../real_apis/picture.ts';
import { openGround, outputsOf, startYaml, stepOf, untilEnd, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { once, talkingTo, TEXT, TEXT_GAVE } from './conversation/examples.ts';

const log: LoggedRequest[] = [];
let proxy: Proxy;
let ground: TestGround;
let worker: { stop(): Promise<void> };

before(async () => {
  proxy = await startHttpProxy(server('ollama'), { log });
  ground = await openGround({ OPENAI_BASE_URL: `${proxy.url}/v1` });
  worker = await startTestWorker(ground);
});
after(async () => {
  await worker.stop();
  await ground.close();
  await proxy.close();
});

describe('what the user says that a model on a compatible server can do', () => {
  for (const { name, abilities, isNative } of [
    { name: 'lets the model call tools in its own way', abilities: { tools: true }, isNative: true },
    { name: 'leaves it to the form of the answers when it is not said', abilities: undefined, isNative: false },
  ]) {
    it(name, async () => {
      const model = await makeToolModel();
      const messages = JSON.stringify([{ user: `Fill it in, ${name}` }]);
      const more = 'accept: [length]\nmax_turns: 1\non_error: continue';
      const yaml = talkingTo(model, { messages, tools: `[${TEXT}]`, more }).replace('ollama/', 'openai/');
      const own = abilities === undefined ? [] : [{ provider: 'openai', model, abilities }];
      const { plan } = makePlan(parsePipeline(yaml, 'test.yaml'), cardsFor(ground.config, { own }));
      await untilEnd(ground.connection, (await startRun(ground.connection, { plan })).runId);
      const sent = log.filter(({ body }) => body.includes(name)).map(({ body }) => JSON.parse(body) as object);
      assert.ok(sent.length > 0);
      for (const body of sent)
        assert.deepEqual([Object.hasOwn(body, 'tools'), Object.hasOwn(body, 'response_format')], [isNative, !isNative]);
    });
  }
});

/** Longer than a grammar counts to. */
const LONG =
  'output: { type: object, properties: { label: { enum: [billing, bug] }, why: { type: string, maxLength: 3000, pattern: "^\\\\d*$" } }, required: [label] }';

/** A step with a budget, files, tools and a schema at once. */
async function runWhole(
  model: string,
  files: { readonly scan?: Buffer; readonly note: string },
  more = '',
): Promise<RunView> {
  const messages = once({ tools: ['text.template'], hears: TEXT_GAVE, answer: { label: 'bug' } });
  const attach = `attach: ["\${{ inputs.note }}"${files.scan === undefined ? '' : ', "${{ inputs.scan }}"'}]`;
  const yaml = talkingTo(model, { messages, tools: `[${TEXT}]`, more: [LONG, attach, more].join('\n') }).replace(
    'models:',
    'budget: { tokens: 500000, on_exceeded: fail }\ninputs: { note: { type: file }, scan: { type: file, optional: true } }\nmodels:',
  );
  const note = { name: 'note.txt', data: Buffer.from(files.note) };
  const scan = files.scan === undefined ? {} : { scan: { name: 'scan.png', data: files.scan } };
  return untilEnd(ground.connection, await startYaml(ground, yaml, { inputs: { note, ...scan } }));
}

const scan = (): Buffer => Buffer.from(picture(200, 0, 0).base64, 'base64');

function errorOf(view: RunView): string | undefined {
  const talk = stepOf(view, 'talk') as Extract<StepView, { status: 'failed' }>;
  const { limit, spent, reserved } = view.budget ?? assert.fail();
  assert.ok(spent.tokens <= (limit.tokens ?? 0), JSON.stringify(view.budget));
  assert.equal(reserved.tokens, 0);
  assert.equal(spent.tokens, view.usage.inputTokens + view.usage.outputTokens);
  return talk.status === 'failed' ? talk.error.code : undefined;
}

describe('a step with a budget, files, tools and a schema', () => {
  it('gives what it is asked for, within the budget', async () => {
    const view = await runWhole(server('model'), { note: 'It does not start.' });
    assert.equal(errorOf(view), undefined, JSON.stringify(view.error));
    const { said } = await outputsOf(ground, view);
    assert.equal((said as { label: string }).label, 'bug');
    assert.equal((stepOf(view, 'talk') as Extract<StepView, { status: 'done' }>).turns, 2);
  });

  it('sends pictures to a model that sees, and holds its noise against the schema', async () => {
    const view = await runWhole(await makePictureModel(), { note: 'Red.', scan: scan() }, 'max_turns: 2');
    // It has learned nothing: what counts is that its server lives, and that nothing wrong is taken for an answer.
    assert.ok([undefined, 'TURNS_EXCEEDED', 'OUTPUT_INVALID'].includes(errorOf(view)), JSON.stringify(view.error));
    assert.ok(view.usage.inputTokens > 0);
  });

  it('refuses pictures for a model that does not, and spends nothing', async () => {
    const view = await runWhole(server('model'), { note: 'Red.', scan: scan() });
    assert.equal(errorOf(view), 'ATTACHMENT_REFUSED');
    assert.equal(view.usage.inputTokens, 0);
  });

  it('fails when it is longer than the context of the model, and spends nothing', async () => {
    const view = await runWhole(server('model'), { note: 'It does not start. '.repeat(1200) });
    assert.equal(errorOf(view), 'CONTEXT_OVERFLOW');
    assert.equal(view.usage.inputTokens, 0);
  });
});
