import assert from 'node:assert/strict';
import {
  COMPLAINT_CHARACTERS_MAX,
  complaintOf,
  repairQuestion,
  triesOf,
  withModel,
} from '../../../src/pipeline/ladder.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { ModelStepPlan } from '../../../src/pipeline/plan.ts';
import type { OtherModelPlan } from '../../../src/pipeline/ladder-plan.ts';
import { sumOf } from '../../../workflows/rung-spending.ts';
import { cards } from './cards.ts';

function stepOf(more: string): ModelStepPlan {
  const text = `name: p
models:
  own: { use: ollama/own, system: Be kind, temperature: 1 }
  other: { use: ollama/other, system: Be short, max_output_tokens: 5, accept: [length] }
  plain: ollama/plain
steps:
  a: { checks: [{ contains: a }], model: own, ${more} }
`;
  return makePlan(parsePipeline(text, 'p.yaml'), cards).plan.steps[0] as ModelStepPlan;
}

/** What a model is told, turn by turn; an expression by its source. */
function toldBy({ messages = [] }: ModelStepPlan): readonly unknown[] {
  return messages.map(({ role, text }) => [role, text.kind === 'literal' ? text.value : text.kind]);
}

const missed = (check: string, reason: string) => ({ check, passed: false, score: 0, reason });

describe('repairQuestion', () => {
  for (const { name, more, isEmpty = false, expected } of [
    { name: 'asks the prompt again, with the answer', more: 'prompt: hi', expected: ['user hi', 'assistant', 'no'] },
    {
      name: 'goes on with the messages',
      more: 'messages: [{ user: one }, { assistant: two }, { user: three }]',
      expected: ['user one', 'assistant two', 'user three', 'assistant', 'no'],
    },
    { name: 'leaves out an answer without words', more: 'prompt: hi', isEmpty: true, expected: ['user hi', 'no'] },
  ]) {
    it(name, () => {
      const asked = repairQuestion(stepOf(more), { complaint: 'no', isEmpty });
      const told = toldBy(asked).map((turn) => {
        const [role, text] = turn as [string, string];
        return text === 'no' ? 'no' : text === 'expression' ? role : `${role} ${text}`;
      });
      assert.deepEqual([told, asked.prompt], [expected, undefined]);
    });
  }
});

describe('withModel', () => {
  for (const { rung, own = '', expected } of [
    { rung: 'other', expected: ['other', 'Be short', undefined, 5, ['length']] },
    { rung: 'plain', expected: ['plain', undefined, undefined, 1024, undefined] },
    { rung: 'other', own: ', system: Own, accept: [refusal]', expected: ['other', 'Own', undefined, 5, ['refusal']] },
  ]) {
    it(`takes the settings of ${rung}${own === '' ? '' : ', but for those of the step'}`, () => {
      const step = stepOf(`prompt: hi${own}, on_check_fail: [{ model: ${rung} }]`);
      const made = withModel(step, step.onCheckFail?.[0] as OtherModelPlan);
      const system = made.system?.kind === 'literal' ? made.system.value : undefined;
      const { candidates, temperature, maxOutputTokens, accept, prompt } = made;
      assert.deepEqual([candidates[0]?.model, system, temperature, maxOutputTokens, accept], expected);
      assert.deepEqual(prompt, step.prompt);
    });
  }
});

describe('triesOf', () => {
  it('repeats a repair as often as it is allowed', () => {
    assert.deepEqual(triesOf([{ kind: 'repair', times: 2 }, { kind: 'continue' }]), [
      { kind: 'repair' },
      { kind: 'repair' },
      { kind: 'continue' },
    ]);
  });
});

describe('complaintOf', () => {
  it('quotes what the checks say', () => {
    assert.match(
      complaintOf([missed('length', 'too long'), missed('expect', 'no')]),
      /:\n- length: too long\n- expect: no\n/,
    );
  });

  it('is no longer than what is reserved for it', () => {
    const many = Array.from({ length: 20 }, () => missed('judge', 'x'.repeat(2000)));
    assert.equal(complaintOf(many).length, COMPLAINT_CHARACTERS_MAX);
    assert.match(complaintOf(many), /x…\n- judge: x[^]*…\nAnswer again/);
  });
});

describe('sumOf', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 };
  for (const { name, one, other, expected } of [
    { name: 'adds costs', one: { costNanoUsd: 1 }, other: { costNanoUsd: 2 }, expected: { costNanoUsd: 3 } },
    {
      name: 'knows no cost of which a part is not known',
      one: { costNanoUsd: 1 },
      other: { costNanoUsd: null },
      expected: { costNanoUsd: null },
    },
    {
      name: 'adds tokens',
      one: { costNanoUsd: 0, usage },
      other: { costNanoUsd: 0, usage: { ...usage, reasoningTokens: 3 } },
      expected: {
        costNanoUsd: 0,
        usage: { inputTokens: 2, outputTokens: 4, cachedInputTokens: 0, reasoningTokens: 3 },
      },
    },
    {
      name: 'keeps tokens that only one has used',
      one: { costNanoUsd: 0, usage },
      other: { costNanoUsd: 0 },
      expected: { costNanoUsd: 0, usage },
    },
  ]) {
    it(name, () => {
      assert.deepEqual(sumOf({ attempts: 1, ...one }, { attempts: 2, ...other }), { attempts: 3, ...expected });
    });
  }
});
