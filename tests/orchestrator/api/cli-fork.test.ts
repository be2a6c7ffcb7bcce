import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopWorkers } from '../../../src/cli/background-worker.ts';
import { forecastText, savingsText } from '../../../src/cli/screen/fork-lines.ts';
import { diffLines } from '../../../src/cli/screen/run-diff.ts';
import { diffReport } from '../../../src/cli/screen/run-diff-report.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import { startRun } from '../../../src/client.ts';
import type { RunComparison, RunTotals } from '../../../src/pipeline/compare-runs.ts';
import { cancelRun } from '../../../src/runs.ts';
import { doneSteps, openGround, planOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { server } from '../../servers.ts';
import { startTestWorker } from '../../worker.ts';
import { endStrays, eventsOf, runCli, startCli } from './cli-process.ts';

const GREETING = `name: greeting
inputs: { who: { type: string, default: Ann }, times: { type: integer, default: 1 } }
steps:
  greet: { tool: text.template, with: { template: "Hello {{ who }}", data: { who: "\${{ inputs.who }}" } }, checks: [{ contains: Hello }] }
  count: { tool: text.template, with: { template: "{{ n }} times", data: { n: "\${{ inputs.times }}" } } }
outputs: { text: "\${{ steps.greet.output }}", count: "\${{ steps.count.output }}" }
`;

describe('orchestrator runs fork', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };
  let environment: Readonly<Record<string, string>>;
  let first = '';
  let edited = '';

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
    ({ environment } = ground);
    edited = join(ground.folder, 'edited.yaml');
    await writeFile(edited, GREETING.replace('{{ n }} times', '{{ n }}x').replace('contains: Hello', 'contains: Ann'));
    const { runId } = await startRun(ground.connection, { plan: planOf(GREETING, ground.config) });
    first = runId;
    await untilEnd(ground.connection, first);
  });

  after(async () => {
    endStrays();
    await worker.stop();
    await stopWorkers(ground.config);
    await ground.close();
  });

  it('follows the new run, and says before and after what was taken over', async () => {
    const id = `fork-${randomUUID()}`;
    const { code, stdout, stderr } = await runCli(['runs', 'fork', first, '-i', 'times=2', '--id', id], environment);
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 2), [`Started ${id}`, `takes over up to 1 of 2 calls of ${first}`]);
    assert.match(stdout, /count: 2 times/);
    assert.equal(lines.at(-1), 'took over 1 call');
  });

  it('takes an edited pipeline, and writes JSON lines when asked', async () => {
    const ended = await runCli(['runs', 'fork', first, '--pipeline', edited, '--json'], environment);
    assert.equal(ended.code, 0, ended.stderr);
    const events = eventsOf(ended);
    const [started, forked] = events;
    assert.equal(started?.['event'], 'run');
    const { run_id: runId } = started ?? {};
    assert.deepEqual(forked, { event: 'fork', run_id: runId, fork_of: first, calls: 2, reused: 1, saved_usd: 0 });
    assert.deepEqual(events.at(-1), { event: 'savings', run_id: runId, reused: 1, saved_usd: 0 });
    const run = events.at(-2)?.['run'] as Record<string, unknown>;
    assert.deepEqual([run['fork_of'], run['outputs']], [first, { text: 'Hello Ann', count: '1x' }]);
  });

  it('leaves the new run when it is told to, and names it', async () => {
    const id = `fork-${randomUUID()}`;
    const { code, stderr } = await runCli(['runs', 'fork', first, '--from', 'count', '-d', '--id', id], environment);
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`runs watch ${id}`));
    const view = await untilEnd(ground.connection, id);
    assert.deepEqual(
      view.steps.map((step) => step.status === 'done' && step.reused !== undefined),
      [true, false],
    );
  });

  it('leaves the new run going when nobody watches any more', async () => {
    const yaml = `name: long\nmodels: { small: { use: ollama/${server('model')}, max_output_tokens: 2, accept: [length] } }\nsteps: { ask: { model: small, prompt: Hi }, wait: { wait: 1h } }\n`;
    const { runId } = await startRun(ground.connection, { plan: planOf(yaml, ground.config) });
    await untilView(ground.connection, runId, (view) => doneSteps(view) === 1);
    await cancelRun(ground.connection, runId);
    await untilEnd(ground.connection, runId);
    const cli = startCli(['runs', 'fork', runId], environment);
    await cli.until(/ask done/);
    cli.send('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    assert.equal(code, 130);
    assert.match(stderr, /The run goes on/);
    assert.doesNotMatch(stdout, /took over/);
    const [, forked = ''] = /^Started (.*)$/m.exec(stdout) ?? [];
    await cancelRun(ground.connection, forked);
    await untilEnd(ground.connection, forked);
  });

  it('refuses an unknown step', async () => {
    const { code, stderr } = await runCli(['runs', 'fork', first, '--from', 'grete'], environment);
    assert.equal(code, 2);
    assert.match(stderr, /STEP_UNKNOWN.*did you mean "greet"\?/);
  });

  it('compares two runs', async () => {
    const id = `fork-${randomUUID()}`;
    await runCli(['runs', 'fork', first, '--pipeline', edited, '-i', 'who=Bob', '--id', id], environment);
    const { code, stdout } = await runCli(['runs', 'diff', first, id], environment);
    assert.equal(code, 0);
    assert.match(stdout, /^ +RUN +STATUS +TIME/);
    assert.match(stdout, /Plan\n {2}~ greet: checks\n {2}~ count: with\n/);
    assert.match(stdout, /Inputs\n {2}who\n {4}- "Ann"\n {4}\+ "Bob"\n/);
    assert.match(stdout, /greet {2}done .*→ CHECK_FAILED/);
    const { stdout: json } = await runCli(['runs', 'diff', first, id, '--json'], environment);
    const report = JSON.parse(json) as Record<string, unknown>;
    assert.deepEqual(report['inputs'], { who: { before: { value: 'Ann' }, after: { value: 'Bob' } } });
  });
});

describe('what a fork saves', () => {
  const started = { runId: 'new', isNew: true, calls: 3, reused: 2, savedNanoUsd: 1_500_000_000 };

  it('is told before, and after', () => {
    assert.equal(forecastText('old', started), 'takes over up to 2 of 3 calls of old, worth $1.50');
    assert.equal(savingsText({ calls: 1, savedNanoUsd: 20_000_000 }), 'took over 1 call, worth $0.02');
    assert.equal(savingsText({ calls: 0, savedNanoUsd: 0 }), 'took over 0 calls');
  });
});

const TOTALS: RunTotals = {
  runId: 'one',
  status: 'done',
  usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 0 },
  costNanoUsd: 30_000_000,
  hasUnknownCost: false,
  savedNanoUsd: 0,
  ms: 2000,
};

const VERDICT = { check: 'length', passed: true, score: 1, reason: 'short\nenough' };

const COMPARISON: RunComparison = {
  before: TOTALS,
  after: { ...TOTALS, runId: 'two', status: 'failed', error: 'CHECK_FAILED', savedNanoUsd: 20_000_000 },
  isPlanSame: false,
  plan: {
    added: ['new'],
    removed: ['old'],
    changed: [{ step: 'draft', keys: ['prompt', 'checks'] }],
    pipeline: ['timeout'],
  },
  inputs: { gone: { before: { inline: 1 }, after: undefined } },
  outputs: {
    long: { before: undefined, after: { artifact: { sha256: 'a', bytes: 90_000, preview: '"many words' } } },
  },
  steps: [
    {
      step: 'draft',
      facts: {
        before: {
          status: 'done',
          model: 'a/b',
          usage: TOTALS.usage,
          costNanoUsd: 30_000_000,
          isReused: false,
          ms: 1500,
        },
        after: { status: 'failed', error: 'CHECK_FAILED', costNanoUsd: null, isReused: false, ms: 20 },
      },
      output: { before: { inline: 'x' }, after: { preview: 'a beginning' } },
      verdicts: [{ check: 'length', before: VERDICT, after: { ...VERDICT, passed: false, score: 0.25 } }],
    },
    {
      step: 'kept',
      facts: {
        before: { status: 'done', costNanoUsd: 0, usage: TOTALS.usage, isReused: false },
        after: { status: 'done', costNanoUsd: 0, usage: TOTALS.usage, isReused: true },
      },
      output: 'same',
      verdicts: [
        { check: 'new', before: undefined, after: VERDICT },
        { check: 'old', before: VERDICT, after: undefined },
      ],
    },
    {
      step: 'new',
      facts: { before: undefined, after: { status: 'skipped', isReused: false } },
      output: 'same',
      verdicts: [],
    },
  ],
};

describe('a comparison', () => {
  const page = { paint: plain, size: { columns: Infinity, rows: Infinity } };

  it('shows what differs, and nothing else', () => {
    assert.deepEqual(diffLines(COMPARISON, page), [
      '   RUN  STATUS  TIME  TOKENS        COST   SAVED',
      '-  one  done    2.0s  10 in, 5 out  $0.03',
      '+  two  failed  2.0s  10 in, 5 out  $0.03  $0.02  CHECK_FAILED',
      '',
      'Plan',
      '  ~ the pipeline: timeout',
      '  ~ draft: prompt, checks',
      '  - old',
      '  + new',
      '',
      'Inputs',
      '  gone',
      '    - 1',
      '',
      'Steps',
      '  draft  done a/b 10 in, 5 out $0.03 1.5s → CHECK_FAILED cost unknown 0.0s',
      '    - "x"',
      '    + a beginning',
      '    - ✓ length 1: short enough',
      '    + ✗ length 0.25: short enough',
      '  kept  done 10 in, 5 out → done taken over',
      '    + ✓ new 1: short enough',
      '    - ✓ old 1: short enough',
      '  new  not there → skipped',
      '',
      'Outputs',
      '  long',
      '    + "many words',
    ]);
  });

  it('says that the plan is the same', () => {
    const same = { ...COMPARISON, isPlanSame: true, inputs: {}, outputs: {}, steps: [] };
    assert.deepEqual(diffLines(same, page).slice(3), ['', 'Plan', '  the same']);
  });

  it('has the same as JSON', () => {
    const report = diffReport(COMPARISON);
    assert.deepEqual(report['plan'], {
      same: false,
      added: ['new'],
      removed: ['old'],
      changed: [{ step: 'draft', keys: ['prompt', 'checks'] }],
      pipeline: ['timeout'],
    });
    assert.deepEqual(report['outputs'], {
      long: { before: null, after: { artifact: { sha256: 'a', bytes: 90_000, preview: '"many words' } } },
    });
    assert.deepEqual(report['after'], {
      run_id: 'two',
      status: 'failed',
      error: 'CHECK_FAILED',
      input_tokens: 10,
      output_tokens: 5,
      cached_input_tokens: 0,
      cost_usd: 0.03,
      cost_is_complete: true,
      saved_usd: 0.02,
      ms: 2000,
    });
    const [draft, kept, fresh] = report['steps'] as readonly Record<string, unknown>[];
    assert.deepEqual(draft?.['before'], {
      status: 'done',
      model: 'a/b',
      input_tokens: 10,
      output_tokens: 5,
      cached_input_tokens: 0,
      cost_usd: 0.03,
      ms: 1500,
    });
    assert.deepEqual(draft?.['after'], { status: 'failed', error: 'CHECK_FAILED', cost_usd: null, ms: 20 });
    assert.deepEqual(draft?.['output'], { before: { value: 'x' }, after: { preview: 'a beginning' } });
    assert.deepEqual(kept?.['after'], { ...(kept?.['before'] as object), reused: true });
    assert.deepEqual(kept?.['verdicts'], [
      { check: 'new', before: null, after: VERDICT },
      { check: 'old', before: VERDICT, after: null },
    ]);
    assert.deepEqual([fresh?.['before'], fresh?.['output']], [null, 'same']);
  });
});
