import assert from 'node:assert/strict';
import type { Completion, CompletionRequest } from '../../activities/models/provider.ts';
import { type Target, targets } from './targets.ts';

const HELLO = { role: 'user', text: 'Say hello.' } as const;
const SCHEMA = {
  type: 'object',
  properties: { label: { enum: ['bug', 'billing'] } },
  required: ['label'],
};

/** Every answer is this short: the vendors' part of the suite costs less than a cent. */
const TOKENS_MAX = 6;

for (const target of targets()) {
  const name = target.definition.name;

  describe(`provider ${name} (${target.where})`, () => {
    it('answers with text, and says what it used', async () => {
      const deltas: string[] = [];
      const answer = await ask(target, { messages: [HELLO], maxOutputTokens: TOKENS_MAX }, (text) => deltas.push(text));
      assert.notEqual(answer.text, '');
      assert.equal(deltas.join(''), answer.text);
      assert.ok(answer.usage.inputTokens > 0);
      assert.ok(answer.usage.outputTokens > 0 && answer.usage.outputTokens <= TOKENS_MAX);
      assert.ok(answer.model.startsWith(target.model));
    });

    it('hears the system prompt', async () => {
      const plain = await ask(target, { messages: [HELLO], maxOutputTokens: 1 });
      const told = await ask(target, {
        messages: [HELLO],
        maxOutputTokens: 1,
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
      const last = await ask(target, { messages: messages.slice(2), maxOutputTokens: 1 });
      const all = await ask(target, { messages, maxOutputTokens: TOKENS_MAX });
      assert.ok(all.usage.inputTokens > last.usage.inputTokens);
      assert.match(all.text, /\w/);
    });

    it('says that an answer was cut at the limit', async () => {
      const answer = await ask(target, { messages: [{ role: 'user', text: 'Count to 100.' }], maxOutputTokens: 3 });
      assert.equal(answer.finishReason, 'length');
      assert.ok(answer.usage.outputTokens <= 3);
    });

    const messages = [{ role: 'user', text: 'The app crashes. Which label fits?' }] as const;
    if (target.keepsToSchemas) {
      it('answers with JSON that fits a schema', async () => {
        const answer = await ask(target, { messages, outputSchema: SCHEMA, maxOutputTokens: 40 });
        assert.equal(answer.finishReason, 'stop');
        assert.ok(['bug', 'billing'].includes((JSON.parse(answer.text) as { label: string }).label));
      });
    } else {
      it('tells the schema in words, since this server keeps to none', async () => {
        const plain = await ask(target, { messages, maxOutputTokens: 1 });
        const told = await ask(target, { messages, outputSchema: SCHEMA, maxOutputTokens: 1 });
        assert.ok(told.usage.inputTokens > plain.usage.inputTokens + JSON.stringify(SCHEMA).length / 5);
      });
    }

    it('stops when it is told to', async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      const request = {
        messages: [{ role: 'user', text: 'Count to 1000.' }],
        maxOutputTokens: 60,
      } as const;
      await assert.rejects(
        ask(target, request, () => stop.abort(reason), stop.signal),
        reason,
      );
      await assert.rejects(
        ask(target, request, () => assert.fail('it was called'), stop.signal),
        reason,
      );
    });

    it('says that a model does not exist', async () => {
      const unknown = { ...target, model: 'no-such-model' };
      await assert.rejects(ask(unknown, { messages: [HELLO], maxOutputTokens: 1 }), {
        code: 'MODEL_NOT_FOUND',
        message: new RegExp(`^Cannot call model "${name}/no-such-model": its server has no such model`),
      });
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
