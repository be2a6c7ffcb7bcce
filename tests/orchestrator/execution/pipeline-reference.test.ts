import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { z } from 'zod';
import { cardsFor } from '../../../src/cards.ts';
import { EXAMPLES, EXAMPLE_FILES, MODIFIER_SECTIONS } from '../../../src/cli/generate/examples.ts';
import { generatedFiles } from '../../../src/cli/generate/files.ts';
import { loadConfig } from '../../../src/config.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { languageSchema } from '../../../src/pipeline/language-schema.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { HandlerSpec, RetrySpec } from '../../../src/pipeline/spec/failure.ts';
import { InputSpec } from '../../../src/pipeline/spec/input.ts';
import { EscalateSpec, NotifySpec } from '../../../src/pipeline/spec/asking.ts';
import { ApprovalSpec, WaitForEventSpec } from '../../../src/pipeline/spec/kinds/waiting.ts';
import { OfferedToolSpec } from '../../../src/pipeline/spec/kinds/conversation.ts';
import { RepeatSpec } from '../../../src/pipeline/spec/loops.ts';
import { ModelSettings } from '../../../src/pipeline/spec/model.ts';
import { AskRungSpec, RungSpec } from '../../../src/pipeline/spec/rungs.ts';
import { SaveToSpec } from '../../../src/pipeline/spec/saving.ts';
import { ScheduleSpec } from '../../../src/pipeline/spec/schedule.ts';
import { PipelineSpec, STEP_SPECS } from '../../../src/pipeline/spec.ts';

const root = join(import.meta.dirname, '../../..');
const cards = cardsFor(loadConfig({}));

describe('the generated documents', () => {
  for (const { name, text } of generatedFiles()) {
    it(`are current: docs/${name} is what \`npm run generate\` writes`, () => {
      assert.equal(readFileSync(join(root, 'docs', name), 'utf8'), text);
    });
  }

  it('are written by one command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'generate-'));
    try {
      execFileSync(process.execPath, ['--conditions=orchestrator-source', join(root, 'src/cli/generate.ts'), folder]);
      const written = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
      assert.deepEqual(new Set(written), new Set(generatedFiles()));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const links = new Map(Object.entries(EXAMPLE_FILES).map(([path, text]) => [path, parsePipeline(text, path)]));

describe('the reference', () => {
  for (const [name, text] of Object.entries(EXAMPLES)) {
    it(`shows a pipeline that can run: ${name}`, () => {
      const { plan } = makePlan({ ...parsePipeline(text, 'example.yaml'), links }, cards);
      assert.ok(plan.steps.length > 0);
    });
  }

  for (const [owner, { shape }] of Object.entries({
    pipeline: PipelineSpec,
    input: InputSpec,
    model: ModelSettings,
    schedule: ScheduleSpec,
    retry: RetrySpec,
    repetition: RepeatSpec,
    handler: HandlerSpec,
    file: SaveToSpec,
    rung: RungSpec,
    'rung with people': AskRungSpec,
    approval: ApprovalSpec,
    escalation: EscalateSpec,
    notification: NotifySpec,
    'wait for an event': WaitForEventSpec,
    'tool of a model': OfferedToolSpec,
    ...Object.fromEntries(Object.entries(STEP_SPECS).map(([kind, spec]) => [`${kind} step`, spec])),
  }) as [string, { shape: Record<string, z.ZodType> }][]) {
    for (const [key, schema] of Object.entries(shape)) {
      it(`says what ${key} of a ${owner} means, with an example that is allowed`, () => {
        const { description, examples } = schema.meta() ?? {};
        assert.ok(description !== undefined && description.length > 0);
        assert.ok(Array.isArray(examples) && examples.length > 0);
        for (const example of examples) assert.ok(schema.safeParse(example).success, JSON.stringify(example));
      });
    }
  }

  it('has a row or a section for every key that a step may have', () => {
    const text = readFileSync(join(root, 'docs/pipeline-reference.md'), 'utf8');
    const keys = new Set(Object.values(STEP_SPECS).flatMap(({ shape }) => Object.keys(shape)));
    const sections = new Set(MODIFIER_SECTIONS.map(({ name }) => name));
    assert.deepEqual(
      [...keys].filter((key) => !text.includes(`| \`${key}\` |`) && !sections.has(key)),
      [],
    );
  });

  for (const { name, example } of cards.checks) {
    it(`shows the check ${name} as it may be written`, () => {
      const steps = { a: { check: { value: '${{ inputs.any }}', [name]: example } } };
      makePlan({ name: 'x', inputs: { any: {} }, steps }, cards);
    });
  }
});

describe("the language's JSON Schema", () => {
  const validate = new Ajv({ strict: false }).compile(languageSchema());
  const step = { set: 1 };

  for (const { name, pipeline } of [
    ...Object.entries(EXAMPLES).map(([example, text]) => ({
      name: `the example of the reference: ${example}`,
      pipeline: parsePipeline(text, 'example.yaml').spec as Json,
    })),
    { name: 'keys that begin with x-', pipeline: { name: 'x', 'x-a': 1, steps: { a: { ...step, 'x-b': [] } } } },
    {
      name: 'steps in steps in steps',
      pipeline: {
        name: 'x',
        steps: { a: { steps: { b: { switch: '${{ 1 }}', cases: { c: step }, default: step } } } },
      },
    },
    {
      name: 'a condition of either form',
      pipeline: { name: 'x', steps: { a: { ...step, if: true }, b: { ...step, if: '${{ true }}' } } },
    },
  ] as readonly { name: string; pipeline: Json }[]) {
    it(`accepts ${name}`, () => assert.ok(validate(pipeline), JSON.stringify(validate.errors)));
  }

  for (const { name, pipeline } of [
    { name: 'a pipeline without steps', pipeline: { name: 'x' } },
    { name: 'an unknown key', pipeline: { name: 'x', steps: { a: step }, colour: 1 } },
    { name: 'an unknown key of a step', pipeline: { name: 'x', steps: { a: { ...step, colour: 1 } } } },
    { name: 'a step of two kinds', pipeline: { name: 'x', steps: { a: { ...step, tool: 'x' } } } },
    { name: 'a name that is no identifier', pipeline: { name: 'x', steps: { 'a-b': step } } },
    { name: 'a duration that is none', pipeline: { name: 'x', timeout: '5 minutes', steps: { a: step } } },
    { name: 'an unknown key deep inside', pipeline: { name: 'x', steps: { a: { steps: { b: { ...step, c: 1 } } } } } },
    {
      name: 'an unknown key in a case',
      pipeline: { name: 'x', steps: { a: { switch: '${{ 1 }}', cases: { b: { ...step, c: 1 } } } } },
    },
    {
      name: 'a default that is no step',
      pipeline: { name: 'x', steps: { a: { switch: '${{ 1 }}', cases: { b: step }, default: 1 } } },
    },
    { name: 'a number out of range', pipeline: { name: 'x', concurrency: 0, steps: { a: step } } },
  ] as readonly { name: string; pipeline: Json }[]) {
    it(`refuses ${name}`, () => assert.ok(!validate(pipeline)));
  }
});
