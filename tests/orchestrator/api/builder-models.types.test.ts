import assert from 'node:assert/strict';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { pipeline } from '../../../src/pipeline/builder.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import type { ModelStepPlan } from '../../../src/pipeline/plan.ts';

describe('models of a pipeline that is built', () => {
  it('may be chosen', () => {
    const built = pipeline({
      name: 'built',
      models: {
        reader: { use: ['ollama/a', 'ollama/b'], require: { structured_output: true, local: true }, prefer: 'cost' },
        newest: { use: 'openai/brand-new', price: 'unknown' },
      },
    })
      .step('read', () => ({ model: 'reader', prompt: 'Go' }))
      .step('ask', () => ({ model: 'newest', prompt: 'Go' }))
      .outputs(() => ({}));
    const { plan } = makePlan(built, cardsFor(loadConfig({ OPENAI_API_KEY: 'k' })));
    const models = (plan.steps as readonly ModelStepPlan[]).map(({ candidates }) =>
      candidates.map(({ model }) => model),
    );
    assert.deepEqual(models, [['a', 'b'], ['brand-new']]);
  });

  it('know their keys', () => {
    assert.ok([
      // @ts-expect-error there is no such requirement
      pipeline({ name: 'x', models: { m: { require: { tool: true } } } }),
      // @ts-expect-error there is no such preference
      pipeline({ name: 'x', models: { m: { prefer: 'best' } } }),
      // @ts-expect-error a price is written into models.yaml
      pipeline({ name: 'x', models: { m: { use: 'openai/m', price: 5 } } }),
    ]);
  });
});
