import type { Outcome } from '../../evaluation/outcome.ts';
import type { CaseReport, ComparisonReport, EvaluationReport } from '../../evaluation/report.ts';
import { elapsedText, isoTime, usdText } from '../screen/amounts.ts';
import { chartsOf } from './charts.ts';
import { faultsOf, shortJson } from './faults.ts';
import { chanceText, FIGURES, intervalText, scoreText } from './figures.ts';
import { asMarkup, markup, type Markup } from './markup.ts';

/**
 * An evaluation as one HTML file, which needs no other file and no network. Nothing in it can run: the page forbids
 * scripts to itself, and whatever a model said is escaped.
 */
export function htmlReport(report: EvaluationReport): string {
  const title = report.variants.map(({ file }) => file).join(' against ');
  const { text } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${title}</title>
<style>${asMarkup(STYLE)}</style>
</head>
<body>
<h1>Evaluation of ${title}</h1>
<p>Run ${report.runId}, ${isoTime(report.startedAt)}, ${elapsedText(report.endedAt - report.startedAt)}, cases: ${report.cases.length}</p>
${incomplete(report)}
${summary(report)}
${report.comparison === undefined ? undefined : comparison(report.comparison)}
${tags(report)}
<section class="charts">
${chartsOf(report).map(({ title: name, svg }) => markup`<figure><figcaption>${name}</figcaption>${svg}</figure>\n`)}</section>
${caseTable(report)}
<p class="note">Intervals hold the true value in 95 of 100 evaluations like this: Wilson's of shares, a bootstrap with 2000 resamples of means. Latency is from a case's first step to its last, waiting included.</p>
</body>
</html>
`;
  return text;
}

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #ddd; }
td.figure { font-variant-numeric: tabular-nums; white-space: nowrap; }
table.cases { width: 100%; } table.cases td { overflow-wrap: anywhere; } table.cases td:first-child { min-width: 7rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; flex: 1 1 480px; } figcaption { font-weight: 600; margin-top: 1rem; }
.passed { color: #14692f; } .failed { color: #a8201a; } .not_run, .note { color: #666; }
.warning { border-left: 4px solid #c77700; padding: .3rem .8rem; background: #fff6e5; }
ul { margin: 0; padding-left: 1.1rem; } details { margin: 0; } pre { white-space: pre-wrap; margin: .3rem 0; font-size: 13px; }
`;

function incomplete({ isComplete, reason, variants }: EvaluationReport): Markup | undefined {
  if (isComplete) return undefined;
  const notRun = variants.reduce((sum, one) => sum + one.notRun, 0);
  return markup`<p class="warning">Cases that were not run: ${notRun}. ${reason ?? ''}</p>`;
}

function summary({ variants }: EvaluationReport): Markup {
  const rows = FIGURES.map(({ name, of }) => ({ name, texts: variants.map(of) })).filter(({ texts }) =>
    texts.some(Boolean),
  );
  const head = variants.map(
    ({ variant, file }) => markup`<th>${file}${variant === 'against' ? ' (against)' : ''}</th>`,
  );
  return markup`<h2>Figures</h2>
<table><tr><th></th>${head}</tr>
${rows.map(({ name, texts }) => markup`<tr><th>${name}</th>${texts.map((text) => markup`<td class="figure">${text}</td>`)}</tr>\n`)}</table>`;
}

function comparison({ regressions, improvements, pairs, chance, scoreDifference }: ComparisonReport): Markup {
  const difference =
    scoreDifference === undefined
      ? undefined
      : markup`<li>difference in score: ${intervalText(scoreDifference, scoreText)}</li>`;
  return markup`<h2>Comparison</h2>
<p>Over the ${pairs} cases that both have run:</p>
<ul>
<li>regressions: ${regressions.length}${named(regressions)}</li>
<li>improvements: ${improvements.length}${named(improvements)}</li>
<li>how likely so large a difference is by chance (exact McNemar test): ${chanceText(chance)}</li>
${difference}
</ul>`;
}

function named(ids: readonly string[]): string {
  return ids.length === 0 ? '' : ` (${ids.join(', ')})`;
}

function tags({ variants }: EvaluationReport): Markup | undefined {
  const [tested] = variants;
  if (tested === undefined || tested.byTag.length === 0) return undefined;
  const rows = tested.byTag.map(({ tag }, index) => {
    const cells = variants.map(({ byTag }) => {
      const found = byTag[index];
      return markup`<td class="figure">${found?.passed} of ${found?.cases}</td>`;
    });
    return markup`<tr><th>${tag}</th>${cells}</tr>\n`;
  });
  return markup`<h2>Passed by tag</h2>
<table><tr><th></th>${variants.map(({ file }) => markup`<th>${file}</th>`)}</tr>
${rows}</table>`;
}

function caseTable({ cases, variants }: EvaluationReport): Markup {
  const head = variants.map(({ file }) => markup`<th>${file}</th>`);
  const rows = cases.map((one) => {
    const cells = variants.map(({ variant }) => markup`<td>${outcomeCell(one[variant])}</td>`);
    return markup`<tr><td>${one.id}${changeOf(one)}</td>${cells}</tr>\n`;
  });
  return markup`<h2>Cases</h2>
<table class="cases"><tr><th>case</th>${head}</tr>
${rows}</table>`;
}

function changeOf({ tested, against }: CaseReport): Markup | undefined {
  if (against?.status === 'passed' && tested.status === 'failed') return markup`<br><b class="failed">regression</b>`;
  if (against?.status === 'failed' && tested.status === 'passed') return markup`<br><b class="passed">improvement</b>`;
  return undefined;
}

function outcomeCell(outcome: Outcome | undefined): Markup {
  if (outcome === undefined) return markup``;
  const { status, score, latencyMs, costNanoUsd, outputs } = outcome;
  const facts = [
    ...(score === undefined ? [] : [`score ${scoreText(score)}`]),
    ...(latencyMs === undefined ? [] : [elapsedText(latencyMs)]),
    ...(costNanoUsd === 0 ? [] : [usdText(costNanoUsd)]),
  ];
  const faults = faultsOf(outcome);
  return markup`<b class="${status}">${status.replace('_', ' ')}</b> ${facts.join(', ')}
${faults.length === 0 ? undefined : markup`<ul>${faults.map((fault) => markup`<li>${fault}</li>`)}</ul>`}
${outputs === undefined ? undefined : markup`<details><summary>outputs</summary><pre>${shortJson(outputs, OUTPUT_CHARACTERS)}</pre></details>`}`;
}

const OUTPUT_CHARACTERS = 4000;
