import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadPlan } from '../../../src/cli/pipeline-file.ts';
import { loadConfig } from '../../../src/config.ts';
import { type Finding, PipelineError } from '../../../src/errors.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { PLAN_BYTES_MAX, type Plan, type StepPlan } from '../../../src/pipeline/plan.ts';
import type { PipelineSpec } from '../../../src/pipeline/spec.ts';
import { linkPipelines } from '../../../src/pipeline-files.ts';
import { readFile } from '../../../src/read-file.ts';
import { cards } from './cards.ts';

type Files = Readonly<Record<string, string>>;

/** Plans `flows/root.yaml` of a folder that holds these files. */
function planOf(files: Files, prepare: (folder: string) => void = () => {}): ReturnType<typeof makePlan> {
  const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    prepare(folder);
    const parsed = parsePipeline(readFile(join(folder, 'flows/root.yaml')), 'flows/root.yaml');
    return makePlan(linkPipelines(parsed, join(folder, 'flows')), cards);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function refusalOf(plan: () => unknown): PipelineError {
  try {
    plan();
  } catch (error) {
    if (error instanceof PipelineError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the pipeline was accepted' });
}

function shown({ position, path, code, message }: Finding): string {
  const place = position === undefined ? path : `${position.file}:${position.line}:${position.column}`;
  return `${place} ${code} ${message}`;
}

function childOf(step: StepPlan | undefined): Plan {
  assert.ok(step?.kind === 'pipeline');
  return step.plan;
}

const BILLING = `
name: billing
inputs: { ticket: { type: string }, tries: { type: integer, default: 1 }, note: { type: string, optional: true } }
models: { fast: ollama/other }
concurrency: 3
timeout: 1h
steps: { a: { model: fast, prompt: "\${{ inputs.ticket }}" }, b: { set: "\${{ inputs.tries + 1 }}" } }
outputs: { amount: "\${{ steps.b.output }}", text: "\${{ steps.a.output }}" }
`;

const ROOT = `
name: root
models: { fast: ollama/m }
inputs: { ticket: { type: string } }
steps:
  bill: { pipeline: ./billing.yaml, with: { ticket: "\${{ inputs.ticket }}", note: null } }
  more: { set: "\${{ steps.bill.output.amount + 1 }}" }
outputs: { text: "\${{ steps.bill.output.text }}" }
`;

describe('a pipeline step', () => {
  it('holds the plan of the other pipeline, with its own models, limits and hash', () => {
    const { plan } = planOf({ 'flows/root.yaml': ROOT, 'flows/billing.yaml': BILLING });
    const [bill, more] = plan.steps;
    const alone = makePlan(parsePipeline(BILLING, 'flows/billing.yaml'), cards).plan;
    assert.deepEqual(childOf(bill), alone);
    assert.deepEqual(alone.limits, { concurrency: 3, timeoutMs: 3_600_000 });
    assert.equal(bill?.retry.attempts, 1);
    assert.equal(bill?.timeoutMs, undefined);
    assert.deepEqual(more?.dependsOn, ['bill']);
  });

  it('is hashed with what the other pipeline says', () => {
    const one = planOf({ 'flows/root.yaml': ROOT, 'flows/billing.yaml': BILLING }).plan;
    const other = planOf({ 'flows/root.yaml': ROOT, 'flows/billing.yaml': BILLING.replace('+ 1', '+ 2') }).plan;
    assert.notEqual(one.hash, other.hash);
  });

  it('finds files from where they are named, in the folder of the first one and below', () => {
    const { plan } = planOf({
      'flows/root.yaml': 'name: root\nsteps: { a: { pipeline: deep/one.yaml } }\n',
      'flows/deep/one.yaml': 'name: one\nsteps: { b: { pipeline: ../two.yaml }, c: { pipeline: ./three.yaml } }\n',
      'flows/two.yaml': 'name: two\nsteps: { s: { set: 2 } }\n',
      'flows/deep/three.yaml': 'name: three\nsteps: { s: { set: 3 } }\n',
    });
    const inner = childOf(plan.steps[0]).steps.map((step) => childOf(step).pipeline.name);
    assert.deepEqual(inner, ['two', 'three']);
  });

  it('may stand in whatever holds steps', () => {
    const { plan } = planOf({
      'flows/root.yaml': `
name: root
steps:
  a:
    set: 1
    on_error: { steps: { handle: { pipeline: p.yaml } } }
    compensate: { pipeline: p.yaml }
  b: { switch: "\${{ steps.a.output }}", cases: { "1": { pipeline: p.yaml } }, default: { steps: { c: { pipeline: p.yaml } } } }
`,
      'flows/p.yaml': 'name: p\nsteps: { s: { set: 2 } }\n',
    });
    assert.equal(JSON.stringify(plan).split('"name":"p"').length - 1, 4);
  });

  it('tells what is doubtful in the other file, once', () => {
    const { warnings } = planOf({
      'flows/root.yaml': 'name: root\nsteps: { a: { pipeline: p.yaml }, b: { pipeline: ./p.yaml } }\n',
      'flows/p.yaml':
        'name: p\nsteps: { s: { set: 2, on_error: continue } }\noutputs: { x: "${{ steps.s.output }}" }\n',
    });
    assert.deepEqual(warnings.map(shown), [
      'flows/p.yaml:3:12 OUTPUT_MAY_BE_NULL Cannot promise output "x": step "s" may fail, and then it has no value',
    ]);
  });

  for (const { name, files, prepare, findings } of [
    {
      name: 'what the other pipeline needs, does not take, or takes of another type',
      files: {
        'flows/root.yaml': `name: root
inputs: { n: { type: string } }
steps:
  a: { pipeline: billing.yaml }
  b: { pipeline: billing.yaml, with: { tickt: x } }
  c: { pipeline: billing.yaml, with: { ticket: 3, tries: "\${{ inputs.n }}", colour: red } }
  d: { pipeline: billing.yaml, with: { ticket: null, note: null, tries: null } }
  e: { pipeline: bare.yaml, with: { ticket: x } }
`,
        'flows/billing.yaml': BILLING,
        'flows/bare.yaml': 'name: bare\nsteps: { s: { set: 1 } }\n',
      },
      findings: [
        'flows/root.yaml:4:3 INPUT_MISSING Cannot use "with" of step "a": input "ticket" is missing, text is needed',
        'flows/root.yaml:5:40 INPUT_UNKNOWN Cannot use "with.tickt" of step "b": the pipeline has no input "tickt": did you mean "ticket"?',
        'flows/root.yaml:6:48 VALUE_INVALID Cannot use "with.ticket" of step "c": it is 3, text is allowed',
        'flows/root.yaml:6:58 EXPRESSION_TYPE Cannot use the expression in "with.tries" of step "c": it gives text, a whole number is needed',
        'flows/root.yaml:6:77 INPUT_UNKNOWN Cannot use "with.colour" of step "c": the pipeline has no input "colour": there are "ticket", "tries", "note"',
        'flows/root.yaml:7:48 VALUE_INVALID Cannot use "with.ticket" of step "d": it is empty, text is allowed',
        'flows/root.yaml:7:73 VALUE_INVALID Cannot use "with.tries" of step "d": it is empty, a whole number is allowed',
        'flows/root.yaml:8:37 INPUT_UNKNOWN Cannot use "with.ticket" of step "e": the pipeline has no input "ticket", it has none',
      ],
    },
    {
      name: 'an output that the other pipeline does not give, or of another type',
      files: {
        'flows/root.yaml': `${ROOT}  a: "\${{ steps.bill.output.amont }}"
  b: "\${{ steps.bill.output.amount + 'x' }}"
`.replace('outputs: { text: "${{ steps.bill.output.text }}" }', 'outputs:'),
        'flows/billing.yaml': BILLING,
      },
      findings: [
        'flows/root.yaml:9:29 EXPRESSION_TYPE Cannot use the expression in output "a": there is no field "amont": did you mean "amount"?',
        'flows/root.yaml:10:11 EXPRESSION_TYPE Cannot use the expression in output "b": "+" cannot join a whole number and text: say string(...) around what is not text',
      ],
    },
    {
      name: 'what is wrong in the other file, at its place there, and once',
      files: {
        'flows/root.yaml':
          'name: root\nsteps:\n  a: { pipeline: one.yaml }\n  b: { pipeline: one.yaml, with: { x: 1 } }\n  c: { pipeline: two.yaml }\n  d: { pipeline: two.yaml }\n',
        'flows/one.yaml': 'name: one\nsteps:\n  s: { set: "${{ inputs.x }}" }\n',
        'flows/two.yaml': 'name: two\nsteps:\n  s: { sett: 1 }\n',
      },
      findings: [
        'flows/one.yaml:3:18 REFERENCE_UNKNOWN Cannot use the expression in "set" of step "s": there is no "inputs": there are "run", "steps"',
        'flows/two.yaml:3:8 KEY_UNKNOWN Cannot read key "sett" of step "s": no such key: did you mean "set"?',
      ],
    },
    {
      name: 'paths that are none, or lead to no pipeline',
      files: {
        'flows/root.yaml': `name: root
steps:
  a: { pipeline: nothere.yaml }
  b: { pipeline: folder }
  c: { pipeline: ../other.yaml }
  d: { pipeline: "https://example.com/p.yaml" }
  e: { pipeline: /etc/hosts }
  f: { pipeline: 'C:/p.yaml' }
  g: { pipeline: '..\\other.yaml' }
  h: { pipeline: "a\\x07b" }
  i: { pipeline: link.yaml }
`,
        'flows/folder/p.yaml': '',
        'other.yaml': 'name: other\nsteps: { s: { set: 1 } }\n',
      },
      prepare: (folder: string) => symlinkSync(join(folder, 'other.yaml'), join(folder, 'flows/link.yaml')),
      findings: [
        'flows/root.yaml:3:18 FILE_UNREADABLE Cannot use "pipeline" of step "a": cannot read "flows/nothere.yaml": there is no such file',
        'flows/root.yaml:4:18 FILE_UNREADABLE Cannot use "pipeline" of step "b": cannot read "flows/folder": it is a folder',
        'flows/root.yaml:5:18 PATH_REFUSED Cannot use "pipeline" of step "c": cannot read "other.yaml": it lies outside of the folder of the first pipeline',
        'flows/root.yaml:6:18 VALUE_INVALID Cannot use "pipeline" of step "d": it is a URL, and only files can be used',
        'flows/root.yaml:7:18 VALUE_INVALID Cannot use "pipeline" of step "e": it is absolute, and must be relative to this file',
        'flows/root.yaml:8:18 VALUE_INVALID Cannot use "pipeline" of step "f": it is absolute, and must be relative to this file',
        'flows/root.yaml:9:18 VALUE_INVALID Cannot use "pipeline" of step "g": folders are divided by "/", not by backslashes',
        'flows/root.yaml:10:18 VALUE_INVALID Cannot use "pipeline" of step "h": it holds control characters',
        'flows/root.yaml:11:18 PATH_REFUSED Cannot use "pipeline" of step "i": cannot read "flows/link.yaml": it lies outside of the folder of the first pipeline',
      ],
    },
    {
      name: 'what is no path',
      files: {
        'flows/root.yaml':
          'name: root\nsteps:\n  a: { pipeline: "${{ inputs.file }}" }\n  b: { pipeline: [p.yaml] }\n  c: { pipeline: 3 }\n  d: { pipeline: p.yaml, with: [1] }\n  e: { pipeline: p.yaml, wiht: {} }\n',
      },
      findings: [
        'flows/root.yaml:3:18 EXPRESSION_MISPLACED Cannot use an expression in "pipeline" of step "a": only a fixed value is allowed there',
        'flows/root.yaml:4:18 VALUE_INVALID Cannot read "pipeline" of step "b": it is a list, the path of a file, relative to this one, or a pipeline is allowed',
        'flows/root.yaml:5:18 VALUE_INVALID Cannot read "pipeline" of step "c": it is 3, the path of a file, relative to this one, or a pipeline is allowed',
        'flows/root.yaml:6:32 VALUE_INVALID Cannot read "with" of step "d": it is a list, a map of inputs is allowed',
        'flows/root.yaml:7:26 KEY_UNKNOWN Cannot read key "wiht" of step "e": no such key: did you mean "with"?',
      ],
    },
    {
      name: 'a pipeline that leads back to itself',
      files: { 'flows/root.yaml': 'name: root\nsteps:\n  a: { pipeline: ./root.yaml }\n' },
      findings: [
        'flows/root.yaml:3:18 PIPELINE_CYCLE Cannot use "pipeline" of step "a": it leads back to where it began: flows/root.yaml → flows/root.yaml',
      ],
    },
    {
      name: 'pipelines that lead back to one another',
      files: {
        'flows/root.yaml': 'name: root\nsteps:\n  a: { pipeline: one.yaml }\n  b: { pipeline: two.yaml }\n',
        'flows/one.yaml': 'name: one\nsteps:\n  a: { steps: { b: { pipeline: two.yaml } } }\n',
        'flows/two.yaml': 'name: two\nsteps:\n  c: { pipeline: one.yaml }\n',
      },
      findings: [
        'flows/two.yaml:3:18 PIPELINE_CYCLE Cannot use "pipeline" of step "c": it leads back to where it began: flows/one.yaml → flows/two.yaml → flows/one.yaml',
      ],
    },
    {
      name: 'too many pipelines in a row',
      files: {
        'flows/root.yaml': 'name: root\nsteps:\n  a: { pipeline: p1.yaml }\n',
        ...Object.fromEntries(
          Array.from({ length: 10 }, (_, at) => [
            `flows/p${at + 1}.yaml`,
            `name: p\nsteps:\n  a: { pipeline: p${at + 2}.yaml }\n`,
          ]),
        ),
        'flows/p11.yaml': 'name: p\nsteps:\n  a: { set: 1 }\n',
      },
      findings: [
        `flows/p10.yaml:3:18 PIPELINE_DEPTH Cannot use "pipeline" of step "a": pipelines name one another more than 10 deep: flows/root.yaml → ${Array.from({ length: 11 }, (_, at) => `flows/p${at + 1}.yaml`).join(' → ')}`,
      ],
    },
    {
      name: 'too many in a row by a way that was found second',
      files: {
        'flows/root.yaml': 'name: root\nsteps:\n  a: { pipeline: p2.yaml }\n  b: { pipeline: p1.yaml }\n',
        ...Object.fromEntries(
          Array.from({ length: 10 }, (_, at) => [
            `flows/p${at + 1}.yaml`,
            `name: p\nsteps:\n  a: { pipeline: p${at + 2}.yaml }\n`,
          ]),
        ),
        'flows/p11.yaml': 'name: p\nsteps:\n  a: { set: 1 }\n',
      },
      findings: [
        'flows/p1.yaml:3:18 PIPELINE_DEPTH Cannot use "pipeline" of step "a": pipelines name one another more than 10 deep: flows/root.yaml → flows/p1.yaml → flows/p2.yaml',
      ],
    },
    {
      name: 'pipelines that are too long together',
      files: {
        'flows/root.yaml': `name: root\nsteps:\n${Array.from({ length: 8 }, (_, at) => `  a${at}: { pipeline: one.yaml }\n`).join('')}`,
        'flows/one.yaml': `name: one\nsteps:\n  a: { set: ${'x'.repeat(200_000)} }\n`,
      },
      findings: [
        `flows/root.yaml:1:1 PLAN_TOO_LARGE Cannot plan the pipeline: with the plans of the pipelines that its steps name, its plan has more than the ${PLAN_BYTES_MAX} bytes that are allowed`,
      ],
    },
    {
      name: 'what is no pipeline at all, and stands in another one',
      files: {
        'flows/root.yaml':
          'name: root\nsteps:\n  a: { pipeline: { name: inner, steps: text } }\n  b: { pipeline: { name: inner, steps: { c: text, d: { pipeline: gone.yaml } } } }\n',
      },
      findings: [
        'flows/root.yaml:3:40 VALUE_INVALID Cannot read "steps" of the pipeline: it is "text", a map of step ids to steps is allowed',
        'flows/root.yaml:4:45 VALUE_INVALID Cannot read step "c": it is "text", a map with "model", "tool", "check", "set", "steps", "switch", "pipeline", "approve", "wait" or "fail" is allowed',
      ],
    },
    {
      name: 'a pipeline that stands in another one',
      files: {
        'flows/root.yaml':
          'name: root\nsteps:\n  a: { pipeline: { name: inner, steps: { b: { sett: 1 } } } }\n  c: { pipeline: { name: inner, steps: { d: { set: "${{ steps.a.output }}" } } } }\n',
      },
      findings: [
        'flows/root.yaml:3:47 KEY_UNKNOWN Cannot read key "sett" of step "b": no such key: did you mean "set"?',
        'flows/root.yaml:4:57 REFERENCE_UNKNOWN Cannot use the expression in "set" of step "d": there is no "steps.a": did you mean "steps.d"?',
      ],
    },
  ] as readonly { name: string; files: Files; prepare?: (folder: string) => void; findings: string[] }[]) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(refusalOf(() => planOf(files, prepare)).findings.map(shown), findings);
    });
  }

  it('says in which file the first error stands when it is another one', () => {
    const { message } = refusalOf(() =>
      planOf({
        'flows/root.yaml': 'name: root\nsteps:\n  a: { pipeline: one.yaml }\n',
        'flows/one.yaml': 'name: one\nsteps:\n  s: { sett: 1 }\n',
      }),
    );
    assert.equal(
      message,
      'Cannot use pipeline "flows/root.yaml": it has an error: Cannot read key "sett" of step "s": no such key: did you mean "set"? ("flows/one.yaml", line 3, column 8)',
    );
  });

  it('finds files beside one that was never written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
    try {
      writeFileSync(join(folder, 'billing.yaml'), BILLING);
      const { plan } = makePlan(linkPipelines(parsePipeline(ROOT, 'unsaved.yaml'), folder), cards);
      assert.equal(childOf(plan.steps[0]).pipeline.name, 'billing');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finds no files where no folder is known', () => {
    const { findings } = refusalOf(() => makePlan(parsePipeline(ROOT, 'root.yaml'), cards));
    assert.deepEqual(findings.map(shown), [
      'root.yaml:6:21 FILE_UNREADABLE Cannot use "pipeline" of step "bill": no folder is known to look for it in',
    ]);
  });

  it('is found by the command line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
    try {
      writeFileSync(join(folder, 'outer.yaml'), 'name: outer\nsteps: { a: { pipeline: ./inner.yaml } }\n');
      const load = () => loadPlan(loadConfig({}), join(folder, 'outer.yaml'));
      await assert.rejects(load(), /cannot read ".*inner.yaml": there is no such file/);
      writeFileSync(join(folder, 'inner.yaml'), 'name: inner\nsteps: { s: { set: 1 } }\n');
      assert.equal(childOf((await load()).plan.steps[0]).pipeline.name, 'inner');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('stops reading when the files are too long together', () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `flows/p${at}.yaml`,
        `name: p\n# ${'x'.repeat(1_000_000)}\nsteps: { a: { set: 1 } }\n`,
      ]),
    );
    const steps = Object.keys(files).map((name, at) => `  a${at}: { pipeline: ${name.slice(6)} }\n`);
    const { findings } = refusalOf(() => planOf({ ...files, 'flows/root.yaml': `name: r\nsteps:\n${steps.join('')}` }));
    assert.equal(findings.length, 4);
    assert.equal(
      shown(findings[0] as Finding),
      'flows/root.yaml:19:20 PLAN_TOO_LARGE Cannot use "pipeline" of step "a16": cannot read "flows/p16.yaml": with it, the files of the pipeline would be longer than the 16777216 bytes that are allowed together',
    );
  });
});

describe('a pipeline object in a pipeline step', () => {
  const inner: PipelineSpec = {
    name: 'inner',
    inputs: { who: { type: 'string' } },
    steps: { greet: { set: 'Hello ${{ inputs.who }}' } },
    outputs: { text: '${{ steps.greet.output }}' },
  };

  it('is planned as a file would be', () => {
    const spec: PipelineSpec = {
      name: 'outer',
      steps: { a: { pipeline: { ...inner }, with: { who: 'you' } } },
      outputs: { text: '${{ steps.a.output.text }}' },
    };
    const { plan } = makePlan(spec, cards);
    assert.deepEqual(childOf(plan.steps[0]), makePlan(inner, cards).plan);
  });

  it('is refused with the place where it stands', () => {
    const wrong = { ...inner, steps: { greet: { set: '${{ inputs.whom }}' }, other: { sett: 1 } } };
    const spec = { name: 'outer', steps: { a: { pipeline: wrong, with: { who: 'you' } } } } as unknown as PipelineSpec;
    assert.deepEqual(refusalOf(() => makePlan(spec, cards)).findings.map(shown), [
      'steps.a.pipeline.steps.other.sett KEY_UNKNOWN Cannot read key "sett" of step "other": no such key: did you mean "set"?',
    ]);
    const half = { ...inner, steps: { greet: { set: '${{ inputs.whom }}' } } };
    const again = { name: 'outer', steps: { a: { pipeline: half } } } as unknown as PipelineSpec;
    assert.deepEqual(refusalOf(() => makePlan(again, cards)).findings.map(shown), [
      'steps.a.pipeline.steps.greet.set REFERENCE_UNKNOWN Cannot use the expression in "set" of step "greet": there is no "inputs.whom": did you mean "inputs.who"?',
    ]);
  });
});
