import type { CaseReport, ComparisonReport, EvaluationReport } from '../../evaluation/report.ts';
import { elapsedText, usdText } from '../screen/amounts.ts';
import { printableLine } from '../screen/printable.ts';
import { tableLines, type Cell } from '../screen/table.ts';
import type { Lines, Terminal } from '../screen/terminal.ts';
import { faultsOf } from './faults.ts';
import { chanceText, FIGURES, intervalText, scoreText } from './figures.ts';

const STYLES = { passed: 'green', failed: 'red', not_run: 'dim' } as const;

/** An evaluation as people read it: what went wrong case by case, then the figures. */
export function evaluationLines(report: EvaluationReport, { paint, size }: Pick<Terminal, 'paint' | 'size'>): Lines {
  const { variants, comparison, isComplete, reason } = report;
  const wrong = report.cases.filter(({ tested }) => tested.status !== 'passed');
  const cases = tableLines({ columns: CASE_COLUMNS, rows: wrong.map(caseCells) }, paint, size.columns);
  const figures = tableLines(
    {
      columns: [{ head: '' }, ...variants.map(({ file }) => ({ head: printableLine(file) }))],
      rows: FIGURES.map(({ name, of }) => ({ name, texts: variants.map(of) }))
        .filter(({ texts }) => texts.some(Boolean))
        .map(({ name, texts }) => [{ text: name }, ...texts.map((text) => ({ text }))]),
    },
    paint,
    size.columns,
  );
  return [
    ...(wrong.length === 0 ? [] : [...cases, '']),
    ...figures,
    ...(comparison === undefined ? [] : ['', ...comparisonLines(comparison)]),
    ...(isComplete ? [] : ['', `Not all cases were run: ${printableLine(reason ?? 'the run ended before')}`]),
  ];
}

const CASE_COLUMNS = [
  { head: 'CASE' },
  { head: 'STATUS' },
  { head: 'SCORE' },
  { head: 'TIME', rank: 1 },
  { head: 'COST', rank: 2 },
  { head: '' },
];

function caseCells({ id, tested, against }: CaseReport): readonly Cell[] {
  const { status, score, latencyMs, costNanoUsd } = tested;
  const isRegression = against?.status === 'passed' && status === 'failed';
  const faults = faultsOf(tested).map(printableLine).join('; ');
  return [
    { text: printableLine(id) },
    { text: isRegression ? 'regression' : status.replace('_', ' '), style: STYLES[status] },
    { text: score === undefined ? '' : scoreText(score) },
    { text: latencyMs === undefined ? '' : elapsedText(latencyMs) },
    { text: costNanoUsd === 0 ? '' : usdText(costNanoUsd) },
    { text: faults },
  ];
}

function comparisonLines({ regressions, improvements, pairs, chance, scoreDifference }: ComparisonReport): Lines {
  const difference =
    scoreDifference === undefined ? '' : `, difference in score ${intervalText(scoreDifference, scoreText)}`;
  return [
    named('regressions', regressions),
    named('improvements', improvements),
    `over ${pairs} cases that both have run: ${chanceText(chance)}${difference}`,
  ];
}

function named(what: string, ids: readonly string[]): string {
  return `${what}: ${ids.length}${ids.length === 0 ? '' : ` (${ids.map(printableLine).join(', ')})`}`;
}
