import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Completion, CompletionRequest, Message } from '../../activities/models/provider.ts';
import { startHttpProxy } from '../proxies.ts';
import { server } from '../servers.ts';
import { picture } from './picture.ts';
import { openPurse } from './purse.ts';
import { localTargets, type Target, targets } from './targets.ts';

const HELLO = { role: 'user', text: 'Say hello.' } as const;
const SCHEMA = {
  type: 'object',
  properties: { label: { enum: ['bug', 'billing'] } },
  required: ['label'],
};
const WEATHER = {
  name: 'get_weather',
  description: 'The weather in a city.',
  input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ROME: Message = { role: 'user', text: 'How is the weather in Rome?' };
/** Calls that were made before, so that a small model sees how it is done. */
const ASKED_BEFORE: readonly Message[] = ['Paris', 'London'].flatMap((city) => [
  { role: 'user', text: `How is the weather in ${city}?` },
  { role: 'assistant', text: '', toolRequests: [{ id: `call_${city}`, name: 'get_weather', input: { city } }] },
  { role: 'tool', id: `call_${city}`, name: 'get_weather', text: 'sunny', isFailure: false },
  { role: 'assistant', text: `It is sunny in ${city}.` },
]);
/** The small model goes on for more than 1,500 tokens. */
const STORY = { messages: [{ role: 'user', text: 'Write a long story.' }], maxOutputTokens: 1500 } as const;

/** Every answer is this short: the vendors' part of the suite costs less than a cent. */
const TOKENS_MAX = 6;
/** So long after the end of a call the server may go on, in milliseconds. */
const STOP_MS = 1500;

/** Makes the local models say the same each time; those of vendors may refuse it. */
const STEADY = { temperature: 0 };

const purse = openPurse();

for (const target of targets()) {
  const name = target.definition.name;
  const atMost = (tokens: number) => Math.max(tokens, target.outputTokensMin);
  const steady = target.isVendor ? {} : STEADY;

  describe(`provider ${target.name} (${target.where})`, () => {
    it('answers with text, and says what it used', async () => {
      const deltas: string[] = [];
      const maxOutputTokens = atMost(TOKENS_MAX);
      const answer = await ask(target, { messages: [HELLO], maxOutputTokens }, (text) => deltas.push(text));
      assert.notEqual(answer.text, '');
      assert.equal(deltas.join(''), answer.text);
      assert.ok(answer.usage.inputTokens > 0);
      assert.ok(answer.usage.outputTokens > 0 && answer.usage.outputTokens <= maxOutputTokens);
      assert.ok(answer.model.startsWith(target.model));
      assert.equal(answer.requestId !== undefined, target.isVendor);
    });

    it('hears the system prompt', async () => {
      const plain = await ask(target, { messages: [HELLO], maxOutputTokens: atMost(1) });
      const told = await ask(target, {
        messages: [HELLO],
        maxOutputTokens: atMost(1),
        system: 'You are a very formal butler.',
      });
      assert.ok(told.usage.inputTokens > plain.usage.inputTokens);
    });

    it('hears the turns before the last', async () => {
      const messages = [
        { role: 'user', text: 'My name is Ada.' },
        { role: 'assistant', text: 'Hello, Ada.' },
        { role: 'user', text: 'What is my name?' },
      ] as const;
      const last = await ask(target, { messages: messages.slice(2), maxOutputTokens: atMost(1) });
      const all = await ask(target, { messages, maxOutputTokens: atMost(TOKENS_MAX) });
      assert.ok(all.usage.inputTokens > last.usage.inputTokens);
      assert.match(all.text, /\w/);
    });

    it(`ends at the limit${target.tellsCuts ? ', and says so' : ' (this server does not say so)'}`, async () => {
      const maxOutputTokens = atMost(3);
      const answer = await ask(target, { messages: [{ role: 'user', text: 'Count to 100.' }], maxOutputTokens });
      assert.equal(answer.finishReason, target.tellsCuts ? 'length' : 'stop');
      assert.ok(answer.usage.outputTokens <= maxOutputTokens);
    });

    const labelled = { messages: [{ role: 'user', text: 'The app crashes. Which label fits?' }] } as const;
    if (target.keepsToSchemas) {
      it('answers with JSON that fits a schema', async () => {
        const answer = await ask(target, { ...labelled, outputSchema: SCHEMA, maxOutputTokens: 40 });
        assert.equal(answer.finishReason, 'stop');
        assert.ok(['bug', 'billing'].includes((JSON.parse(answer.text) as { label: string }).label));
      });
    } else {
      it('tells the schema in words, since this server keeps to none', async () => {
        const plain = await ask(target, { ...labelled, maxOutputTokens: 1 });
        const told = await ask(target, { ...labelled, outputSchema: SCHEMA, maxOutputTokens: 1 });
        assert.ok(told.usage.inputTokens > plain.usage.inputTokens + JSON.stringify(SCHEMA).length / 5);
      });
    }

    it('asks for a tool, and hears what it gave', async () => {
      const able = { ...target, model: await target.toolModel() };
      const messages = [...ASKED_BEFORE, ROME];
      const request = { tools: [WEATHER], ...steady };
      const asked = await ask(able, { ...request, messages, maxOutputTokens: 60 });
      assert.equal(asked.finishReason, 'tools');
      const [call] = asked.toolRequests ?? [];
      assert.equal(call?.name, 'get_weather');
      assert.match(call.id, /^[\w-]+$/);
      assert.equal(typeof call.input, 'object');
      const after = [...messages, ...answered(asked, 'rainy')];
      const told = await ask(able, { ...request, messages: after, maxOutputTokens: atMost(TOKENS_MAX) });
      assert.match(told.text, /\w/);
      assert.ok(told.usage.inputTokens > asked.usage.inputTokens);
    });

    it('takes the failure of a tool, and a schema beside tools', async () => {
      const able = { ...target, model: await target.toolModel() };
      const failed = ASKED_BEFORE.slice(0, 3).map((each) =>
        each.role === 'tool' ? { ...each, isFailure: true } : each,
      );
      const request = { tools: [WEATHER], outputSchema: SCHEMA, maxOutputTokens: atMost(TOKENS_MAX), ...steady };
      assert.match((await ask(able, { ...request, messages: failed })).text, /\w/);
    });

    it(`sees pictures${target.isVendor ? '' : ' (with a model that has learned nothing)'}`, async () => {
      const model = await target.pictureModel();
      const look = async (...images: ReturnType<typeof picture>[]) => {
        const user = { role: 'user', text: 'Which colour?', images } as const;
        return (await ask({ ...target, model }, { messages: [user], maxOutputTokens: atMost(3) })).usage.inputTokens;
      };
      const [none, one, two] = [
        await look(),
        await look(picture(255, 0, 0)),
        await look(picture(0, 255, 0), picture(0, 0, 255)),
      ];
      assert.ok(none < one && one < two, `${none}, ${one}, ${two} tokens`);
    });

    if (target.isVendor && name === 'anthropic') {
      it('reads again what the vendor kept', async () => {
        const system = `${randomUUID()} ${'The answer to every question is a number. '.repeat(600)}`;
        const request = { messages: [HELLO], maxOutputTokens: 1, system };
        const first = await ask(target, request);
        const second = await ask(target, request);
        assert.ok((first.usage.cacheWriteTokens ?? 0) > 4000);
        assert.ok(second.usage.cachedInputTokens > 4000);
        assert.equal(first.usage.inputTokens, second.usage.inputTokens);
      });
    }

    it('tells what its models can do', async () => {
      const provider = target.definition.connect(target.settings);
      const isTold = target.isVendor || name === 'ollama';
      const [tools, images] = [await target.toolModel(), await target.pictureModel()];
      assert.equal((await provider.abilitiesOf(tools)).tools, isTold ? true : undefined);
      assert.equal((await provider.abilitiesOf(images)).images, isTold ? true : undefined);
    });

    it('stops when it is told to', async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      await assert.rejects(
        ask(target, STORY, () => stop.abort(reason), stop.signal),
        reason,
      );
      await assert.rejects(
        ask(target, STORY, () => assert.fail('it was called'), stop.signal),
        reason,
      );
    });

    it('says that a model does not exist', async () => {
      const unknown = { ...target, model: 'no-such-model', isVendor: false };
      await assert.rejects(ask(unknown, { messages: [HELLO], maxOutputTokens: atMost(1) }), {
        code: 'MODEL_NOT_FOUND',
        message: new RegExp(`^Cannot call model "${name}/no-such-model": its server has no such model`),
      });
    });
  });
}

for (const targetAt of localTargets()) {
  const { name, where, definition } = targetAt(server('ollama'));

  describe(`provider ${name} (${where})`, () => {
    it('lets the server end at once when it is told to', async () => {
      const mark = randomUUID();
      const proxy = await startHttpProxy(server('ollama'), { query: `?${mark}` });
      try {
        const stop = new AbortController();
        const startedAt = Date.now();
        let toldAt = 0;
        const onDelta = () => {
          toldAt ||= Date.now();
          stop.abort();
        };
        await assert.rejects(ask(targetAt(proxy.url), { ...STORY, ...STEADY }, onDelta, stop.signal));
        const took = await logged(mark);
        assert.ok(took < toldAt - startedAt + STOP_MS, `told after ${toldAt - startedAt} ms, it took ${took} ms`);
      } finally {
        await proxy.close();
      }
    });

    if (definition.name !== 'ollama') return;
    it('says that a model cannot call tools', async () => {
      const request = { messages: [HELLO], tools: [WEATHER], maxOutputTokens: 1 };
      const target = targetAt(server('ollama'));
      const provider = definition.connect(target.settings);
      assert.deepEqual(await provider.abilitiesOf(target.model), {
        tools: false,
        images: false,
        structuredOutput: true,
      });
      await assert.rejects(ask(target, request), {
        code: 'PROVIDER_REQUEST_REFUSED',
        message: /does not support tools/,
      });
      await assert.rejects(provider.abilitiesOf('no-such-model'), { code: 'MODEL_NOT_FOUND' });
    });
  });
}

describe('openPurse', () => {
  const usage = { inputTokens: 10, outputTokens: 2, cachedInputTokens: 0 };
  const answer: Completion = { text: '', finishReason: 'stop', usage, model: 'gpt-4.1-nano' };
  const request = { model: 'gpt-4.1-nano', messages: [HELLO], maxOutputTokens: 5 };
  const images = [picture(1, 2, 3)];

  it('counts what calls cost, and the worst of those that failed', async () => {
    const own = openPurse();
    await own.pay('openai', request, () => Promise.resolve(answer));
    assert.equal(own.spentNanoUsd(), 10 * 100 + 2 * 400);
    await assert.rejects(
      own.pay('openai', request, () => Promise.reject(new Error('cut'))),
      /cut/,
    );
    assert.ok(own.spentNanoUsd() > 100_000);
  });

  for (const { name, made, limit, expected } of [
    { name: 'that could cost too much', made: request, limit: 1000, expected: /may cost \d+$/ },
    {
      name: 'whose pictures could',
      made: { ...request, messages: [{ ...HELLO, images }] },
      limit: 200_000,
      expected: /may cost 3\d+$/,
    },
    { name: 'of unknown price', made: { ...request, model: 'gpt-0' }, limit: 1e9, expected: /nobody knows its price/ },
  ]) {
    it(`makes no call ${name}`, async () => {
      const paid = openPurse(limit).pay('openai', made, () => assert.fail('it was called'));
      await assert.rejects(paid, expected);
    });
  }
});

type Request = Omit<CompletionRequest, 'model'>;

async function ask(
  { definition, settings, model, isVendor }: Target,
  request: Request,
  ...[onDelta = () => undefined, signal = new AbortController().signal]: [((text: string) => void)?, AbortSignal?]
): Promise<Completion> {
  const made = { model, ...request };
  const call = () => definition.connect(settings).complete(made, signal, onDelta);
  return isVendor ? purse.pay(definition.name, made, call) : call();
}

/** What a model said that asks for tools, and what they gave. */
function answered({ text, toolRequests = [], original }: Completion, given: string): readonly Message[] {
  const answers = toolRequests.map(({ id, name }) => ({
    role: 'tool' as const,
    id,
    name,
    text: given,
    isFailure: false,
  }));
  return [{ role: 'assistant', text, toolRequests, ...(original === undefined ? {} : { original }) }, ...answers];
}

/** How long a request took that bears this mark, in milliseconds, by the log that the server writes at its end. */
async function logged(mark: string): Promise<number> {
  for (;;) {
    const line = (await readFile(server('ollamaLog'), 'utf8')).split('\n').find((each) => each.includes(mark));
    const [, minutes = '0', amount, unit] = /\|\s*(?:(\d+)m)?([\d.]+)(s|ms|µs)\s*\|/.exec(line ?? '') ?? [];
    if (amount !== undefined) return Number(minutes) * 60_000 + Number(amount) * (unit === 's' ? 1000 : 1);
    await delay(20);
  }
}
