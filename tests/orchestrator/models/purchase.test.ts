import assert from 'node:assert/strict';
import { failedPurchase, totalOf } from '../../../activities/models/purchase.ts';
import { complaintOf, repairRequest } from '../../../activities/models/repair.ts';
import { isWithin, leftOf, mostOf } from '../../../activities/models/request-bound.ts';
import type { Purchase } from '../../../src/pipeline/result.ts';

const usage = (inputTokens: number, more: object = {}) => ({
  inputTokens,
  outputTokens: 1,
  cachedInputTokens: 0,
  ...more,
});
const bought = (more: Partial<Purchase>): Purchase => ({
  model: 'p/m',
  attempt: 1,
  reason: 'answer',
  costNanoUsd: 5,
  ...more,
});
const json = (value: object): number => JSON.stringify(value).length;
const LOST = bought({ reason: 'failure', code: 'WORKER_LOST', costNanoUsd: null });

describe('totalOf', () => {
  for (const { name, purchases, expected } of [
    { name: 'is nothing for nothing', purchases: [], expected: { costNanoUsd: 0 } },
    {
      name: 'adds up every kind of token',
      purchases: [
        bought({ usage: usage(2, { cacheWriteTokens: 3 }) }),
        bought({ usage: usage(4, { cacheWriteTokens: 1, reasoningTokens: 7 }) }),
      ],
      expected: {
        usage: { inputTokens: 6, outputTokens: 2, cachedInputTokens: 0, cacheWriteTokens: 4, reasoningTokens: 7 },
        costNanoUsd: 10,
      },
    },
    {
      name: 'leaves out what nobody lived to tell of, beside an answer',
      purchases: [LOST, bought({ usage: usage(2) })],
      expected: { usage: usage(2), costNanoUsd: 5 },
    },
    { name: 'does not know what only lost calls cost', purchases: [LOST], expected: { costNanoUsd: null } },
    {
      name: 'does not know the sum when it does not know a price',
      purchases: [bought({ usage: usage(2) }), bought({ usage: usage(2), costNanoUsd: null })],
      expected: { usage: { ...usage(4), outputTokens: 2 }, costNanoUsd: null },
    },
  ]) {
    it(name, () => assert.deepEqual(totalOf(purchases), expected));
  }
});

describe('failedPurchase', () => {
  const of = { model: 'p/m', attempt: 2, isPaid: true, turn: 3 };
  for (const [code, costNanoUsd] of [
    ['PROVIDER_ERROR', null],
    ['PROVIDER_AUTH', 0],
    [undefined, null],
  ] as const) {
    it(`costs ${costNanoUsd} after ${code ?? 'a stop'}`, () => {
      const { isPaid: _, ...told } = of;
      const expected = { ...told, reason: 'failure', ...(code === undefined ? {} : { code }), costNanoUsd };
      assert.deepEqual(failedPurchase(of, code), expected);
    });
  }
});

describe('mostOf', () => {
  it('counts a byte of whatever is sent as a token, and pictures as their vendor does', () => {
    const request = {
      model: 'm',
      system: 'ä',
      messages: [
        { role: 'user', text: 'abc', images: [{ mediaType: 'image/png', base64: 'AAAA' }] },
        { role: 'assistant', text: 'd', toolRequests: [{ id: '1', name: 't', input: {} }] },
        { role: 'assistant', text: '', original: { model: 'p/m', parts: [{ a: 1 }] } },
        { role: 'tool', id: '1', name: 't', text: 'ef', isFailure: false },
      ],
      tools: [{ name: 't', description: '', input: {} }],
      outputSchema: { type: 'object' },
      maxOutputTokens: 9,
    } as const;
    const parts = [request.tools[0], request.outputSchema, { id: '1', name: 't', input: {} }, { a: 1 }];
    const expected = 2 + 3 + 5000 + 1 + 2 + parts.reduce((sum, part) => sum + json(part), 0);
    assert.deepEqual(mostOf('anthropic', request), { input: expected, output: 9 });
  });
});

describe('leftOf', () => {
  const bound = { tokens: 100, nanoUsd: 10 };
  it('is what purchases have left', () => {
    assert.deepEqual(leftOf(bound, [bought({ usage: usage(20) })]), { tokens: 79, nanoUsd: 5 });
    assert.deepEqual(leftOf(bound, [bought({ usage: usage(20), costNanoUsd: null })]), { tokens: 79, nanoUsd: 10 });
    assert.deepEqual(leftOf(bound, [LOST]), bound);
    assert.equal(leftOf(undefined, [LOST]), undefined);
  });

  it('limits nothing when nothing was set aside', () => {
    const candidate = { provider: 'p', model: 'm', isPaid: true };
    assert.equal(isWithin(undefined, { input: 1e9, output: 1e9 }, candidate), true);
  });
});

describe('repairRequest', () => {
  const request = { model: 'm', messages: [{ role: 'user', text: 'Hi' }], maxOutputTokens: 9 } as const;
  const answer = { finishReason: 'stop', model: 'm', usage: usage(1) } as const;

  it('leaves out an answer without words, which vendors refuse', () => {
    const { messages } = repairRequest(request, { ...answer, text: ' \n' }, 'No');
    assert.deepEqual(messages, [...request.messages, { role: 'user', text: 'No' }]);
  });

  it('says no more than is set aside for it, and cuts no character in half', () => {
    const complaint = complaintOf('ä'.repeat(5000));
    assert.ok(Buffer.byteLength(complaint) <= 1000);
    assert.match(complaint, /: ä+\. Answer again/u);
  });
});
