import assert from 'node:assert/strict';
import { parseHTML, DOMParser } from 'linkedom';
import { InvalidArgumentError } from 'commander';
import { missesOf } from '../../../src/cli/eval/demands.ts';
import { faultsOf, shortJson } from '../../../src/cli/eval/faults.ts';
import { chanceText } from '../../../src/cli/eval/figures.ts';
import { htmlReport } from '../../../src/cli/eval/html.ts';
import { evaluationReport } from '../../../src/cli/eval/json.ts';
import { junitReport } from '../../../src/cli/eval/junit.ts';
import { evaluationLines } from '../../../src/cli/eval/lines.ts';
import { markup } from '../../../src/cli/eval/markup.ts';
import { dollars, share, whole } from '../../../src/cli/eval/options.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import type { Case } from '../../../src/evaluation/cases.ts';
import { outcomeOf, type CaseFacts } from '../../../src/evaluation/outcome.ts';
import { makeReport, type EvaluationReport } from '../../../src/evaluation/report.ts';
import type { CallRecord, Verdict } from '../../../src/pipeline/result.ts';
import type { RunView } from '../../../src/pipeline/view.ts';

const HOSTILE = `<script>alert(1)</script> & "quotes' ]]> \u0001\u202e`;

const call = (path: string, endedAt: number, output: unknown = true): CallRecord => ({
  path,
  kind: path.includes('/check-') ? 'check' : 'set',
  endedAt,
  result: { status: 'done', output: { inline: output as never }, attempts: 1, costNanoUsd: 0, checks: [] },
});
const verdict = (passed: boolean, score: number): Verdict => ({ check: 'expect', passed, score, reason: HOSTILE });
const bought = (costNanoUsd: number | null): CaseFacts['bought'][number] => ({
  step: 'run/ask',
  model: 'a/b',
  attempt: 1,
  reason: 'answer',
  usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 0 },
  costNanoUsd,
  endedAt: 5,
});
const ended = (from: number, to: number): readonly CallRecord[] => [call('began', from), call('ended', to)];
const done = (outputs: Record<string, string>, more: Partial<CaseFacts> = {}): CaseFacts => ({
  calls: ended(1000, 3000),
  bought: [bought(5000)],
  end: { error: null },
  outputs,
  ...more,
});
const broken = (code: 'CHECK_FAILED' | 'PROVIDER_ERROR', calls: readonly CallRecord[] = []): CaseFacts => ({
  calls: [...ended(1000, 1500), ...calls],
  bought: [bought(null)],
  end: { error: { code, message: HOSTILE } },
});

describe('outcomeOf', () => {
  const twice = [call('run/a#1/check-0', 1, verdict(false, 0.2)), call('run/a#2/check-0', 2, verdict(true, 0.8))];
  const rows: readonly {
    name: string;
    expected?: Case['expected'];
    facts: CaseFacts;
    status: string;
    score?: number;
  }[] = [
    { name: 'is passed when it is done and nothing judges', facts: done({}), status: 'passed' },
    {
      name: 'is passed with what is expected',
      expected: { a: 'x' },
      facts: done({ a: 'x' }),
      status: 'passed',
      score: 1,
    },
    {
      name: 'is failed with something else',
      expected: { a: 'x', b: 'y' },
      facts: done({ a: 'x' }),
      status: 'failed',
      score: 0.5,
    },
    {
      name: 'counts the last round of a check',
      facts: done({}, { calls: [...ended(1, 2), ...twice] }),
      status: 'passed',
      score: 0.8,
    },
    {
      name: 'counts the last rung of a ladder',
      facts: done(
        {},
        {
          calls: [
            ...ended(1, 2),
            call('run/a/check-0', 1, verdict(false, 0.1)),
            call('run/a/repair-1/check-0', 2, verdict(true, 0.9)),
          ],
        },
      ),
      status: 'passed',
      score: 0.9,
    },
    {
      name: 'is failed by a check, whatever came of it',
      facts: done({}, { calls: [...ended(1, 2), call('run/a/check-0', 1, verdict(false, 0.5))] }),
      status: 'failed',
      score: 0.5,
    },
    {
      name: 'has the score of the check that failed it',
      facts: broken('CHECK_FAILED', [call('run/a/check-0', 1, verdict(false, 0.3))]),
      status: 'failed',
      score: 0.3,
    },
    {
      name: 'has the score 0 when its pipeline broke',
      facts: broken('PROVIDER_ERROR', twice),
      status: 'failed',
      score: 0,
    },
    { name: 'is not run without an end', facts: { calls: [], bought: [] }, status: 'not_run' },
  ];
  for (const { name, expected, facts, status, score } of rows) {
    it(name, () => {
      const found = outcomeOf({ hasChecks: true, ...(expected === undefined ? {} : { expected }) }, facts);
      assert.deepEqual([found.status, found.score], [status, score]);
    });
  }

  it('tells time, tokens and cost', () => {
    const { latencyMs, tokens, costNanoUsd, hasUnknownCost } = outcomeOf({ hasChecks: false }, done({}));
    assert.deepEqual([latencyMs, tokens, costNanoUsd, hasUnknownCost], [2000, 12, 5000, false]);
    assert.equal(outcomeOf({ hasChecks: false }, broken('PROVIDER_ERROR')).hasUnknownCost, true);
  });

  it('counts nothing for a call that told no usage, and no time where none was written down', () => {
    const { usage: _, ...silent } = bought(null);
    const { latencyMs, tokens } = outcomeOf({ hasChecks: false }, done({}, { calls: [], bought: [silent] }));
    assert.deepEqual([latencyMs, tokens], [0, 0]);
  });
});

/** Five cases: passed by both, a regression, an improvement, failed by both, and one that was not run. */
function sample(view: Partial<RunView> = {}): EvaluationReport {
  const cases = ['ok', HOSTILE, 'better', 'bad', 'late'].map((id, index): Case => ({
    id,
    line: index + 1,
    inputs: {},
    expected: { text: 'right' },
    tags: index < 2 ? ['first'] : [],
    positionOf: () => ({ file: 'x', line: 1, column: 1 }),
  }));
  const [right, wrong] = [done({ text: 'right' }), done({ text: HOSTILE })];
  const failed = broken('PROVIDER_ERROR');
  const checkFailed = broken('CHECK_FAILED', [call('run/a/check-0', 1, verdict(false, 0))]);
  const never: CaseFacts = { calls: [], bought: [] };
  const judge = (facts: readonly CaseFacts[]) =>
    facts.map((each, index) => outcomeOf({ ...(cases[index] as Case), hasChecks: true }, each));
  const outcomes = {
    tested: judge([right, wrong, right, failed, never]),
    against: judge([right, right, checkFailed, wrong, right]),
  };
  const ending = { runId: HOSTILE, status: 'failed', startedAt: 0, endedAt: 60_000, ...view } as RunView;
  return makeReport({ view: ending, outcomes }, { cases, files: { tested: HOSTILE, against: 'old.yaml' } });
}

/** One case that is passed by both, and nothing gives a score. */
function unscored(): EvaluationReport {
  const outcome = outcomeOf({ hasChecks: false }, done({ text: 'any' }));
  const one: Case = { id: 'one', line: 1, inputs: {}, tags: [], positionOf: () => ({ file: 'x', line: 1, column: 1 }) };
  const view = { runId: 'r', status: 'done', startedAt: 0, endedAt: 1 } as RunView;
  const outcomes = { tested: [outcome], against: [outcome] };
  return makeReport({ view, outcomes }, { cases: [one], files: { tested: 'new.yaml', against: 'old.yaml' } });
}

/** A report whose other pipeline says nothing about its cases. */
function halved(): EvaluationReport {
  const { cases, ...report } = sample();
  return { ...report, cases: cases.map(({ id, line, tags, tested }) => ({ id, line, tags, tested })) };
}

const REASON = { error: { code: 'BUDGET_EXCEEDED', message: HOSTILE, attempts: 0 } } as const;

describe('makeReport', () => {
  it('sums up each pipeline, and compares them over the cases that both have run', () => {
    const { variants, comparison, isComplete, reason } = sample(REASON);
    const [tested, against] = variants;
    assert.deepEqual([tested?.passed, tested?.failed, tested?.notRun], [2, 2, 1]);
    assert.deepEqual([against?.passed, against?.failed, against?.notRun], [3, 2, 0]);
    assert.equal(tested?.passRate?.value, 0.5);
    assert.deepEqual(tested?.byTag, [{ tag: 'first', passed: 1, cases: 2 }]);
    assert.deepEqual(tested?.latencyMs, { p50: 2000, p95: 2000 });
    assert.deepEqual(
      [comparison?.regressions, comparison?.improvements, comparison?.pairs],
      [[HOSTILE], ['better'], 4],
    );
    assert.deepEqual([isComplete, reason], [false, HOSTILE]);
  });

  it('says why when somebody cancelled the run', () => {
    assert.equal(sample({ status: 'cancelled' }).reason, 'The run was cancelled');
    assert.equal(sample({ status: 'done' }).reason, undefined);
  });

  it('compares no scores where there are none', () => {
    const { comparison, variants } = unscored();
    assert.deepEqual([comparison?.pairs, comparison?.scoreDifference, variants[0]?.score], [1, undefined, undefined]);
  });

  it('has no times where nobody took them, and no name of a file that is not named', () => {
    const { latencyMs: _, ...timeless } = outcomeOf({ hasChecks: false }, done({}));
    const view = { runId: 'r', status: 'done', startedAt: 0, endedAt: 1 } as RunView;
    const outcomes = { tested: [timeless], against: [timeless] };
    const { variants } = makeReport({ view, outcomes }, { cases: [], files: { tested: 'new.yaml' } });
    assert.deepEqual(
      variants.map(({ file, latencyMs }) => [file, latencyMs]),
      [
        ['new.yaml', undefined],
        ['', undefined],
      ],
    );
  });

  it('has no figures of cases that were never run, and ends where it began as long as it goes on', () => {
    const outcome = outcomeOf({ hasChecks: false }, { calls: [], bought: [] });
    const view = { runId: 'r', status: 'running', startedAt: 7 } as RunView;
    const report = makeReport({ view, outcomes: { tested: [outcome] } }, { cases: [], files: { tested: 'new.yaml' } });
    const [tested] = report.variants;
    assert.deepEqual([tested?.notRun, tested?.latencyMs, tested?.passRate], [1, undefined, undefined]);
    assert.equal(tested?.costPerCaseNanoUsd, undefined);
    assert.equal(report.endedAt, 7);
  });
});

describe('missesOf', () => {
  const report = sample();
  const complete = { ...report, variants: report.variants.map((each) => ({ ...each, notRun: 0 })) };
  for (const { name, given, demands, misses } of [
    { name: 'cases that were not run', given: report, demands: {}, misses: ['Cases that were not run: 1'] },
    { name: 'nothing that nobody asked', given: complete, demands: {}, misses: [] },
    { name: 'nothing at the threshold', given: complete, demands: { threshold: 0.5, maxRegressions: 1 }, misses: [] },
    {
      name: 'too few that are passed, and too many regressions',
      given: complete,
      demands: { threshold: 0.51, maxRegressions: 0 },
      misses: ['Passed: 50.0 %, at least 51.0 % is wanted', 'Regressions: 1, at most 0 are allowed'],
    },
  ]) {
    it(`are ${name}`, () => assert.deepEqual(missesOf(given, demands), misses));
  }
});

describe('faultsOf', () => {
  it('tells an output that is missing from one that is another', () => {
    const expected = { a: 'x', b: 'y' };
    assert.deepEqual(faultsOf(outcomeOf({ expected, hasChecks: false }, done({ b: 'z' }))), [
      'output "a" is missing, expected is "x"',
      'output "b" is "z", expected is "y"',
    ]);
  });

  it('shows the beginning of a long value', () => {
    assert.deepEqual([shortJson('abcdef', 4), shortJson('ab', 4)], ['"abc…', '"ab"']);
  });
});

describe('chanceText', () => {
  it('names no figure for what is next to impossible', () => {
    assert.deepEqual([0.000_9, 0.001, 1].map(chanceText), ['p < 0.001', 'p = 0.001', 'p = 1.000']);
  });
});

describe('options', () => {
  for (const { name, read, text, value } of [
    { name: 'whole numbers', read: whole(1, 9), text: '9', value: 9 },
    { name: 'dollars', read: dollars, text: '0.5', value: 0.5 },
    { name: 'shares', read: share, text: ' 1 ', value: 1 },
  ]) {
    it(`take ${name}`, () => assert.equal(read(text), value));
  }

  for (const { name, read, text, allowed } of [
    { name: 'half of a whole number', read: whole(1, 9), text: '1.5', allowed: 'whole numbers from 1 to 9' },
    { name: 'too many', read: whole(1, 9), text: '10', allowed: 'whole numbers from 1 to 9' },
    { name: 'no dollars', read: dollars, text: '0', allowed: 'numbers above 0 and up to 1000000' },
    { name: 'too many dollars', read: dollars, text: '1e7', allowed: 'numbers above 0 and up to 1000000' },
    { name: 'nothing', read: share, text: ' ', allowed: 'numbers from 0 to 1' },
    { name: 'words', read: share, text: 'half', allowed: 'numbers from 0 to 1' },
  ]) {
    it(`refuse ${name}`, () => {
      assert.throws(() => read(text), new InvalidArgumentError(`Allowed are ${allowed}.`));
    });
  }
});

describe('markup', () => {
  it('escapes every value, in lists too, and leaves out what HTML and XML cannot hold', () => {
    const inner = [markup`<b>${'<'}</b>`, markup`${7}`];
    assert.equal(markup`<p title="${HOSTILE}">${inner}${undefined}</p>`.text.includes('<script'), false);
    assert.equal(markup`<p>${inner}${undefined}</p>`.text, '<p><b>&lt;</b>7</p>');
    assert.equal(markup`${`'"&<>\u0001\ud800`}`.text, '&#39;&quot;&amp;&lt;&gt;��');
  });
});

describe('htmlReport', () => {
  const html = htmlReport(sample(REASON));
  const { document } = parseHTML(html) as unknown as {
    document: {
      querySelectorAll(selector: string): readonly { textContent: string; getAttribute(name: string): string }[];
    };
  };
  const all = (selector: string) => [...document.querySelectorAll(selector)];

  it('holds nothing that runs, and nothing from elsewhere', () => {
    assert.deepEqual(all('script, link, img, iframe, object, embed, form, base, a'), []);
    assert.equal(/\son\w+=|javascript:|https?:(?!\/\/www\.w3\.org\/)|url\(/iu.test(html), false);
    const [policy] = all('meta[http-equiv="Content-Security-Policy"]');
    assert.equal(policy?.getAttribute('content'), "default-src 'none'; style-src 'unsafe-inline'");
  });

  it('tells every case, what changed, and what was not run', () => {
    const rows = all('table.cases tr').map(({ textContent }) => textContent);
    assert.equal(rows.length, 6);
    assert.deepEqual(
      rows.map((row) => /regression|improvement/u.exec(row)?.[0]),
      [undefined, undefined, 'regression', 'improvement', undefined, undefined],
    );
    assert.match(all('.warning')[0]?.textContent ?? '', /not run: 1\. <script>/u);
  });

  it('has a chart for what was passed, scores, times and costs', () => {
    assert.equal(all('figure svg').length, 4);
    assert.ok(all('figure svg rect').length >= 2);
  });

  it('leaves out what there is not', () => {
    const { comparison: _, ...alone } = sample();
    const variants = alone.variants
      .slice(0, 1)
      .map((each) => ({ ...each, byTag: [], passRate: undefined, latencyMs: undefined }));
    const cases = alone.cases.slice(4).map(({ against: __, ...one }) => one);
    const text = htmlReport({ ...alone, variants, cases, isComplete: true });
    assert.equal(/Comparison|by tag|class="warning"|latency p50<|Scores of cases/u.test(text), false);
    assert.equal(htmlReport(unscored()).includes('difference in score'), false);
  });

  it('says how many cases were not run where nobody knows why', () => {
    assert.match(htmlReport(sample()), /Cases that were not run: 1\. </u);
  });

  it('leaves the cells of a pipeline empty that says nothing about a case', () => {
    assert.match(htmlReport(halved()), /<td><\/td><\/tr>/u);
  });
});

describe('junitReport', () => {
  const xml = junitReport(sample(REASON));
  const document = new DOMParser().parseFromString(xml, 'text/xml') as unknown as {
    querySelectorAll(selector: string): readonly { getAttribute(name: string): string }[];
  };
  const count = (selector: string): number => [...document.querySelectorAll(selector)].length;

  it('has a suite for each pipeline and a test for each case', () => {
    assert.deepEqual([count('testsuite'), count('testcase'), count('skipped')], [2, 10, 1]);
    const suites = [...document.querySelectorAll('testsuite')].map((suite) =>
      ['tests', 'failures', 'errors', 'skipped'].map((name) => suite.getAttribute(name)).join(' '),
    );
    assert.deepEqual(suites, ['5 1 1 1', '5 2 0 0']);
  });

  it('has no tests of a pipeline that says nothing about a case', () => {
    assert.match(junitReport(halved()), /name="old\.yaml" tests="0"/u);
  });

  it('tells failures from errors', () => {
    assert.deepEqual([count('failure'), count('error')], [3, 1]);
    assert.equal([...document.querySelectorAll('error')][0]?.getAttribute('type'), 'PROVIDER_ERROR');
  });

  it('holds no character that XML cannot', () => assert.equal(/(?![\t\n])\p{Cc}/u.test(xml), false));
});

describe('evaluationLines', () => {
  const screen = { paint: plain, size: { columns: 200, rows: 50 } };

  it('tells what is wrong case by case, then the figures', () => {
    const text = evaluationLines(sample(REASON), screen).join('\n');
    assert.match(text, /^CASE {2}.*STATUS/u);
    assert.match(text, /regression +0\.00 +2\.0s .*output "text" is/u);
    assert.match(text, /late +not run/u);
    assert.match(text, /passed +2 of 4 +3 of 5/u);
    assert.match(text, /regressions: 1 \(<script>/u);
    assert.match(text, /over 4 cases that both have run: p = 1\.000, difference in score/u);
    assert.match(text, /Not all cases were run: <script>/u);
    assert.equal(/(?!\n)[\p{Cc}\u202e]/u.test(text), false);
  });

  it('compares no scores where there are none', () => {
    const text = evaluationLines(unscored(), screen).join('\n');
    assert.match(text, /over 1 cases that both have run: p = 1\.000$/mu);
  });

  it('has no table of cases when all are passed', () => {
    const report = sample();
    const cases = report.cases.slice(0, 1);
    const { comparison: _, ...alone } = report;
    const text = evaluationLines({ ...alone, cases }, screen).join('\n');
    assert.equal(text.includes('CASE'), false);
    assert.match(text, /Not all cases were run: the run ended before/u);
  });
});

describe('evaluationReport', () => {
  it('is JSON with a key for everything', () => {
    const report = JSON.parse(JSON.stringify(evaluationReport(sample(REASON)))) as {
      cases: readonly { tested: Record<string, unknown> }[];
    };
    assert.deepEqual(Object.keys(report), [
      'event',
      'run_id',
      'status',
      'reason',
      'started_at',
      'ended_at',
      'is_complete',
      'variants',
      'comparison',
      'cases',
    ]);
    const [, regression, , failed] = report.cases;
    assert.deepEqual(regression?.tested['mismatches'], [{ path: 'text', expected: 'right', found: HOSTILE }]);
    assert.deepEqual(failed?.tested['error'], { code: 'PROVIDER_ERROR', message: HOSTILE });
  });

  it('has null where there is nothing', () => {
    const { comparison: _, ...alone } = sample();
    assert.equal(evaluationReport(alone)['comparison'], null);
    const missing = outcomeOf({ expected: { text: 'right' }, hasChecks: false }, done({}));
    const cases = alone.cases.slice(0, 1).map((one) => ({ ...one, tested: missing }));
    const [first] = evaluationReport({ ...alone, cases })['cases'] as { tested: { mismatches: unknown } }[];
    assert.deepEqual(first?.tested.mismatches, [{ path: 'text', expected: 'right', found: null }]);
  });
});
