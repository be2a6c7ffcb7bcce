import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { withCircuitBreaker } from '../../../activities/models/circuit-breaker.ts';
import { ollama } from '../../../activities/models/ollama.ts';
import type { Provider } from '../../../activities/models/provider.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { type Proxy, startHttpProxy } from '../../proxies.ts';
import { server } from '../../servers.ts';

const LIMITS = { failures: 3, openMs: 1000, openMsMax: 2300 };
const [MODEL, OTHER_MODEL] = [server('model'), 'no-such-model'];

const request = (model: string, text = 'Hi', maxOutputTokens = 1) =>
  ({ model, messages: [{ role: 'user', text }], maxOutputTokens }) as const;

describe('withCircuitBreaker', () => {
  let proxy: Proxy;
  let provider: Provider;
  /** What the server answers; undefined: what Ollama says. */
  let status: number | undefined;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    status = undefined;
    proxy = await startHttpProxy(server('ollama'), {
      refuse: () => {
        requests += 1;
        return status === undefined ? undefined : { status, body: '' };
      },
    });
    provider = withCircuitBreaker('ollama', ollama.connect({ baseUrl: proxy.url }), LIMITS);
  });
  afterEach(() => proxy.close());

  /** The error of one call; undefined when it was answered. */
  async function failure(model = MODEL): Promise<PipelineError | undefined> {
    const { signal } = new AbortController();
    return await provider
      .complete(request(model), signal, () => undefined)
      .then(
        () => undefined,
        (error: PipelineError) => error,
      );
  }

  /** How each of some calls ended, one after the other. */
  async function ask(times = 1, model = MODEL): Promise<readonly string[]> {
    const ends: string[] = [];
    for (let asked = 0; asked < times; asked += 1) ends.push((await failure(model))?.code ?? 'answer');
    return ends;
  }

  it('leaves a model alone whose server fails again and again, and says for how long', async () => {
    status = 500;
    const errors = Array.from({ length: LIMITS.failures }, () => 'PROVIDER_ERROR');
    assert.deepEqual(await ask(5), [...errors, 'PROVIDER_UNAVAILABLE', 'PROVIDER_UNAVAILABLE']);
    assert.equal(requests, 3);
    const { message, retryAfterMs = 0 } = (await failure()) as PipelineError;
    const is = 'its server has failed 3 times in a row, with PROVIDER_ERROR at last, and is not asked for now';
    assert.equal(message, `Cannot call model "ollama/${MODEL}": ${is}`);
    assert.ok(retryAfterMs > 0 && retryAfterMs <= LIMITS.openMs, String(retryAfterMs));
  });

  it('asks other models of the same server all the same', async () => {
    status = 503;
    await ask(4);
    assert.deepEqual(await ask(1, OTHER_MODEL), ['PROVIDER_OVERLOADED']);
  });

  it('goes on with the first answer after a while', async () => {
    status = 500;
    await ask(3);
    status = undefined;
    assert.deepEqual(await ask(), ['PROVIDER_UNAVAILABLE']);
    await delay(LIMITS.openMs + 20);
    assert.deepEqual(await ask(2), ['answer', 'answer']);
  });

  it('lets one call at a time try the model, and stays away for longer when it fails', async () => {
    status = 500;
    await ask(3);
    await delay(LIMITS.openMs + 20);
    const both = await Promise.all([failure(), failure()]);
    assert.deepEqual(
      both.map((error) => error?.code),
      ['PROVIDER_ERROR', 'PROVIDER_UNAVAILABLE'],
    );
    await delay(LIMITS.openMs + 20);
    assert.deepEqual(await ask(), ['PROVIDER_UNAVAILABLE']);
    await delay(LIMITS.openMs + 20);
    status = undefined;
    assert.deepEqual(await ask(2), ['answer', 'answer']);
  });

  it('begins to count again after an answer', async () => {
    for (const now of [500, undefined, 500]) {
      status = now;
      await ask(now === undefined ? 1 : 2);
    }
    assert.deepEqual(await ask(), ['PROVIDER_ERROR']);
  });

  for (const [now, code] of [
    [429, 'PROVIDER_RATE_LIMITED'],
    [401, 'PROVIDER_AUTH'],
    [400, 'PROVIDER_REQUEST_REFUSED'],
    [404, 'MODEL_NOT_FOUND'],
  ] as const) {
    it(`does not count ${code}`, async () => {
      status = now;
      assert.deepEqual(
        await ask(5),
        Array.from({ length: 5 }, () => code),
      );
    });
  }

  it('does not count a call that was given up', async () => {
    for (let calls = 0; calls < 4; calls += 1) {
      const stop = new AbortController();
      const answer = provider.complete(request(MODEL, 'Count to 1000.', 200), stop.signal, () => stop.abort());
      await assert.rejects(answer);
    }
    assert.deepEqual(await ask(), ['answer']);
  });

  it('leaves everything else of the provider as it is', () => {
    const plain = ollama.connect({ baseUrl: proxy.url });
    assert.equal(provider.hasListPrices, plain.hasListPrices);
    assert.deepEqual(Object.keys(provider).toSorted(), Object.keys(plain).toSorted());
  });
});
