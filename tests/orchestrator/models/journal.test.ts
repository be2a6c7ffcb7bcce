import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ModelCall, ModelCallResult } from '../../../activities/calls.ts';
import type { Watch } from '../../../activities/models/ask-once.ts';
import { askModel, type ModelDeps } from '../../../activities/models/invoke-model.ts';
import { journalFolder } from '../../../activities/models/journal-entry.ts';
import { alwaysMayBuy } from '../../../activities/models/may-buy.ts';
import { ollama } from '../../../activities/models/ollama.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Purchase } from '../../../src/pipeline/result.ts';
import {
  startHttpProxy,
  startResettingProxy,
  type HttpProxyOptions,
  type LoggedRequest,
  type Proxy,
} from '../../proxies.ts';
import { untilTrue } from '../../runs.ts';
import { server } from '../../servers.ts';
import { useSmallDisk } from '../../small-disk.ts';
import { watching } from './watching.ts';

const SCHEMA = { type: 'object', properties: { label: { enum: ['bug', 'billing'] } }, required: ['label'] };
const TENANT = 'journal';

type Asked = Omit<ModelCallResult, 'attempt'>;

/** Something to be asked, by nobody else. */
function call(more: Partial<ModelCall> = {}): ModelCall {
  return {
    tenant: TENANT,
    runId: randomUUID(),
    path: 'step',
    scope: {},
    candidate: { provider: 'ollama', model: server('model'), isPaid: false },
    prompt: { kind: 'literal', value: 'Say hello.' },
    temperature: 0,
    maxOutputTokens: 2,
    accept: ['length'],
    ...more,
  };
}

const reasons = (purchases: readonly Purchase[] = []): readonly string[] =>
  purchases.map(({ reason, code }) => [reason, code].filter(Boolean).join(' '));

const ask = (deps: ModelDeps, of: ModelCall, changes: Partial<Watch> = {}): Promise<Asked> =>
  askModel(deps, of, watching(changes));

async function failureOf(asked: Promise<unknown>): Promise<PipelineError> {
  const error = await asked.then(
    () => assert.fail('it did not fail'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof PipelineError, String(error));
  return error;
}

describe('a model that is asked with a journal', () => {
  let folder: string;
  const opened: Proxy[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-journal-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((proxy) => proxy.close()));
    await rm(folder, { recursive: true, force: true });
  });

  /** A worker's means, in front of a server with a log. */
  async function means(options: HttpProxyOptions = {}, store = openLocalDisk(folder)) {
    const log: LoggedRequest[] = [];
    const proxy = await startHttpProxy(server('ollama'), { log, ...options });
    opened.push(proxy);
    return { deps: depsAt(proxy.url, store), log: () => log.filter(({ url }) => url === '/api/chat'), url: proxy.url };
  }

  function depsAt(baseUrl: string, store = openLocalDisk(folder)): ModelDeps {
    const provider = ollama.connect({ baseUrl });
    return { store, connect: () => provider, priceOf: () => null, mayBuy: alwaysMayBuy };
  }

  describe('takes the answer that is there', () => {
    for (const { name, change } of [
      { name: 'by another attempt', change: (of: ModelCall) => of },
      { name: 'by another history of the run', change: (of: ModelCall) => ({ ...of, scope: {} }) },
    ]) {
      it(`when the call is made again ${name}`, async () => {
        const { deps, log } = await means();
        const of = call();
        const first = await ask(deps, of);
        assert.deepEqual(await ask(deps, change(of), { attempt: 2 }), first);
        assert.equal(log().length, 1);
        assert.deepEqual(reasons(first.purchases), ['answer']);
      });
    }

    for (const { name, changes } of [
      { name: 'another run', changes: { runId: randomUUID() } },
      { name: 'another tenant', changes: { tenant: 'other' } },
      { name: 'another place in the run', changes: { path: 'step[1]' } },
      { name: 'another draw', changes: { draw: '0.1' } },
      { name: 'other words', changes: { prompt: { kind: 'literal', value: 'Say bye.' } as const } },
    ]) {
      it(`and no other: not that of ${name}`, async () => {
        const { deps, log } = await means();
        const of = call();
        await ask(deps, of);
        await ask(deps, { ...of, ...changes });
        assert.equal(log().length, 2);
      });
    }

    it('when two ask at the same time: the second one waits', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const { deps, log } = await means({ hold: ({ url }) => (url === '/api/chat' ? held : Promise.resolve()) });
      const of = call();
      const both = Promise.all([ask(deps, of), delay(300).then(() => ask(deps, of, { attempt: 2 }))]);
      await delay(1500);
      release(undefined);
      const [first, second] = await both;
      assert.deepEqual(second, first);
      assert.equal(log().length, 1);
    });

    it('unless whoever waits for it is stopped', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const { deps, log } = await means({ hold: ({ url }) => (url === '/api/chat' ? held : Promise.resolve()) });
      const of = call();
      const first = ask(deps, of);
      await untilTrue('the first request', () => log().length === 1);
      const waiting = ask(deps, of, { signal: AbortSignal.timeout(500) });
      await assert.rejects(waiting, { name: 'AbortError' });
      release(undefined);
      await first;
    });
  });

  describe('whose earlier attempt was lost', () => {
    it('asks again once it gives no more signs of life, and bills what may have been bought', async () => {
      let isHeld = true;
      const { deps, log, url } = await means({
        hold: ({ url: at }) => (at === '/api/chat' && isHeld ? new Promise(() => undefined) : Promise.resolve()),
      });
      const of = call();
      const { child, ended } = await askElsewhere(of, url, folder);
      await untilTrue('the first request', () => log().length === 1);
      isHeld = false;
      child.kill('SIGKILL');
      await ended;
      const killedAt = Date.now();
      const { purchases } = await ask(deps, of, { attempt: 2 });
      assert.deepEqual(reasons(purchases), ['failure WORKER_LOST', 'answer']);
      assert.equal(log().length, 2);
      assert.ok(Date.now() - killedAt > 3000, 'it is given some time');
    });

    it('takes what comes first in a race, and bills both', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const { deps, log, url } = await means({
        hold: (request) => (request === log()[1] ? held : Promise.resolve()),
      });
      const of = call({ maxOutputTokens: 3 });
      const frozen = await askElsewhere(of, url, folder);
      await untilTrue('the first request', () => log().length === 1);
      frozen.child.kill('SIGSTOP');
      const second = ask(deps, of, { attempt: 2 });
      await untilTrue('the second request', () => log().length === 2);
      frozen.child.kill('SIGCONT');
      const winner = await frozen.result();
      release(undefined);
      const loser = await second;
      assert.deepEqual(loser.output, winner.output);
      assert.deepEqual(reasons(loser.purchases), ['answer', 'race']);
      const tokens = (loser.purchases ?? []).reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0);
      assert.equal(loser.usage.outputTokens, tokens);
      // Whoever comes now finds all of it.
      assert.deepEqual(await ask(deps, of, { attempt: 3 }), loser);
      assert.equal(log().length, 2);
    });
  });

  describe('when the server fails', () => {
    it('fails the same way again when nobody may have heard of it, and asks in another draw', async () => {
      const proxy = await startResettingProxy(server('ollama'), 400);
      opened.push(proxy);
      const of = call({ maxOutputTokens: 50 });
      const first = await failureOf(ask(depsAt(proxy.url), of));
      assert.equal(first.code, 'PROVIDER_CONNECTION_LOST');
      assert.deepEqual(reasons(first.facts?.purchases), ['failure PROVIDER_CONNECTION_LOST']);
      const { deps, log } = await means();
      const again = await failureOf(ask(deps, of));
      assert.deepEqual([again.code, again.message, again.facts], [first.code, first.message, first.facts]);
      assert.equal(log().length, 0);
      await ask(deps, { ...of, draw: '0.1' });
      assert.equal(log().length, 1);
    });

    it('asks again at once when nothing can have been bought', async () => {
      let isFirst = true;
      const refuse = ({ url }: IncomingMessage) => {
        if (url !== '/api/chat' || !isFirst) return undefined;
        isFirst = false;
        return { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' };
      };
      const { deps, log } = await means({ refuse });
      const of = call();
      const error = await failureOf(ask(deps, of));
      assert.deepEqual([error.code, error.retryAfterMs, error.facts], ['PROVIDER_RATE_LIMITED', 1000, undefined]);
      assert.deepEqual(reasons((await ask(deps, of)).purchases), ['answer']);
      assert.equal(log().length, 1);
    });

    it('bills what is stopped, and asks again', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const { deps, log } = await means({ hold: ({ url }) => (url === '/api/chat' ? held : Promise.resolve()) });
      const of = call({ candidate: { provider: 'ollama', model: server('model'), isPaid: true } });
      const stop = new AbortController();
      const stopped = failureOf(ask(deps, of, { signal: stop.signal }));
      await untilTrue('the request', () => log().length === 1);
      stop.abort();
      const { facts } = await stopped;
      assert.deepEqual(reasons(facts?.purchases), ['failure']);
      assert.equal(facts?.costNanoUsd, null);
      release(undefined);
      const { purchases, costNanoUsd } = await ask(deps, of);
      assert.deepEqual(reasons(purchases), ['failure', 'answer']);
      assert.equal(costNanoUsd, null);
    });
  });

  describe('before anything is bought', () => {
    it('is stopped by those above the run, who hear of everything that is bought', async () => {
      const { deps, log } = await means();
      const of = call();
      const no = new PipelineError('BUDGET_EXCEEDED', 'Not today');
      await assert.rejects(ask({ ...deps, mayBuy: () => Promise.reject(no) }, of), no);
      assert.equal(log().length, 0);
      const told: Purchase[] = [];
      const mayBuy = async () => async (bought: Purchase) => void told.push(bought);
      const { purchases } = await ask({ ...deps, mayBuy }, of);
      assert.deepEqual(told, purchases);
      await ask({ ...deps, mayBuy: () => Promise.reject(no) }, of);
    });

    it('tells them of failures too', async () => {
      const told: Purchase[] = [];
      const mayBuy = async () => async (bought: Purchase) => void told.push(bought);
      const { deps } = await means({ refuse: () => ({ status: 500, body: 'broken' }) });
      const refused = await means({ refuse: () => ({ status: 400, body: 'bad' }) });
      const of = call({ candidate: { provider: 'ollama', model: server('model'), isPaid: true } });
      await failureOf(ask({ ...deps, mayBuy }, of));
      await failureOf(ask({ ...refused.deps, mayBuy }, { ...of, runId: randomUUID() }));
      assert.deepEqual(
        told.map(({ reason, code, costNanoUsd }) => [reason, code, costNanoUsd]),
        [
          ['failure', 'PROVIDER_ERROR', null],
          ['failure', 'PROVIDER_REQUEST_REFUSED', 0],
        ],
      );
    });

    for (const { name, bound, price, what } of [
      {
        name: 'tokens',
        bound: { tokens: 11, nanoUsd: 0 },
        price: undefined,
        what: 'up to 10 tokens in and 2 out, 11 tokens',
      },
      {
        name: 'money',
        bound: { tokens: 1000, nanoUsd: 13 },
        price: { inputNanoUsd: 1, outputNanoUsd: 2 },
        what: 'up to $1.4e-8, $1.3e-8',
      },
    ]) {
      it(`is refused when it could use more ${name} than is set aside`, async () => {
        const { deps, log } = await means();
        const candidate = { ...call().candidate, ...(price === undefined ? {} : { price }) };
        await assert.rejects(ask(deps, call({ bound, candidate })), {
          code: 'BUDGET_EXCEEDED',
          message: `Cannot call model "ollama/${server('model')}": what would be sent may use ${what} are set aside for it`,
        });
        assert.equal(log().length, 0);
        await ask(deps, call({ bound: { tokens: 12, nanoUsd: 14 }, candidate }));
      });
    }
  });

  describe('for a structured answer', () => {
    // A model without a schema never comes to an end by itself.
    const output = { kind: 'literal', value: SCHEMA } as const;
    const structured = { output, maxOutputTokens: 20 } as const;

    it('asks once more when it does not fit, says what is wrong, and bills both', async () => {
      const { deps, log } = await means(withoutSchema((count) => count === 1));
      const of = call({ ...structured });
      const answer = await ask(deps, of);
      assert.ok('inline' in answer.output);
      assert.ok(['bug', 'billing'].includes((answer.output.inline as { label: string }).label));
      assert.deepEqual(reasons(answer.purchases), ['answer', 'repair']);
      const { messages } = JSON.parse(log()[1]?.body ?? '') as { messages: { role: string; content: string }[] };
      assert.deepEqual(
        messages.map(({ role }) => role),
        ['user', 'assistant', 'user'],
      );
      assert.match(
        messages[2]?.content ?? '',
        /^Your answer cannot be used: .+\. Answer again, with nothing but JSON that fits the schema\.$/su,
      );
      assert.deepEqual(await ask(deps, of), answer);
      assert.equal(log().length, 2);
    });

    it('fails when the repair does not fit either, and bills both', async () => {
      const { deps, log } = await means(withoutSchema(() => true));
      const of = call({ ...structured });
      const error = await failureOf(ask(deps, of));
      assert.equal(error.code, 'OUTPUT_INVALID');
      assert.match(error.message, /, after a repair too; it said "/u);
      assert.deepEqual(reasons(error.facts?.purchases), ['answer', 'repair']);
      assert.deepEqual((await failureOf(ask(deps, of))).facts, error.facts);
      assert.equal(log().length, 2);
    });

    it('is not repaired with more than is set aside', async () => {
      const { deps, log } = await means(withoutSchema(() => true));
      const error = await failureOf(ask(deps, call({ ...structured, bound: { tokens: 160, nanoUsd: 0 } })));
      assert.match(error.message, /; what is set aside for the call does not cover a repair; it said "/u);
      assert.deepEqual([error.code, reasons(error.facts?.purchases)], ['OUTPUT_INVALID', ['answer']]);
      assert.equal(log().length, 1);
    });

    it('bills a repair that fails with the answer before it', async () => {
      const { deps } = await means(withoutSchema(() => true));
      const mayBuy = (() => {
        let count = 0;
        return async () => {
          count += 1;
          if (count > 1) throw new PipelineError('PROVIDER_AUTH', 'No more');
          return async () => undefined;
        };
      })();
      const error = await failureOf(ask({ ...deps, mayBuy }, call({ ...structured })));
      assert.deepEqual([error.code, reasons(error.facts?.purchases)], ['PROVIDER_AUTH', ['answer']]);
    });
  });

  describe('on a disk of 1 MiB', () => {
    const disk = useSmallDisk();

    const fill = (): Promise<void> =>
      writeFile(join(disk.folder, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => undefined);

    it('is not asked when it is full, and is when there is room again', async () => {
      const { deps, log } = await means({}, openLocalDisk(disk.folder));
      const of = call();
      await fill();
      await assert.rejects(ask(deps, of), { code: 'STORE_UNAVAILABLE', message: /ENOSPC/ });
      assert.equal(log().length, 0);
      await rm(join(disk.folder, 'filler'));
      assert.deepEqual(reasons((await ask(deps, of)).purchases), ['answer']);
    });

    it('keeps an answer for which there is no room until there is', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const hold = ({ url }: LoggedRequest) => (url === '/api/chat' ? held : Promise.resolve());
      const { deps, log } = await means({ hold }, openLocalDisk(disk.folder));
      const of = call();
      const asked = ask(deps, of);
      await untilTrue('the request', () => log().length === 1);
      await fill();
      release(undefined);
      await delay(1200);
      await rm(join(disk.folder, 'filler'));
      assert.deepEqual(await ask(deps, of), await asked);
      assert.equal(log().length, 1);
    });

    it('tells what went wrong with the server, even if nothing can be written down any more', async () => {
      const { promise: held, resolve: release } = Promise.withResolvers();
      const { deps, log } = await means({ endAfterBytes: 150, hold: () => held }, openLocalDisk(disk.folder));
      const asked = failureOf(ask(deps, call({ maxOutputTokens: 20 })));
      await untilTrue('the request', () => log().length === 1);
      await fill();
      release(undefined);
      assert.equal((await asked).code, 'PROVIDER_CONNECTION_LOST');
    });
  });

  it('keeps the entries of a run in a folder of their own', async () => {
    const { deps } = await means();
    const of = call();
    await ask(deps, of);
    const names = await deps.store.list(TENANT, `${journalFolder(of.runId)}/`);
    assert.deepEqual(names.map((name) => name.slice(-'1.intent.json'.length).replace(/^.*-/u, '')).toSorted(), [
      '1.intent.json',
      'answer.json',
    ]);
  });
});

function moduleAt(path: string): string {
  return JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);
}

interface Elsewhere {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  result(): Promise<Asked>;
}

/** Asks in a process of its own. */
async function askElsewhere(of: ModelCall, url: string, folder: string): Promise<Elsewhere> {
  const script = `
    const { askModel } = await import(${moduleAt('activities/models/invoke-model.ts')});
    const { openLocalDisk } = await import(${moduleAt('activities/artifacts/local-disk.ts')});
    const { ollama } = await import(${moduleAt('activities/models/ollama.ts')});
    const provider = ollama.connect({ baseUrl: ${JSON.stringify(url)} });
    const deps = { store: openLocalDisk(${JSON.stringify(folder)}), connect: () => provider, priceOf: () => null, mayBuy: async () => async () => undefined };
    const watch = { signal: new AbortController().signal, onDelta: () => undefined, attempt: 1, timeoutMs: 60000 };
    console.log(JSON.stringify(await askModel(deps, ${JSON.stringify(of)}, watch)));`;
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
  const ended = once(child, 'exit');
  return { child, ended, result: async () => (await ended, JSON.parse(Buffer.concat(said).toString()) as Asked) };
}

/** What goes past without its schema is answered in words. */
function withoutSchema(isMeant: (count: number) => boolean): HttpProxyOptions {
  let count = 0;
  return {
    rewrite: (body) => {
      if (!body.includes('"format"')) return body;
      count += 1;
      if (!isMeant(count)) return body;
      const { format: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
      return JSON.stringify(rest);
    },
  };
}
