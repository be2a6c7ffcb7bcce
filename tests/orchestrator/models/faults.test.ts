import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Completion, CompletionRequest, ProviderSettings } from '../../../activities/models/provider.ts';
import { providers } from '../../../activities/models/providers.ts';
import { PipelineError } from '../../../src/errors.ts';
import { localTarget, localTargets, type Target } from '../../real_apis/targets.ts';
import { keyCheck, type Proxy, rateLimit, startHttpProxy, startResettingProxy } from '../../proxies.ts';
import { server } from '../../servers.ts';
import { startWebServer } from '../../web-server.ts';

const SHORT = { messages: [{ role: 'user', text: 'Say hello.' }], maxOutputTokens: 1 } as const;
const LONG_REFUSAL = { status: 400, body: 'x'.repeat(2_000_000) };
/** Where some of a long answer has come, and not all. */
const MIDDLE_BYTES = 3000;
const LONG = { messages: [{ role: 'user', text: 'Count to 1000.' }], maxOutputTokens: 60 } as const;

for (const targetAt of localTargets()) {
  const { name: title, definition } = targetAt(server('ollama'));
  const { name } = definition;
  /** The provider in front of Ollama, or of something that stands in front of it. */
  const at = (address: string, settings: ProviderSettings = {}): Target => {
    const target = targetAt(address);
    return { ...target, settings: { ...target.settings, ...settings } };
  };

  describe(`provider ${title}, when something goes wrong`, () => {
    const opened: Proxy[] = [];
    async function keep(proxy: Promise<Proxy>): Promise<Proxy> {
      opened.push(await proxy);
      return proxy;
    }
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((proxy) => proxy.close()));
    });

    it('says that nothing listens', async () => {
      const proxy = await startHttpProxy(server('ollama'));
      await proxy.close();
      const error = await failureOf(at(proxy.url), SHORT);
      assert.equal(error.code, 'PROVIDER_UNAVAILABLE');
      assert.match(
        error.message,
        /its server cannot be reached \(ECONNREFUSED, "connect ECONNREFUSED 127\.0\.0\.1:\d+"\)$/,
      );
    });

    it('says that the host does not exist', async () => {
      assert.equal((await failureOf(at('http://no-such-host.invalid'), SHORT)).code, 'PROVIDER_UNAVAILABLE');
    });

    it('says that the key is wrong, and keeps it to itself', async () => {
      const proxy = await keep(startHttpProxy(server('ollama'), keyCheck('the-right-key')));
      const error = await failureOf(at(proxy.url, { apiKey: 'a-wrong-key' }), SHORT);
      assert.equal(
        `${error.code} ${error.message}`,
        `PROVIDER_AUTH Cannot call model "${name}/${server('model')}": its server refuses the key or the account ` +
          '(HTTP 401, "Incorrect API key provided: [secret]")',
      );
      assert.equal(proxy.forwarded(), 0);
      await ask(at(proxy.url, { apiKey: 'the-right-key' }), SHORT);
    });

    it('says that the rate is limited, and for how long', async () => {
      const proxy = await keep(startHttpProxy(server('ollama'), rateLimit({ burst: 1, refillMs: 60_000 })));
      await ask(at(proxy.url), SHORT);
      const error = await failureOf(at(proxy.url), SHORT);
      assert.equal(error.code, 'PROVIDER_RATE_LIMITED');
      assert.match(error.message, /\(HTTP 429, "429 Too Many Requests"\)$/);
      assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0 && error.retryAfterMs <= 60_000);
      assert.equal(proxy.forwarded(), 1);
    });

    for (const { when, bytes } of [
      { when: 'before the answer', bytes: 0 },
      { when: 'in the middle of the answer', bytes: MIDDLE_BYTES },
    ]) {
      it(`says that the connection was reset ${when}, and asks only once`, async () => {
        const proxy = await keep(startResettingProxy(server('ollama'), bytes));
        const error = await failureOf(at(proxy.url), LONG);
        assert.equal(error.code, 'PROVIDER_CONNECTION_LOST');
        assert.match(error.message, /the connection was lost before the answer was complete/);
        assert.equal(proxy.forwarded(), 1);
      });
    }

    it('takes half an answer for none, although it ended cleanly', async () => {
      const proxy = await keep(startHttpProxy(server('ollama'), { endAfterBytes: MIDDLE_BYTES }));
      const pieces: string[] = [];
      const error = await failureOf(at(proxy.url), LONG, (text) => pieces.push(text));
      assert.equal(error.code, 'PROVIDER_CONNECTION_LOST');
      assert.notEqual(pieces.length, 0);
    });

    it('says that the server was silent for too long', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      try {
        const error = await failureOf(at(`http://127.0.0.1:${port}`, { silenceMs: 300 }), SHORT);
        assert.equal(error.code, 'PROVIDER_TIMEOUT');
      } finally {
        silent.close();
      }
    });

    it('stops the server when it is told to', async () => {
      const proxy = await keep(startHttpProxy(server('ollama')));
      const stop = new AbortController();
      const reason = new Error('enough');
      await assert.rejects(
        ask(at(proxy.url), { ...LONG, maxOutputTokens: 400 }, () => stop.abort(reason), stop.signal),
        reason,
      );
      for (let waits = 0; proxy.abandoned() === 0 && waits < 100; waits += 1) await delay(20);
      assert.equal(proxy.abandoned(), 1);
    });

    it('says that what came is a web page', async () => {
      const page = await keep(startHttpProxy(server('ollama'), { answerHeaders: { 'content-type': 'text/html' } }));
      const error = await failureOf(at(page.url), SHORT);
      assert.equal(error.code, 'PROVIDER_RESPONSE_INVALID');
      assert.match(error.message, /is not an answer \("it is a web page; is the base URL right\?"\)$/);
    });

    it('reads no more of an error than it quotes', async () => {
      const proxy = await keep(startHttpProxy(server('ollama'), { refuse: () => LONG_REFUSAL }));
      const error = await failureOf(at(proxy.url), SHORT);
      assert.equal(error.code, 'PROVIDER_REQUEST_REFUSED');
      assert.ok(error.message.length < 500);
    });

    it('says that the address leads to something else', async () => {
      const web = await startWebServer();
      try {
        const error = await failureOf(at(web.url), SHORT);
        assert.match(error.code, /^PROVIDER_(RESPONSE_INVALID|CONNECTION_LOST)$/);
      } finally {
        await web.close();
      }
    });

    it('refuses an address that is none, when it is connected', () => {
      assert.throws(() => definition.connect({ baseUrl: 'ftp://127.0.0.1' }), {
        code: 'CONFIG_INVALID',
        message: new RegExp(`^Cannot connect provider "${name}": its base URL is "ftp://127\\.0\\.0\\.1"`),
      });
    });
  });
}

describe('provider ollama', () => {
  it('says that a prompt is too long, instead of leaving a part of it out', async () => {
    const [definition] = providers.filter(({ name }) => name === 'ollama');
    assert.ok(definition);
    const text = 'word '.repeat(12_000);
    const error = await failureOf(localTarget(definition), { messages: [{ role: 'user', text }], maxOutputTokens: 1 });
    assert.equal(error.code, 'CONTEXT_OVERFLOW');
  });
});

describe('provider openai', () => {
  const [definition] = providers.filter(({ name }) => name === 'openai');
  assert.ok(definition);

  it('refuses an interface that it does not speak, when it is connected', () => {
    assert.throws(() => definition.connect({ api: 'assistants' }), {
      code: 'CONFIG_INVALID',
      message: 'Cannot connect provider "openai": its interface is "assistants", and must be "responses" or "chat"',
    });
  });

  it('refuses an answer whose price nobody could know', async () => {
    const silent = { rewrite: (body: string) => body.replace('"stream_options":{"include_usage":true},', '') };
    const proxy = await startHttpProxy(server('ollama'), silent);
    try {
      const error = await failureOf(localTarget(definition, proxy.url), SHORT);
      assert.equal(error.code, 'PROVIDER_RESPONSE_INVALID');
      assert.match(error.message, /it reports no token usage/);
    } finally {
      await proxy.close();
    }
  });
});

for (const { name, header } of [
  { name: 'openai', header: 'x-request-id' },
  { name: 'anthropic', header: 'request-id' },
]) {
  describe(`provider ${name}`, () => {
    it('keeps the id that the vendor gives a request', async () => {
      const [definition] = providers.filter((each) => each.name === name);
      assert.ok(definition);
      const proxy = await startHttpProxy(server('ollama'), { answerHeaders: { [header]: 'req-17' } });
      try {
        assert.equal((await ask(localTarget(definition, proxy.url), SHORT)).requestId, 'req-17');
      } finally {
        await proxy.close();
      }
    });
  });
}

type Request = Omit<CompletionRequest, 'model'>;

async function ask(
  { definition, settings, model }: Target,
  request: Request,
  ...[onDelta = () => undefined, signal = new AbortController().signal]: [((text: string) => void)?, AbortSignal?]
): Promise<Completion> {
  return definition.connect(settings).complete({ model, ...request }, signal, onDelta);
}

async function failureOf(target: Target, request: Request, onDelta?: (text: string) => void): Promise<PipelineError> {
  const answer = await ask(target, request, onDelta).catch((error: unknown) => error);
  assert.ok(answer instanceof PipelineError, `it was ${JSON.stringify(answer)}`);
  return answer;
}
