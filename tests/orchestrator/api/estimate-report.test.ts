import assert from 'node:assert/strict';
import { choiceLines } from '../../../src/cli/screen/choice-lines.ts';
import { estimateLines, estimateReport, type Outlook } from '../../../src/cli/screen/estimate-report.ts';
import { openTerminal, plain } from '../../../src/cli/screen/terminal.ts';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { estimatePlan, type PlanEstimate } from '../../../src/pipeline/estimate.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Past } from '../../../src/pipeline/past.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { cards } from '../execution/cards.ts';

const TERMINAL = { ...openTerminal(false, {}), size: { columns: Infinity, rows: Infinity }, paint: plain };

const spread = (p50: number, p90: number) => ({ tokens: { p50, p90 }, nanoUsd: { p50: p50 * 1000, p90: p90 * 1000 } });
const PAST: Past = { runs: 12, ...spread(500, 900), steps: new Map([['a', spread(400, 800)]]) };

function planOf(steps: string): Plan {
  const config = loadConfig({ OPENAI_API_KEY: 'k' });
  const text = `name: x\nmodels: { m: { use: openai/gpt-4o-mini, prefer: cost, max_output_tokens: 10, accept: [length] } }\nsteps:\n${steps}\n`;
  return makePlan(parsePipeline(text, 'p.yaml'), cardsFor(config)).plan;
}

function estimateOf(steps: string): PlanEstimate {
  return estimatePlan(planOf(steps));
}

/** How often a call is made for the items of a list of five at most. */
function timesWith(more: string): number | undefined {
  const yaml = `name: x\ninputs: { l: { type: array, items: { type: string, maxLength: 9 }, maxItems: 5 } }\nsteps:\n  a: { for_each: "\${{ inputs.l }}", ${more}model: openai/gpt-4o-mini, prompt: Go }\n`;
  const { plan } = makePlan(parsePipeline(yaml, 'p.yaml'), cardsFor(loadConfig({ OPENAI_API_KEY: 'k' })));
  return estimatePlan(plan).steps[0]?.times;
}

const ONE = '  a: { model: m, prompt: Go, retry: { attempts: 2 } }';
const UNKNOWN =
  '  b: { model: m, prompt: "${{ steps.t.output }}", retry: { attempts: 1 } }\n  t: { tool: text.template, with: { template: x, data: {} } }';

/** With single spaces. */
function lines(outlook: Outlook): readonly string[] {
  return estimateLines(outlook, TERMINAL).map((line) => line.replaceAll(/ +/gu, ' '));
}

describe('estimateLines', () => {
  it('shows a row for each step that asks a model, and one for the run', () => {
    assert.deepEqual(lines({ estimate: estimateOf(`${ONE}\n${UNKNOWN}`), past: undefined }), [
      '',
      'STEP MODEL TIMES TOKENS/CALL COST/CALL TOKENS AT MOST COST AT MOST WITHOUT',
      'a openai/gpt-4o-mini 1 232 $0.0000393 464 $0.0000786',
      'b openai/gpt-4o-mini 1 228 $0.0000387 228 $0.0000387 steps.t.output',
      'run 692 $0.0001173',
    ]);
  });

  for (const { runs, said } of [
    { runs: 12, said: 'P50 and P90: what half, and nine of ten, of 12 runs that are done cost at most' },
    { runs: 1, said: 'P50 and P90: what half, and nine of ten, of the one run that is done cost at most' },
  ]) {
    it(`shows what ${runs} past runs have cost`, () => {
      const shown = lines({ estimate: estimateOf(`${ONE}\n${UNKNOWN}`), past: { ...PAST, runs } });
      assert.match(String(shown[2]), /\$0\.0000786 \$0\.0004 \$0\.0008$/u);
      assert.match(String(shown[4]), /\$0\.0001173 \$0\.0005 \$0\.0009$/u);
      assert.equal(shown[5], said);
    });
  }

  for (const { budget, said } of [
    {
      budget: { tokens: 100, onExceeded: 'fail' },
      said: 'The budget is 100 tokens, less than the run may use at most: it fails before it uses more',
    },
    {
      budget: { nanoUsd: 1, onExceeded: 'fail' },
      said: 'The budget is $0.000000001, less than the run may use at most: it fails before it uses more',
    },
    { budget: { nanoUsd: 1e9, onExceeded: 'fail' }, said: 'The budget is $1.00: it fails before it uses more' },
    {
      budget: { nanoUsd: 1e9, tokens: 100, onExceeded: 'ask' },
      said: 'The budget is $1.00 and 100 tokens, less than the run may use at most: it waits for a top-up before it uses more',
    },
  ] as const) {
    it(`holds the budget against it: ${said}`, () => {
      assert.equal(lines({ estimate: estimateOf(ONE), past: undefined, budget }).at(-1), said);
    });
  }

  it('counts no more items than the schema of the list lets through, unless the step says so', () => {
    assert.deepEqual([timesWith(''), timesWith('max: 7, ')], [5, 7]);
  });

  it('says that a price is not known', () => {
    const text = 'name: x\nsteps: { c: { model: anthropic/claude-large, prompt: Go } }\n';
    const estimate = estimatePlan(makePlan(parsePipeline(text, 'p.yaml'), cards).plan);
    assert.match(String(lines({ estimate, past: undefined })[2]), /^c anthropic\/claude-large 1 \d+ not known \d+ /u);
  });

  it('shows nothing where no step asks a model', () => {
    assert.deepEqual(lines({ estimate: estimateOf('  a: { set: 1 }'), past: undefined }), []);
  });
});

describe('estimateReport', () => {
  it('tells programs the same', () => {
    assert.deepEqual(estimateReport({ estimate: estimateOf(ONE), past: PAST }), {
      steps: [
        {
          path: 'a',
          times: 1,
          calls: [{ model: 'openai/gpt-4o-mini', tokens: 232, cost_usd: 0.0000393 }],
          tokens_max: 464,
          cost_usd_max: 0.0000786,
          without: [],
          past: { tokens: { p50: 400, p90: 800 }, cost_usd: { p50: 0.0004, p90: 0.0008 } },
        },
      ],
      tokens_max: 464,
      cost_usd_max: 0.0000786,
      past: { runs: 12, tokens: { p50: 500, p90: 900 }, cost_usd: { p50: 0.0005, p90: 0.0009 } },
    });
  });
});

describe('choiceLines', () => {
  it('gives each reason once, wherever its step stands', () => {
    const plan = planOf(
      '  a: { model: m, prompt: Go }\n  g: { steps: { b: { model: m, prompt: Go }, c: { set: 1 } } }',
    );
    assert.deepEqual(choiceLines(plan), [
      '',
      'Models that were chosen:',
      '  m: by cost: openai/gpt-4o-mini ($0.15 in and $0.6 out per million tokens)',
    ]);
  });

  it('says nothing where the pipeline names the models itself', () => {
    assert.deepEqual(choiceLines(planOf('  a: { model: openai/gpt-4o-mini, prompt: Go }')), []);
  });
});
