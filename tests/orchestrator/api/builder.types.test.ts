import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { type PipelineBuilder, expr, pipeline, secret, typed } from '../../../src/pipeline/builder.ts';
import type { PipelineSpec } from '../../../src/pipeline/spec.ts';

// What is below is read by the compiler; each `@ts-expect-error` is an error itself when its line compiles.

function begin() {
  return pipeline({
    name: 'typed',
    inputs: {
      ticket: z.string(),
      tone: z.enum(['warm', 'formal']).default('warm'),
      hint: z.string().optional(),
      parts: { type: 'array', items: { type: 'string' } },
      count: { type: 'integer' },
      flag: { type: 'boolean', default: false },
      maybe: { type: 'string', optional: true },
    },
    vars: { signature: 'The team', limits: { max: 3 } },
    models: { fast: 'ollama/smollm2:135m', writer: { use: 'anthropic/claude-sonnet-4-5' } },
  }).step('classify', ({ inputs }) => ({
    model: 'fast',
    prompt: `Classify ${inputs.ticket}`,
    output: z.object({ label: z.enum(['bug', 'spam']), score: z.number(), tags: z.array(z.string()) }),
  }));
}

/** Everything that is allowed, once. */
export function right(): PipelineSpec {
  return begin()
    .step('mixed', ({ steps, inputs }) => ({
      set: { label: steps.classify.output.label, tone: inputs.tone, sure: true, n: 1, none: null },
    }))
    .step('reply', ({ steps, vars }) => ({
      if: expr`${steps.mixed.output.label} == "bug" && ${steps.classify.output.score} > 0.5`,
      else: { text: 'none' },
      model: ['writer', 'openai/gpt-5'],
      prompt: `Sign as ${vars.signature}: ${steps.classify.output.tags[0]}`,
      system: steps.mixed.output.tone,
      output: {
        type: 'object',
        properties: { text: { type: 'string' }, lines: { type: 'array', items: { type: 'integer' } } },
      },
      checks: [{ length: { max: 400, unit: 'characters' } }],
      retry: { attempts: 2 },
      on_error: 'continue',
    }))
    .step('listed', ({ inputs, vars, run }) => ({
      if: inputs.flag,
      set: [inputs.parts[0], vars.limits.max, run.id, inputs.count],
    }))
    .step('kept', ({ steps }) => ({
      tool: 'fs.write',
      needs: ['listed', 'mixed'],
      with: { path: 'a.md', text: steps.reply.output.text },
    }))
    .step('judged', ({ steps, output }) => ({ check: { value: steps.kept.output.bytes, expect: expr`${output} > 0` } }))
    .step('called', ({ steps }) => ({
      tool: 'my.tool',
      with: { n: steps.judged.output, t: `Bearer ${secret('T')}`, s: secret('S') },
    }))
    .step('known', ({ steps }) => ({ set: typed<{ id: string }>(steps.called.output['body']).id }))
    .step('last', ({ steps }) => ({ needs: 'judged', model: 'ollama/smollm2:135m', prompt: steps.known.output }))
    .outputs(({ steps }) => ({ last: steps.last.output, status: steps.reply.status, code: steps.reply.error.code }));
}

/** Everything that is not; never called. */
export function wrong(known: ReturnType<typeof begin>): void {
  const reader = known.step('read', () => ({ tool: 'fs.read', with: { path: 'x' } }));
  // @ts-expect-error an input that is not declared
  void known.step('x', ({ inputs }) => ({ model: 'fast', prompt: `${inputs.tickt}` }));
  // @ts-expect-error a step that comes later, or never
  void known.step('x', ({ steps }) => ({ model: 'fast', prompt: `${steps.later.output}` }));
  // @ts-expect-error a step that reads itself
  void known.step('x', ({ steps }) => ({ set: steps.x.output }));
  // @ts-expect-error a field of a step that there is not
  void known.step('x', ({ steps }) => ({ set: steps.classify.outptu }));
  // @ts-expect-error a field that the schema does not have
  void known.step('x', ({ steps }) => ({ model: 'fast', prompt: `${steps.classify.output.labl}` }));
  // @ts-expect-error a field of what another tool gives
  void reader.step('x', ({ steps }) => ({ set: steps.read.output.bytes }));
  // @ts-expect-error an id that is taken
  void known.step('classify', () => ({ set: 1 }));
  // @ts-expect-error a condition that is text
  void known.step('x', ({ inputs }) => ({ if: inputs.ticket, set: 1 }));
  // @ts-expect-error a prompt that is a number
  void known.step('x', ({ steps }) => ({ model: 'fast', prompt: steps.classify.output.score }));
  // @ts-expect-error a prompt that is null when the input is not given
  void known.step('x', ({ inputs }) => ({ model: 'fast', prompt: inputs.hint }));
  // @ts-expect-error the same for an input that is written as JSON Schema
  void known.step('x', ({ inputs }) => ({ model: 'fast', prompt: inputs.maybe }));
  // @ts-expect-error a secret in a prompt
  void known.step('x', () => ({ model: 'fast', prompt: secret('TOKEN') }));
  // @ts-expect-error a model that has no name here
  void known.step('x', () => ({ model: 'fats', prompt: 'Hi' }));
  // @ts-expect-error a step without a kind
  void known.step('x', () => ({ prompt: 'Hi' }));
  // @ts-expect-error a model step without a prompt
  void known.step('x', () => ({ model: 'fast' }));
  // @ts-expect-error a key that a model step does not have
  void known.step('x', () => ({ model: 'fast', promt: 'Hi', prompt: 'Hi' }));
  // @ts-expect-error a key of another kind of step
  void known.step('x', () => ({ set: 1, prompt: 'Hi' }));
  // @ts-expect-error a need that is no step
  void known.step('x', () => ({ set: 1, needs: 'nobody' }));
  // @ts-expect-error a word that the language does not have
  void known.step('x', () => ({ set: 1, on_error: 'ignore' }));
  // @ts-expect-error a var that is not declared
  void known.step('x', ({ vars }) => ({ set: vars.sigature }));
  // @ts-expect-error a field of a var that is not there
  void known.step('x', ({ vars }) => ({ set: vars.limits.min }));
  // @ts-expect-error an index into text
  void known.step('x', ({ inputs }) => ({ set: inputs.ticket[0] }));
  // @ts-expect-error a function where a value belongs
  void known.step('x', () => ({ set: () => 1 }));
  // @ts-expect-error an output of a step that does not exist
  void known.outputs(({ steps }) => ({ a: steps.nope.output }));
  // @ts-expect-error a function where an expression has an operand
  void expr`${() => 1} > 2`;
  // @ts-expect-error a pipeline without a name
  void pipeline({ inputs: {} });
  // @ts-expect-error a number as a description
  void pipeline({ name: 'x', description: 1 });
}

const ROOT = join(import.meta.dirname, '../../..');
const STEPS = 200;
const COMPILER = {
  extends: join(ROOT, 'tsconfig.json'),
  include: ['chain.ts'],
  compilerOptions: {
    types: [],
    noUnusedParameters: false,
    noUnusedLocals: false,
    rewriteRelativeImportExtensions: false,
  },
};

/** The errors of a pipeline in TypeScript with an input `start`, and how many types were made to find them. */
async function check(chain: string): Promise<{ errors: readonly string[]; instantiations: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-types-'));
  try {
    const builder = JSON.stringify(join(ROOT, 'src/pipeline/builder.ts'));
    const head = "pipeline({ name: 'chain', inputs: { start: { type: 'string' } } })";
    await writeFile(join(folder, 'chain.ts'), `import { expr, pipeline } from ${builder};\n${head}\n${chain};\n`);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
    const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), '--extendedDiagnostics', '-p', folder];
    const { stdout } = await execa(process.execPath, args, { reject: false });
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    return { errors, instantiations: Number(/^Instantiations: +(\d+)$/m.exec(stdout)?.[1]) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function chainOf(stepText: (index: number) => string, outputs: string): string {
  return `${Array.from({ length: STEPS }, (_, index) => stepText(index)).join('\n')}\n.outputs(({ steps }) => (${outputs}))`;
}

function valueText(index: number): string {
  return index === 0 ? 'inputs.start' : `steps.s${index - 1}.output.v${index - 1}`;
}

function plainStep(index: number): string {
  return `.step('s${index}', ({ inputs, steps }) => ({ set: { v${index}: ${valueText(index)}, text: \`\${inputs.start}\` } }))`;
}

/** Every fourth is a group of two steps, the second of which is one that is repeated and holds a step for each item. */
function nestedStep(index: number): string {
  if (index % 4 !== 0) return plainStep(index);
  const cells = `each({ for_each: ['x'] }, ({ item }) => ({ set: \`\${item} \${steps.a${index}.output}\` }))`;
  return `.step('s${index}', ({ block, inputs, steps }) => ({
  steps: block
    .step('a${index}', () => ({ set: ${valueText(index)} }))
    .step('b${index}', ({ block, steps }) => ({ steps: block.step('c${index}', ({ each }) => ${cells}) }), {
      repeat: ({ steps }) => ({ until: expr\`size(\${steps.c${index}.output}) > 0\`, max: 3 }),
    })
    .outputs(({ steps }) => ({ v${index}: steps.b${index}.output.c${index}[0], text: \`\${inputs.start}\` })),
}))`;
}

describe('the types of the builder', () => {
  for (const [name, stepText] of [
    [`${STEPS} steps`, plainStep],
    [`${STEPS} steps, 50 of them groups with groups, rounds and items in them`, nestedStep],
  ] as const) {
    it(`see the first of ${name} from the last, in seconds`, async () => {
      const outputs = '{ first: steps.s0.output.v0, group: steps.s8.output.text, wrong: steps.s7.output.v8 }';
      const { errors, instantiations } = await check(chainOf(stepText, outputs));
      // Some 500,000 are made for the imports alone; a second is enough for a million on a machine that is not busy.
      assert.ok(instantiations < 500_000 + STEPS * 10_000, `${instantiations} instantiations`);
      assert.equal(errors.length, 1, errors.join('\n'));
      assert.match(errors[0] ?? '', /Property 'v8' does not exist/);
    });
  }

  it('let everything through that the language has', () => {
    const { steps } = right();
    assert.equal(Object.keys(steps).length, 9);
  });
});

/** A builder of unknown steps can be passed on. */
export type AnyBuilder = PipelineBuilder<{ inputs: object; vars: object; models: string }, object>;
