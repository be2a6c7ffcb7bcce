import type { Outcome } from '../../evaluation/outcome.ts';
import type { CaseReport, EvaluationReport, VariantReport } from '../../evaluation/report.ts';
import { faultsOf } from './faults.ts';
import { markup, type Markup } from './markup.ts';

/**
 * An evaluation in the XML that CI systems read from JUnit: a suite for each pipeline, a test for each case. A case that
 * is not as it should be is a failure, one whose pipeline failed an error, one that was not run is skipped.
 */
export function junitReport({ variants, cases, startedAt }: EvaluationReport): string {
  const suites = variants.map((variant) => suite(variant, cases, startedAt));
  const { text } = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
${suites}</testsuites>
`;
  return text;
}

function suite(report: VariantReport, cases: readonly CaseReport[], startedAt: number): Markup {
  const tests = cases.flatMap((one) => {
    const outcome = one[report.variant];
    return outcome === undefined ? [] : [{ one, outcome }];
  });
  const errors = tests.filter(({ outcome }) => isError(outcome)).length;
  const time = tests.reduce((sum, { outcome }) => sum + (outcome.latencyMs ?? 0), 0);
  const { file, failed, notRun } = report;
  const counts = markup`tests="${tests.length}" failures="${failed - errors}" errors="${errors}" skipped="${notRun}"`;
  return markup`<testsuite name="${file}" ${counts} time="${seconds(time)}" timestamp="${new Date(startedAt).toISOString()}">
${tests.map(({ one, outcome }) => testCase(one.id, file, outcome))}</testsuite>
`;
}

function testCase(id: string, file: string, outcome: Outcome): Markup {
  const opened = markup`<testcase name="${id}" classname="${file}" time="${seconds(outcome.latencyMs ?? 0)}"`;
  const inner = resultOf(outcome);
  return inner === undefined ? markup`${opened}/>\n` : markup`${opened}>${inner}</testcase>\n`;
}

function resultOf(outcome: Outcome): Markup | undefined {
  const faults = faultsOf(outcome);
  const [first = ''] = faults;
  if (outcome.status === 'passed') return undefined;
  if (outcome.status === 'not_run') return markup`<skipped message="the evaluation ended before"/>`;
  const all = faults.join('\n');
  return isError(outcome)
    ? markup`<error type="${outcome.error?.code}" message="${first}">${all}</error>`
    : markup`<failure message="${first}">${all}</failure>`;
}

/** A check that is not passed is what tests call a failure. */
function isError({ error }: Outcome): boolean {
  return error !== undefined && error.code !== 'CHECK_FAILED';
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
