import assert from 'node:assert/strict';
import { ollamaModels } from '../../../src/cli/servers.ts';
import { loadConfig } from '../../../src/config.ts';
import { planOf } from '../../runs.ts';

describe('ollamaModels', () => {
  const config = loadConfig({ OPENAI_API_KEY: 'none' });
  for (const { name, steps, expected } of [
    { name: 'names each once', steps: 'a: ASK one }\n  b: ASK one }', expected: ['one'] },
    {
      name: 'leaves out other providers, and what is fallen back to',
      steps: 'a: { model: openai/gpt-5, prompt: Hi }\n  b: { model: [ollama/one, ollama/two], prompt: Hi }',
      expected: ['one'],
    },
    {
      name: 'finds those inside groups, cases, handlers, compensations and other pipelines',
      steps: [
        'a: { steps: { one: ASK one } } }',
        'b: { switch: "${{ 1 }}", cases: { "1": ASK two } }, default: ASK three } }',
        'c: { set: 1, on_error: { steps: { four: ASK four } } }, compensate: ASK five } }',
        'd: { pipeline: { name: inner, steps: { six: { steps: { deep: ASK six } } } } } }',
      ].join('\n  '),
      expected: ['one', 'two', 'three', 'four', 'five', 'six'],
    },
  ]) {
    it(name, () => {
      const yaml = `name: models\nsteps:\n  ${steps.replaceAll('ASK ', '{ prompt: Hi, model: ollama/')}\n`;
      assert.deepEqual(ollamaModels(planOf(yaml, config)), expected);
    });
  }
});
