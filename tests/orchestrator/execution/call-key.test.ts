import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { approvalKey, conversationKey, keyText, waitKey, type CallParts } from '../../../src/pipeline/call-key.ts';
import type { OfferedToolPlan } from '../../../src/pipeline/model-plan.ts';
import type { Expression } from '../../../src/pipeline/plan.ts';
import { sha256 } from '../../../src/pipeline/sha256.ts';
import type { StoredValue } from '../../../src/pipeline/value.ts';

const byNode = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('sha256', () => {
  for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 128, 100_000]) {
    it(`is that of Node for ${length} letters`, () => {
      const text = 'a'.repeat(length);
      assert.equal(sha256(text), byNode(text));
    });
  }

  it('is that of Node for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => sha256(text) === byNode(text)),
      { numRuns: 500 },
    );
  });
});

const inline = (value: string): StoredValue => ({ inline: value });
const artifact = (sha: string, preview: string): StoredValue => ({ artifact: { sha256: sha, bytes: 20_000, preview } });

describe('keyText', () => {
  it('does not depend on the order in which things were written', () => {
    const one: CallParts = { call: 'tool', tool: 'x', version: '1', input: { a: 1, b: [true, null] }, secrets: [] };
    const other: CallParts = { secrets: [], input: { b: [true, null], a: 1 }, version: '1', tool: 'x', call: 'tool' };
    assert.equal(keyText(one), keyText(other));
  });
});

describe('approvalKey', () => {
  const plan = { options: ['approve', 'reject'], answer: { type: 'object' }, quorum: 1 } as const;
  const asked = { message: inline('Send?'), to: { inline: ['leads'] }, edit: inline('Dear Ann') };
  const key = approvalKey(plan, asked);

  it('is a sha256, and always the same for the same question', () => {
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(approvalKey({ ...plan }, { ...asked, message: inline('Send?') }), key);
  });

  it('tells a long message by its content, not by what is shown of it', () => {
    const long = approvalKey(plan, { ...asked, message: artifact('ab', 'Send') });
    assert.equal(approvalKey(plan, { ...asked, message: artifact('ab', 'Se') }), long);
    assert.notEqual(approvalKey(plan, { ...asked, message: artifact('cd', 'Send') }), long);
  });

  const { edit: _, ...withoutEdit } = asked;
  for (const { name, other } of [
    { name: 'the message', other: approvalKey(plan, { ...asked, message: inline('Send it?') }) },
    { name: 'who is asked', other: approvalKey(plan, { ...asked, to: { inline: ['support'] } }) },
    { name: 'what may be changed', other: approvalKey(plan, { ...asked, edit: inline('Dear Bob') }) },
    { name: 'whether anything may be changed', other: approvalKey(plan, withoutEdit) },
    { name: 'the options', other: approvalKey({ ...plan, options: ['approve'] }, asked) },
    { name: 'the form', other: approvalKey({ options: plan.options, quorum: 1 }, asked) },
    { name: 'the quorum', other: approvalKey({ ...plan, quorum: 2 }, asked) },
  ]) {
    it(`is another one when this changes: ${name}`, () => assert.notEqual(other, key));
  }
});

describe('conversationKey', () => {
  const reads = { source: 'inputs.url', code: ['read', 'inputs.url'], reads: ['inputs.url'], needsHost: false };
  const tool: OfferedToolPlan = {
    tool: 'http.request',
    description: 'Sends',
    input: true,
    effect: 'reads',
    timeoutMs: 1000,
  };
  const fixed: OfferedToolPlan = { ...tool, with: { kind: 'expression', expression: reads } };
  const scope = { 'inputs.url': inline('https://a.example') };
  const keys = [
    conversationKey('first', {}, {}),
    conversationKey('second', {}, {}),
    conversationKey('first', { maxTurns: 3 }, {}),
    conversationKey('first', { tools: [tool] }, {}),
    conversationKey('first', { tools: [{ ...tool, hosts: ['a.example'] }] }, {}),
    conversationKey('first', { tools: [fixed] }, scope),
    conversationKey('first', { tools: [fixed] }, { 'inputs.url': inline('https://b.example') }),
    conversationKey('first', { tools: [fixed] }, { 'inputs.url': artifact('ab', 'https') }),
  ];

  it('tells conversations apart by their first turn, their turns, and what their tools may do', () => {
    assert.equal(new Set(keys).size, keys.length);
  });

  it('is the same however a tool is described', () => {
    assert.equal(conversationKey('first', { tools: [{ ...tool, description: 'x', timeoutMs: 2 }] }, {}), keys[3]);
    assert.equal(conversationKey('first', { tools: [{ ...fixed }] }, { ...scope }), keys[5]);
  });
});

describe('waitKey', () => {
  const match = { source: 'event.id == inputs.id', code: null, reads: ['event', 'inputs.id'], needsHost: false };
  const other: Expression = { ...match, source: 'event.id != inputs.id' };
  const keys = [
    waitKey({ kind: 'time', at: inline('2h') }),
    waitKey({ kind: 'time', at: inline('3h') }),
    waitKey({ kind: 'event', event: 'scanned' }),
    waitKey({ kind: 'event', event: 'paid' }),
    waitKey({ kind: 'event', event: 'scanned', schema: { type: 'string' } }),
    waitKey({ kind: 'event', event: 'scanned', match }, { 'inputs.id': { inline: 7 } }),
    waitKey({ kind: 'event', event: 'scanned', match }, { 'inputs.id': { inline: 8 } }),
    waitKey({ kind: 'event', event: 'scanned', match: other }, { 'inputs.id': { inline: 7 } }),
  ];

  it('tells waits apart by their time, event, form, condition, and what that reads', () => {
    assert.equal(new Set(keys).size, keys.length);
  });

  it('is the same for the same wait', () => {
    assert.equal(waitKey({ kind: 'event', event: 'scanned' }), keys[2]);
  });
});
