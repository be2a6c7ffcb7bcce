import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ModelCall } from '../../../activities/calls.ts';
import { askModel, type ModelDeps } from '../../../activities/models/invoke-model.ts';
import { alwaysMayBuy } from '../../../activities/models/may-buy.ts';
import { ollama } from '../../../activities/models/ollama.ts';
import { providers } from '../../../activities/models/providers.ts';
import { loadValue } from '../../../activities/values.ts';
import { priceOf } from '../../../src/catalog/prices.ts';
import type { PipelineError } from '../../../src/errors.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Template } from '../../../src/pipeline/plan.ts';
import { compileTemplate } from '../../../src/pipeline/template-compile.ts';
import { localTarget, type Target } from '../../real_apis/targets.ts';
import { startHttpProxy } from '../../proxies.ts';
import { server } from '../../servers.ts';
import { watching } from './watching.ts';

const literal = (value: Json): Template => ({ kind: 'literal', value });

function call(more: Partial<ModelCall>): ModelCall {
  const candidate = { provider: 'ollama', model: server('model'), isPaid: false };
  return {
    tenant: 'test',
    runId: randomUUID(),
    path: 'step',
    scope: {},
    candidate,
    prompt: literal('Say hello.'),
    maxOutputTokens: 3,
    accept: ['length'],
    ...more,
  };
}

const nobody = (): never => assert.fail('it was called');

function refuseList({ url }: IncomingMessage): { status: number; body: string } | undefined {
  return url === '/api/tags' ? { status: 500, body: 'no list' } : undefined;
}

describe('askModel', () => {
  const folder = mkdtemp(join(tmpdir(), 'orchestrator-models-'));
  after(async () => rm(await folder, { recursive: true, force: true }));

  async function deps(): Promise<ModelDeps> {
    const targets = new Map(providers.map((each): [string, Target] => [each.name, localTarget(each)]));
    const connect = (name: string) => {
      const { definition, settings } = targets.get(name) as Target;
      return definition.connect(settings);
    };
    return { store: openLocalDisk(await folder), connect, priceOf, mayBuy: alwaysMayBuy };
  }

  async function ask(more: Partial<ModelCall>, onDelta: (text: string) => void = () => undefined) {
    return askModel(await deps(), call(more), watching({ onDelta }));
  }

  it('gives the text, the model, what was used, and what it cost', async () => {
    const deltas: string[] = [];
    const { output, usage, key, purchases, ...rest } = await ask(
      { system: literal('Be brief.'), temperature: 0 },
      (text) => deltas.push(text),
    );
    assert.deepEqual(output, { inline: deltas.join('') });
    const model = `ollama/${server('model')}`;
    assert.deepEqual(rest, { model, costNanoUsd: 0, finishReason: 'length' });
    assert.deepEqual(purchases, [{ model, attempt: 1, reason: 'answer', usage, costNanoUsd: 0 }]);
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
    assert.match(key ?? '', /^[0-9a-f]{64}$/);
  });

  it('gives an answer without a key where the server does not list its models', async () => {
    const proxy = await startHttpProxy(server('ollama'), { refuse: refuseList });
    try {
      const connect = () => ollama.connect({ baseUrl: proxy.url });
      const given = { ...(await deps()), connect };
      const answer = await askModel(given, call({}), watching());
      assert.equal(answer.key, undefined);
      assert.equal(proxy.forwarded(), 1);
    } finally {
      await proxy.close();
    }
  });

  it('fills in the prompt with values that live in the store', async () => {
    const { store } = await deps();
    const text = 'word '.repeat(60);
    const sha256 = await store.put('test', Buffer.from(JSON.stringify(text)));
    const { template: prompt } = compileTemplate(
      '${{ inputs.text }}',
      { schemas: { 'inputs.text': true } },
      { allowSecrets: false },
    );
    const scope = { 'inputs.text': { artifact: { sha256, bytes: text.length + 2, preview: 'word' } } };
    const { usage } = await ask({ prompt, scope, maxOutputTokens: 1 });
    assert.ok(usage.inputTokens >= 60, `${usage.inputTokens}`);
  });

  it('gives the value of a structured answer', async () => {
    const schema = { type: 'object', properties: { label: { enum: ['bug', 'billing'] } }, required: ['label'] };
    const answer = await ask({ output: literal(schema), maxOutputTokens: 40, temperature: 0 });
    const value = (await loadValue((await deps()).store, 'test', answer.output)) as { label: string };
    assert.ok(['bug', 'billing'].includes(value.label));
    assert.equal(answer.finishReason, 'stop');
  });

  it('takes JSON of any kind where the schema is true', async () => {
    const { output } = await ask({ output: literal(true), accept: [], maxOutputTokens: 200, temperature: 0 }).catch(
      (error: PipelineError) => ({ output: error.code }),
    );
    // What the model says is its own affair, as long as it was asked.
    assert.ok(output === 'OUTPUT_TRUNCATED' || typeof output === 'object');
  });

  it('says what a useless answer cost', async () => {
    const schema = { type: 'object', properties: { text: { type: 'string', minLength: 400 } }, required: ['text'] };
    await assert.rejects(ask({ output: literal(schema), accept: [], maxOutputTokens: 5 }), (error: PipelineError) => {
      assert.equal(error.code, 'OUTPUT_TRUNCATED');
      assert.equal(error.facts?.costNanoUsd, 0);
      assert.ok((error.facts?.usage?.outputTokens ?? 0) > 0);
      return true;
    });
  });

  it('does not call a model with a schema that is none', async () => {
    const proxy = await startHttpProxy(server('ollama'));
    try {
      const given = { ...(await deps()), connect: () => ollama.connect({ baseUrl: proxy.url }) };
      await assert.rejects(askModel(given, call({ output: literal('text') }), watching({ onDelta: nobody })), {
        code: 'SCHEMA_INVALID',
      });
      assert.equal(proxy.forwarded(), 0);
    } finally {
      await proxy.close();
    }
  });

  it('does not know the price of a compatible server, and keeps the id of its request', async () => {
    const proxy = await startHttpProxy(server('ollama'), { answerHeaders: { 'x-request-id': 'req-17' } });
    try {
      const [definition] = providers.filter(({ name }) => name === 'openai');
      assert.ok(definition);
      const { settings } = localTarget(definition, proxy.url);
      const given = { ...(await deps()), connect: () => definition.connect(settings) };
      const request = call({ candidate: { provider: 'openai', model: server('model'), isPaid: true } });
      const answer = await askModel(given, request, watching());
      assert.equal(answer.costNanoUsd, null);
      assert.equal(answer.model, `openai/${server('model')}`);
      assert.equal(answer.requestId, 'req-17');
    } finally {
      await proxy.close();
    }
  });
});

describe('a connected provider', () => {
  for (const { name, settings, hasListPrices } of [
    { name: 'openai', settings: { apiKey: 'k' }, hasListPrices: true },
    { name: 'openai', settings: { apiKey: 'k', baseUrl: 'https://api.openai.com/v1' }, hasListPrices: true },
    { name: 'openai', settings: { apiKey: 'k', baseUrl: 'https://gateway.example/v1' }, hasListPrices: false },
    { name: 'anthropic', settings: { apiKey: 'k' }, hasListPrices: true },
    { name: 'ollama', settings: {}, hasListPrices: false },
  ]) {
    it(`${hasListPrices ? 'has' : 'lacks'} list prices: ${name} with ${JSON.stringify(settings)}`, () => {
      const definition = providers.find((each) => each.name === name);
      assert.equal(definition?.connect(settings).hasListPrices, hasListPrices);
    });
  }
});
