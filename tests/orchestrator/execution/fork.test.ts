import assert from 'node:assert/strict';
import { cardsFor } from '../../../src/cards.ts';
import { loadConfig } from '../../../src/config.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { affectedCalls } from '../../../src/pipeline/fork/affected-calls.ts';
import { planPathOf, segmentsOf } from '../../../src/pipeline/fork/call-path.ts';
import { checkFrom } from '../../../src/pipeline/fork/check-from.ts';
import { comparePlans } from '../../../src/pipeline/fork/compare-plans.ts';
import { effectsRepeated } from '../../../src/pipeline/fork/effects.ts';
import { comesFrom } from '../../../src/pipeline/fork/must-run.ts';
import { planFork } from '../../../src/pipeline/fork/plan-fork.ts';
import type { EarlierRun, ForkOrder } from '../../../src/pipeline/fork/judge-calls.ts';
import { resolveInputs } from '../../../src/pipeline/inputs.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import type { CallRecord, StepResult } from '../../../src/pipeline/result.ts';

const cards = cardsFor(loadConfig({}));
const planOf = (yaml: string): Plan => makePlan(parsePipeline(yaml, 'test.yaml'), cards).plan;

/** Every control form, with something behind each. */
const WHOLE = `name: whole
inputs:
  topic: { type: string, default: tea }
  words: { type: array, items: { type: string }, default: [a] }
  code: { type: integer, default: 200 }
vars: { sign: me }
models: { small: { use: ollama/m, max_output_tokens: 4 } }
steps:
  draft: { model: small, prompt: "On \${{ inputs.topic }}" }
  aside: { model: small, prompt: Hello }
  group:
    steps:
      one: { model: small, prompt: "One \${{ steps.draft.output }}" }
      two: { model: small, prompt: Two }
      three: { model: small, prompt: "Three \${{ steps.two.output }}" }
    outputs: { said: "\${{ steps.three.output }}" }
  each:
    for_each: "\${{ inputs.words }}"
    as: word
    steps:
      say: { model: small, prompt: "Say \${{ word }}" }
      sing: { model: small, prompt: "Sing \${{ steps.say.output }}" }
  refine:
    repeat: { max: 3, until: "\${{ steps.judge.output == 'good' }}" }
    steps:
      write: { model: small, prompt: "Write \${{ previous.judge.output }}" }
      judge: { model: small, prompt: "Judge \${{ steps.write.output }} for \${{ vars.sign }}" }
      idle: { model: small, prompt: Idle }
  route:
    switch: "\${{ steps.aside.output }}"
    cases:
      left: { steps: { go: { model: small, prompt: "Go \${{ steps.draft.output }}" } } }
    default: { model: small, prompt: Stay }
  sub:
    with: { text: "\${{ steps.draft.output }}", fixed: x }
    pipeline:
      name: inner
      inputs: { text: { type: string }, fixed: { type: string }, more: { type: string, default: y } }
      vars: { v: 1 }
      models: { small: { use: ollama/m, max_output_tokens: 4 } }
      steps:
        tell: { model: small, prompt: "Tell \${{ inputs.text }}" }
        same: { model: small, prompt: "Same \${{ inputs.fixed }} \${{ vars.v }}" }
      outputs: { told: "\${{ steps.tell.output }}" }
  post:
    tool: http.request
    with: { method: POST, url: "http://example.org/\${{ inputs.code }}", body: "\${{ steps.group.output.said }}" }
    on_error:
      steps:
        alarm: { model: small, prompt: "Alarm \${{ steps.post.error.code }}" }
        calm: { model: small, prompt: "Calm \${{ steps.alarm.output }}" }
    compensate: { tool: http.request, with: { method: DELETE, url: "http://example.org/" } }
  last: { model: small, prompt: "Last \${{ steps.each.output }} \${{ steps.sub.output.told }}" }
`;
const whole = planOf(WHOLE);

/** What changes when something in the pipeline is replaced. */
const replaced = (from: string, to: string) => comparePlans(whole, planOf(WHOLE.replace(from, to)));

/** Whether a call must be made again when the pipeline is forked from a step. */
const comesAfter =
  (from: string) =>
  (path: string): boolean =>
    comesFrom(whole.steps, segmentsOf(path), segmentsOf(from));

const affected = (plan: Plan, names: readonly string[] = [], again: readonly string[] = []): string[] => {
  const news = { comparison: comparePlans(whole, plan), names: new Set(names), again: new Set(again) };
  return [...affectedCalls(plan, news)].toSorted();
};

describe('planPathOf', () => {
  for (const [path, plan] of [
    ['draft', 'draft'],
    ['each[12]/say', 'each/say'],
    ['refine#2/judge', 'refine/judge'],
    ['each[3]#2~2/inner', 'each/inner'],
    ['group~2/one', 'group/one'],
    ['post/on_error/alarm', 'post/on_error/alarm'],
    ['draft/check-0', 'draft/check-0'],
    ['odd[x]', 'odd[x]'],
  ] as const) {
    it(`of ${path} is ${plan}`, () => assert.equal(planPathOf(path), plan));
  }
});

/** The keys of steps that change when their models are said to be something else. */
function keysChangedBy(more: object): readonly string[] {
  const steps = whole.steps.map((step) => {
    if (step.kind !== 'model') return step;
    return { ...step, candidates: step.candidates.map((candidate) => ({ ...candidate, ...more })) };
  });
  return comparePlans(whole, { ...whole, steps }).changed.flatMap(({ keys }) => keys);
}

describe('comparePlans', () => {
  it('finds nothing between a plan and itself', () => {
    assert.deepEqual(replaced('whole', 'whole'), { added: [], removed: [], changed: [], pipeline: [] });
  });

  it('sees another step in what the user says of its model, and none in a new price', () => {
    assert.deepEqual(keysChangedBy({ price: { inputNanoUsd: 7, outputNanoUsd: 7 } }), []);
    assert.deepEqual([...new Set(keysChangedBy({ abilities: { tools: true } }))], ['model']);
  });

  for (const { from, to, step, keys } of [
    { from: 'On ${{', to: 'About ${{', step: 'draft', keys: ['prompt'] },
    { from: 'prompt: Hello', to: 'prompt: Hello, description: x', step: 'aside', keys: ['description'] },
    { from: 'prompt: Hello', to: 'prompt: Hello, needs: draft', step: 'aside', keys: ['needs'] },
    { from: 'prompt: Hello', to: 'system: Be, prompt: Hello', step: 'aside', keys: ['system'] },
    { from: 'prompt: Hello', to: 'prompt: Hello, timeout: 9s', step: 'aside', keys: ['timeout'] },
    { from: 'prompt: Hello', to: 'prompt: Hello, checks: [{ contains: x }]', step: 'aside', keys: ['checks'] },
    { from: 'prompt: Hello', to: 'prompt: Hello, reuse: never', step: 'aside', keys: ['reuse'] },
    { from: 'prompt: Hello', to: 'prompt: "Hello ${{ steps.draft.output }}"', step: 'aside', keys: ['prompt'] },
    {
      from: 'model: small, prompt: Hello',
      to: 'set: Hello',
      step: 'aside',
      keys: ['kind', 'max_output_tokens', 'model', 'prompt', 'set', 'timeout'],
    },
    { from: 'prompt: Two', to: 'prompt: Too', step: 'group/two', keys: ['prompt'] },
    {
      from: 'said: "${{ steps.three.output }}"',
      to: 'said: "${{ steps.two.output }}"',
      step: 'group',
      keys: ['outputs'],
    },
    { from: 'max: 3', to: 'max: 4', step: 'refine', keys: ['repeat'] },
    { from: 'for_each: "${{ inputs.words }}"', to: 'for_each: [x]', step: 'each', keys: ['for_each'] },
    { from: 'switch: "${{ steps.aside.output }}"', to: 'switch: "${{ 1 }}"', step: 'route', keys: ['switch'] },
    { from: 'prompt: Stay', to: 'prompt: Stand', step: 'route/default', keys: ['prompt'] },
    { from: 'fixed: x', to: 'fixed: z', step: 'sub', keys: ['with'] },
    { from: 'vars: { v: 1 }', to: 'vars: { v: 2 }', step: 'sub', keys: ['pipeline.vars'] },
    { from: 'Tell', to: 'Say', step: 'sub/tell', keys: ['prompt'] },
    { from: '"Alarm', to: '"Alert', step: 'post/on_error/alarm', keys: ['prompt'] },
    { from: 'method: DELETE', to: 'method: PUT', step: 'post/compensate/undo', keys: ['with'] },
  ]) {
    it(`names ${keys.join(', ')} of ${step}`, () => {
      assert.deepEqual(replaced(from, to).changed.find((change) => change.step === step)?.keys, keys);
    });
  }

  it('names steps that came and went, inner ones too', () => {
    const { added, removed } = replaced(
      'two: { model: small, prompt: Two }\n      three',
      'too: { model: small, prompt: Two }\n      two: { set: 1 }\n      three',
    );
    assert.deepEqual({ added, removed }, { added: ['group/too'], removed: [] });
    assert.deepEqual(
      comparePlans(planOf('name: a\nsteps: { x: { set: 1 } }\n'), planOf('name: a\nsteps: { y: { set: 1 } }\n')),
      {
        added: ['y'],
        removed: ['x'],
        changed: [],
        pipeline: [],
      },
    );
  });

  it('names keys of the pipeline itself', () => {
    const plans = [
      'name: a\nvars: { v: 1 }\nsteps: { x: { set: 1 } }\n',
      'name: b\ntimeout: 1h\nsteps: { x: { set: 1 } }\n',
    ];
    const [one, other] = plans.map(planOf) as [Plan, Plan];
    assert.deepEqual(comparePlans(one, other).pipeline, ['name', 'timeout', 'vars']);
  });

  for (const { name, one, other, keys } of [
    { name: 'what is waited for', one: 'wait: 1h', other: 'wait: 2h', keys: ['wait'] },
    {
      name: 'what people are asked',
      one: 'approve: { message: a }',
      other: 'approve: { message: b }',
      keys: ['approve'],
    },
    { name: 'why it fails', one: 'fail: a', other: 'fail: b', keys: ['fail'] },
    {
      name: 'what is judged',
      one: 'check: { value: 1, contains: x }',
      other: 'check: { value: 2, contains: x }',
      keys: ['check'],
    },
  ]) {
    it(`tells ${name}`, () => {
      const [before, after] = [one, other].map((text) => planOf(`name: a\nsteps: { x: { ${text} } }\n`)) as [
        Plan,
        Plan,
      ];
      assert.deepEqual(comparePlans(before, after).changed, [{ step: 'x', keys }]);
    });
  }
});

describe('comesFrom', () => {
  for (const { from, yes, no } of [
    {
      from: 'draft',
      yes: ['draft', 'draft/check-0', 'group/two', 'sub/same', 'route/left/go', 'last', 'post', 'post/on_error/alarm'],
      no: ['aside', 'each[0]/say', 'refine#1/write'],
    },
    { from: 'aside', yes: ['aside', 'route/left/go', 'route/default'], no: ['draft', 'group/one', 'last'] },
    {
      from: 'group/two',
      yes: ['group/two', 'group/three', 'group~2/three', 'group/check-0', 'post'],
      no: ['group/one', 'draft', 'last'],
    },
    { from: 'each', yes: ['each[0]/say', 'each[7]/sing', 'last'], no: ['draft'] },
    { from: 'each/sing', yes: ['each[0]/sing', 'each[1]/check-0', 'last'], no: ['each[0]/say'] },
    {
      from: 'each[1]',
      yes: ['each[1]/say', 'each[1]/sing', 'each[1]/check-0', 'last'],
      no: ['each[0]/say', 'each[0]/check-0'],
    },
    { from: 'each[1]/sing', yes: ['each[1]/sing'], no: ['each[1]/say', 'each[0]/sing'] },
    { from: 'refine#2', yes: ['refine#2/write', 'refine#3/idle', 'refine#2~2/write'], no: ['refine#1/idle'] },
    { from: 'refine', yes: ['refine#1/idle', 'refine#3/idle'], no: ['draft'] },
    {
      from: 'refine/judge',
      yes: ['refine#1/judge', 'refine#2/write', 'refine#2/idle'],
      no: ['refine#1/write', 'refine#1/idle'],
    },
    { from: 'refine#2/judge', yes: ['refine#2/judge', 'refine#3/write'], no: ['refine#2/write', 'refine#1/judge'] },
    { from: 'route/left', yes: ['route/left/go'], no: ['route/default', 'aside'] },
    { from: 'sub/tell', yes: ['sub/tell', 'last'], no: ['sub/same', 'draft'] },
    { from: 'post', yes: ['post', 'post/on_error/alarm', 'post/compensate/undo'], no: ['last'] },
    { from: 'post/on_error/alarm', yes: ['post/on_error/alarm', 'post/on_error/calm', 'post/check-0'], no: ['post'] },
    { from: 'post/on_error/calm', yes: ['post/on_error/calm'], no: ['post/on_error/alarm'] },
    { from: 'gone', yes: [], no: ['draft'] },
  ]) {
    it(`${from} leads to ${yes.join(', ')}`, () => {
      const comes = comesAfter(from);
      assert.deepEqual({ yes: yes.filter(comes), no: no.filter(comes) }, { yes, no: [] });
    });
  }

  it('leads from what is in a group to its handler, and not back', () => {
    const { steps } = planOf(`name: a
steps:
  g: { steps: { x: { set: 1 }, y: { set: "\${{ steps.x.output }}" } }, on_error: { steps: { z: { set: 1 } } } }
`);
    const comes = (path: string, from: string): boolean => comesFrom(steps, segmentsOf(path), segmentsOf(from));
    assert.deepEqual([comes('g/on_error/z', 'g/x'), comes('g/x', 'g/on_error/z')], [true, false]);
  });
});

describe('affectedCalls', () => {
  for (const { name, names, again, calls } of [
    { name: 'nothing', calls: [] },
    { name: 'an input', names: ['inputs.topic'], calls: ['draft', 'group/one', 'last', 'route/left/go', 'sub/tell'] },
    { name: 'an input that only some items hang on', names: ['inputs.words'], calls: ['last'] },
    {
      name: 'a variable in a round, which the next one reads',
      names: ['vars.sign'],
      calls: ['refine/judge', 'refine/write'],
    },
    {
      name: 'a step that runs again',
      again: ['group/two'],
      calls: ['group/three', 'group/two', 'post', 'post/on_error/alarm', 'post/on_error/calm'],
    },
    { name: 'a step that decides on a way', again: ['aside'], calls: ['aside', 'route'] },
  ]) {
    it(`behind ${name}: ${calls.join(', ') || 'none'}`, () => assert.deepEqual(affected(whole, names, again), calls));
  }

  for (const { name, from, to, calls } of [
    {
      name: 'a prompt',
      from: 'prompt: Two',
      to: 'prompt: Too',
      calls: ['group/three', 'group/two', 'post', 'post/on_error/alarm', 'post/on_error/calm'],
    },
    { name: 'a check', from: 'prompt: Two', to: 'prompt: Two, checks: [{ contains: x }]', calls: [] },
    {
      name: 'how often a step is tried',
      from: 'prompt: Two',
      to: 'prompt: Two, retry: { attempts: 9 }, timeout: 9s',
      calls: [],
    },
    {
      name: 'a condition, but not the call itself',
      from: 'prompt: Two',
      to: 'prompt: Two, if: "${{ 1 < 2 }}", else: x',
      calls: ['group/three', 'post', 'post/on_error/alarm', 'post/on_error/calm'],
    },
    {
      name: 'what another pipeline is given',
      from: 'fixed: x',
      to: 'fixed: z',
      calls: ['last', 'sub/same', 'sub/tell'],
    },
    {
      name: 'a variable of another pipeline',
      from: 'vars: { v: 1 }',
      to: 'vars: { v: 2 }',
      calls: ['sub/same'],
    },
    { name: 'a default', from: 'prompt: Stay', to: 'prompt: Stand', calls: ['route/default'] },
    { name: 'a handler', from: '"Alarm', to: '"Alert', calls: ['post/on_error/alarm', 'post/on_error/calm'] },
  ]) {
    it(`behind ${name}: ${calls.join(', ') || 'none'}`, () => {
      assert.deepEqual(affected(planOf(WHOLE.replace(from, to))), calls);
    });
  }

  it('counts a step that was added, and what reads it', () => {
    const plan = planOf(
      WHOLE.replace('prompt: Two }', 'prompt: "Two ${{ steps.zero.output }}" }\n      zero: { set: 1 }'),
    );
    assert.deepEqual(affected(plan).slice(0, 3), ['group/three', 'group/two', 'group/zero']);
  });

  it('sees what approvals, waits, refusals and values in place of failures read', () => {
    const plan = planOf(`name: a
inputs: { x: { type: string, default: a } }
steps:
  ask: { approve: { message: "\${{ inputs.x }}" } }
  until: { wait: "\${{ inputs.x }}" }
  hear: { wait: { event: e, match: "\${{ event == inputs.x }}" } }
  refuse: { if: "\${{ inputs.x == 'b' }}", fail: "\${{ inputs.x }}" }
  idle: { wait: { event: e } }
  judge: { check: { value: "\${{ inputs.x }}", contains: a } }
  way: { switch: "\${{ inputs.x }}", cases: { a: { set: 1 } } }
  instead: { tool: text.template, with: { template: x }, on_error: { value: "\${{ inputs.x }}" } }
  after: { set: "\${{ steps.instead.output }}" }
`);
    const news = { comparison: comparePlans(plan, plan), names: new Set(['inputs.x']), again: new Set<string>() };
    assert.deepEqual([...affectedCalls(plan, news)], ['ask', 'until', 'hear', 'refuse', 'judge', 'way', 'after']);
  });
});

const FACTS = { attempts: 1, costNanoUsd: 10, checks: [] } as const;

function made(
  path: string,
  kind: CallRecord['kind'] = 'model',
  facts: Partial<Extract<StepResult, { status: 'done' }>> = {},
): CallRecord {
  return {
    path,
    kind,
    endedAt: 1,
    result: { status: 'done', output: { inline: 'x' }, key: `key of ${path}`, ...FACTS, ...facts },
  };
}

function failed(path: string, code: 'TOOL_FAILED' | 'TOOL_OUTCOME_UNKNOWN'): CallRecord {
  return {
    path,
    kind: 'tool',
    endedAt: 1,
    result: { status: 'failed', error: { code, message: 'Cannot', attempts: 1 }, ...FACTS },
  };
}

describe('planFork', () => {
  const calls = [
    made('draft'),
    made('draft/check-0', 'check'),
    made('aside'),
    made('group/two'),
    made('each[0]/say'),
    made('each[1]/say'),
    made('post', 'tool', { costNanoUsd: 0 }),
  ];
  const inputs = resolveInputs(whole, {});
  const before: EarlierRun = { plan: whole, inputs, calls, compensations: [] };
  const order: ForkOrder = {
    plan: whole,
    inputs,
    keepApprovals: false,
    reuseReads: false,
    workspaceTools: new Set(['fs.write']),
  };
  const forked = (changes: Partial<ForkOrder> = {}, facts: Partial<EarlierRun> = {}) =>
    planFork({ ...before, ...facts }, { ...order, ...changes });

  it('takes over every finished call', () => {
    const { seed, effects, forecast } = forked();
    assert.deepEqual(seed, Object.fromEntries(calls.map((call) => [call.path, call])));
    assert.deepEqual(effects, []);
    assert.deepEqual(forecast, { calls: 6, reused: 6, savedNanoUsd: 50 });
  });

  it('takes over the turns of a conversation that failed, and nothing else that did', () => {
    const error = { code: 'PROVIDER_UNAVAILABLE', message: 'Cannot', attempts: 1 } as const;
    const talk: CallRecord = {
      path: 'draft',
      kind: 'model',
      endedAt: 1,
      result: { status: 'failed', error, ...FACTS, firstTurnKey: 'key of a turn' },
    };
    const { firstTurnKey: _, ...silent } = talk.result as typeof talk.result & { firstTurnKey: string };
    const stopped: CallRecord = { ...talk, path: 'aside', result: { status: 'cancelled', because: 'enough' } };
    const { seed } = forked({}, { calls: [talk, stopped, { ...talk, path: 'group/two', result: silent }] });
    assert.deepEqual(seed, { draft: talk });
  });

  it('leaves out what comes from a step, and bars items from what others gave', () => {
    const { seed, forecast } = forked({ from: 'each[1]' });
    assert.equal(seed['each[1]/say'], null);
    assert.ok(seed['each[0]/say']);
    assert.equal(forecast.reused, 5);
    assert.ok(!('group/two' in forked({ from: 'group/two' }).seed));
  });

  it('expects that what changes is made again, but keeps its record', () => {
    const { seed, forecast } = forked({ inputs: { ...inputs, topic: 'coffee' } });
    assert.ok(seed['draft']);
    assert.equal(forecast.reused, 5);
  });

  it('expects that what reads a new input or a changed variable is made again', () => {
    const plan = planOf(WHOLE.replace('vars: { sign: me }', 'vars: { sign: you }'));
    const records = [made('refine#1/judge'), made('aside')];
    assert.equal(forked({ plan }, { calls: records }).forecast.reused, 1);
    const more = planOf(
      WHOLE.replace('inputs:\n', 'inputs:\n  more: { type: string, default: z }\n').replace(
        'prompt: Hello',
        'prompt: "Hello ${{ inputs.more }}"',
      ),
    );
    assert.equal(forked({ plan: more, inputs: { ...inputs, more: 'z' } }, { calls: records }).forecast.reused, 1);
  });

  it('takes the later of two calls at one place, and counts what a result was worth', () => {
    const reused = { runId: 'first', costNanoUsd: 500 };
    const again = made('draft', 'model', { costNanoUsd: 0, reused, key: 'other' });
    const { seed, forecast } = forked(
      {},
      { calls: [made('draft'), again, made('aside', 'model', { costNanoUsd: null })] },
    );
    assert.deepEqual(seed['draft'], again);
    assert.equal(forecast.savedNanoUsd, 510);
  });

  it('leaves out what has no key, did not finish, or is never to be reused', () => {
    const { key: _, ...keyless } = made('draft').result as Extract<StepResult, { status: 'done' }>;
    const never = planOf(WHOLE.replace('  group:\n', '  group:\n    reuse: never\n'));
    const { seed } = forked(
      { plan: never },
      { calls: [{ ...made('draft'), result: keyless }, failed('aside', 'TOOL_FAILED'), made('group/two')] },
    );
    assert.deepEqual(seed, {});
  });

  const asks = planOf('name: a\nsteps: { ask: { approve: { message: Go? } }, hear: { wait: { event: e } } }\n');
  for (const { keepApprovals, paths } of [
    { keepApprovals: false, paths: ['hear'] },
    { keepApprovals: true, paths: ['ask', 'hear'] },
  ]) {
    it(`${keepApprovals ? 'keeps' : 'forgets'} what people answered`, () => {
      const answered = [made('ask', 'approve'), made('hear', 'wait')];
      const { seed } = forked({ plan: asks, inputs: {}, keepApprovals }, { plan: asks, inputs: {}, calls: answered });
      assert.deepEqual(Object.keys(seed), paths);
    });
  }

  describe('finds effects that would be there twice', () => {
    for (const { name, changes = {}, facts = {}, because } of [
      { name: 'not when nothing changes' },
      {
        name: 'when the input changes',
        changes: { inputs: { ...inputs, code: 201 } },
        because: 'what it is made of changes',
      },
      {
        name: 'when it comes from a step',
        changes: { from: 'group/two' },
        because: 'it comes with or after the step from which the run is forked',
      },
      {
        name: 'when its outcome is not known',
        facts: { calls: [failed('post', 'TOOL_OUTCOME_UNKNOWN')] },
        because: 'whether it took effect before is not known',
      },
      { name: 'not when it failed', facts: { calls: [failed('post', 'TOOL_FAILED')] }, changes: { from: 'post' } },
      { name: 'not when it was undone', facts: { compensations: [{ step: 'post', status: 'done' }] } },
      {
        name: 'when it could not be undone',
        facts: { compensations: [{ step: 'post', status: 'failed' }] },
        because: 'it is not known to have been undone',
      },
      {
        name: 'not when its effect is in the workspace',
        changes: { from: 'post', workspaceTools: new Set(['http.request']) },
      },
      { name: 'not when the step is gone', changes: { plan: asks, inputs: {} } },
    ] as readonly { name: string; changes?: Partial<ForkOrder>; facts?: Partial<EarlierRun>; because?: string }[]) {
      it(name, () => {
        const { effects } = forked(changes, facts);
        assert.deepEqual(effects, because === undefined ? [] : [{ step: 'post', tool: 'http.request', because }]);
      });
    }

    it('when it reads the run itself', () => {
      const plan = planOf(
        'name: a\nsteps: { post: { tool: http.request, with: { method: POST, url: "http://x.org/${{ run.id }}" } } }\n',
      );
      const { effects } = forked({ plan, inputs: {} }, { plan, inputs: {} });
      assert.deepEqual(
        effects.map(({ because }) => because),
        ['it reads the run itself'],
      );
    });

    it('but lets tools read again', () => {
      const plan = planOf(
        'name: a\nsteps: { look: { tool: http.request, with: { url: "http://x.org" } }, note: { tool: fs.write, with: { path: a, text: b } } }\n',
      );
      const facts = { plan, inputs: {}, calls: [made('look', 'tool'), made('note', 'tool')] };
      assert.deepEqual(forked({ plan, inputs: {} }, facts).effects, []);
      assert.equal(forked({ plan, inputs: {} }, facts).forecast.reused, 0);
      assert.equal(forked({ plan, inputs: {}, reuseReads: true }, facts).forecast.reused, 1);
    });

    it('behind what was undone and is done again', () => {
      const plan = planOf(`name: a
steps:
  make: { tool: http.request, with: { method: POST, url: "http://x.org" }, compensate: { tool: http.request, with: { method: DELETE, url: "http://x.org" } } }
  tell: { tool: http.request, with: { method: POST, url: "http://x.org", body: "\${{ steps.make.output.body }}" } }
`);
      const { effects } = forked(
        { plan, inputs: {} },
        {
          plan,
          inputs: {},
          calls: [made('make', 'tool'), made('tell', 'tool')],
          compensations: [{ step: 'make', status: 'done' }],
        },
      );
      assert.deepEqual(
        effects.map(({ step }) => step),
        ['tell'],
      );
    });
  });
});

describe('effectsRepeated', () => {
  const effect = { step: 'post', tool: 'http.request', because: 'what it is made of changes' };

  it('names one effect', () => {
    assert.equal(
      effectsRepeated('run', [effect]).message,
      'Cannot fork run "run": step "post" would call "http.request" a second time, since what it is made of changes; only --allow-effects lets effects be repeated',
    );
  });

  it('has a finding for each of several', () => {
    const { code, message, findings } = effectsRepeated('run', [effect, { ...effect, step: 'other' }]);
    assert.equal(code, 'EFFECT_REPEATED');
    assert.match(message, /\(and 1 more\)$/);
    assert.equal(findings.length, 2);
  });
});

describe('checkFrom', () => {
  const calls = [made('each[0]/say'), made('refine#1/write'), made('group~2/one')];
  const check = (from: string): void => checkFrom(from, whole, { runId: 'run', calls });

  for (const from of [
    'draft',
    'group/two',
    'each',
    'each[0]',
    'each[0]/say',
    'refine#1',
    'sub/tell',
    'post/on_error/alarm',
    'group~2',
  ]) {
    it(`takes ${from}`, () => check(from));
  }

  for (const { from, message } of [
    { from: 'drift', message: 'Cannot fork run "run": "whole" has no step "drift": did you mean "draft"?' },
    { from: 'group/too', message: 'Cannot fork run "run": "whole" has no step "group/too": did you mean "group/two"?' },
    {
      from: 'each[4]',
      message:
        'Cannot fork run "run": it has made no call at "each[4]": there are "each[0]/say", "refine#1/write", "group~2/one"',
    },
    { from: 'draft/x/y/z/a/b', message: /has no step "draft\/x\/y\/z\/a\/b": there are "draft", "aside"/ },
  ]) {
    it(`refuses ${from}`, () => {
      assert.throws(
        () => check(from),
        (error: PipelineError) => {
          assert.equal(error.code, 'STEP_UNKNOWN');
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
