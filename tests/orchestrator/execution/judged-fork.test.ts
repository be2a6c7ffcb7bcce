import assert from 'node:assert/strict';
import { openSeed } from '../../../activities/reuse/seed.ts';
import { plainPath } from '../../../src/pipeline/bill.ts';
import { segmentsOf } from '../../../src/pipeline/fork/call-path.ts';
import type { EarlierRun, ForkOrder } from '../../../src/pipeline/fork/judge-calls.ts';
import { comesFrom } from '../../../src/pipeline/fork/must-run.ts';
import { planFork, type ForkPlan } from '../../../src/pipeline/fork/plan-fork.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import type { CallRecord } from '../../../src/pipeline/result.ts';
import { drawOf } from '../../../workflows/draw.ts';
import type { Memory } from '../../../workflows/memory.ts';
import { cards } from './cards.ts';

const YAML = `name: judged
inputs: { topic: { type: string, default: tea } }
models: { small: { use: ollama/m } }
steps:
  draft:
    model: small
    prompt: "On \${{ inputs.topic }}"
    checks:
      - judge: { model: small, rubric: Good? }
      - tool: { tool: http.request, with: { method: POST, url: "https://judge.example", body: "\${{ output }}" } }
`;
const planOf = (yaml: string): Plan => makePlan(parsePipeline(yaml, 'p.yaml'), cards).plan;
const plan = planOf(YAML);

function made(path: string, kind: CallRecord['kind'], key = `key of ${path}`): CallRecord {
  const facts = { attempts: 1, costNanoUsd: 10, checks: [], key };
  return { path, kind, endedAt: 1, result: { status: 'done', output: { inline: 'x' }, ...facts } };
}

const calls = [made('draft', 'model'), made('draft/check-0/vote#1', 'model'), made('draft/check-1', 'tool')];

function forked(changes: Partial<ForkOrder> = {}): ForkPlan {
  const inputs = { topic: 'tea' };
  const before: EarlierRun = { plan, inputs, calls, compensations: [] };
  const order = { plan, inputs, keepApprovals: false, reuseReads: false, workspaceTools: new Set<string>() };
  return planFork(before, { ...order, ...changes });
}

describe('what checks have called, in a fork', () => {
  it('is taken over with the step', () => {
    const { seed, effects, forecast } = forked();
    assert.deepEqual(Object.keys(seed), ['draft', 'draft/check-0/vote#1', 'draft/check-1']);
    assert.deepEqual([effects, forecast], [[], { calls: 3, reused: 3, savedNanoUsd: 30 }]);
  });

  it('is expected to be called again when something else is judged, and effects are named', () => {
    const { effects, forecast } = forked({ inputs: { topic: 'coffee' } });
    assert.equal(forecast.reused, 0);
    assert.deepEqual(effects, [{ step: 'draft/check-1', tool: 'http.request', because: 'what it is made of changes' }]);
  });

  it('names no effect of a check that is gone', () => {
    const without = planOf(YAML.slice(0, YAML.indexOf('      - tool')));
    assert.deepEqual(forked({ plan: without, inputs: { topic: 'coffee' } }).effects, []);
  });

  it('comes again with the step, and does not belong to what the step holds', () => {
    assert.ok(comesFrom(plan.steps, segmentsOf('draft/check-0/vote#2'), segmentsOf('draft')));
    const group = planOf(
      'name: g\nsteps:\n  group: { steps: { a: { set: 1 }, b: { set: 2 } }, checks: [{ expect: true }] }\n',
    );
    const from = segmentsOf('group/b');
    assert.ok(comesFrom(group.steps, segmentsOf('group/check-0/vote#1'), from));
    assert.ok(!comesFrom(group.steps, segmentsOf('group/a/check-0'), from));
  });

  it('is found when its check has moved, but no vote stands in for another', () => {
    const seed = openSeed({ 'draft/check-0/vote#1': made('draft/check-0/vote#1', 'model', 'k') });
    assert.equal(seed.find('draft/check-3/vote#1', 'k')?.path, 'draft/check-0/vote#1');
    assert.equal(seed.find('draft/check-0/vote#2', 'k'), undefined);
    assert.equal(seed.find('other/check-0/vote#1', 'k'), undefined);
  });
});

describe('the calls of checks', () => {
  it('are summed by check', () => {
    assert.equal(plainPath('each[3]#2/draft~2/check-0/vote#3'), 'each/draft/check-0');
    assert.equal(plainPath('draft/check-1/claims'), 'draft/check-1/claims');
  });

  it('are drawn anew with the step that they judge', () => {
    const memory: Memory = { blocks: new Map(), forms: new Map([['group/draft|draws', { times: 2 }]]) };
    const fresh = { used: 0, told: 0 };
    assert.deepEqual(drawOf(memory, 'group/draft', fresh), { draw: '2.0' });
    assert.deepEqual(drawOf(memory, 'group/draft/check-0/vote#1', { ...fresh, told: 1 }), { draw: '2.1' });
    assert.deepEqual(drawOf(memory, 'group/draft/check-0', fresh), { draw: '2.0' });
    assert.deepEqual(drawOf(memory, 'group', fresh), {});
  });
});
