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
export function wrong(known: ReturnType<typeof begin>): readonly unknown[] {
  const reader = known.step('read', () => ({ tool: 'fs.read', with: { path: 'x' } }));
  return [
    // @ts-expect-error an input that is not declared
    known.step('x', ({ inputs }) => ({ model: 'fast', prompt: `${inputs.tickt}` })),
    // @ts-expect-error a step that comes later, or never
    known.step('x', ({ steps }) => ({ model: 'fast', prompt: `${steps.later.output}` })),
    // @ts-expect-error a step that reads itself
    known.step('x', ({ steps }) => ({ set: steps.x.output })),
    // @ts-expect-error a field of a step that there is not
    known.step('x', ({ steps }) => ({ set: steps.classify.outptu })),
    // @ts-expect-error a field that the schema does not have
    known.step('x', ({ steps }) => ({ model: 'fast', prompt: `${steps.classify.output.labl}` })),
    // @ts-expect-error a field of what another tool gives
    reader.step('x', ({ steps }) => ({ set: steps.read.output.bytes })),
    // @ts-expect-error an id that is taken
    known.step('classify', () => ({ set: 1 })),
    // @ts-expect-error a condition that is text
    known.step('x', ({ inputs }) => ({ if: inputs.ticket, set: 1 })),
    // @ts-expect-error a prompt that is a number
    known.step('x', ({ steps }) => ({ model: 'fast', prompt: steps.classify.output.score })),
    // @ts-expect-error a prompt that is null when the input is not given
    known.step('x', ({ inputs }) => ({ model: 'fast', prompt: inputs.hint })),
    // @ts-expect-error the same for an input that is written as JSON Schema
    known.step('x', ({ inputs }) => ({ model: 'fast', prompt: inputs.maybe })),
    // @ts-expect-error a secret in a prompt
    known.step('x', () => ({ model: 'fast', prompt: secret('TOKEN') })),
    // @ts-expect-error a model that has no name here
    known.step('x', () => ({ model: 'fats', prompt: 'Hi' })),
    // @ts-expect-error a step without a kind
    known.step('x', () => ({ prompt: 'Hi' })),
    // @ts-expect-error a model step without a prompt
    known.step('x', () => ({ model: 'fast' })),
    // @ts-expect-error a key that a model step does not have
    known.step('x', () => ({ model: 'fast', promt: 'Hi', prompt: 'Hi' })),
    // @ts-expect-error a key of another kind of step
    known.step('x', () => ({ set: 1, prompt: 'Hi' })),
    // @ts-expect-error a need that is no step
    known.step('x', () => ({ set: 1, needs: 'nobody' })),
    // @ts-expect-error a word that the language does not have
    known.step('x', () => ({ set: 1, on_error: 'ignore' })),
    // @ts-expect-error a var that is not declared
    known.step('x', ({ vars }) => ({ set: vars.sigature })),
    // @ts-expect-error a field of a var that is not there
    known.step('x', ({ vars }) => ({ set: vars.limits.min })),
    // @ts-expect-error an index into text
    known.step('x', ({ inputs }) => ({ set: inputs.ticket[0] })),
    // @ts-expect-error a function where a value belongs
    known.step('x', () => ({ set: () => 1 })),
    // @ts-expect-error an output of a step that does not exist
    known.outputs(({ steps }) => ({ a: steps.nope.output })),
    // @ts-expect-error a function where an expression has an operand
    expr`${() => 1} > 2`,
    // @ts-expect-error a pipeline without a name
    pipeline({ inputs: {} }),
    // @ts-expect-error a number as a description
    pipeline({ name: 'x', description: 1 }),
  ];
}

const ROOT = join(import.meta.dirname, '../../..');
const STEPS = 200;
const COMPILER = {
  extends: join(ROOT, 'tsconfig.json'),
  include: ['chain.ts'],
  compilerOptions: { types: [], noUnusedParameters: false, rewriteRelativeImportExtensions: false },
};

describe('the types of the builder', () => {
  it(`see the first of ${STEPS} steps from the last, in seconds`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-types-'));
    try {
      const chain = Array.from({ length: STEPS }, (_, index) => stepText(index)).join('\n');
      const builder = JSON.stringify(join(ROOT, 'src/pipeline/builder.ts'));
      const text = `import { pipeline } from ${builder};\npipeline({ name: 'chain', inputs: { start: { type: 'string' } } })\n${chain}\n`;
      await writeFile(
        join(folder, 'chain.ts'),
        `${text}.outputs(({ steps }) => ({ first: steps.s0.output.v0, wrong: steps.s7.output.v8 }));\n`,
      );
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
      const start = performance.now();
      const { stdout, exitCode } = await execa(
        process.execPath,
        [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder],
        { reject: false },
      );
      assert.ok(performance.now() - start < 30_000, `took ${performance.now() - start} ms`);
      assert.notEqual(exitCode, 0);
      const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
      assert.equal(errors.length, 1, stdout);
      assert.match(errors[0] ?? '', /Property 'v8' does not exist/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('let everything through that the language has', () => {
    const { steps } = right();
    assert.equal(Object.keys(steps).length, 9);
  });
});

function stepText(index: number): string {
  const read = index === 0 ? 'inputs.start' : `steps.s${index - 1}.output.v${index - 1}`;
  return `.step('s${index}', ({ inputs, steps }) => ({ set: { v${index}: ${read}, text: \`\${inputs.start}\` } }))`;
}

/** A builder of unknown steps can be passed on. */
export type AnyBuilder = PipelineBuilder<{ inputs: object; vars: object; models: string }, object>;
