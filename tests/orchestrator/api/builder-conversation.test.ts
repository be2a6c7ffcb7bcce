import assert from 'node:assert/strict';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import { pipeline, secret } from '../../../src/pipeline/builder.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';

const cards = cardsFor(loadConfig({}));

const YAML = `name: twins
inputs: { who: { type: string }, scan: { type: file }, more: { type: files, optional: true } }
models: { small: ollama/m }
steps:
  talk:
    model: small
    messages: [{ user: Hi }, { assistant: Ho }, { user: "\${{ inputs.who }}" }]
    attach: ["\${{ inputs.scan }}", "\${{ inputs.more }}"]
    tools:
      - fs.read
      - tool: http.request
        with: { method: GET, headers: { authorization: "Bearer \${{ secrets.TOKEN }}" } }
        hosts: [a.example]
        ask: writes
    max_turns: 3
    accept: [length]
outputs: { said: "\${{ steps.talk.output }}" }
`;

describe('a conversation that is built in TypeScript', () => {
  const built = pipeline({
    name: 'twins',
    inputs: { who: { type: 'string' }, scan: { type: 'file' }, more: { type: 'files', optional: true } },
    models: { small: 'ollama/m' },
  })
    .step('talk', ({ inputs }) => ({
      model: 'small',
      messages: [{ user: 'Hi' }, { assistant: 'Ho' }, { user: inputs.who }],
      attach: [inputs.scan, inputs.more],
      tools: [
        'fs.read',
        {
          tool: 'http.request',
          with: { method: 'GET', headers: { authorization: `Bearer ${secret('TOKEN')}` } },
          hosts: ['a.example'],
          ask: 'writes',
        },
      ],
      max_turns: 3,
      accept: ['length'],
    }))
    .outputs(({ steps }) => ({ said: steps.talk.output }));

  it('is the plan of the same in YAML', () => {
    assert.deepEqual(makePlan(built, cards).plan, makePlan(parsePipeline(YAML, 'twins.yaml'), cards).plan);
  });

  it('does not compile when it is asked nothing, or twice', () => {
    const head = pipeline({ name: 'x', inputs: { n: { type: 'number' } }, models: { small: 'ollama/m' } });
    // @ts-expect-error a prompt beside a conversation
    void head.step('a', () => ({ model: 'small', prompt: 'Hi', messages: [{ user: 'Hi' }] }));
    // @ts-expect-error a turn that is a number
    void head.step('a', ({ inputs }) => ({ model: 'small', messages: [{ user: inputs.n }] }));
    // @ts-expect-error a file that is a number
    void head.step('a', ({ inputs }) => ({ model: 'small', prompt: 'Hi', attach: [inputs.n] }));
    // @ts-expect-error a word that the language does not have
    void head.step('a', () => ({ model: 'small', prompt: 'Hi', tools: [{ tool: 'fs.read', ask: 'never' }] }));
  });
});
