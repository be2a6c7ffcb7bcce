import assert from 'node:assert/strict';
import { asServed } from '../../../activities/models/openai.ts';
import { withSchemaInWords, withGrammarOrTools, withSchemaOrWords } from '../../../activities/models/schema-words.ts';
import { BASE, CLOSABLE, READ } from './conversation.ts';

const ASKED = { ...BASE, outputSchema: CLOSABLE };

describe('withSchemaInWords', () => {
  it('moves the schema into the system prompt', () => {
    const { system, outputSchema } = withSchemaInWords(ASKED);
    assert.equal(outputSchema, undefined);
    assert.match(system ?? '', /^Answer with one JSON value and nothing else.*\nThe value must be valid/);
    assert.ok(system?.endsWith(JSON.stringify(CLOSABLE)));
  });

  it('puts it after what the prompt says already', () => {
    assert.match(withSchemaInWords({ ...ASKED, system: 'Be brief.' }).system ?? '', /^Be brief\.\n\nAnswer with one/);
  });

  it('says nothing where there is no schema', () => assert.deepEqual(withSchemaInWords(BASE), BASE));
});

for (const { name, change, keeps } of [
  {
    name: 'withGrammarOrTools keeps the schema where no tools are',
    change: () => withGrammarOrTools(ASKED),
    keeps: true,
  },
  {
    name: 'withGrammarOrTools says it in words beside tools',
    change: () => withGrammarOrTools({ ...ASKED, tools: [READ] }),
    keeps: false,
  },
  {
    name: 'withSchemaOrWords keeps the schema for models of which nothing is known',
    change: () => withSchemaOrWords(ASKED, {}),
    keeps: true,
  },
  {
    name: 'withSchemaOrWords says it in words to models that keep to none',
    change: () => withSchemaOrWords(ASKED, { structuredOutput: false }),
    keeps: false,
  },
  {
    name: 'asServed leaves the schema to OpenAI beside tools, too',
    change: () => asServed({ ...ASKED, model: 'gpt-5', tools: [READ] }, true),
    keeps: true,
  },
  {
    name: 'asServed says it in words to the older models of OpenAI',
    change: () => asServed({ ...ASKED, model: 'gpt-4-turbo' }, true),
    keeps: false,
  },
  {
    name: 'asServed says it in words beside tools to compatible servers',
    change: () => asServed({ ...ASKED, model: 'gpt-5', tools: [READ] }, false),
    keeps: false,
  },
]) {
  it(name, () => assert.equal(change().outputSchema !== undefined, keeps));
}
