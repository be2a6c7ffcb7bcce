import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PipelineError } from '../../../src/errors.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { ModelStepPlan, Plan } from '../../../src/pipeline/plan.ts';
import { renderTemplate } from '../../../src/pipeline/template.ts';
import { linkPipelines } from '../../../src/pipeline-files.ts';
import { readFile } from '../../../src/read-file.ts';
import { cards } from './cards.ts';

/** The plan of `flows/root.yaml`, whose steps may name the other files. */
function planOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  prepare: (folder: string) => void = () => {},
): Plan {
  const folder = mkdtempSync(join(tmpdir(), 'prompts-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    prepare(folder);
    const parsed = parsePipeline(readFile(join(folder, 'flows/root.yaml')), 'flows/root.yaml');
    return makePlan(linkPipelines(parsed, join(folder, 'flows')), cards).plan;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function findingsOf(plan: () => unknown): readonly string[] {
  try {
    plan();
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return error.findings.map(({ position, code, message }) => {
      return `${position?.file}:${position?.line}:${position?.column} ${code} ${message}`;
    });
  }
  throw new assert.AssertionError({ message: 'the pipeline was accepted' });
}

const root = (steps: string): string => `name: x\ninputs: { who: { type: string } }\nsteps:\n${steps}`;
const ASK = root('  a: { model: ollama/m, prompt: { file: ./ask.md } }\n');

describe('a prompt in a file', () => {
  it('is a part of the plan, with what it reads', () => {
    const plan = planOf({
      'flows/root.yaml': root(
        '  a: { model: ollama/m, system: { file: parts/be.md }, messages: [{ user: { file: ./ask.md } }, { assistant: Hi }, { user: { file: ./ask.md } }] }\n  b: { steps: { c: { model: ollama/m, prompt: { file: ./ask.md } } } }\n',
      ),
      'flows/ask.md': 'Greet ${{ inputs.who }}\nnow.\n',
      'flows/parts/be.md': '\u{FEFF}Be brief.',
    });
    const [a] = plan.steps as readonly [ModelStepPlan];
    assert.deepEqual(a.system, { kind: 'literal', value: 'Be brief.' });
    assert.deepEqual(
      a.messages?.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    const text = a.messages?.[2]?.text;
    assert.ok(text !== undefined);
    assert.equal(renderTemplate(text, { 'inputs.who': 'Ada' }), 'Greet Ada\nnow.\n');
  });

  it('is found from the file that names it', () => {
    const plan = planOf({
      'flows/root.yaml': root('  a: { pipeline: ./deep/inner.yaml }\n'),
      'flows/deep/inner.yaml': 'name: inner\nsteps: { b: { model: ollama/m, prompt: { file: ./ask.md } } }\n',
      'flows/deep/ask.md': 'Hello',
    });
    const [a] = plan.steps;
    assert.ok(a?.kind === 'pipeline');
    const [b] = a.plan.steps as readonly [ModelStepPlan];
    assert.deepEqual(b.prompt, { kind: 'literal', value: 'Hello' });
  });

  for (const { name, files = {}, prepare = () => {}, finding } of [
    {
      name: 'that is not there',
      finding:
        'flows/root.yaml:4:41 FILE_UNREADABLE Cannot use "prompt.file" of step "a": cannot read "flows/ask.md": there is no such file',
    },
    {
      name: 'that is empty',
      files: { 'flows/ask.md': ' \n' },
      finding:
        'flows/root.yaml:4:41 VALUE_INVALID Cannot use "prompt.file" of step "a": cannot read "flows/ask.md": it is empty',
    },
    {
      name: 'that is no text',
      files: { 'flows/ask.md': Uint8Array.of(0xff, 0xfe, 0x61, 0) },
      finding:
        'flows/root.yaml:4:41 FILE_ENCODING Cannot use "prompt.file" of step "a": cannot read "flows/ask.md": it is UTF-16, only UTF-8 is allowed',
    },
    {
      name: 'that leads out of the folder of the pipeline',
      files: { 'secret.md': 'secret' },
      prepare: (folder: string) => symlinkSync(join(folder, 'secret.md'), join(folder, 'flows/ask.md')),
      finding:
        'flows/root.yaml:4:41 PATH_REFUSED Cannot use "prompt.file" of step "a": cannot read "flows/ask.md": it lies outside of the folder of the first pipeline',
    },
    {
      name: 'that reads what there is not, in its third line',
      files: { 'flows/ask.md': 'Hello\n\n${{ inputs.whom }}' },
      finding:
        'flows/root.yaml:4:41 REFERENCE_UNKNOWN Cannot use the expression in "prompt.file" of step "a" (line 3 of "./ask.md"): there is no "inputs.whom": did you mean "inputs.who"?',
    },
    {
      name: 'that holds a secret',
      files: { 'flows/ask.md': '${{ secrets.KEY }}' },
      finding:
        'flows/root.yaml:4:41 SECRET_MISPLACED Cannot use the expression in "prompt.file" of step "a" (line 1 of "./ask.md"): the secret "KEY" cannot stand here: only what is given to a tool may hold secrets',
    },
  ] as readonly {
    name: string;
    files?: Record<string, string | Uint8Array>;
    prepare?: (folder: string) => void;
    finding: string;
  }[]) {
    it(`is refused ${name}`, () => {
      assert.deepEqual(
        findingsOf(() => planOf({ 'flows/root.yaml': ASK, ...files }, prepare)),
        [finding],
      );
    });
  }
});

const stepOf = (step: string): ModelStepPlan => {
  const [planned] = makePlan(parsePipeline(root(`  a: ${step}\n`), 'p.yaml'), cards).plan.steps;
  assert.ok(planned?.kind === 'model');
  return planned;
};

describe('a model step with tools', () => {
  it('has eight turns, and offers the whole input of a tool that is only named', () => {
    const { tools, maxTurns } = stepOf('{ model: ollama/m, prompt: Hi, tools: [text.template] }');
    assert.equal(maxTurns, 8);
    const input = {
      type: 'object',
      properties: { template: { type: 'string' }, data: {} },
      required: ['template', 'data'],
      additionalProperties: false,
    };
    assert.deepEqual(tools, [
      { tool: 'text.template', description: 'Fills in a text.', input, effect: 'pure', timeoutMs: 10_000 },
    ]);
  });

  it('hides what is fixed, and knows the worst that is left', () => {
    const [tool] =
      stepOf(
        '{ model: ollama/m, prompt: Hi, max_turns: 3, accept: [length], tools: [{ tool: http.request, with: { url: "https://a.example/${{ inputs.who }}", query: { key: "${{ secrets.KEY }}" } }, hosts: [a.example], ask: writes }] }',
      ).tools ?? [];
    assert.equal(tool?.effect, 'once');
    assert.deepEqual([tool.hosts, tool.ask], [['a.example'], 'writes']);
    assert.deepEqual(Object.keys(tool.input === true ? {} : (tool.input['properties'] as object)), [
      'method',
      'body',
      'wait',
      'nothing',
      'none',
      'allow_status',
    ]);
    assert.deepEqual(tool.input === true ? [] : tool.input['required'], []);
    const [reading] =
      stepOf('{ model: ollama/m, prompt: Hi, tools: [{ tool: http.request, with: { method: GET } }] }').tools ?? [];
    assert.equal(reading?.effect, 'reads');
    const [open] =
      stepOf('{ model: ollama/m, prompt: Hi, tools: [{ tool: http.request, with: { method: "${{ inputs.who }}" } }] }')
        .tools ?? [];
    assert.equal(open?.effect, 'once');
  });

  it('takes files of the inputs, one or several', () => {
    const text =
      'name: x\ninputs: { one: { type: file }, all: { type: files, optional: true }, any: {} }\nsteps:\n  a: { model: ollama/m, prompt: Hi, attach: ["${{ inputs.one }}", "${{ inputs.all }}", "${{ inputs.any }}", "${{ [inputs.one] }}"] }\n';
    const [step] = makePlan(parsePipeline(text, 'p.yaml'), cards).plan.steps;
    assert.ok(step?.kind === 'model');
    assert.equal(step.attach?.length, 4);
  });
});
