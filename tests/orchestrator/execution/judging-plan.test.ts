import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/errors.ts';
import { estimatePlan, type PlanEstimate } from '../../../src/pipeline/estimate.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';
import { namedFiles } from '../../../src/pipeline/linked-files.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { CheckPlan } from '../../../src/pipeline/check-plan.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { readsOfStep } from '../../../src/pipeline/reads.ts';
import { cards } from './cards.ts';

const MODELS = `{ small: { use: ollama/m, max_output_tokens: 50, temperature: 0.5, system: Be fair }, even: { use: ollama/m, temperature: 0 }, chosen: { use: [ollama/m, ollama/n], prefer: cost } }`;

const yamlOf = (step: string): string =>
  `name: x\ninputs: { q: { type: string, default: a } }\nmodels: ${MODELS}\nsteps:\n  a: ${step}\n`;

function planned(step: string): { readonly plan: Plan; readonly warnings: readonly string[] } {
  const { plan, warnings } = makePlan(parsePipeline(yamlOf(step), 'p.yaml'), cards);
  return { plan, warnings: warnings.map(({ message }) => message) };
}

function checkOf(step: string): CheckPlan {
  return planned(step).plan.steps[0]?.checks[0] as CheckPlan;
}

function estimate(checks: string): PlanEstimate {
  return estimatePlan(planned(`{ set: x, checks: [${checks}] }`).plan);
}

function rubricIn(file: string): JsonObject {
  return { judge: { model: 'm', rubric: { file } } };
}

function errorsOf(step: string): readonly string[] {
  try {
    makePlan(parsePipeline(yamlOf(step), 'p.yaml'), cards);
  } catch (error) {
    if (error instanceof PipelineError) return error.findings.map(({ code, message }) => `${code} ${message}`);
    throw error;
  }
  return [];
}

describe('the plan of a check that makes calls', () => {
  for (const { name, check, code, message } of [
    {
      name: 'no model',
      check: 'judge: { rubric: Good. }',
      code: 'KEY_MISSING',
      message:
        'Cannot read "checks[0].judge" of step "a": the key "model" is missing, a model or a list of models is needed',
    },
    {
      name: 'no rubric',
      check: 'judge: { model: small }',
      code: 'KEY_MISSING',
      message:
        'Cannot read "checks[0].judge" of step "a": the key "rubric" is missing, a text, or a map with "file", is needed',
    },
    {
      name: 'a text for everything',
      check: 'judge: Good.',
      code: 'VALUE_INVALID',
      message: 'Cannot read "checks[0].judge" of step "a": it is "Good.", a map is allowed',
    },
    {
      name: 'a mistyped key',
      check: 'judge: { model: small, rubrik: Good. }',
      code: 'KEY_UNKNOWN',
      message: 'Cannot read key "rubrik" of "checks[0].judge" of step "a": no such key: did you mean "rubric"?',
    },
    {
      name: 'too many votes',
      check: 'judge: { model: small, rubric: Good., votes: 10 }',
      code: 'VALUE_INVALID',
      message: 'Cannot read "checks[0].judge.votes" of step "a": it is 10, a whole number from 1 to 9 is allowed',
    },
    {
      name: 'votes that only the run would know',
      check: 'judge: { model: small, rubric: Good., votes: "${{ 3 }}" }',
      code: 'VALUE_INVALID',
      message:
        'Cannot read "checks[0].judge.votes" of step "a": it is "${{ 3 }}", a whole number from 1 to 9 is allowed',
    },
    {
      name: 'a score in percent',
      check: 'judge: { model: small, rubric: Good., pass: 80 }',
      code: 'VALUE_INVALID',
      message: 'Cannot read "checks[0].judge.pass" of step "a": it is 80, a number from 0 to 1 is allowed',
    },
    {
      name: 'an unknown model',
      check: 'judge: { model: smal, rubric: Good. }',
      code: 'MODEL_UNKNOWN',
      message: 'Cannot use "checks[0].judge.model" of step "a": there is no model "smal": did you mean "small"?',
    },
    {
      name: 'a model without structured answers',
      check: 'judge: { model: anthropic/claude-text, rubric: Good. }',
      code: 'MODEL_UNSUITABLE',
      message:
        'Cannot use "checks[0].judge.model" of step "a": anthropic/claude-text gives no structured answers, and the check needs one',
    },
    {
      name: 'a rubric that reads the output',
      check: 'judge: { model: small, rubric: "Good: ${{ output }}" }',
      code: 'REFERENCE_UNKNOWN',
      message: /^Cannot use the expression in "checks\[0\]\.judge\.rubric" of step "a": /,
    },
    {
      name: 'a rubric in a file that nobody can find',
      check: 'judge: { model: small, rubric: { file: ./r.md } }',
      code: 'FILE_UNREADABLE',
      message: 'Cannot use "checks[0].judge.rubric.file" of step "a": no folder is known to look for it in',
    },
    {
      name: 'sources without a model',
      check: 'grounded_in: { sources: [x] }',
      code: 'KEY_MISSING',
      message:
        'Cannot read "checks[0].grounded_in" of step "a": the key "model" is missing, a model or a list of models is needed where the step has none',
    },
    {
      name: 'no sources',
      check: 'grounded_in: { model: small }',
      code: 'KEY_MISSING',
      message: 'Cannot read "checks[0].grounded_in" of step "a": the key "sources" is missing, a value is needed',
    },
    {
      name: 'an unknown tool',
      check: 'tool: { tool: text.templat }',
      code: 'TOOL_UNKNOWN',
      message:
        'Cannot use "checks[0].tool.tool" of step "a": there is no tool "text.templat": did you mean "text.template"?',
    },
    {
      name: 'a wrong input of a tool',
      check: 'tool: { tool: text.template, with: { template: 1, data: 1 } }',
      code: 'VALUE_INVALID',
      message: 'Cannot use "checks[0].tool.with.template" of step "a": it is 1, text is allowed',
    },
  ]) {
    it(`is refused for ${name}`, () => {
      const [error = '', ...others] = errorsOf(`{ set: 1, checks: [{ ${check} }] }`);
      assert.deepEqual(others, []);
      if (typeof message === 'string') assert.equal(error, `${code} ${message}`);
      else assert.match(error.slice(code.length + 1), message);
      assert.ok(error.startsWith(`${code} `), error);
    });
  }

  it('asks a judge once, for 0.7, by the settings of its model', () => {
    const { by } = checkOf('{ set: x, checks: [{ judge: { model: small, rubric: Good. } }] }');
    assert.ok(by?.kind === 'judge');
    assert.deepEqual([by.votes, by.pass, by.asks.temperature, by.asks.maxOutputTokens], [1, 0.7, 0.5, 50]);
    assert.deepEqual(by.asks.system, { kind: 'literal', value: 'Be fair' });
    assert.deepEqual([by.asks.retry.attempts, by.asks.timeoutMs], [5, 600_000]);
  });

  it('takes time and tries from a step of kind check', () => {
    const step = '{ check: { value: x, judge: { model: small, rubric: Good. } }, timeout: 7s, retry: { attempts: 2 } }';
    const { by } = checkOf(step);
    assert.ok(by?.kind === 'judge');
    assert.deepEqual([by.asks.retry.attempts, by.asks.timeoutMs], [2, 7000]);
    const tool = checkOf('{ check: { value: x, tool: { tool: text.template, with: { template: x, data: 1 } } } }').by;
    assert.ok(tool?.kind === 'tool');
    assert.deepEqual(
      [tool.tool, tool.effect, tool.timeoutMs, tool.retry.attempts],
      ['text.template', 'pure', 10_000, 5],
    );
  });

  it('looks for evidence with the model of the step, but not with what it is told to be', () => {
    const { by } = checkOf('{ model: small, prompt: Hi, checks: [{ grounded_in: { sources: ["${{ inputs.q }}"] } }] }');
    assert.ok(by?.kind === 'quotes');
    assert.deepEqual([by.asks.candidates.map(({ model }) => model), by.asks.temperature], [['m'], 0.5]);
    assert.equal(by.asks.system, undefined);
  });

  it('keeps why its models were chosen', () => {
    const judged = checkOf('{ set: x, checks: [{ judge: { model: chosen, rubric: Good. } }] }').by;
    const shown = checkOf('{ model: chosen, prompt: Hi, checks: [{ grounded_in: { sources: a } }] }').by;
    assert.ok(judged?.kind === 'judge' && shown?.kind === 'quotes');
    assert.ok((judged.asks.choice?.length ?? 0) > 0);
    assert.deepEqual(shown.asks.choice, judged.asks.choice);
    assert.equal(shown.asks.temperature, undefined);
  });

  it('counts what it reads as what the step reads', () => {
    const checks =
      '[{ judge: { model: small, rubric: "${{ inputs.q }}" } }, { grounded_in: { sources: "${{ vars.x }}", model: small } }, { tool: { tool: text.template, with: { template: "${{ run.id }} ${{ output }}", data: 1 } } }]';
    const text = yamlOf(`{ set: 1, checks: ${checks} }`).replace('\nsteps', '\nvars: { x: y }\nsteps');
    const [step] = makePlan(parsePipeline(text, 'p.yaml'), cards).plan.steps;
    const reads = step === undefined ? [] : readsOfStep(step);
    for (const path of ['inputs.q', 'vars.x', 'run.id', 'output']) assert.ok(reads.includes(path), path);
  });

  it('counts what people are asked about it as what the step reads', () => {
    const ask = '{ ask: { message: "${{ inputs.q }}", to: "${{ run.id }}" } }';
    const [step] = makePlan(
      parsePipeline(yamlOf(`{ set: x, checks: [{ contains: a }], on_check_fail: [${ask}] }`), 'p.yaml'),
      cards,
    ).plan.steps;
    assert.deepEqual(step === undefined ? [] : readsOfStep(step), ['inputs.q', 'run.id']);
  });

  it('warns of votes that cannot differ', () => {
    const { warnings } = planned('{ set: x, checks: [{ judge: { model: even, rubric: Good., votes: 3 } }] }');
    assert.deepEqual(warnings, [
      'Cannot promise "checks[0].judge.votes" of step "a" to differ: the temperature of its model is 0',
    ]);
    assert.deepEqual(planned('{ set: x, checks: [{ judge: { model: even, rubric: Good. } }] }').warnings, []);
  });

  it('counts every vote of every judge in the worst case', () => {
    const one = estimate('{ judge: { model: small, rubric: Good. } }');
    const many = estimate(
      '{ judge: { model: small, rubric: Good., votes: 5 } }, { grounded_in: { sources: [a], model: small } }',
    );
    assert.deepEqual(
      many.steps.map(({ path, times }) => [path, times]),
      [
        ['a/check-0', 5],
        ['a/check-1', 1],
      ],
    );
    assert.ok(one.worst.tokens > 0);
    const [judge, quotes] = many.steps;
    assert.equal(judge?.worst.tokens, one.worst.tokens);
    assert.equal(many.worst.tokens, 5 * one.worst.tokens + (quotes?.worst.tokens ?? NaN));
    assert.deepEqual([judge?.unknown, quotes?.unknown], [[], []]);
  });

  it('is asked again for each rung of a ladder that gives something else', () => {
    const checks = '[{ judge: { model: small, rubric: Good., votes: 2 } }]';
    const step = `{ model: small, prompt: Hi, checks: ${checks}, on_check_fail: [{ repair: 2 }, { model: even }, continue] }`;
    const found = estimatePlan(planned(step).plan).steps.find(({ path }) => path === 'a/check-0');
    assert.equal(found?.times, 2 * (1 + 3));
  });
});

describe('namedFiles', () => {
  it('finds the rubrics of judges, in steps of kind check too', () => {
    const steps: Json = {
      a: { set: 1, checks: [rubricIn('./a.md'), { judge: { rubric: 'text' } }, { expect: true }, 'odd'] },
      b: { check: { value: 1, ...rubricIn('./b.md') } },
    };
    assert.deepEqual(namedFiles({ steps }).texts, ['./a.md', './b.md']);
  });
});
