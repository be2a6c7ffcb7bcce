import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type {
  Activities,
  CheckCall,
  CheckCallResult,
  FoundReusable,
  Reusable,
  ReuseCall,
  ToolCall,
  ToolCallResult,
} from '../../../activities/calls.ts';
import { askModel } from '../../../activities/models/invoke-model.ts';
import { alwaysMayBuy } from '../../../activities/models/may-buy.ts';
import { ollama } from '../../../activities/models/ollama.ts';
import { openai } from '../../../activities/models/openai.ts';
import type { Provider } from '../../../activities/models/provider.ts';
import { checks } from '../../../activities/quality/checks.ts';
import { createRunCheck } from '../../../activities/quality/run-check.ts';
import { createFindReusable } from '../../../activities/reuse/find-reusable.ts';
import { openSeeds } from '../../../activities/reuse/seeds.ts';
import { createCallTool } from '../../../activities/tools/call-tool.ts';
import { withFixed } from '../../../activities/tools/tool-key.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { keepValue } from '../../../activities/values.ts';
import { priceOf } from '../../../src/catalog/prices.ts';
import { freePort } from '../../../src/local/ports.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Effect } from '../../../src/pipeline/plan.ts';
import type { CallRecord, StepResult } from '../../../src/pipeline/result.ts';
import type { Scope, StoredValue } from '../../../src/pipeline/value.ts';
import { server } from '../../servers.ts';
import { watching } from '../models/watching.ts';
import { startWebServer, type WebServer } from '../../web-server.ts';
import { activityEnvironment, removeFolder, template, temporaryFolder } from '../tools/surroundings.ts';

const TENANT = 'default';
const HTTP = { tool: 'http.request' };
const SECRETS = { TOKEN: 'hunter2-and-more' };

type Done = Extract<StepResult, { status: 'done' }>;

function record(path: string, result: Partial<Done>): CallRecord {
  const facts = { attempts: 1, costNanoUsd: 70, checks: [] } as const;
  const whole: Done = { status: 'done', output: { inline: null }, ...facts, ...result };
  return { path, kind: 'tool', endedAt: 1, result: whole };
}

const connect = (name: string): Provider =>
  name === 'ollama'
    ? ollama.connect({ baseUrl: server('ollama') })
    : openai.connect({ baseUrl: `${server('ollama')}/v1` });

interface ToolFacts {
  readonly tool?: string;
  readonly scope?: Scope;
  /** What a model gave. */
  readonly given?: StoredValue;
}

const toolCall = (input: Json, effect: Effect, { tool = 'text.template', scope = {} }: ToolFacts = {}): Reusable => {
  return { kind: 'tool', tool, effect, with: template(input, scope) };
};

/** Tells the model server something. */
async function tell(path: string, method: string, body: object): Promise<void> {
  const { ok } = await fetch(`${server('ollama')}${path}`, { method, body: JSON.stringify(body) });
  assert.ok(ok, path);
}

describe('findReusable', () => {
  let folder: string;
  let store: ArtifactStore;
  let web: WebServer;
  let find: Activities['findReusable'];

  before(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(join(folder, 'store'));
    web = await startWebServer();
    find = createFindReusable({ store, connect, tools });
  });
  after(async () => {
    await web.close();
    await removeFolder(folder);
  });

  interface Asked {
    readonly path?: string;
    readonly scope?: Scope;
    readonly reuseReads?: boolean;
    readonly allowEffects?: boolean;
    readonly find?: Activities['findReusable'];
  }

  async function ask(
    records: readonly CallRecord[] | Readonly<Record<string, CallRecord | null>>,
    made: Reusable,
    { path = 'step', scope = {}, reuseReads = false, allowEffects = false, find: given = find }: Asked = {},
  ): Promise<FoundReusable> {
    const byPath = Array.isArray(records) ? Object.fromEntries(records.map((each) => [each.path, each])) : records;
    const seed = await keepValue(store, TENANT, byPath as Json);
    const fork = { runId: 'earlier', seed, reuseReads, allowEffects };
    const call: ReuseCall = { tenant: TENANT, runId: 'later', path, scope, fork, made };
    return given(call);
  }

  async function called(
    input: Json,
    { tool = 'text.template', scope = {}, given: byModel }: ToolFacts = {},
  ): Promise<CallRecord> {
    const workspaces = join(folder, 'spaces');
    const deps = { store, tools, secrets: SECRETS, workspaces, allowedHosts: [web.host], settings: {} };
    const call = { tenant: TENANT, runId: randomUUID(), path: 'step', tool, effect: 'once', scope } as const;
    const activity = createCallTool(deps);
    const more = byModel === undefined ? {} : { given: byModel };
    const given: ToolCall = { ...call, ...more, with: template(input, scope) };
    const ran = activityEnvironment().run<[ToolCall], ToolCallResult, Activities['callTool']>(activity, given);
    const { output, key } = await ran;
    assert.ok(key !== undefined);
    return record('step', { output, key });
  }

  async function judged(check: string, options: Json, subject: Json): Promise<CallRecord> {
    const call = { tenant: TENANT, runId: 'earlier', path: 'step/check-0', check, scope: {} };
    const rest = {
      options: template(options, { output: { inline: null } }),
      subject: await keepValue(store, TENANT, subject),
    };
    const given: CheckCall = { ...call, ...rest };
    const activity = createRunCheck({ store, checks });
    const ran = activityEnvironment().run<[CheckCall], CheckCallResult, Activities['runCheck']>(activity, given);
    const { verdict, key } = await ran;
    assert.ok(key !== undefined);
    return record('step/check-0', { output: { inline: { ...verdict } }, key });
  }

  const checkCall = async ([check, options, subject]: readonly [string, Json, Json]): Promise<Reusable> => {
    const compiled = template(options, { output: { inline: null } });
    return { kind: 'check', check, options: compiled, subject: await keepValue(store, TENANT, subject) };
  };

  /** On a worker whose model server is away. */
  async function away(): Promise<Activities['findReusable']> {
    const baseUrl = `http://127.0.0.1:${await freePort()}`;
    return createFindReusable({ store, tools, connect: () => ollama.connect({ baseUrl }) });
  }

  const anew = () => createFindReusable({ store, connect, tools });

  describe('for a tool', () => {
    it('gives what the earlier call gave, for nothing, and says where it is from', async () => {
      const before = await called({ template: 'Hi' });
      const { result, isEffectRepeat } = await ask([before], toolCall({ template: 'Hi' }, 'pure'));
      assert.equal(isEffectRepeat, false);
      assert.deepEqual(result, {
        ...before.result,
        costNanoUsd: 0,
        reused: { runId: 'earlier', costNanoUsd: 70 },
      });
    });

    it('names the run that made the call, over several forks', async () => {
      const before = await called({ template: 'Hi' });
      const reused = { runId: 'the-first', costNanoUsd: 900 };
      const { key } = before.result as Done;
      const again = record('step', { costNanoUsd: 0, reused, ...(key === undefined ? {} : { key }) });
      const { result } = await ask([again], toolCall({ template: 'Hi' }, 'pure'));
      assert.deepEqual(result?.reused, reused);
      assert.equal(result?.costNanoUsd, 0);
    });

    it('takes what is filled in, however it was written', async () => {
      const before = await called({ template: 'Hi', data: { n: 3 } });
      const scope = { 'inputs.n': { inline: 3 } };
      const call = toolCall({ data: { n: '${{ inputs.n }}' }, template: 'Hi' }, 'pure', { scope });
      assert.ok((await ask([before], call, { scope })).result);
    });

    it('has nothing for a call of another input, at another place, or that did not finish', async () => {
      const before = await called({ template: 'Hi' });
      assert.deepEqual(await ask([before], toolCall({ template: 'Ho' }, 'pure')), { isEffectRepeat: false });
      assert.deepEqual(await ask([before], toolCall({ template: 'Hi' }, 'pure'), { path: 'other' }), {
        isEffectRepeat: false,
      });
      const error = { code: 'TOOL_FAILED', message: 'Cannot', attempts: 1 } as const;
      const failed = {
        ...before,
        result: { status: 'failed', error, attempts: 1, costNanoUsd: 0, checks: [] },
      } as const;
      assert.deepEqual(await ask([failed], toolCall({ template: 'Hi' }, 'once')), { isEffectRepeat: false });
    });

    it('has nothing for a call that a record without a key is about', async () => {
      assert.deepEqual(await ask([record('step', {})], toolCall({ template: 'Hi' }, 'pure')), {
        isEffectRepeat: false,
      });
    });

    it('calls again what reads the run itself', async () => {
      const scope = { 'run.started_at': { inline: '2026-01-01T00:00:00.000Z' } };
      const input = { template: 'Hi', data: { at: '${{ run.started_at }}' } };
      const before = await called(input, { scope });
      const call = toolCall(input, 'pure', { scope });
      assert.deepEqual(await ask([before], call, { scope }), { isEffectRepeat: false });
    });

    it('finds a call of which a model gave a part', async () => {
      const given = { inline: { data: { n: 3 } } };
      const before = await called({ template: 'Hi' }, { given });
      const call = { ...toolCall({ template: 'Hi' }, 'pure'), given } as const;
      assert.ok((await ask([before], call)).result);
      const other = { ...call, given: { inline: { data: { n: 4 } } } };
      assert.deepEqual(await ask([before], other), { isEffectRepeat: false });
      assert.deepEqual(await ask([before], toolCall({ template: 'Hi' }, 'pure')), { isEffectRepeat: false });
    });

    for (const given of [null, 'text', ['a']]) {
      it(`leaves ${JSON.stringify(given)}, which a model gave, to the tool`, () => {
        assert.deepEqual(withFixed(given, { template: 'Hi' }), given);
      });
    }

    it('lets what is fixed stand over what a model gave', () => {
      assert.deepEqual(withFixed({ a: 1, b: 1 }, { b: 2 }), { a: 1, b: 2 });
      assert.deepEqual(withFixed({ a: 1 }, null), { a: 1 });
    });

    it('knows a secret by its name, so that a new one makes no new call', async () => {
      const input = { url: `${web.url}/a`, headers: { authorization: 'Bearer ${{ secrets.TOKEN }}' } };
      const before = await called(input, HTTP);
      const options = { reuseReads: true };
      assert.ok((await ask([before], toolCall(input, 'reads', HTTP), options)).result);
      const other = { ...input, headers: { authorization: 'Bearer ${{ secrets.OTHER }}' } };
      assert.equal((await ask([before], toolCall(other, 'reads', HTTP), options)).result, undefined);
      const literal = { ...input, headers: { authorization: 'Bearer $${{ secrets.TOKEN }}' } };
      assert.equal((await ask([before], toolCall(literal, 'reads', HTTP), options)).result, undefined);
      assert.ok(!JSON.stringify(before).includes(SECRETS.TOKEN));
    });

    it('asks the world again unless told otherwise', async () => {
      const input = { url: `${web.url}/b` };
      const before = await called(input, HTTP);
      const call = toolCall(input, 'reads', HTTP);
      assert.deepEqual(await ask([before], call), { isEffectRepeat: false });
      assert.ok((await ask([before], call, { reuseReads: true })).result);
    });

    for (const effect of ['once', 'idempotent'] as const) {
      it(`takes over an effect that is ${effect}, and says when another one would follow it`, async () => {
        const input = { url: `${web.url}/c`, method: 'POST', body: { n: 1 } };
        const before = await called(input, HTTP);
        assert.ok((await ask([before], toolCall(input, effect, HTTP))).result);
        const other = toolCall({ ...input, body: { n: 2 } }, effect, HTTP);
        assert.deepEqual(await ask([before], other), { isEffectRepeat: true });
        assert.deepEqual(await ask([before], other, { allowEffects: true }), { isEffectRepeat: false });
        assert.deepEqual(await ask([], other), { isEffectRepeat: false });
      });
    }

    it('writes files again, since the workspace is a new one', async () => {
      const input = { path: 'a.txt', text: 'x' };
      const before = await called(input, { tool: 'fs.write' });
      assert.deepEqual(await ask([before], toolCall(input, 'idempotent', { tool: 'fs.write' })), {
        isEffectRepeat: false,
      });
    });

    it('finds the call of an item that has moved, but not one that must be made again', async () => {
      const before = await called({ template: 'Hi' });
      const at = (path: string): CallRecord => ({ ...before, path });
      const call = toolCall({ template: 'Hi' }, 'pure');
      const path = 'each[7]#2/inner';
      assert.ok((await ask([at('each[3]#2/inner')], call, { path })).result);
      assert.equal((await ask([at('each[3]#1/inner')], call, { path })).result, undefined);
      assert.equal(
        (await ask({ 'each[3]': at('each[3]'), 'each[4]': null }, call, { path: 'each[4]' })).result,
        undefined,
      );
    });

    it('reads a seed that lives in the store, whichever of several', async () => {
      const before = await called({ template: 'Hi' });
      const padding = Array.from({ length: 3 }, (_, index) =>
        record(`pad${index}`, { output: { inline: 'x'.repeat(12_000) } }),
      );
      const call = toolCall({ template: 'Hi' }, 'pure');
      for (const seed of [[before, ...padding], [...padding], [before, ...padding.slice(1)], [before, ...padding]]) {
        assert.equal((await ask(seed, call)).result !== undefined, seed.includes(before));
      }
    });

    it('forgets the seeds that were used least, and reads them again', async () => {
      const read = openSeeds(store, 25_000);
      const seeds = await Promise.all(
        ['a', 'b', 'c'].map((name) =>
          keepValue(store, TENANT, {
            [name]: record(name, { output: { inline: name.repeat(18_000) } }),
          } as unknown as Json),
        ),
      );
      for (const value of [...seeds, ...seeds]) {
        assert.ok('artifact' in value);
        const [name] = ['a', 'b', 'c'].filter((_, index) => seeds[index] === value);
        assert.ok((await read(TENANT, value)).at(name ?? ''));
      }
    });

    it('says when its seed is gone, and looks again the next time', async () => {
      const seed = { artifact: { sha256: 'a'.repeat(64), bytes: 20_000, preview: '' } };
      const fork = { runId: 'earlier', seed, reuseReads: false, allowEffects: false };
      const call = {
        tenant: TENANT,
        runId: 'later',
        path: 'step',
        scope: {},
        fork,
        made: toolCall({ template: '' }, 'pure'),
      };
      await assert.rejects(find(call), { code: 'ARTIFACT_MISSING' });
      await assert.rejects(find(call), { code: 'ARTIFACT_MISSING' });
    });
  });

  describe('for a check', () => {
    const long = 'word '.repeat(10_000);
    for (const { name, again, isFound } of [
      { name: 'the same', again: ['expect', '${{ size(output) > 3 }}', long], isFound: true },
      { name: 'another subject', again: ['expect', '${{ size(output) > 3 }}', `${long}end`], isFound: false },
      {
        name: 'another expression that holds, too',
        again: ['expect', '${{ size(output) > 2 }}', long],
        isFound: false,
      },
      { name: 'another check', again: ['contains', 'word', long], isFound: false },
    ] as const) {
      it(`${isFound ? 'gives the earlier verdict' : 'has none'}: ${name}`, async () => {
        const before = await judged('expect', '${{ size(output) > 3 }}', long);
        const { result } = await ask([before], await checkCall(again), { path: 'step/check-0' });
        assert.equal(result !== undefined, isFound);
        if (isFound) assert.deepEqual(result?.output, (before.result as Done).output);
      });
    }

    it('finds a check that stands at another place of the list', async () => {
      const before = await judged('length', { max: 3 }, 'abc');
      const { result } = await ask([before], await checkCall(['length', { max: 3 }, 'abc']), { path: 'step/check-4' });
      assert.ok(result);
    });
  });

  describe('for a model', () => {
    const ask1 = { provider: 'ollama', model: server('model'), isPaid: false };
    const ask2 = { provider: 'openai', model: server('model'), isPaid: true };
    const prompt = template('Say hello.');

    async function answered(candidate = ask1): Promise<CallRecord> {
      const call = {
        tenant: TENANT,
        runId: 'earlier',
        path: 'step',
        scope: {},
        prompt,
        maxOutputTokens: 2,
        accept: ['length'] as const,
      };
      const { output, model, key } = await askModel(
        { store, connect, priceOf, mayBuy: alwaysMayBuy },
        { ...call, candidate },
        watching(),
      );
      assert.ok(key !== undefined);
      return record('step', { output, model, key });
    }

    const made = (changes: Partial<Extract<Reusable, { kind: 'model' }>> = {}): Reusable => {
      return { kind: 'model', candidates: [ask1], prompt, maxOutputTokens: 2, ...changes };
    };

    it('gives the earlier answer', async () => {
      const before = await answered();
      const { result } = await ask([before], made());
      assert.deepEqual(result?.output, (before.result as Done).output);
    });

    for (const { name, changes } of [
      { name: 'the prompt', changes: { prompt: template('Say hullo.') } },
      { name: 'the system prompt', changes: { system: template('Be brief.') } },
      { name: 'the schema', changes: { output: template({ type: 'object' }) } },
      { name: 'the temperature', changes: { temperature: 0 } },
      { name: 'the length', changes: { maxOutputTokens: 3 } },
      { name: 'the model', changes: { candidates: [ask2] } },
    ]) {
      it(`asks again when this changes: ${name}`, async () => {
        assert.equal((await ask([await answered()], made(changes))).result, undefined);
      });
    }

    it('takes the answer of a model that was fallen back to', async () => {
      assert.ok((await ask([await answered(ask2)], made({ candidates: [ask1, ask2] }))).result);
    });

    it('takes the answer of any of the models for an item that has moved', async () => {
      const before = { ...(await answered(ask2)), path: 'each[0]' };
      assert.ok((await ask([before], made({ candidates: [ask1, ask2] }), { path: 'each[1]' })).result);
    });

    it('waits for a server that is away rather than buying again what hangs on the answer', async () => {
      await assert.rejects(ask([await answered()], made(), { find: await away() }), { code: 'PROVIDER_UNAVAILABLE' });
    });

    it('does not need a server that has nothing to say to it', async () => {
      const found = await ask([], made(), { find: await away() });
      assert.deepEqual(found, { isEffectRepeat: false });
    });

    it('asks again when another model stands behind the name', async () => {
      const named = { ...ask1, model: `reuse-${randomUUID()}` };
      const make = (seed: number) =>
        tell('/api/create', 'POST', { model: named.model, from: ask1.model, parameters: { seed }, stream: false });
      await make(1);
      try {
        const before = await answered(named);
        assert.ok((await ask([before], made({ candidates: [named] }), { find: anew() })).result);
        await make(2);
        assert.equal((await ask([before], made({ candidates: [named] }), { find: anew() })).result, undefined);
      } finally {
        await tell('/api/delete', 'DELETE', { model: named.model });
      }
    });

    it('has no key for a model that its server does not list', async () => {
      const unlisted = { ...ask1, model: 'no-such-model' };
      const before = record('step', { model: 'ollama/no-such-model', key: 'k' });
      assert.deepEqual(await ask([before], made({ candidates: [unlisted] })), { isEffectRepeat: false });
    });
  });

  describe('for a wait or an approval', () => {
    it('gives what was said under the same key', async () => {
      const before = record('step', { output: { inline: 'yes' }, key: 'k1' });
      assert.ok((await ask([before], { kind: 'waiting', key: 'k1' })).result);
      assert.deepEqual(await ask([before], { kind: 'waiting', key: 'k2' }), { isEffectRepeat: false });
    });
  });
});
