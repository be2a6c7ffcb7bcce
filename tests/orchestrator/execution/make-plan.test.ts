import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/errors.ts';
import type { ToolCard } from '../../../src/pipeline/card.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { modelTemplates } from '../../../src/pipeline/model-templates.ts';
import type { Plan, StepPlan } from '../../../src/pipeline/plan.ts';
import { readsOfStep } from '../../../src/pipeline/reads.ts';
import type { PipelineSpec } from '../../../src/pipeline/spec.ts';
import { cards } from './cards.ts';

function planOf(text: string): Plan {
  return makePlan(parsePipeline(text, 'p.yaml'), cards).plan;
}

/** The steps of a pipeline of which only the steps matter. */
function stepsOf(steps: string, more = ''): readonly StepPlan[] {
  return planOf(`name: x\n${more}\nsteps:\n${steps}`).steps;
}

function stepOf(step: string, more = ''): StepPlan {
  return stepsOf(`  a: ${step}`, more)[0] as StepPlan;
}

const TRIAGE = `
name: triage
description: Sort a ticket.
version: "3"
tags: [support]
timeout: 7d
concurrency: 20
inputs:
  ticket: { type: string, maxLength: 20000, description: What the customer wrote }
  tone: { type: string, enum: [warm, formal], default: warm }
  urgent: { type: boolean, optional: true }
vars:
  signature: The support team
models:
  writer:
    use: [anthropic/claude-small, ollama/m]
    system: Be brief.
    temperature: 0.4
steps:
  reply:
    tool: http.request
    with: { url: "https://a.example/\${{ steps.draft.output }}", method: POST, body: { text: "Bearer \${{ secrets.TOKEN }}" } }
    retry: { attempts: 7, backoff: 3s }
    timeout: 5s
    on_error: continue
  draft:
    description: Write an answer
    model: writer
    prompt: Answer
    checks:
      - length: { max: 400 }
`;

describe('makePlan', () => {
  it('fills in everything that a run needs', () => {
    const { hash, expressionVersion, ...plan } = planOf(TRIAGE);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.match(expressionVersion, /@\d/);
    const read = {
      source: ' steps.draft.output ',
      code: ['read', 'steps.draft.output'],
      reads: ['steps.draft.output'],
    };
    assert.deepEqual(plan, {
      planVersion: 1,
      pipeline: { name: 'triage', description: 'Sort a ticket.', version: '3', tags: ['support'] },
      inputs: {
        ticket: {
          schema: { type: 'string', maxLength: 20000 },
          isRequired: true,
          default: null,
          description: 'What the customer wrote',
        },
        tone: { schema: { type: 'string', enum: ['warm', 'formal'] }, isRequired: false, default: 'warm' },
        urgent: { schema: { type: 'boolean' }, isRequired: false, default: null },
      },
      vars: { signature: 'The support team' },
      steps: [
        {
          id: 'draft',
          description: 'Write an answer',
          kind: 'model',
          candidates: [
            { provider: 'anthropic', model: 'claude-small', isPaid: true },
            { provider: 'ollama', model: 'm', isPaid: false },
          ],
          system: { kind: 'literal', value: 'Be brief.' },
          temperature: 0.4,
          maxOutputTokens: 512,
          prompt: { kind: 'literal', value: 'Answer' },
          dependsOn: [],
          tolerates: [],
          checks: [{ check: 'length', options: { kind: 'literal', value: { max: 400 } } }],
          retry: { attempts: 5, backoffMs: 2000, maxBackoffMs: 60_000 },
          timeoutMs: 600_000,
          onError: { kind: 'fail' },
        },
        {
          id: 'reply',
          kind: 'tool',
          tool: 'http.request',
          effect: 'once',
          with: {
            kind: 'map',
            entries: {
              url: {
                kind: 'text',
                parts: [
                  { kind: 'text', text: 'https://a.example/' },
                  { kind: 'expression', expression: { ...read, needsHost: false } },
                ],
              },
              method: { kind: 'literal', value: 'POST' },
              body: {
                kind: 'map',
                entries: {
                  text: {
                    kind: 'text',
                    parts: [
                      { kind: 'text', text: 'Bearer ' },
                      { kind: 'secret', name: 'TOKEN' },
                    ],
                  },
                },
              },
            },
          },
          dependsOn: ['draft'],
          tolerates: [],
          checks: [],
          retry: { attempts: 7, backoffMs: 3000, maxBackoffMs: 60_000 },
          timeoutMs: 5000,
          onError: { kind: 'continue' },
        },
      ],
      outputs: {},
      limits: { concurrency: 20, timeoutMs: 604_800_000 },
    });
  });

  it('fills in the least that can be written', () => {
    const { pipeline, inputs, vars, outputs, limits } = planOf('name: x\nsteps: { a: { set: 1 } }');
    assert.deepEqual(
      { pipeline, inputs, vars, outputs, limits },
      { pipeline: { name: 'x', tags: [] }, inputs: {}, vars: {}, outputs: {}, limits: { concurrency: 100 } },
    );
  });

  it('gives JSON, without anything undefined', () => {
    const plan = planOf(TRIAGE);
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  });

  for (const { name, step, more = '', expected } of [
    {
      name: 'one model',
      step: '{ model: ollama/m:latest, prompt: x }',
      expected: { candidates: ['ollama/m:latest'], maxOutputTokens: 1024 },
    },
    {
      name: 'a name of a model',
      step: '{ model: m, prompt: x }',
      more: 'models: { m: ollama/a/b }',
      expected: { candidates: ['ollama/a/b'] },
    },
    {
      name: 'a list of names and models, each model once',
      step: '{ model: [m, n, ollama/c, ollama/b], prompt: x }',
      more: 'models: { m: { use: [ollama/a, ollama/b], temperature: 0 }, n: { use: ollama/b, max_output_tokens: 9 } }',
      expected: { candidates: ['ollama/a', 'ollama/b', 'ollama/c'], temperature: 0, maxOutputTokens: 9 },
    },
    {
      name: 'settings that are equal',
      step: '{ model: [m, n], prompt: x }',
      more: 'models: { m: { use: ollama/a, system: s }, n: { use: ollama/b, system: s } }',
      expected: { candidates: ['ollama/a', 'ollama/b'], system: { kind: 'literal', value: 's' } },
    },
    {
      name: "a system prompt of the step's own",
      step: '{ model: m, prompt: x, system: mine }',
      more: 'models: { m: { use: ollama/a, system: theirs } }',
      expected: { system: { kind: 'literal', value: 'mine' } },
    },
    {
      name: "a model's lower limit",
      step: '{ model: anthropic/claude-small, prompt: x }',
      expected: { maxOutputTokens: 512 },
    },
    {
      name: "less than a model's limit",
      step: '{ model: anthropic/claude-large, prompt: x }',
      expected: { maxOutputTokens: 1024 },
    },
    {
      name: 'a structured answer',
      step: '{ model: ollama/m, prompt: x, output: { type: object, properties: { a: { enum: [x, y] } } } }',
      expected: { output: { kind: 'literal', value: { type: 'object', properties: { a: { enum: ['x', 'y'] } } } } },
    },
    {
      name: 'a tool without input',
      step: '{ tool: text.template, with: { template: a, data: null } }',
      expected: { effect: 'pure', timeoutMs: 10_000 },
    },
    {
      name: "a tool's effect by its input",
      step: '{ tool: http.request, with: { url: x, method: GET } }',
      expected: { effect: 'reads' },
    },
    {
      name: 'the timeout of a check',
      step: '{ check: { value: 1, contains: a } }',
      expected: { timeoutMs: 60_000, value: { kind: 'literal', value: 1 } },
    },
    {
      name: 'the checks of a step of kind check before those that any step has',
      step: '{ check: { value: abc, contains: a, length: { max: 3 } }, checks: [{ expect: "${{ output == \'abc\' }}" }] }',
      expected: { checks: ['contains', 'length', 'expect'] },
    },
    {
      name: 'a long first pause',
      step: '{ set: 1, retry: { backoff: 5m } }',
      expected: { retry: { attempts: 5, backoffMs: 300_000, maxBackoffMs: 300_000 } },
    },
    {
      name: 'how long a call may wait for a worker',
      step: '{ model: ollama/m, prompt: Hi, queue_timeout: 20s }',
      expected: { queueTimeoutMs: 20_000 },
    },
    {
      name: 'an else of null',
      step: '{ set: 1, if: false, else: }',
      expected: { otherwise: { kind: 'literal', value: null } },
    },
    {
      name: 'a value without expressions',
      step: '{ set: [1, { a: "$${{ b }}" }] }',
      expected: { value: { kind: 'literal', value: [1, { a: '${{ b }}' }] } },
    },
  ] as const) {
    it(`plans ${name}`, () => {
      const plan = stepOf(step, more) as unknown as Readonly<Record<string, Json>>;
      const shown = Object.keys(expected).map((key) => [key, summary(key, plan[key])]);
      assert.deepEqual(Object.fromEntries(shown), expected);
    });
  }

  for (const condition of ['true', '"${{ true }}"']) {
    it(`takes the condition ${condition}`, () => {
      const { condition: plan } = stepOf(`{ set: 1, if: ${condition} }`);
      assert.deepEqual({ code: plan?.code, reads: plan?.reads }, { code: true, reads: [] });
    });
  }
});

/** Models and checks by their names. */
function summary(key: string, value: Json | undefined): unknown {
  if (key === 'candidates')
    return (value as { provider: string; model: string }[]).map(({ provider, model }) => `${provider}/${model}`);
  return key === 'checks' ? (value as { check: string }[]).map(({ check }) => check) : value;
}

describe('the steps of a plan', () => {
  for (const { name, steps, expected } of [
    {
      name: 'keep their order when nothing speaks against it',
      steps: ['c: { set: 1 }', 'a: { set: 1 }', 'b: { set: 1 }'],
      expected: ['c', 'a', 'b'],
    },
    {
      name: 'come after what they read',
      steps: ['late: { set: "${{ steps.early.output }}" }', 'other: { set: 1 }', 'early: { set: 1 }'],
      expected: ['early', 'late < early', 'other'],
    },
    {
      name: 'come after what they need',
      steps: ['a: { set: 1, needs: [c, b] }', 'b: { set: 1 }', 'c: { set: 1, needs: b }'],
      expected: ['b', 'c < b', 'a < b, c'],
    },
    {
      name: 'wait for one whose status or error they read, however it ends',
      steps: ['a: { set: 1 }', 'b: { set: "${{ steps.a.status }} ${{ steps.a.error.code }}" }'],
      expected: ['a', 'b < a?'],
    },
    {
      name: 'need one done whose output they read too',
      steps: ['a: { set: 1 }', 'b: { set: "${{ steps.a.status }} ${{ steps.a.output }}" }'],
      expected: ['a', 'b < a'],
    },
    {
      name: 'need one done that they name in needs',
      steps: ['a: { set: 1 }', 'b: { set: "${{ steps.a.status }}", needs: a }'],
      expected: ['a', 'b < a'],
    },
    {
      name: 'depend on what their condition, else, checks, system prompt and output schema read',
      steps: [
        'a: { set: 1 }',
        'b: { set: 1, if: "${{ steps.a.output == 1 }}" }',
        'c: { set: 1, if: true, else: "${{ steps.b.cost_usd }}" }',
        'd: { set: 1, checks: [{ expect: "${{ output == steps.c.attempts }}" }] }',
        'e: { model: ollama/m, prompt: x, system: "${{ steps.d.model }}" }',
        'f: { model: ollama/m, prompt: x, output: { enum: "${{ steps.e.checks }}" } }',
      ],
      expected: ['a', 'b < a', 'c < b', 'd < c', 'e < d', 'f < e'],
    },
  ]) {
    it(name, () => {
      const plans = stepsOf(steps.map((step) => `  ${step}\n`).join(''));
      const shown = plans.map(({ id, dependsOn, tolerates }) => {
        const names = dependsOn.map((step) => `${step}${tolerates.includes(step) ? '?' : ''}`);
        return names.length === 0 ? id : `${id} < ${names.join(', ')}`;
      });
      assert.deepEqual(shown, expected);
    });
  }

  it('may form a chain as long as a file', () => {
    const steps = Array.from({ length: 2000 }, (_, index) => `  s${index}: { set: 1, needs: s${index + 1} }\n`);
    const plans = stepsOf(`${steps.join('')}  s2000: { set: 1 }\n`);
    assert.deepEqual([plans[0]?.id, plans[2000]?.id], ['s2000', 's0']);
  });
});

describe('the types of a plan', () => {
  for (const { name, steps, more } of [
    {
      name: 'let an optional input be null',
      steps: 'a: { set: "${{ inputs.n == null ? 0 : inputs.n + 1 }}" }',
      more: 'inputs: { n: { type: integer, optional: true } }',
    },
    {
      name: 'know the text of a model',
      steps: 'a: { model: ollama/m, prompt: x }\n  b: { set: "${{ upper(steps.a.output) }}" }',
    },
    {
      name: 'know the output of a tool',
      steps: 'a: { tool: http.request, with: { url: x } }\n  b: { set: "${{ steps.a.output.status + 1 }}" }',
    },
    {
      name: 'know vars at any depth',
      steps: 'a: { set: "${{ vars.v.list[0].n + 1 }}" }',
      more: 'vars: { v: { list: [{ n: 1 }] } }',
    },
    {
      name: 'pass through a check',
      steps: 'a: { check: { value: { n: 1 }, contains: n } }\n  b: { set: "${{ steps.a.output.n + 1 }}" }',
    },
    {
      name: 'allow either output of a step with an else',
      steps: 'a: { set: 1, if: true, else: none }\n  b: { set: "${{ steps.a.output + 1 }}" }',
    },
    {
      name: 'leave a value that only the run knows to the run',
      steps: 'a: { tool: http.request, with: { url: "${{ inputs.any }}", allow_status: "${{ inputs.any }}" } }',
      more: 'inputs: { any: {} }',
    },
    {
      name: 'let a whole number stand for a number',
      steps: 'a: { set: 1, checks: [{ expect: "${{ output < 1.5 }}" }] }',
    },
    {
      name: 'let an enum be a list that only the run knows',
      steps: 'a: { model: ollama/m, prompt: x, output: { properties: { l: { enum: "${{ inputs.l }}" } } } }',
      more: 'inputs: { l: { type: array } }',
    },
    {
      name: 'take a choice between forms where one fits',
      steps: 'a: { tool: http.request, with: { url: x, body: { text: "${{ run.id }}" } } }',
    },
    {
      name: 'let a whole number stand for a number in the input of a tool',
      steps: 'a: { tool: http.request, with: { url: x, wait: "${{ 3 }}", nothing: {} } }',
    },
    { name: 'know what a run is', steps: 'a: { set: "${{ run.id + run.started_at + string(run.cost_usd * 2.0) }}" }' },
    {
      name: 'know what a step says of itself',
      steps:
        'a: { set: 1 }\n  b: { set: "${{ steps.a.usage.input_tokens + steps.a.attempts }} ${{ steps.a.checks[0].reason }} ${{ steps.a.model }}" }',
    },
  ]) {
    it(name, () => void stepsOf(`  ${steps}\n`, more));
  }
});

describe('the hash of a plan', () => {
  const hash = planOf(TRIAGE).hash;

  it('does not change with what is not part of the plan', () => {
    assert.equal(planOf(`# A comment\nx-mine: 1\n${TRIAGE}`).hash, hash);
    assert.equal(makePlan(parsePipeline(TRIAGE, 'other.yaml').spec, cards).plan.hash, hash);
    assert.equal(
      makePlan(parsePipeline(JSON.stringify(parsePipeline(TRIAGE, 'p').spec), 'p.json'), cards).plan.hash,
      hash,
    );
  });

  it('changes with every part of it', () => {
    const others = [
      ['0.4', '0.5'],
      ['Answer', 'Reply'],
      ['max: 400', 'max: 401'],
      ['20000', '20001'],
      ['TOKEN', 'OTHER'],
      ['5s', '6s'],
      ['"3"', '"4"'],
    ] as const;
    const hashes = others.map(([from, to]) => planOf(TRIAGE.replace(from, to)).hash);
    assert.equal(new Set([hash, ...hashes]).size, others.length + 1);
  });
});

describe('a budget in a plan', () => {
  for (const { budget, expected } of [
    { budget: '{ usd: 0.25 }', expected: { onExceeded: 'ask', nanoUsd: 25e7 } },
    { budget: '{ tokens: 500, on_exceeded: fail }', expected: { onExceeded: 'fail', tokens: 500 } },
    { budget: '{ usd: 1, tokens: 5 }', expected: { onExceeded: 'ask', nanoUsd: 1e9, tokens: 5 } },
  ]) {
    it(`holds what is limited by ${budget}`, () => {
      assert.deepEqual(planOf(`name: x\nbudget: ${budget}\nsteps: { a: { set: 1 } }\n`).limits.budget, expected);
      assert.deepEqual(stepOf(`{ model: ollama/m, prompt: Go, budget: ${budget} }`).budget, expected);
    });
  }
});

/** The first step of a pipeline in which a model is offered some of the tools that there are. */
function offering(tools: string, names: readonly string[]): StepPlan | undefined {
  const some = names.map((name): ToolCard => {
    return { name, description: 'Does it.', effect: 'reads', input: { type: 'object' }, output: true, timeoutMs: 1000 };
  });
  const text = `name: x\nsteps:\n  a: { model: ollama/m, prompt: Go, tools: [${tools}] }\n`;
  return makePlan(parsePipeline(text, 'p.yaml'), { ...cards, tools: some }).plan.steps[0];
}

describe('tools that a model may call', () => {
  it('may take any input, and what is fixed of it is filled in', () => {
    const clock: ToolCard = {
      name: 'clock.now',
      description: 'Tells the time.',
      effect: 'reads',
      input: { type: 'object' },
      output: { type: 'string' },
      timeoutMs: 1000,
    };
    const text =
      'name: x\ninputs: { city: { type: string } }\nsteps:\n  a: { model: ollama/m, prompt: Go, tools: [clock.now, { tool: clock.now, with: { city: "${{ inputs.city }}" } }] }\n';
    const offered = { ...cards, tools: [clock, { ...clock, name: 'clock.zone' }] };
    const { plan } = makePlan(
      parsePipeline(text.replace('{ tool: clock.now', '{ tool: clock.zone'), 'p.yaml'),
      offered,
    );
    const [a] = plan.steps;
    assert.ok(a?.kind === 'model');
    assert.deepEqual(
      a.tools?.map(({ tool, input }) => ({ tool, input })),
      ['clock.now', 'clock.zone'].map((tool) => ({ tool, input: { type: 'object', properties: {}, required: [] } })),
    );
    assert.deepEqual(readsOfStep(a), ['inputs.city']);
    assert.deepEqual(modelTemplates(a).length, 2);
  });

  it('are all of an MCP server but those that are offered by name, once each', () => {
    const names = ['mcp:docs/find', 'mcp:docs/read', 'mcp:other/find'];
    const step = offering('"mcp:docs/*", { tool: "mcp:docs/find", ask: writes }', names);
    assert.ok(step?.kind === 'model');
    assert.deepEqual(
      step.tools?.map((each) => [each.tool, each.ask]),
      [
        ['mcp:docs/read', undefined],
        ['mcp:docs/find', 'writes'],
      ],
    );
  });

  it('are refused where a model cannot tell two of them apart', () => {
    assert.throws(
      () => offering('clock.now, clock_now', ['clock.now', 'clock_now']),
      (error) =>
        error instanceof PipelineError &&
        error.findings.map(({ message }) => message).join('; ') ===
          'Cannot use "tools[1]" of step "a": a model cannot tell "clock_now" from "clock.now"',
    );
  });
});

describe('the warnings of a plan', () => {
  for (const { name, steps, output, warning } of [
    { name: 'name no output that is always there', steps: ['a: { set: 1 }'], output: '${{ steps.a.output }}' },
    {
      name: 'name no output of a step with an else',
      steps: ['a: { set: 1, if: false, else: 2 }'],
      output: '${{ steps.a.output }}',
    },
    {
      name: 'name no output that only asks how a step ended',
      steps: ['a: { set: 1, if: false }'],
      output: '${{ steps.a.status }}',
    },
    {
      name: 'name an output of a step that may be skipped',
      steps: ['a: { set: 1, if: false }'],
      output: '${{ steps.a.output }}',
      warning: 'Cannot promise output "o": step "a" may be skipped, and then it has no value',
    },
    {
      name: 'name an output of a step that may fail',
      steps: ['a: { set: 1, on_error: continue }'],
      output: { deep: ['${{ steps.a.output }}'] },
      warning: 'Cannot promise output "o": step "a" may fail, and then it has no value',
    },
    {
      name: 'name an output of a step behind one that may be skipped',
      steps: ['a: { set: 1, if: false }', 'b: { set: 1, needs: a }', 'c: { set: "${{ steps.b.output }}" }'],
      output: '${{ steps.c.output }}',
      warning: 'Cannot promise output "o": step "c" is skipped when step "b" is not done, and then it has no value',
    },
    {
      name: 'name no field that is only asked for after waiting in vain',
      steps: ['a: { wait: { event: e, timeout: 1d, on_timeout: continue } }'],
      output: '${{ steps.a.output.?n.hasValue() }}',
    },
    {
      name: 'name a field that is read after waiting in vain',
      steps: ['a: { wait: { event: e, timeout: 1d, on_timeout: continue } }'],
      output: '${{ steps.a.output.n }}',
      warning:
        'Cannot promise output "o" what it reads: "steps.a.output" is null when nothing comes in time, and fields of null cannot be read: use coalesce(…) or ".?"',
    },
    {
      name: 'name no output of a step that goes on however the one before ends',
      steps: ['a: { set: 1, if: false }', 'b: { set: "${{ steps.a.status }}" }'],
      output: '${{ steps.b.output }}',
    },
  ] as const) {
    it(name, () => {
      const text = `name: x\nsteps:\n${steps.map((step) => `  ${step}\n`).join('')}outputs:\n  o: ${JSON.stringify(output)}\n`;
      const found = makePlan(parsePipeline(text, 'p.yaml'), cards).warnings.map(
        ({ code, message }) => `${code} ${message}`,
      );
      assert.deepEqual(
        found,
        'warning' in ({ warning } as object) && warning !== undefined ? [`OUTPUT_MAY_BE_NULL ${warning}`] : [],
      );
    });
  }

  it('name a model that is passed over, where it stands', () => {
    const text = 'name: x\nmodels: { m: { use: [openai/gpt-5, ollama/m] } }\nsteps: { a: { model: m, prompt: x } }';
    const { plan, warnings } = makePlan(parsePipeline(text, 'p.yaml'), cards);
    assert.deepEqual((plan.steps[0] as { candidates?: unknown }).candidates, [
      { provider: 'ollama', model: 'm', isPaid: false },
    ]);
    assert.deepEqual(warnings, [
      {
        severity: 'warning',
        code: 'MODEL_UNUSABLE',
        message: 'Cannot use "use[0]" of model "m": openai cannot be used until OPENAI_API_KEY is set',
        path: 'models.m.use[0]',
        position: { file: 'p.yaml', line: 2, column: 22 },
      },
    ]);
  });
});

/** What is said about a spec, each with its path and without a position. */
function refusalOf(spec: unknown): readonly string[] {
  try {
    makePlan(spec as PipelineSpec, cards);
    return [];
  } catch (error) {
    assert.ok(error instanceof PipelineError);
    assert.ok(error.findings.every(({ position }) => position === undefined));
    return error.findings.map(({ path, code, message }) => `${path} ${code} ${message}`);
  }
}

describe('a pipeline that was built in TypeScript', () => {
  class Model {
    readonly name = 'm';
  }
  const deep: unknown[] = [];
  deep.push(deep);

  it('is planned as its file would be, without what is undefined', () => {
    const spec: PipelineSpec = {
      name: 'x',
      description: undefined,
      steps: { a: { set: { b: 1, c: undefined } as never } },
    };
    assert.equal(makePlan(spec, cards).plan.hash, planOf('name: x\nsteps: { a: { set: { b: 1 } } }').hash);
  });

  for (const { name, spec, findings } of [
    {
      name: 'is refused with the path of each mistake',
      spec: { name: 'x', steps: { draft: { model: 'ollama/m', promt: 'x', needs: [1] } } },
      findings: [
        'steps.draft.needs[0] VALUE_INVALID Cannot read "needs[0]" of step "draft": it is 1, the id of a step or a list of ids is allowed',
        'steps.draft.promt KEY_UNKNOWN Cannot read key "promt" of step "draft": no such key: did you mean "prompt"?',
      ],
    },
    {
      name: 'is refused with the path of what cannot be planned',
      spec: { name: 'x', steps: { draft: { model: 'writer', prompt: '${{ inputs.x }}' } } },
      findings: [
        'steps.draft.model MODEL_UNKNOWN Cannot use "model" of step "draft": there is no model "writer", a model is written provider/model',
        'steps.draft.prompt REFERENCE_UNKNOWN Cannot use the expression in "prompt" of step "draft": there is no "inputs": there are "run", "steps"',
      ],
    },
    {
      name: 'is refused when it is nothing',
      spec: undefined,
      findings: [' VALUE_INVALID Cannot read the pipeline: it is of type undefined, only JSON values are allowed'],
    },
    {
      name: 'is refused when it holds what is no JSON',
      spec: { name: 'x', steps: { a: { set: [() => 1, 1n, Symbol('s'), NaN, new Date(0), new Model()] } } },
      findings: [
        'steps.a.set[0] VALUE_INVALID Cannot read "set[0]" of step "a": it is of type function, only JSON values are allowed',
        'steps.a.set[1] VALUE_INVALID Cannot read "set[1]" of step "a": it is of type bigint, only JSON values are allowed',
        'steps.a.set[2] VALUE_INVALID Cannot read "set[2]" of step "a": it is of type symbol, only JSON values are allowed',
        'steps.a.set[3] VALUE_INVALID Cannot read "set[3]" of step "a": it is NaN, only JSON values are allowed',
        'steps.a.set[4] VALUE_INVALID Cannot read "set[4]" of step "a": it is an object of a class, only JSON values are allowed',
        'steps.a.set[5] VALUE_INVALID Cannot read "set[5]" of step "a": it is an object of a class, only JSON values are allowed',
      ],
    },
    {
      name: 'is refused when it holds a key that is not allowed anywhere',
      spec: { name: 'x', steps: { a: { set: JSON.parse('{ "__proto__": 1, "constructor": 2 }') as unknown } } },
      findings: [
        'steps.a.set.__proto__ KEY_FORBIDDEN Cannot read "set.__proto__" of step "a": this name is not allowed anywhere',
        'steps.a.set.constructor KEY_FORBIDDEN Cannot read "set.constructor" of step "a": this name is not allowed anywhere',
      ],
    },
  ]) {
    it(name, () => assert.deepEqual(refusalOf(spec), findings));
  }

  it('is refused when it holds itself', () => {
    assert.match(refusalOf({ name: 'x', steps: { a: { set: deep } } }).join(), /it is nested more than 100 deep$/);
  });
});
