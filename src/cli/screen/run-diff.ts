import type { Pair, RunComparison, RunTotals, StepComparison, StepFacts } from '../../pipeline/compare-runs.ts';
import type { ViewedValue } from '../../pipeline/view.ts';
import { elapsedText, tokensText, totalCostText, usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import { section } from './run-end.ts';
import { STATUS_STYLE } from './steps-table.ts';
import { cutToWidth, tableLines, type Cell, type Table } from './table.ts';
import type { Lines, Paint, Terminal } from './terminal.ts';

type Page = Pick<Terminal, 'paint' | 'size'>;

/** What differs between two runs, for people. */
export function diffLines(comparison: RunComparison, { paint, size }: Page): Lines {
  const { isPlanSame, plan, inputs, outputs, steps } = comparison;
  const width = size.columns;
  return [
    ...tableLines(totalsTable(comparison), paint, width),
    ...section('Plan', isPlanSame ? ['  the same'] : planLines(plan, paint)),
    ...section('Inputs', valueLines(inputs, { paint, width })),
    ...section(
      'Steps',
      steps.flatMap((step) => stepLines(step, { paint, width })),
    ),
    ...section('Outputs', valueLines(outputs, { paint, width })),
  ];
}

function totalsTable({ before, after }: RunComparison): Table {
  return {
    columns: ['', 'RUN', 'STATUS', 'TIME', 'TOKENS', 'COST', 'SAVED', ''].map((head) => ({ head })),
    rows: [totalsCells('-', before), totalsCells('+', after)],
  };
}

function totalsCells(mark: string, totals: RunTotals): readonly Cell[] {
  const { runId, status, ms, usage, savedNanoUsd, error = '' } = totals;
  return [
    { text: mark },
    { text: printableLine(runId) },
    { text: status, style: STATUS_STYLE[status] },
    { text: elapsedText(ms) },
    { text: tokensText(usage) },
    { text: totalCostText(totals) },
    { text: savedNanoUsd === 0 ? '' : usdText(savedNanoUsd) },
    { text: error, style: 'red' },
  ];
}

function planLines({ added, removed, changed, pipeline }: RunComparison['plan'], paint: Paint): Lines {
  return [
    ...(pipeline.length === 0 ? [] : [`  ~ the pipeline: ${pipeline.join(', ')}`]),
    ...changed.map(({ step, keys }) => `  ${paint('yellow', `~ ${printableLine(step)}`)}: ${keys.join(', ')}`),
    ...removed.map((step) => paint('red', `  - ${printableLine(step)}`)),
    ...added.map((step) => paint('green', `  + ${printableLine(step)}`)),
  ];
}

interface Room {
  readonly paint: Paint;
  readonly width: number;
}

function valueLines(values: Readonly<Record<string, Pair<ViewedValue>>>, room: Room): Lines {
  return Object.entries(values).flatMap(([name, pair]) => [`  ${printableLine(name)}`, ...bothLines(pair, room)]);
}

function bothLines({ before, after }: Pair<ViewedValue>, { paint, width }: Room): Lines {
  return [
    ...(before === undefined ? [] : [paint('red', cutToWidth(`    - ${valueText(before)}`, width))]),
    ...(after === undefined ? [] : [paint('green', cutToWidth(`    + ${valueText(after)}`, width))]),
  ];
}

const SHOWN_CHARACTERS = 200;

function valueText(value: ViewedValue): string {
  const text =
    'inline' in value ? JSON.stringify(value.inline) : 'artifact' in value ? value.artifact.preview : value.preview;
  return cutToWidth(printableLine(text), SHOWN_CHARACTERS);
}

function stepLines({ step, facts, output, verdicts }: StepComparison, room: Room): Lines {
  const { before, after } = facts;
  return [
    `  ${room.paint('bold', printableLine(step))}  ${factsText(before)} → ${factsText(after)}`,
    ...(output === 'same' ? [] : bothLines(output, room)),
    ...verdicts.flatMap(({ check, ...pair }) => [
      ...(pair.before === undefined ? [] : [room.paint('red', `    - ${verdictText(check, pair.before)}`)]),
      ...(pair.after === undefined ? [] : [room.paint('green', `    + ${verdictText(check, pair.after)}`)]),
    ]),
  ];
}

/** What a step took, in a few words; nothing that it did not have. */
function factsText(facts: StepFacts | undefined): string {
  if (facts === undefined) return 'not there';
  const { status, error, model, usage, costNanoUsd, isReused, ms } = facts;
  const parts = [
    error ?? status,
    model,
    isReused ? 'taken over' : undefined,
    usage === undefined || isReused ? undefined : tokensText(usage),
    costNanoUsd === undefined || costNanoUsd === 0
      ? undefined
      : costNanoUsd === null
        ? 'cost unknown'
        : usdText(costNanoUsd),
    ms === undefined ? undefined : elapsedText(ms),
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function verdictText(
  check: string,
  { passed, score, reason }: { passed: boolean; score: number; reason: string },
): string {
  return `${passed ? '✓' : '✗'} ${check} ${Number(score.toFixed(2))}: ${printableLine(reason)}`;
}
