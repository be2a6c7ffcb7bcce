import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { elapsedText, tokensText, totalCostText, usdText } from '../../../src/cli/screen/amounts.ts';
import { examinationLines } from '../../../src/cli/screen/examination.ts';
import { findingLines, findingReport } from '../../../src/cli/screen/findings.ts';
import { printable, printableLine } from '../../../src/cli/screen/printable.ts';
import { openDisplay } from '../../../src/cli/screen/display.ts';
import { runReport, stepReport } from '../../../src/cli/screen/report.ts';
import { changeLines, changesBetween } from '../../../src/cli/screen/run-changes.ts';
import { detailLines } from '../../../src/cli/screen/run-details.ts';
import { endLines, endReport } from '../../../src/cli/screen/run-end.ts';
import { errorLine } from '../../../src/cli/screen/step-error.ts';
import { stepLines } from '../../../src/cli/screen/step-lines.ts';
import { runsTable, summaryReport } from '../../../src/cli/screen/runs-table.ts';
import { chooseSteps, runScreen } from '../../../src/cli/screen/run-screen.ts';
import { stepsTable } from '../../../src/cli/screen/steps-table.ts';
import { cutToWidth, tableLines } from '../../../src/cli/screen/table.ts';
import { openTerminal, plain, type Paint } from '../../../src/cli/screen/terminal.ts';
import { shortValuesLines, valuesLines } from '../../../src/cli/screen/values.ts';
import { selfCommand, shellWord } from '../../../src/cli/self.ts';
import { PipelineError, type Finding } from '../../../src/errors.ts';
import type { RunView, StepView } from '../../../src/pipeline/view.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const USAGE = { inputTokens: 41, outputTokens: 16, cachedInputTokens: 0 };
const NOW = { now: START + 2500, spinner: '*' };
const SECOND = { startedAt: START, endedAt: START + 1000 };
const FACTS = { attempts: 1, costNanoUsd: 0, checks: [] };

const PENDING: StepView = { id: 'later', kind: 'set', status: 'pending' };
const RUNNING: StepView = { id: 'draft', kind: 'model', status: 'running', startedAt: START };
const DONE: StepView = { id: 'save', kind: 'tool', status: 'done', output: { inline: 1 }, ...FACTS, ...SECOND };
const ANSWERED: StepView = {
  id: 'write',
  kind: 'model',
  status: 'done',
  output: { inline: 'hi' },
  ...SECOND,
  attempts: 2,
  model: 'openai/gpt-5',
  usage: USAGE,
  costNanoUsd: 1_500_000,
  checks: [
    { check: 'length', passed: true, score: 1, reason: 'it has 2 characters' },
    { check: 'contains', passed: false, score: 0, reason: 'it lacks\n"x"' },
  ],
  passedOver: [{ model: 'anthropic/claude', code: 'PROVIDER_OVERLOADED', message: 'overloaded' }],
};
const FAILED: StepView = {
  id: 'fetch',
  kind: 'tool',
  status: 'failed',
  ...FACTS,
  ...SECOND,
  attempts: 3,
  error: { code: 'NETWORK_FAILED', message: 'Cannot reach "x"', attempts: 3 },
};
const SKIPPED: StepView = {
  id: 'extra',
  kind: 'set',
  status: 'skipped',
  because: 'its condition was false',
  endedAt: START,
};
const CANCELLED: StepView = {
  id: 'slow',
  kind: 'tool',
  status: 'cancelled',
  because: 'the run was cancelled',
  ...SECOND,
};
const UNPRICED: StepView = { ...ANSWERED, costNanoUsd: null, checks: [], attempts: 1, passedOver: [] };

const VIEW: RunView = {
  runId: 'run-1',
  tenant: 'default',
  pipeline: { name: 'demo', planHash: 'abc' },
  status: 'running',
  startedAt: START,
  steps: [DONE, RUNNING, PENDING],
  usage: USAGE,
  costNanoUsd: 0,
  hasUnknownCost: false,
  ignored: [],
};

const marked: Paint = (style, text) => `<${style}>${text}</>`;

const cells = (...texts: readonly string[]) => texts.map((text) => ({ text }));
const screen = (columns: number, rows: number) => ({ size: { columns, rows }, paint: plain });
const lines = (earlier: RunView | undefined, view: RunView) =>
  changesBetween(earlier, view).flatMap((change) => changeLines(change, plain));

describe('elapsedText', () => {
  for (const [ms, expected] of [
    [-5, '0.0s'],
    [449, '0.4s'],
    [12_345, '12.3s'],
    [59_960, '1m 00s'],
    [125_000, '2m 05s'],
    [3_720_000, '1h 02m'],
    [273_600_000, '3d 4h'],
  ] as const) {
    it(`says ${expected} for ${ms} ms`, () => assert.equal(elapsedText(ms), expected));
  }
});

describe('usdText', () => {
  for (const [nanoUsd, expected] of [
    [0, '$0'],
    [1, '$0.000000001'],
    [42_000, '$0.000042'],
    [31_000_000, '$0.031'],
    [500_000_000, '$0.50'],
    [12_500_000_000, '$12.50'],
  ] as const) {
    it(`says ${expected} for ${nanoUsd} nano-dollars`, () => assert.equal(usdText(nanoUsd), expected));
  }
});

describe('totalCostText', () => {
  it('is the cost when every price is known', () => {
    assert.equal(totalCostText({ costNanoUsd: 0, hasUnknownCost: false }), '$0');
  });
  it('is a lower bound when one is not', () => {
    assert.equal(totalCostText({ costNanoUsd: 1e9, hasUnknownCost: true }), 'at least $1.00');
  });
});

describe('tokensText', () => {
  it('counts both ways', () => assert.equal(tokensText(USAGE), '41 in, 16 out'));
});

describe('printable', () => {
  for (const { name, text, expected } of [
    { name: 'leaves text, tabs and line ends', text: 'a\tb\nü 日本 😀', expected: 'a\tb\nü 日本 😀' },
    { name: 'makes Windows line ends plain', text: 'a\r\nb', expected: 'a\nb' },
    { name: 'takes colours and titles out', text: '\u001b[31mred\u001b[0m\u001b]0;title\u0007', expected: 'red' },
    { name: 'shows that a control character was there', text: 'a\rb\u0000c\u009b', expected: 'a�b�c�' },
    { name: 'does not let text turn its direction', text: 'a\u202eb\u2066c', expected: 'a�b�c' },
  ]) {
    it(name, () => assert.equal(printable(text), expected));
  }
  it('fits on one line when asked', () => assert.equal(printableLine(' a\n\n  b\t c '), 'a b c'));
});

describe('cutToWidth', () => {
  for (const { text, width, expected } of [
    { text: 'abc', width: 3, expected: 'abc' },
    { text: 'abcd', width: 3, expected: 'ab…' },
    { text: 'ab cd', width: 4, expected: 'ab…' },
    { text: '日本語', width: 5, expected: '日本…' },
    { text: '日本語', width: 4, expected: '日…' },
    { text: 'abc', width: 0, expected: '' },
  ]) {
    it(`makes "${expected}" of "${text}" in ${width} columns`, () => assert.equal(cutToWidth(text, width), expected));
  }
});

describe('tableLines', () => {
  const table = {
    columns: [{ head: 'A' }, { head: 'B', rank: 1 }, { head: 'C', rank: 2 }, { head: 'D' }],
    rows: [cells('日本', 'bb', 'cc', 'a long remark'), cells('x', 'yyyy', 'z', '')],
  };
  for (const { name, width, expected } of [
    {
      name: 'is as wide as its cells',
      width: undefined,
      expected: ['A     B     C   D', '日本  bb    cc  a long remark', 'x     yyyy  z'],
    },
    {
      name: 'leaves out the column of the highest rank first',
      width: 26,
      expected: ['A     B     D', '日本  bb    a long remark', 'x     yyyy'],
    },
    {
      name: 'leaves out every ranked column before it cuts',
      width: 18,
      expected: ['A     D', '日本  a long rema…', 'x'],
    },
    { name: 'cuts what is left over', width: 5, expected: ['A', '日本', 'x'] },
  ]) {
    it(name, () => assert.deepEqual(tableLines(table, plain, width), expected));
  }
  it('leaves out columns that are empty', () => {
    const rows = [cells('1', '', '', '2')];
    assert.deepEqual(tableLines({ ...table, rows }, plain), ['A  D', '1  2']);
  });
  it('pads beside the colours', () => {
    const rows = [[{ text: 'x', style: 'red' }, { text: 'y' }]] as const;
    const columns = [{ head: 'AA' }, { head: 'B' }];
    assert.deepEqual(tableLines({ columns, rows }, marked), ['<dim>AA</>  <dim>B</>', '<red>x</>   y']);
  });
  it('has no lines but the head when there are no rows', () => {
    assert.deepEqual(tableLines({ columns: [{ head: 'A' }], rows: [] }, plain), ['']);
  });
});

describe('stepsTable', () => {
  for (const { name, step, expected } of [
    { name: 'a step that has not begun', step: PENDING, expected: '· later set pending' },
    { name: 'a running step with its time so far', step: RUNNING, expected: '* draft model running 2.5s' },
    { name: 'a finished step', step: DONE, expected: '✓ save tool done 1.0s' },
    {
      name: 'what a model took, what the checks say, who could not answer',
      step: ANSWERED,
      expected:
        '✓ write model done openai/gpt-5 2 41 in, 16 out $0.0015 1.0s ✓ length  ✗ contains: it lacks "x"  instead of anthropic/claude (PROVIDER_OVERLOADED)',
    },
    {
      name: 'that a price is not known',
      step: UNPRICED,
      expected: '✓ write model done openai/gpt-5 41 in, 16 out unknown 1.0s',
    },
    { name: 'why a step failed', step: FAILED, expected: '✗ fetch tool failed 3 1.0s NETWORK_FAILED Cannot reach "x"' },
    { name: 'why a step was skipped', step: SKIPPED, expected: '- extra set skipped its condition was false' },
    { name: 'why a step was cancelled', step: CANCELLED, expected: '✗ slow tool cancelled 1.0s the run was cancelled' },
  ]) {
    it(`shows ${name}`, () => {
      const [row = []] = stepsTable(stepLines([step]), NOW).rows;
      assert.equal(
        row
          .map(({ text }) => text)
          .filter(Boolean)
          .join(' '),
        expected,
      );
    });
  }
});

describe('chooseSteps', () => {
  const done = (id: string, endedAt: number): StepView => ({ ...DONE, id, startedAt: START, endedAt });
  const steps = [done('a', START + 1), done('b', START + 3), done('c', START + 2), FAILED, RUNNING, PENDING, SKIPPED];
  for (const { limit, expected } of [
    { limit: 7, expected: ['a', 'b', 'c', 'fetch', 'draft', 'later', 'extra'] },
    { limit: 4, expected: ['b', 'c', 'fetch', 'draft'] },
    { limit: 2, expected: ['fetch', 'draft'] },
    { limit: 1, expected: ['draft'] },
  ]) {
    it(`keeps plan order and shows ${expected.join(', ')} on ${limit} lines`, () => {
      assert.deepEqual(
        chooseSteps(stepLines(steps), limit).shown.map(({ path }) => path),
        expected,
      );
    });
  }
});

describe('runScreen', () => {
  it('shows the run, then its steps', () => {
    assert.deepEqual(runScreen(VIEW, NOW, screen(80, 24)), [
      'running  2.5s  41 in, 16 out  $0',
      '   STEP   KIND   STATUS   TIME',
      '✓  save   tool   done     1.0s',
      '*  draft  model  running  2.5s',
      '·  later  set    pending',
    ]);
  });
  it('never has more lines than the screen, and says what it leaves out', () => {
    assert.deepEqual(runScreen(VIEW, NOW, screen(80, 6)), [
      'running  2.5s  41 in, 16 out  $0',
      '   STEP   KIND   STATUS   TIME',
      '✓  save   tool   done     1.0s',
      '*  draft  model  running  2.5s',
      '  and 1 pending',
    ]);
  });
  it('has one step on the smallest screen', () => {
    assert.deepEqual(runScreen(VIEW, NOW, screen(20, 1)), [
      'running  2.5s  41 i…',
      '   STEP   STATUS   …',
      '*  draft  running  …',
      '  and 1 done, 1 pending',
    ]);
  });
  it('stops counting when the run has ended', () => {
    const ended: RunView = { ...VIEW, status: 'done', endedAt: START + 1000, steps: [DONE] };
    assert.equal(runScreen(ended, NOW, screen(80, 24))[0], 'done  1.0s  41 in, 16 out  $0');
  });
  for (const { limit, text } of [
    { limit: { nanoUsd: 500_000_000, tokens: 2000 }, text: '  budget $0.031 of $0.50 and 120 of 2000 tokens' },
    { limit: { tokens: 2000 }, text: '  budget 120 of 2000 tokens' },
    { limit: {}, text: '' },
  ]) {
    it(`says how much of its budget is gone: ${JSON.stringify(limit)}`, () => {
      const spent = { nanoUsd: 31_000_000, tokens: 120 };
      const limited: RunView = { ...VIEW, budget: { limit, spent, reserved: { nanoUsd: 0, tokens: 0 } } };
      assert.equal(runScreen(limited, NOW, screen(200, 24))[0], `running  2.5s  41 in, 16 out  $0${text}`);
    });
  }
  it('says that nobody works on a run that does not begin', () => {
    const idle: RunView = { ...VIEW, steps: [PENDING], usage: { ...USAGE, inputTokens: 0 } };
    assert.equal(runScreen(idle, NOW, screen(80, 24))[0], 'running  2.5s');
    const later = { ...NOW, now: START + 6000 };
    assert.equal(runScreen(idle, later, screen(80, 24))[0], 'running  6.0s  waiting for a worker');
  });
});

describe('changesBetween', () => {
  for (const { name, earlier, view, expected } of [
    {
      name: 'all that has begun when there is no earlier view',
      earlier: undefined,
      view: VIEW,
      expected: ['save done, 1.0s', 'draft running'],
    },
    { name: 'nothing between equal views', earlier: VIEW, view: VIEW, expected: [] },
    {
      name: 'what a step became, with all that is known of it',
      earlier: { ...VIEW, steps: [{ ...RUNNING, id: 'write' }] } as RunView,
      view: { ...VIEW, steps: [ANSWERED] } as RunView,
      expected: [
        'write done, 1.0s, openai/gpt-5, 41 in, 16 out, $0.0015, 2 attempts, ✓ length  ✗ contains: it lacks "x"  instead of anthropic/claude (PROVIDER_OVERLOADED)',
      ],
    },
    {
      name: 'that a price is not known',
      earlier: undefined,
      view: { ...VIEW, steps: [UNPRICED] },
      expected: ['write done, 1.0s, openai/gpt-5, 41 in, 16 out, cost unknown'],
    },
    {
      name: 'why a step was skipped',
      earlier: undefined,
      view: { ...VIEW, steps: [SKIPPED] },
      expected: ['extra skipped, its condition was false'],
    },
    { name: 'that the run was paused', earlier: VIEW, view: { ...VIEW, status: 'paused' }, expected: ['run paused'] },
    { name: 'that the run goes on', earlier: { ...VIEW, status: 'paused' }, view: VIEW, expected: ['run running'] },
    {
      name: 'how a run ended that was not watched',
      earlier: undefined,
      view: { ...VIEW, steps: [], status: 'done' },
      expected: ['run done'],
    },
  ] as const) {
    it(`tells ${name}`, () => assert.deepEqual(lines(earlier, view), expected));
  }
});

describe('detailLines', () => {
  const page = { now: NOW.now, width: Infinity, paint: plain };
  it('shows an open run', () => {
    const pipeline = { name: 'demo', version: '3', planHash: 'abcdef0123456789' };
    assert.deepEqual(detailLines({ ...VIEW, pipeline, ignored: ['resume: it was not paused'] }, page), [
      'run-1 running',
      'pipeline demo 3, plan abcdef012345',
      'started 2026-01-02T03:04:05.000Z',
      '',
      '   STEP   KIND   STATUS   TIME',
      '✓  save   tool   done     1.0s',
      '>  draft  model  running  2.5s',
      '·  later  set    pending',
      '',
      'Ignored signals',
      '  resume: it was not paused',
    ]);
  });
  it('shows checks and errors in full', () => {
    const long = { code: 'TOOL_FAILED', message: 'Cannot a, b\nand c', attempts: 1 } as const;
    const steps: readonly StepView[] = [ANSWERED, FAILED, { ...FAILED, id: 'once', error: long }, SKIPPED];
    assert.deepEqual(detailLines({ ...VIEW, endedAt: START, steps }, page).slice(-9), [
      '-  extra  set    skipped                                                        its condition was false',
      '',
      'Checks',
      '  ✓ write length, score 1: it has 2 characters',
      '  ✗ write contains, score 0: it lacks\n"x"',
      '',
      'Errors',
      '  error NETWORK_FAILED fetch: Cannot reach "x" (3 attempts)',
      '  error TOOL_FAILED once: Cannot a, b\nand c',
    ]);
  });

  it('leaves the error that ended it for the end', () => {
    const error = { code: 'NETWORK_FAILED', message: 'Cannot reach "x"', attempts: 3, stepId: 'fetch' } as const;
    assert.equal(detailLines({ ...VIEW, status: 'failed', error, steps: [FAILED] }, page).includes('Errors'), false);
  });
});

describe('endLines', () => {
  it('shows the outputs, what was spent, and where the history is', () => {
    const view: RunView = { ...VIEW, status: 'done', endedAt: START + 2000 };
    assert.deepEqual(endLines({ view, outputs: {}, link: 'http://ui' }, ['  a: b'], plain), [
      '',
      'Outputs',
      '  a: b',
      '',
      'done  2.0s  41 in, 16 out  $0',
      'http://ui',
    ]);
  });
  it('shows why there are none', () => {
    const error = { code: 'RUN_TIMEOUT', message: 'Cannot go on', attempts: 0 } as const;
    const why = endLines({ view: { ...VIEW, status: 'failed', error }, outputs: {}, link: undefined }, [], plain);
    assert.deepEqual(why, [
      '',
      'error RUN_TIMEOUT Cannot go on',
      '  try again: orchestrator runs fork run-1',
      '',
      'failed  41 in, 16 out  $0',
    ]);
  });
  it('is the report of a run with its outputs as JSON', () => {
    const { outputs, web_ui } = endReport({ view: VIEW, outputs: { a: 1 }, link: 'http://ui' }) as Record<
      string,
      unknown
    >;
    assert.deepEqual([outputs, web_ui], [{ a: 1 }, 'http://ui']);
  });
});

describe('errorLine', () => {
  it('names the step, where there is one', () => {
    const error = { code: 'CHECK_FAILED', message: 'x', attempts: 1, stepId: 'draft' } as const;
    assert.equal(errorLine(error, marked), '<red>error</> <dim>CHECK_FAILED</> draft: x');
  });
});

describe('openDisplay', () => {
  it('shows nothing before there is something to show', async () => {
    const answers: object[] = [];
    const terminal = { ...openTerminal(false, {}), isLive: true, answer: (data: object) => void answers.push(data) };
    const display = openDisplay(terminal);
    await delay(150);
    display.close();
    assert.deepEqual(answers, []);
  });
});

describe('runReport', () => {
  it('speaks the language of pipelines', () => {
    const ended: RunView = {
      ...VIEW,
      pipeline: { ...VIEW.pipeline, version: '3' },
      endedAt: START + 1000,
      status: 'failed',
    };
    const error = { code: 'TOOL_FAILED', message: 'Cannot go on', attempts: 1, stepId: 'fetch' } as const;
    assert.deepEqual(runReport({ ...ended, steps: [], error }), {
      run_id: 'run-1',
      pipeline: 'demo',
      pipeline_version: '3',
      plan_hash: 'abc',
      status: 'failed',
      started_at: '2026-01-02T03:04:05.000Z',
      ended_at: '2026-01-02T03:04:06.000Z',
      usage: { input_tokens: 41, output_tokens: 16, cached_input_tokens: 0 },
      cost_usd: 0,
      cost_is_complete: true,
      error: { step: 'fetch', code: 'TOOL_FAILED', message: 'Cannot go on', attempts: 1 },
      steps: [],
    });
  });
  it('has null for what has not happened', () => {
    const { ended_at, error } = runReport(VIEW);
    assert.deepEqual({ ended_at, error }, { ended_at: null, error: null });
  });
  it('names no step when the whole run failed', () => {
    const error = { code: 'RUN_TIMEOUT', message: 'Too long', attempts: 0 } as const;
    assert.deepEqual(runReport({ ...VIEW, error })['error'], { step: null, ...error });
  });
});

describe('stepReport', () => {
  const times = { started_at: '2026-01-02T03:04:05.000Z', ended_at: '2026-01-02T03:04:06.000Z' };
  const reference = { sha256: 'ff', bytes: 20_000, preview: '"aaa' };
  for (const { name, step, expected } of [
    { name: 'a step that has not begun', step: PENDING, expected: { id: 'later', kind: 'set', status: 'pending' } },
    {
      name: 'a running step',
      step: RUNNING,
      expected: { id: 'draft', kind: 'model', status: 'running', started_at: times.started_at },
    },
    {
      name: 'a skipped step, which never started',
      step: SKIPPED,
      expected: {
        id: 'extra',
        kind: 'set',
        status: 'skipped',
        started_at: null,
        ended_at: times.started_at,
        because: 'its condition was false',
      },
    },
    {
      name: 'a failed step',
      step: FAILED,
      expected: {
        id: 'fetch',
        kind: 'tool',
        status: 'failed',
        ...times,
        attempts: 3,
        cost_usd: 0,
        checks: [],
        error: { code: 'NETWORK_FAILED', message: 'Cannot reach "x"', attempts: 3 },
      },
    },
    {
      name: 'a finished model step',
      step: ANSWERED,
      expected: {
        id: 'write',
        kind: 'model',
        status: 'done',
        ...times,
        attempts: 2,
        model: 'openai/gpt-5',
        usage: { input_tokens: 41, output_tokens: 16, cached_input_tokens: 0 },
        cost_usd: 0.0015,
        checks: [
          { check: 'length', passed: true, score: 1, reason: 'it has 2 characters' },
          { check: 'contains', passed: false, score: 0, reason: 'it lacks\n"x"' },
        ],
        passed_over: [{ model: 'anthropic/claude', code: 'PROVIDER_OVERLOADED', message: 'overloaded' }],
        output: 'hi',
      },
    },
    {
      name: 'an output in the artifact store, by reference',
      step: { ...DONE, output: { artifact: reference } } as StepView,
      expected: {
        id: 'save',
        kind: 'tool',
        status: 'done',
        ...times,
        attempts: 1,
        cost_usd: 0,
        checks: [],
        output_artifact: reference,
      },
    },
    {
      name: 'the beginning of a long output while the run goes on',
      step: { ...DONE, output: { preview: '"aaa' }, costNanoUsd: null } as StepView,
      expected: {
        id: 'save',
        kind: 'tool',
        status: 'done',
        ...times,
        attempts: 1,
        cost_usd: null,
        checks: [],
        output_preview: '"aaa',
      },
    },
  ]) {
    it(`tells ${name}`, () => assert.deepEqual(stepReport(step), expected));
  }
});

describe('findingLines', () => {
  const finding: Finding = {
    severity: 'error',
    code: 'MODEL_UNKNOWN',
    message: 'Cannot use "x"',
    position: { file: 'a.yaml', line: 2, column: 4 },
  };
  const sentence = 'a.yaml:2:4: error MODEL_UNKNOWN Cannot use "x"';
  for (const { name, source, at = finding, expected } of [
    { name: 'is one line without a source', source: undefined, expected: [sentence] },
    {
      name: 'shows the line and the place',
      source: 'one\ntwo: x\r\nthree',
      expected: [sentence, '    2 | two: x', '      |    ^'],
    },
    {
      name: 'puts the caret under wide characters',
      source: '\n日本 x',
      expected: [sentence, '    2 | 日本 x', '      |      ^'],
    },
    { name: 'keeps a tab one column wide', source: '\n\ta: b', expected: [sentence, '    2 |  a: b', '      |    ^'] },
    { name: 'is one line when the file is shorter by now', source: 'one', expected: [sentence] },
    {
      name: 'shows the part of a long line that matters',
      source: `${'a'.repeat(200)}B${'c'.repeat(200)}`,
      at: { ...finding, position: { file: 'a.yaml', line: 1, column: 201 } },
      expected: [
        'a.yaml:1:201: error MODEL_UNKNOWN Cannot use "x"',
        `    1 | ${'a'.repeat(39)}B${'c'.repeat(79)}…`,
        `      | ${' '.repeat(39)}^`,
      ],
    },
    {
      name: 'has no place when there is none',
      source: 'one',
      at: { severity: 'warning', code: 'MODEL_UNUSABLE', message: 'No key' } as Finding,
      expected: ['warning MODEL_UNUSABLE No key'],
    },
  ]) {
    it(name, () =>
      assert.deepEqual(
        findingLines(at, () => source, plain),
        expected,
      ),
    );
  }
  it('tells errors from warnings by their colour', () => {
    assert.match(findingLines(finding, () => undefined, marked)[0] ?? '', /<red>error<\/>/);
    const warning: Finding = { ...finding, severity: 'warning' };
    assert.match(findingLines(warning, () => undefined, marked)[0] ?? '', /<yellow>warning<\/>/);
  });
  it('is flat as JSON', () => {
    const base = { severity: 'error', code: 'MODEL_UNKNOWN', message: 'Cannot use "x"' };
    assert.deepEqual(findingReport({ ...finding, path: 'steps.a' }), {
      ...base,
      path: 'steps.a',
      file: 'a.yaml',
      line: 2,
      column: 4,
    });
    const { position: _, ...nowhere } = finding;
    assert.deepEqual(findingReport(nowhere), base);
  });
});

describe('valuesLines', () => {
  it('shows texts as they are and the rest as JSON', () => {
    assert.deepEqual(valuesLines({ title: 'A title', poem: 'one\ntwo\n', list: [1], none: null }, plain), [
      '  title: A title',
      '  poem:',
      '    one',
      '    two',
      '  list:',
      '    [',
      '      1',
      '    ]',
      '  none: null',
    ]);
  });
  it('gives a long line a line of its own', () => {
    const long = 'x'.repeat(100);
    assert.deepEqual(valuesLines({ long }, plain), ['  long:', `    ${long}`]);
  });
});

describe('shortValuesLines', () => {
  it('leaves short values whole', () => {
    assert.deepEqual(shortValuesLines({ a: 'b' }, 'show', plain), ['  a: b']);
  });
  it('cuts values of many lines, and says how to see the rest', () => {
    const numbers = Array.from({ length: 14 }, (_, index) => `${index}`);
    assert.deepEqual(shortValuesLines({ a: numbers.join('\n') }, 'show it', plain), [
      '  a:',
      ...numbers.slice(0, 12).map((line) => `    ${line}`),
      '    … 6 more characters: show it',
    ]);
  });
  it('cuts values of long lines', () => {
    assert.deepEqual(shortValuesLines({ a: 'x'.repeat(1500) }, 'show it', plain), [
      '  a:',
      `    ${'x'.repeat(1200)}`,
      '    … 300 more characters: show it',
    ]);
  });
});

describe('summaryReport', () => {
  const run = { runId: 'r', pipeline: 'p', status: 'running', startedAt: START } as const;
  const base = { run_id: 'r', pipeline: 'p', started_at: '2026-01-02T03:04:05.000Z' };
  for (const { name, summary, expected } of [
    { name: 'an open run', summary: run, expected: { ...base, status: 'running', ended_at: null } },
    {
      name: 'a run that has ended',
      summary: { ...run, status: 'done', endedAt: START + 1000, costUsd: 0.5 } as const,
      expected: { ...base, status: 'done', ended_at: '2026-01-02T03:04:06.000Z', cost_usd: 0.5 },
    },
  ]) {
    it(`tells of ${name}`, () => assert.deepEqual(JSON.parse(JSON.stringify(summaryReport(summary))), expected));
  }
});

describe('runsTable', () => {
  const run = { runId: 'r', pipeline: 'p', status: 'running', startedAt: START } as const;
  it('says how old a run is, how long it took and what it cost', () => {
    const ended = { ...run, runId: 'e', status: 'done', endedAt: START + 1000, costUsd: 0.5 } as const;
    assert.deepEqual(tableLines(runsTable([run, ended], START + 60_000), plain), [
      'RUN  STATUS   STARTED     TIME    COST   PIPELINE',
      'r    running  1m 00s ago  1m 00s         p',
      'e    done     1m 00s ago  1.0s    $0.50  p',
    ]);
  });
});

describe('examinationLines', () => {
  it('puts the advice under what was found', () => {
    const examination = { subject: 'Node', status: 'missing', found: '20', advice: 'install 24' } as const;
    assert.deepEqual(examinationLines(examination, plain), [
      '✗ Node              20',
      '                    install 24',
    ]);
  });
  it('is one line when there is nothing to do', () => {
    assert.deepEqual(examinationLines({ subject: 'Node', status: 'ok', found: '24' }, plain), [
      '✓ Node              24',
    ]);
  });
});

describe('selfCommand', () => {
  for (const { name, environment, expected } of [
    { name: 'is the program by itself', environment: {}, expected: 'orchestrator' },
    {
      name: 'is an npm script of the checkout when npm started it there',
      environment: { npm_command: 'run-script', npm_package_name: 'orchestrator' },
      expected: 'npm run --silent orchestrator --',
    },
    {
      name: "is the program in another package's script",
      environment: { npm_command: 'run-script', npm_package_name: 'shop' },
      expected: 'orchestrator',
    },
  ]) {
    it(name, () => assert.equal(selfCommand(environment), expected));
  }
});

describe('shellWord', () => {
  it('leaves a plain word', () => assert.equal(shellWord('run-1.a:b/c=…'), 'run-1.a:b/c=…'));
  it('quotes everything else', () => assert.equal(shellWord("it's $5"), String.raw`'it'\''s $5'`));
});

describe('exitCodeOf', () => {
  const finding: Finding = { severity: 'error', code: 'KEY_UNKNOWN', message: 'x' };
  for (const { name, error, expected } of [
    { name: 'is 2 for what the user wrote', error: new PipelineError('INPUT_MISSING', 'x'), expected: 2 },
    {
      name: 'is 2 for a file with findings',
      error: new PipelineError('INTERNAL', 'x', { findings: [finding] }),
      expected: 2,
    },
    { name: 'is 1 for what went wrong', error: new PipelineError('TEMPORAL_UNAVAILABLE', 'x'), expected: 1 },
  ]) {
    it(name, () => assert.equal(exitCodeOf(error), expected));
  }
});
