import assert from 'node:assert/strict';
import { anthropicAbilities } from '../../../activities/models/anthropic.ts';
import { ollamaAbilities } from '../../../activities/models/ollama.ts';
import { openAiAbilities } from '../../../activities/models/openai.ts';
import { providers } from '../../../activities/models/providers.ts';
import { PipelineError } from '../../../src/errors.ts';

const ALL = { tools: true, images: true, structuredOutput: true };

describe('openAiAbilities', () => {
  for (const { model, abilities } of [
    { model: 'gpt-5', abilities: ALL },
    { model: 'gpt-4.1-nano', abilities: ALL },
    { model: 'gpt-4o-2024-08-06', abilities: ALL },
    { model: 'ft:gpt-4o-mini:team::a1b2', abilities: ALL },
    { model: 'gpt-4-turbo', abilities: { ...ALL, structuredOutput: false } },
    { model: 'no-such-model', abilities: {} },
  ]) {
    it(`tells of ${model} what the catalog does`, () => assert.deepEqual(openAiAbilities(model), abilities));
  }
});

const able = { supported: true };
const unable = { supported: false };

describe('anthropicAbilities', () => {
  for (const { name, capabilities, abilities } of [
    {
      name: 'what the vendor lists',
      capabilities: { image_input: able, structured_outputs: unable },
      abilities: { tools: true, images: true, structuredOutput: false },
    },
    {
      name: 'that every model calls tools, where the vendor lists nothing',
      capabilities: null,
      abilities: { tools: true },
    },
  ]) {
    it(`tells ${name}`, () => {
      assert.deepEqual(
        anthropicAbilities({ capabilities } as unknown as Parameters<typeof anthropicAbilities>[0]),
        abilities,
      );
    });
  }
});

describe('ollamaAbilities', () => {
  for (const { name, shown, abilities } of [
    {
      name: 'what the server shows',
      shown: { capabilities: ['completion', 'vision'] },
      abilities: { tools: false, images: true, structuredOutput: true },
    },
    {
      name: 'what else it shows',
      shown: { capabilities: ['completion', 'tools'] },
      abilities: { tools: true, images: false, structuredOutput: true },
    },
    { name: 'nothing that an older server does not show', shown: {}, abilities: { structuredOutput: true } },
  ]) {
    it(`tells ${name}`, () => assert.deepEqual(ollamaAbilities(shown), abilities));
  }
});

describe('abilitiesOf', () => {
  for (const { name, settings, abilities } of [
    { name: 'openai', settings: { apiKey: 'k' }, abilities: ALL },
    { name: 'openai', settings: { baseUrl: 'http://127.0.0.1:1/v1' }, abilities: {} },
    { name: 'anthropic', settings: { baseUrl: 'http://127.0.0.1:1' }, abilities: {} },
  ]) {
    it(`asks no server: ${name} with ${JSON.stringify(settings)}`, async () => {
      const provider = providers.find((each) => each.name === name)?.connect(settings);
      assert.deepEqual(await provider?.abilitiesOf('gpt-5'), abilities);
    });
  }

  it('asks the vendor itself, who wants a key', async () => {
    const provider = providers.find(({ name }) => name === 'anthropic')?.connect({ apiKey: 'none' });
    const error: unknown = await provider?.abilitiesOf('claude-haiku-4-5').catch((each: unknown) => each);
    assert.ok(error instanceof PipelineError);
    // Where this machine does not reach the vendor, that is the answer.
    assert.match(error.code, /^PROVIDER_(AUTH|UNAVAILABLE|CONNECTION_LOST)$/);
  });

  it('says that a server cannot be asked', async () => {
    const provider = providers.find(({ name }) => name === 'ollama')?.connect({ baseUrl: 'http://127.0.0.1:2' });
    await assert.rejects(provider?.abilitiesOf('m') ?? Promise.resolve(), { code: 'PROVIDER_UNAVAILABLE' });
  });
});
