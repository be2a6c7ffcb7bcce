import assert from 'node:assert/strict';
import { providers } from '../../../activities/models/providers.ts';
import { checks } from '../../../activities/quality/checks.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import { CALLING_CHECKS } from '../../../src/pipeline/make-plan/checks/calling-checks.ts';
import type { ProviderCard } from '../../../src/pipeline/card.ts';

function providerCard(name: string, environment: Record<string, string>): ProviderCard | undefined {
  return cardsFor(loadConfig(environment)).providers.find((card) => card.name === name);
}

function namesOf(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name);
}

describe('cardsFor', () => {
  for (const { name, provider, environment, card } of [
    {
      name: 'takes a vendor without its key for unusable',
      provider: 'openai',
      environment: {},
      card: { isPaid: true, isUsable: false, keyVariable: 'OPENAI_API_KEY', hasClosedCatalog: true },
    },
    {
      name: 'takes a vendor with its key for usable',
      provider: 'anthropic',
      environment: { ANTHROPIC_API_KEY: 'k' },
      card: { isPaid: true, isUsable: true, keyVariable: 'ANTHROPIC_API_KEY', hasClosedCatalog: true },
    },
    {
      name: 'knows the vendor by its own address',
      provider: 'openai',
      environment: { OPENAI_BASE_URL: 'https://api.openai.com/v1' },
      card: { isPaid: true, isUsable: false, keyVariable: 'OPENAI_API_KEY', hasClosedCatalog: true },
    },
    {
      name: 'asks no key and no known model of a compatible server',
      provider: 'openai',
      environment: { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' },
      card: { isPaid: true, isUsable: true, hasClosedCatalog: false },
    },
    {
      name: 'takes Ollama for usable and free',
      provider: 'ollama',
      environment: {},
      card: { isPaid: false, isUsable: true, hasClosedCatalog: false },
    },
  ]) {
    it(name, () => assert.deepEqual(providerCard(provider, environment), { name: provider, ...card }));
  }

  it('takes a provider without settings for one with none', () => {
    const { providers: none } = cardsFor({ ...loadConfig({}), providers: {} });
    assert.deepEqual(none, cardsFor(loadConfig({})).providers);
  });

  const cards = cardsFor(loadConfig({}));

  it('has a card of everything in the lists', () => {
    assert.deepEqual(namesOf(cards.providers), namesOf(providers));
    assert.deepEqual(namesOf(cards.tools), namesOf(tools));
    assert.deepEqual(namesOf(cards.checks), [...namesOf(checks), ...namesOf(CALLING_CHECKS)]);
  });

  for (const { name, input, output } of cards.tools) {
    it(`describes input and output of the tool ${name} by usable schemas`, () => {
      compileJsonSchema(input);
      compileJsonSchema(output);
    });
  }

  // The example of a check that reads the output is an expression, whose value fits.
  for (const { name, options, example } of cards.checks.filter(({ readsOutput }) => !readsOutput)) {
    it(`gives an example of the check ${name} that fits its options`, () => {
      assert.deepEqual(compileJsonSchema(options)(example), []);
    });
  }

  it('finds models and names like theirs', () => {
    assert.equal(cards.findModel('openai', 'gpt-5')?.contextTokens, 400_000);
    assert.equal(cards.similarModels('openai', 'gpt-4o-minii')[0], 'gpt-4o-mini');
  });
});
