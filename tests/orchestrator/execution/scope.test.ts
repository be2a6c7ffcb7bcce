import assert from 'node:assert/strict';
import type { Json } from '../../../src/pipeline/json.ts';
import { NO_CALL, type StepResult } from '../../../src/pipeline/result.ts';
import { inlineValues, scopeOf, type RunValues } from '../../../src/pipeline/scope.ts';

const artifact = { artifact: { sha256: 'a'.repeat(64), bytes: 20_000, preview: 'x' } };
const answered: StepResult = {
  status: 'done',
  output: { inline: 'yes' },
  attempts: 2,
  model: 'ollama/m',
  usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 1 },
  costNanoUsd: 2_500_000_000,
  checks: [{ check: 'length', passed: true, score: 1, reason: 'ok' }],
};
const failed: StepResult = { status: 'failed', error: { code: 'TOOL_FAILED', message: 'no', attempts: 3 }, ...NO_CALL };

const values: RunValues = {
  inputs: { ticket: { inline: 'broken' }, log: artifact },
  vars: { tone: 'warm' },
  names: {
    results: new Map<string, StepResult>([
      ['draft', answered],
      ['unpriced', { ...answered, costNanoUsd: null }],
      ['failed', failed],
      ['skipped', { status: 'skipped', because: 'x' }],
      [
        'looped',
        {
          status: 'done',
          output: { inline: [] },
          ...NO_CALL,
          items: { inline: [{ status: 'done' }] },
          rounds: 2,
          stopped: 'max',
          case: 'billing',
          handled: { code: 'TOOL_FAILED', message: 'no', attempts: 3 },
        },
      ],
      ['plain', { status: 'done', output: { inline: 1 }, ...NO_CALL }],
    ]),
  },
  run: { id: 'r1', startedAt: 0, costNanoUsd: 1_000_000_000 },
};

describe('scopeOf', () => {
  const rows: readonly (readonly [string, Json])[] = [
    ['inputs.ticket', 'broken'],
    ['inputs.nothing', null],
    ['vars.tone', 'warm'],
    ['vars.nothing', null],
    ['run.id', 'r1'],
    ['run.started_at', '1970-01-01T00:00:00.000Z'],
    ['run.cost_usd', 1],
    ['steps.draft.status', 'done'],
    ['steps.draft.output', 'yes'],
    ['steps.draft.error', null],
    ['steps.draft.model', 'ollama/m'],
    ['steps.draft.usage', { input_tokens: 3, output_tokens: 4, cached_input_tokens: 1 }],
    ['steps.draft.cost_usd', 2.5],
    ['steps.unpriced.cost_usd', null],
    ['steps.draft.attempts', 2],
    ['steps.draft.checks', [{ check: 'length', passed: true, score: 1, reason: 'ok' }]],
    ['steps.failed.status', 'failed'],
    ['steps.failed.output', null],
    ['steps.failed.error', { code: 'TOOL_FAILED', message: 'no', attempts: 3 }],
    ['steps.skipped.status', 'skipped'],
    ['steps.skipped.output', null],
    ['steps.skipped.attempts', null],
    ['steps.plain.model', null],
    ['steps.plain.usage', null],
    ['steps.looped.items', [{ status: 'done' }]],
    ['steps.looped.rounds', 2],
    ['steps.looped.stopped', 'max'],
    ['steps.looped.case', 'billing'],
    ['steps.looped.error', { code: 'TOOL_FAILED', message: 'no', attempts: 3 }],
    ['steps.skipped.error', null],
    ['steps.plain.items', null],
    ['steps.plain.rounds', null],
    ['steps.failed.items', null],
    ['steps.failed.stopped', null],
    ['steps.later.status', null],
    ['steps.later.output', null],
  ];
  for (const [path, expected] of rows) {
    it(`gives ${path}`, () => assert.deepEqual(scopeOf([path], values), { [path]: { inline: expected } }));
  }

  it('passes an artifact on by reference', () => {
    assert.deepEqual(scopeOf(['inputs.log'], values), { 'inputs.log': artifact });
  });

  for (const path of ['secrets.KEY', 'run.clock', 'steps.draft.wrong', 'nothing']) {
    it(`refuses ${path}, which no plan holds`, () => assert.throws(() => scopeOf([path], values), RangeError));
  }
});

describe('inlineValues', () => {
  it('unwraps what is small', () => {
    assert.deepEqual(inlineValues({ 'inputs.a': { inline: [1] } }), { 'inputs.a': [1] });
  });
  it('gives up when one value is an artifact', () => {
    assert.equal(inlineValues({ 'inputs.a': { inline: 1 }, 'inputs.b': artifact }), undefined);
  });
});
