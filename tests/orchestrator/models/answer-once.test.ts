import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { ModelCall } from '../../../activities/calls.ts';
import { awaitTry } from '../../../activities/models/earlier-try.ts';
import { askModel, type ModelDeps } from '../../../activities/models/invoke-model.ts';
import { answerOnce, type Asking, type Bought } from '../../../activities/models/journal.ts';
import { createPart, type Intent } from '../../../activities/models/journal-entry.ts';
import { alwaysMayBuy } from '../../../activities/models/may-buy.ts';
import { openai } from '../../../activities/models/openai.ts';
import { PipelineError } from '../../../src/errors.ts';
import { removeFolder, template, temporaryFolder } from '../tools/surroundings.ts';
import { watching } from './watching.ts';

const TENANT = 'default';
const USAGE = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0 };

function intentAt(at: number): Intent {
  const of = { runId: 'run', path: 'step', model: 'openai/m', isPaid: true, attempt: 1 };
  return { ...of, at, until: at + 60_000, stream: 'streams/run/nothing' };
}

const bought: Bought = {
  completion: { text: 'Hi', finishReason: 'stop', usage: USAGE, model: 'm' },
  purchase: { model: 'openai/m', attempt: 1, reason: 'answer', usage: USAGE, costNanoUsd: 5 },
  settle: () => Promise.resolve(),
};

describe('answerOnce', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(folder);
  });
  afterEach(() => removeFolder(folder));

  function asking(ask: Asking['ask'], signal = new AbortController().signal): Asking {
    return { key: { store, tenant: TENANT, name: 'journal/run/key' }, intent: intentAt(Date.now()), signal, ask };
  }

  it('asks again after a try that was lost long ago and left no sign of life, and bills both', async () => {
    const again = asking(() => Promise.resolve(bought));
    await createPart(again.key, '1.intent', intentAt(Date.now() - 10_000));
    const { purchases } = await answerOnce(again);
    assert.deepEqual(
      purchases.map(({ reason, code, costNanoUsd }) => [reason, code, costNanoUsd]),
      [
        ['failure', 'WORKER_LOST', null],
        ['answer', undefined, 5],
      ],
    );
  });

  it('expects nothing more of a try that ran out of time, though its log has just been written', async () => {
    const { key, signal } = asking(() => Promise.resolve(bought));
    const now = Date.now();
    const intent = { ...intentAt(now), until: now };
    await store.append(TENANT, intent.stream, Buffer.from(`{"at":${now}}\n`));
    assert.equal(await awaitTry(key, { number: 1, intent }, signal), undefined);
  });

  it('hands on what is no failure of a call as it is', async () => {
    const broken = new TypeError('broken');
    const work = asking(() => Promise.reject(broken));
    await assert.rejects(answerOnce(work), (error) => error === broken);
    assert.equal(await store.read(TENANT, 'journal/run/key-1.end.json'), undefined);
  });

  it('gives an answer up that cannot be kept when nobody waits any more', async () => {
    const stop = new AbortController();
    const breaking = async (): Promise<Bought> => {
      await rm(folder, { recursive: true });
      await writeFile(folder, 'a file in the way');
      stop.abort();
      return bought;
    };
    await assert.rejects(answerOnce(asking(breaking, stop.signal)), { code: 'STORE_UNAVAILABLE' });
  });
});

const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`;

/** A chat completion as a compatible server streams it. */
function chat(text: string): string {
  const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } };
  return `${chunk({ role: 'assistant', content: text })}${chunk({}, end)}${chunk({}, usage)}data: [DONE]\n\n`;
}

const say =
  (text: string): RequestListener =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(chat(text));

describe('askModel, when a repair fails', () => {
  let folder: string;
  let server: Server;
  let answer: RequestListener;
  let requests: number;

  beforeEach(async () => {
    folder = await temporaryFolder();
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      request.resume();
      request.once('end', () => answer(request, response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await removeFolder(folder);
  });

  const call: ModelCall = {
    tenant: TENANT,
    runId: 'run',
    path: 'step',
    scope: {},
    candidate: {
      provider: 'openai',
      model: 'm',
      isPaid: true,
      price: { inputNanoUsd: 10, outputNanoUsd: 100, isOwn: true },
    },
    prompt: template('Label it.'),
    output: template({ type: 'object', properties: { label: { enum: ['bug'] } }, required: ['label'] }),
    maxOutputTokens: 10,
  };

  function deps(more: Partial<ModelDeps> = {}): ModelDeps {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const provider = openai.connect({ baseUrl });
    return {
      store: openLocalDisk(folder),
      connect: () => provider,
      priceOf: () => null,
      mayBuy: alwaysMayBuy,
      ...more,
    };
  }

  it('bills the answer before it, and tells when the server may be asked again', async () => {
    answer = (request, response) => {
      if (requests === 1) say('{"label":"other"}')(request, response);
      else response.writeHead(429, { 'retry-after': '2' }).end('slow down');
    };
    await assert.rejects(askModel(deps(), call, watching()), (error) => {
      assert.ok(error instanceof PipelineError);
      const { code, retryAfterMs, facts } = error;
      assert.deepEqual([code, retryAfterMs], ['PROVIDER_RATE_LIMITED', 2000]);
      assert.deepEqual(
        facts?.purchases?.map(({ reason, costNanoUsd }) => [reason, costNanoUsd]),
        [['answer', 230]],
      );
      return true;
    });
    assert.equal(requests, 2);
  });

  it('hands on what is broken as it is', async () => {
    answer = say('{"label":"other"}');
    const broken = new TypeError('broken');
    let count = 0;
    const mayBuy = (): ReturnType<ModelDeps['mayBuy']> => {
      count += 1;
      return count === 1 ? Promise.resolve(() => Promise.resolve()) : Promise.reject(broken);
    };
    await assert.rejects(askModel(deps({ mayBuy }), call, watching()), (error) => error === broken);
    assert.equal(requests, 1);
  });

  it('gives an answer that a repair has made usable, with both on its bill', async () => {
    answer = (request, response) => say(requests === 1 ? 'bug' : '{"label":"bug"}')(request, response);
    const { output, usage, costNanoUsd } = await askModel(deps(), call, watching());
    assert.deepEqual(output, { inline: { label: 'bug' } });
    assert.deepEqual([usage.inputTokens, usage.outputTokens, costNanoUsd], [6, 4, 460]);
  });
});
