import assert from 'node:assert/strict';
import { stepReport } from '../../../src/cli/screen/report.ts';
import { detailLines } from '../../../src/cli/screen/run-details.ts';
import { endLines } from '../../../src/cli/screen/run-end.ts';
import { rungText } from '../../../src/cli/screen/rungs.ts';
import { remark } from '../../../src/cli/screen/steps-table.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import type { RungFacts } from '../../../src/pipeline/result.ts';
import type { RunView, StepView } from '../../../src/pipeline/view.ts';

const BASE = { because: [{ check: 'length', score: 0, reason: 'too\nlong' }], costNanoUsd: 0 } as const;
const REPAIR: RungFacts = { ...BASE, rung: 'repair', status: 'missed', path: 'draft/repair-1', model: 'ollama/x' };
const MODEL: RungFacts = {
  ...BASE,
  rung: 'model',
  status: 'failed',
  costNanoUsd: null,
  error: { code: 'PROVIDER_UNAVAILABLE', message: 'away', attempts: 1 },
};
const ASK: RungFacts = { ...BASE, rung: 'ask', status: 'accepted', by: ['ann'], comment: 'well', isEdited: true };

const MISSED = { check: 'length', passed: false, score: 0, reason: 'too long' };

function stepWith(rungs: readonly RungFacts[], id = 'draft'): StepView {
  const facts = { attempts: 1, costNanoUsd: 0, checks: [MISSED], rungs };
  return { id, kind: 'model', status: 'done', output: { inline: 'x' }, endedAt: 1000, startedAt: 0, ...facts };
}

function viewOf(steps: readonly StepView[]): RunView {
  return {
    runId: 'run-1',
    tenant: 'default',
    pipeline: { name: 'demo', planHash: 'abc' },
    status: 'done',
    startedAt: 0,
    endedAt: 1000,
    steps,
    usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 },
    costNanoUsd: 0,
    hasUnknownCost: false,
    ignored: [],
  };
}

describe('rungText', () => {
  for (const [rung, expected] of [
    [REPAIR, 'repair (not good)'],
    [{ ...REPAIR, status: 'passed' }, 'repair (good)'],
    [MODEL, 'model (PROVIDER_UNAVAILABLE)'],
    [{ ...BASE, rung: 'model', status: 'passed', model: 'ollama/y' }, 'model ollama/y (good)'],
    [ASK, 'ask (accepted by ann, changed, saying: well)'],
    [{ ...BASE, rung: 'ask', status: 'accepted', by: [] }, 'ask (accepted by nobody in time)'],
    [{ ...BASE, rung: 'ask', status: 'rejected', by: ['ann'] }, 'ask (rejected by ann)'],
    [{ ...BASE, rung: 'continue', status: 'taken' }, 'continue (taken as it is)'],
  ] as readonly (readonly [RungFacts, string])[]) {
    it(`says ${expected}`, () => assert.equal(rungText(rung), expected));
  }
});

describe('what was done about an output', () => {
  it('stands beside the step', () => {
    assert.equal(remark(stepWith([REPAIR, ASK])), `after ${rungText(REPAIR)}, ${rungText(ASK)}  ✗ length: too long`);
  });

  it('is told with its reason and its cost', () => {
    const text = detailLines(viewOf([stepWith([REPAIR, MODEL])]), { now: 1000, width: 200, paint: plain }).join('\n');
    assert.match(text, /What was done about them\n {2}draft repair \(not good\), \$0, since length: too long\n/);
    assert.match(text, /draft model \(PROVIDER_UNAVAILABLE\), unknown cost, since length/);
  });

  it('is a list for other programs', () => {
    const because = [{ check: 'length', score: 0, reason: 'too\nlong' }];
    assert.deepEqual(stepReport(stepWith([REPAIR, MODEL, ASK]))['rungs'], [
      { rung: 'repair', status: 'missed', path: 'draft/repair-1', model: 'ollama/x', cost_usd: 0, because },
      {
        rung: 'model',
        status: 'failed',
        cost_usd: null,
        because,
        error: { code: 'PROVIDER_UNAVAILABLE', message: 'away', attempts: 1 },
      },
      { rung: 'ask', status: 'accepted', comment: 'well', cost_usd: 0, because, by: ['ann'], is_edited: true },
    ]);
  });
});

function end(steps: readonly StepView[]): string {
  return endLines({ view: viewOf(steps), outputs: {}, link: undefined }, [], plain).join('\n');
}

describe('outputs that were taken as they are', () => {
  it('are named at the end of the run', () => {
    assert.match(
      end([stepWith([])]),
      /Taken although checks are not passed\n {2}draft length: too long\n {2}all of them: orchestrator runs report run-1\n/,
    );
  });

  it('are no more than ten there', () => {
    const steps = Array.from({ length: 12 }, (_, index) => stepWith([], `s${index}`));
    assert.match(end(steps), /s9 length: too long\n {2}all of them/);
  });
});
