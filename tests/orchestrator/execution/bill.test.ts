import assert from 'node:assert/strict';
import { billCsv } from '../../../src/cli/screen/bill-csv.ts';
import { billLines, billReport } from '../../../src/cli/screen/bill.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import { makeBill, plainPath } from '../../../src/pipeline/bill.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { CallRecord, Purchase, StepResult } from '../../../src/pipeline/result.ts';
import { cards } from './cards.ts';

const usage = { inputTokens: 100, outputTokens: 10, cachedInputTokens: 40, reasoningTokens: 3 };
const answer: Purchase = {
  model: 'vendor/big',
  attempt: 2,
  reason: 'answer',
  usage,
  costNanoUsd: 700,
  requestId: 'r-1',
};
const timeout: Purchase = {
  model: 'vendor/big',
  attempt: 1,
  reason: 'failure',
  code: 'PROVIDER_TIMEOUT',
  costNanoUsd: null,
};
const done = (facts: Partial<Extract<StepResult, { status: 'done' }>>): StepResult => ({
  status: 'done',
  output: { inline: null },
  attempts: 2,
  costNanoUsd: 700,
  checks: [],
  ...facts,
});

let endedAt = 0;
const record = (path: string, result: StepResult): CallRecord => ({
  path,
  kind: 'model',
  endedAt: (endedAt += 1000),
  result,
});

const CALLS: readonly CallRecord[] = [
  record('draft', done({ model: 'vendor/big', usage, purchases: [timeout, answer] })),
  record('each[1]#2/inner', done({ model: 'local/small', usage, costNanoUsd: 0 })),
  record('each[2]', {
    status: 'failed',
    error: { code: 'OUTPUT_INVALID', message: '', attempts: 1 },
    attempts: 1,
    model: 'local/small',
    costNanoUsd: 0,
    checks: [],
    purchases: [{ ...answer, model: 'local/small', costNanoUsd: 0, reason: 'repair' }],
  }),
  record('old', done({ model: 'vendor/big', usage, reused: { runId: 'before', costNanoUsd: 650 }, costNanoUsd: 0 })),
  record('older', done({ model: 'vendor/big', reused: { runId: 'before', costNanoUsd: null } })),
  record('stopped', { status: 'cancelled', because: 'the run ended', purchases: [{ ...answer, turn: 3 }] }),
  record('left', { status: 'cancelled', because: 'the run ended' }),
  record('never', { status: 'skipped', because: 'its condition was false' }),
  record('look', done({ costNanoUsd: 0 })),
  record('refused', {
    status: 'failed',
    error: { code: 'PROVIDER_AUTH', message: '', attempts: 1 },
    attempts: 1,
    model: 'vendor/big',
    costNanoUsd: 0,
    checks: [],
  }),
];

describe('a bill', () => {
  it('has a line for each request, failed and repaired ones, and those of cancelled calls', () => {
    const { lines } = makeBill(CALLS, undefined);
    assert.deepEqual(
      lines.map(({ step, attempt, reason, costNanoUsd }) => [step, attempt, reason, costNanoUsd]),
      [
        ['draft', 1, 'failure', null],
        ['draft', 2, 'answer', 700],
        ['each[1]#2/inner', 2, 'answer', 0],
        ['each[2]', 2, 'repair', 0],
        ['old', 0, 'reused', 0],
        ['older', 0, 'reused', 0],
        ['stopped', 2, 'answer', 700],
      ],
    );
  });

  it('adds up by model and by step, and says what reuse saved', () => {
    const { total, byModel, byStep, estimate } = makeBill(CALLS, undefined);
    assert.deepEqual(total, {
      calls: 5,
      usage: { inputTokens: 400, outputTokens: 40, cachedInputTokens: 160, cacheWriteTokens: 0, reasoningTokens: 12 },
      costNanoUsd: 1400,
      unknown: 1,
      savedNanoUsd: 650,
    });
    assert.deepEqual(
      byModel.map(({ model, calls, costNanoUsd }) => [model, calls, costNanoUsd]),
      [
        ['vendor/big', 3, 1400],
        ['local/small', 2, 0],
      ],
    );
    assert.deepEqual(
      byStep.map(({ step, calls }) => [step, calls]),
      [
        ['draft', 2],
        ['each/inner', 1],
        ['each', 1],
        ['old', 0],
        ['older', 0],
        ['stopped', 1],
      ],
    );
    assert.equal(estimate, undefined);
  });

  for (const [path, expected] of [
    ['draft', 'draft'],
    ['drafts[3]#2/review~2/inner', 'drafts/review/inner'],
    ['research/turn#4', 'research'],
    ['publish/on_error/notify', 'publish/on_error/notify'],
  ] as const) {
    it(`puts ${path} to ${expected}`, () => assert.equal(plainPath(path), expected));
  }

  const { plan } = makePlan(
    parsePipeline(
      `name: planned
models: { big: { use: anthropic/claude-text, max_output_tokens: 100 } }
steps:
  draft: { model: big, prompt: Say a, retry: { attempts: 1 } }
  group: { steps: { inner: { for_each: [1, 2], model: big, prompt: Say b, retry: { attempts: 2 } } } }
`,
      'test.yaml',
    ),
    cards,
  );
  const paid = { ...answer, model: 'anthropic/claude-text' };

  it('is held against what the plan said', () => {
    const { byStep, lines, estimate } = makeBill(
      [
        record('draft', done({ model: 'anthropic/claude-text', purchases: [paid] })),
        record('group/inner[1]', done({ model: 'anthropic/claude-text', purchases: [paid] })),
      ],
      plan,
    );
    const [draft, inner] = byStep;
    assert.equal(inner?.worst?.tokens, 4 * (draft?.worst?.tokens ?? 0));
    assert.ok((estimate?.worst.tokens ?? 0) === 5 * (draft?.worst?.tokens ?? 0));
    const [step] = plan.steps;
    assert.deepEqual(lines[0]?.price, step?.kind === 'model' ? step.candidates[0]?.price : assert.fail());
  });

  it('is shown as tables, as JSON, and as CSV that no spreadsheet takes for formulas', () => {
    const bill = makeBill(
      [...CALLS, record('=cmd|"x"', done({ model: 'anthropic/claude-text', purchases: [paid] }))],
      plan,
    );
    const text = billLines(bill, { paint: plain, size: { columns: Infinity, rows: 24 } }).join('\n');
    for (const line of [
      /^STEP +TRY +MODEL +IN +CACHED +OUT +REASONING +PRICE +COST +WHY$/mu,
      /^draft +1 +vendor\/big +unknown +PROVIDER_TIMEOUT$/mu,
      /^draft +2 +vendor\/big +100 +40 +10 +3 +\$0\.0000007 +answer$/mu,
      /^stopped\/turn#3 /mu,
      /^old +vendor\/big +100 +40 +10 +3 +\$0 +reused$/mu,
      /^vendor\/big +3 +200 +20 +at least \$0\.0000014 +\$0\.00000065$/mu,
      /^all +6 +.*at least /mu,
      /^Of 1 of these requests nobody knows the cost/mu,
    ]) {
      assert.match(text, line);
    }
    assert.deepEqual(billLines(makeBill([], undefined), { paint: plain, size: { columns: 80, rows: 24 } }), [
      'No model was asked',
    ]);
    const report = JSON.parse(JSON.stringify(billReport('run-1', bill)));
    assert.deepEqual([report.calls.length, report.total.cost_nano_usd, report.calls[0].usage], [8, 2100, null]);
    assert.equal(report.calls[7].price.input, bill.lines[7]?.price?.inputNanoUsd);
    assert.equal(billReport('run-1', makeBill([], undefined))['plan'] !== undefined, true);
    const [head, first, ...rows] = billCsv(bill).split('\r\n');
    assert.match(head ?? '', /^ended_at,step,turn,attempt,model,reason,code,input_tokens/u);
    assert.equal(first, '1970-01-01T00:00:01.000Z,draft,,1,vendor/big,failure,PROVIDER_TIMEOUT,,,,,,,,,,,');
    assert.match(rows.find((row) => row.includes('cmd')) ?? '', /,"'=cmd\|""x""",,2,anthropic\/claude-text,answer/u);
  });

  it('tells what the gate had bought from what a step had, and its repairs from those of a schema', () => {
    const repair: Purchase = { ...answer, reason: 'repair' };
    const bill = makeBill(
      [
        record('draft', done({ model: 'vendor/big', purchases: [answer, repair] })),
        record('draft/repair-1', done({ model: 'vendor/big', purchases: [answer, repair] })),
        record('draft/model-1', done({ model: 'vendor/big', purchases: [answer] })),
      ],
      undefined,
    );
    assert.deepEqual(
      bill.lines.map(({ reason, rung }) => [reason, rung]),
      [
        ['answer', undefined],
        ['repair', undefined],
        ['answer', 'repair'],
        ['repair', 'repair'],
        ['answer', 'model'],
      ],
    );
    const text = billLines(bill, { paint: plain, size: { columns: 200, rows: 24 } }).join('\n');
    for (const why of [/ gate: repair$/mu, / repair, gate: repair$/mu, / gate: model$/mu]) assert.match(text, why);
    assert.equal(JSON.parse(JSON.stringify(billReport('run-1', bill))).calls[4].rung, 'model');
    assert.match(billCsv(bill), /,model\r\n$/u);
  });
});
