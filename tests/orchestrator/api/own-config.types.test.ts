import { z } from 'zod';
import { defineCheck, defineConfig, defineTool, secret } from '../../../src/index.ts';

// What is below is read by the compiler; each `@ts-expect-error` is an error itself when its line compiles.

const input = z.strictObject({ id: z.string(), count: z.int().default(1) });
const output = z.strictObject({ found: z.boolean() });
const description = 'Finds an order.';

/** Takes a value of a type, and nothing wider. */
function of<T>(value: T): void {
  void value;
}

export const right = defineConfig({
  tools: [
    defineTool({
      name: 'orders.find',
      description,
      effect: 'reads',
      input,
      output,
      timeoutMs: 1000,
      async run({ id, count }, { signal, secret: secretOf, openWorkspace }) {
        of<string>(id);
        of<number>(count);
        of<AbortSignal>(signal);
        of<string>(secretOf('TOKEN'));
        of<string>(await openWorkspace());
        return { found: true };
      },
    }),
  ],
  checks: [
    defineCheck({
      name: 'polite',
      description,
      options: z.strictObject({ words: z.array(z.string()) }),
      run(_, { words }) {
        of<string[]>(words);
        return { passed: true, score: 1, reason: 'It is' };
      },
    }),
  ],
  models: { 'openai/mine': { context_tokens: 1000, price: { input: 1, output: 2 } } },
  mcp: {
    docs: { command: ['npx', '-y', 'some-server'], env: { KEY: secret('KEY') }, allow: ['find_*'], timeoutMs: 5000 },
    web: {
      url: 'https://mcp.example/mcp',
      headers: { authorization: `Bearer ${secret('KEY')}` },
      effects: { 'get_*': 'reads' },
    },
  },
});

export const wrong = [
  // @ts-expect-error: no such key
  defineConfig({ tolls: [] }),
  // @ts-expect-error: no effect
  defineTool({ name: 'a', description, input, output, run: () => ({ found: true }) }),
  // @ts-expect-error: there is no such effect
  defineTool({ name: 'a', description, effect: 'none', input, output, run: () => ({ found: true }) }),
  // @ts-expect-error: the output is another one
  defineTool({ name: 'a', description, effect: 'pure', input, output, run: () => ({ fund: true }) }),
  // @ts-expect-error: the input has no such field
  defineTool({ name: 'a', description, effect: 'pure', input, output, run: ({ ids }) => ({ found: ids }) }),
  defineTool({
    name: 'a',
    description,
    effect: 'pure',
    // @ts-expect-error: a JSON Schema is no schema of zod
    input: { type: 'string' },
    output,
    run: () => ({ found: true }),
  }),
  // @ts-expect-error: a verdict is more than a word
  defineCheck({ name: 'a', description, options: z.literal(true), run: () => true }),
  // @ts-expect-error: neither a command nor a URL
  defineConfig({ mcp: { docs: { allow: ['a'] } } }),
  // @ts-expect-error: a command is a list
  defineConfig({ mcp: { docs: { command: 'npx some-server' } } }),
  // @ts-expect-error: headers are for a URL
  defineConfig({ mcp: { docs: { command: ['npx'], headers: {} } } }),
  // @ts-expect-error: there is no such ability
  defineConfig({ models: { 'openai/mine': { singing: true } } }),
];

describe('the types of a configuration', () => {
  it('are held by the compiler', () => {});
});
