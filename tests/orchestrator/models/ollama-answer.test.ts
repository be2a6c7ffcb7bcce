import assert from 'node:assert/strict';
import { readOllamaAnswer } from '../../../activities/models/ollama-answer.ts';
import type { Completion } from '../../../activities/models/provider.ts';
import { read } from './read-answer.ts';

const line = (content: string, more: object = {}) =>
  `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done: false, ...more })}\n`;
const last = line('', { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 2 });

/** Cuts text into pieces of so many bytes, wherever that is. */
function pieces(text: string, size: number): Uint8Array[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}
const failure = (body: string) => new Error(`reported ${body}`);
const readAll = (text: string, size = 7) =>
  read<Uint8Array, Completion | undefined>(
    (stream, onDelta) => readOllamaAnswer(stream, onDelta, failure),
    pieces(text, size),
  );

describe('readOllamaAnswer', () => {
  for (const size of [1, 7, 10_000]) {
    it(`joins lines that come in pieces of ${size} bytes`, async () => {
      const { answer, deltas } = await readAll(line('Grüß ') + line('dich 🙂') + last, size);
      assert.deepEqual(deltas, ['Grüß ', 'dich 🙂']);
      assert.deepEqual(answer, {
        text: 'Grüß dich 🙂',
        finishReason: 'stop',
        usage: { inputTokens: 9, outputTokens: 2, cachedInputTokens: 0 },
        model: 'm',
      });
    });
  }

  it('tells a cut, and takes counts that are left out for zero', async () => {
    const { answer } = await readAll(line('Hi', { done: true, done_reason: 'length' }));
    const usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 };
    assert.deepEqual(answer, { text: 'Hi', finishReason: 'length', usage, model: 'm' });
  });

  it('gives the calls that the model asks for, with ids of their own where the server gives none', async () => {
    const asked = { name: 'get_weather', arguments: { city: 'Paris' } };
    const message = { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', function: asked }] };
    const older = { role: 'assistant', content: '', tool_calls: [{ function: asked }] };
    const { answer, deltas } = await readAll(
      line('So: ') + line('', { message }) + line('', { message: older }) + last,
    );
    assert.deepEqual(deltas, ['So: ']);
    assert.equal(answer?.finishReason, 'tools');
    const [first, second] = answer.toolRequests ?? [];
    assert.deepEqual(first, { id: 'call_1', name: 'get_weather', input: { city: 'Paris' } });
    assert.match(second?.id ?? '', /^call_[\w-]{36}$/);
  });

  it('throws what the server reports in the middle', async () => {
    await assert.rejects(readAll(`${line('Hi')}{"error":"out of memory"}\n`), /reported \{"error":"out of memory"\}/);
  });

  it('throws for a line that is not JSON', async () => {
    await assert.rejects(readAll(`${line('Hi')}oops\n${last}`), SyntaxError);
  });

  it('gives nothing for a stream that broke off in a line', async () => {
    assert.equal((await readAll(line('Hi') + last.slice(0, -5))).answer, undefined);
  });
});
