import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import { withQualityFiles } from '../../../activities/artifacts/quality-files.ts';
import { qualityMarkdown } from '../../../src/pipeline/quality-markdown.ts';
import { makeQualityReport, qualityJson } from '../../../src/pipeline/quality-report.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { CallRecord, RunRecord, StepResult } from '../../../src/pipeline/result.ts';
import type { RunStatus } from '../../../src/pipeline/view.ts';
import { cards } from '../execution/cards.ts';

type Done = Extract<StepResult, { status: 'done' }>;

function call(path: string, kind: CallRecord['kind'], facts: Partial<Done> = {}): CallRecord {
  const result: Done = {
    status: 'done',
    output: { inline: 'text' },
    attempts: 1,
    costNanoUsd: 0,
    checks: [],
    ...facts,
  };
  return { path, kind, endedAt: 0, result };
}

function verdict(path: string, passed: boolean, reason = 'so it is'): CallRecord {
  const output = { inline: { check: 'length', passed, score: passed ? 1 : 0, reason } satisfies Json };
  return call(path, 'check', { output });
}

const asked = (path: string, choice: string, comment: string | null = null): CallRecord =>
  call(path, 'approve', { output: { inline: { comment } }, decision: { choice, by: ['ann'] } });

const { plan } = makePlan(
  parsePipeline(
    `name: p
steps:
  draft: { model: ollama/x, prompt: hi, checks: [{ contains: a }], on_check_fail: [repair] }
  loose: { model: ollama/x, prompt: hi, checks: [{ contains: a }], on_check_fail: [ask, continue] }
`,
    'p.yaml',
  ),
  cards,
);

function reportOf(calls: readonly CallRecord[], status: RunStatus = 'done') {
  return makeQualityReport({ runId: 'r-1', pipeline: 'p', status, plan, calls });
}

describe('the report of the quality of a run', () => {
  for (const { name, calls, status, outcome } of [
    { name: 'what passes', calls: [call('draft', 'model'), verdict('draft/check-0', true)], outcome: 'passed' },
    {
      name: 'what passes after a repair',
      calls: [
        call('draft', 'model'),
        verdict('draft/check-0', false),
        call('draft/repair-1', 'model'),
        verdict('draft/repair-1/check-0', true),
      ],
      outcome: 'repaired',
    },
    {
      name: 'what people accept, whatever is said of it',
      calls: [verdict('loose/check-0', false), asked('loose/ask-1', 'accept')],
      outcome: 'accepted',
    },
    {
      name: 'what people reject',
      calls: [verdict('loose/check-0', false), asked('loose/ask-1', 'reject')],
      outcome: 'failed',
    },
    { name: 'what is taken as it is', calls: [verdict('loose[3]#2/check-0', false)], outcome: 'continued' },
    { name: 'what is not taken', calls: [verdict('draft/check-0', false)], outcome: 'failed' },
    {
      name: 'what is not decided yet',
      calls: [verdict('loose/check-0', false)],
      status: 'running' as const,
      outcome: 'open',
    },
  ]) {
    it(`tells ${name}`, () => {
      const { steps, outcomes } = reportOf(calls, status);
      assert.deepEqual(
        steps.map((step) => step.outcome),
        [outcome],
      );
      assert.equal(outcomes[outcome as keyof typeof outcomes], 1);
    });
  }

  it('adds up what quality costs: rungs, checks, and what models say for checks', () => {
    const { cost } = reportOf([
      call('draft', 'model', { costNanoUsd: 5 }),
      call('draft/check-0/vote#1', 'model', { costNanoUsd: 3 }),
      verdict('draft/check-0', false),
      call('draft/repair-1', 'model', { costNanoUsd: 7 }),
      call('draft/repair-1/check-0/vote#1', 'model', { costNanoUsd: null }),
    ]);
    assert.deepEqual(cost, { totalNanoUsd: 15, rungsNanoUsd: 7, checksNanoUsd: 3, hasUnknown: true });
  });

  it('has no outcome but those that the calls tell where no plan is kept', () => {
    const { steps } = makeQualityReport({
      runId: 'r-1',
      pipeline: 'p',
      status: 'done',
      plan: undefined,
      calls: [verdict('loose/check-0', false), { ...call('loose/ask-1', 'approve'), kind: 'approve' }],
    });
    assert.deepEqual(
      steps.map(({ outcome }) => outcome),
      ['failed'],
    );
  });

  it('leaves out what a check never said, and counts no rung that gave nothing to judge', () => {
    const error = { code: 'STEP_TIMEOUT', message: 'late', attempts: 1 } as const;
    const late: StepResult = { status: 'failed', error, attempts: 1, costNanoUsd: 0, checks: [] };
    const calls: readonly CallRecord[] = [
      { path: 'draft/check-0', kind: 'check', endedAt: 0, result: late },
      call('draft/repair-1', 'model'),
      {
        path: 'draft/model-1',
        kind: 'model',
        endedAt: 0,
        result: { status: 'cancelled', because: 'the run was cancelled' },
      },
    ];
    const { steps, verdicts } = reportOf(calls);
    assert.deepEqual(verdicts, { total: 0, passed: 0 });
    assert.deepEqual(
      steps.map(({ outcome, tries }) => [outcome, tries.map(({ by }) => by)]),
      [['failed', ['repair', 'model']]],
    );
  });

  it('takes a decision without a word, and one that nobody made in time', () => {
    const large = call('loose/ask-1', 'approve', {
      output: { artifact: { sha256: '0'.repeat(64), bytes: 9, preview: '{' } },
      decision: { choice: 'accept', by: [] },
    });
    const empty = call('draft/ask-1', 'approve', {
      output: { inline: null },
      decision: { choice: 'reject', by: ['ann'] },
    });
    const report = reportOf([
      call('draft', 'model', { costNanoUsd: null }),
      verdict('loose/check-0', true),
      large,
      empty,
    ]);
    const text = qualityMarkdown(report);
    assert.match(text, /\| ask \|  \| accept \(nobody in time\) \|  \|  \|/);
    assert.match(text, /\| ask \|  \| reject \(ann\) \|  \|  \|/);
    assert.match(text, /Cost: \$0 at least, of which/);
  });

  it('tells programs what failed, who decided, and what has no price', () => {
    const error = { code: 'PROVIDER_UNAVAILABLE', message: 'away', attempts: 1 } as const;
    const failed: StepResult = { status: 'failed', error, attempts: 1, costNanoUsd: 0, checks: [] };
    const { steps } = qualityJson(
      reportOf([
        call('loose', 'model', { model: 'ollama/x', costNanoUsd: null }),
        verdict('loose/check-0', false),
        { path: 'loose/repair-1', kind: 'model', endedAt: 0, result: failed },
        asked('loose/ask-1', 'accept', 'fine'),
      ]),
    ) as { steps: readonly { tries: readonly Record<string, Json>[] }[] };
    const [first, second, third] = steps[0]?.tries ?? [];
    assert.deepEqual([first?.['model'], first?.['cost_usd']], ['ollama/x', null]);
    assert.deepEqual(second?.['error'], { code: 'PROVIDER_UNAVAILABLE', message: 'away' });
    assert.deepEqual(third?.['decision'], { choice: 'accept', by: ['ann'], comment: 'fine' });
  });

  it('counts the verdicts on what was given at the end', () => {
    const { verdicts } = reportOf([
      verdict('draft/check-0', false),
      verdict('draft/repair-1/check-0', true),
      verdict('loose/check-0', false),
    ]);
    assert.deepEqual(verdicts, { total: 2, passed: 1 });
  });

  it('says in Markdown what happened, and lets nothing that models say pass for it', () => {
    const error = { code: 'PROVIDER_UNAVAILABLE', message: 'away', attempts: 1 } as const;
    const failed: StepResult = { status: 'failed', error, attempts: 1, costNanoUsd: 0, checks: [] };
    const text = qualityMarkdown(
      reportOf([
        call('draft', 'model', { model: 'ollama/x' }),
        verdict('draft/check-0', false, '| [x](http://bad.example) <b>\nnext'),
        { path: 'draft/repair-1', kind: 'model', endedAt: 0, result: failed },
        verdict('loose/check-0', false),
        asked('loose/ask-1', 'accept', 'fine'),
      ]),
    );
    assert.deepEqual(text.split('\n').slice(4, 10), [
      '| Outcome | Outputs |',
      '| --- | --- |',
      '| accepted by people | 1 |',
      '| not taken | 1 |',
      '',
      'Cost: $0, of which $0 for other answers and $0 for checks.',
    ]);
    assert.match(
      text,
      /\| step \(ollama\/x\) \| length \| NOT PASSED \| 0 \| \\\| \\\[x\\\]\(http:\/\/bad.example\) \\<b\\> next \|/,
    );
    assert.match(text, /\| repair \|  \| failed \|  \| PROVIDER_UNAVAILABLE away \|/);
    assert.match(text, /\| ask \|  \| accept \(ann\) \|  \| fine \|/);
  });

  it('shows in Markdown as many outputs as people read, and in JSON all of them', () => {
    const report = reportOf(Array.from({ length: 501 }, (_, index) => verdict(`draft[${index}]/check-0`, true)));
    assert.match(qualityMarkdown(report), /\nAnd 1 more\.\n$/);
    assert.equal((qualityJson(report)['steps'] as readonly Json[]).length, 501);
  });

  it('is a map for other programs', () => {
    const { runId: _, ...report } = reportOf([verdict('draft/check-0', true)]);
    assert.deepEqual(qualityJson({ runId: 'r-1', ...report }), {
      run_id: 'r-1',
      pipeline: 'p',
      status: 'done',
      verdicts: { total: 1, passed: 1 },
      outcomes: { passed: 1, repaired: 0, accepted: 0, continued: 0, failed: 0, open: 0 },
      cost: { total_usd: 0, rungs_usd: 0, checks_usd: 0, is_complete: true },
      steps: [
        {
          step: 'draft',
          outcome: 'passed',
          tries: [
            {
              by: 'step',
              path: 'draft',
              cost_usd: 0,
              checks: [{ check: 'length', passed: true, score: 1, reason: 'so it is' }],
            },
          ],
        },
      ],
    });
  });
});

describe('the files of the quality of a run', () => {
  it('are kept of a run that was cancelled before a call ended, beside what its steps have saved', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-quality-'));
    const saved = { path: 'quality/report.md', sha256: '0'.repeat(64), bytes: 1, step: 'draft' };
    const view = { runId: 'r-1', status: 'cancelled', pipeline: { name: 'p' }, files: [saved] };
    const record = { recordVersion: 1, plan, inputs: {}, view } as unknown as RunRecord;
    try {
      const { view: shown } = await withQualityFiles(openLocalDisk(folder), 'default', record);
      assert.deepEqual(
        shown.files?.map(({ path, step }) => [path, step]),
        [
          ['quality/report.md', 'draft'],
          ['quality/report.json', 'the run'],
        ],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
