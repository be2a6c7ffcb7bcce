import { cut } from './ladder.ts';
import type { JudgedStep, JudgedTry, Outcome, QualityReport } from './quality-report.ts';
import type { Verdict } from './result.ts';

/** A report of the quality of a run, for people. */
export function qualityMarkdown(report: QualityReport): string {
  const { runId, pipeline, status, verdicts, cost, steps } = report;
  const lines = [
    `# Quality of run ${escaped(runId)}`,
    '',
    `Pipeline ${escaped(pipeline)}, ${status}. ${verdicts.passed} of ${verdicts.total} verdicts on what was given are good.`,
    '',
    '| Outcome | Outputs |',
    '| --- | --- |',
    ...Object.entries(report.outcomes).flatMap(([outcome, count]) =>
      count === 0 ? [] : [`| ${OUTCOMES[outcome as Outcome]} | ${count} |`],
    ),
    '',
    `Cost: ${usd(cost.totalNanoUsd)}${cost.hasUnknown ? ' at least' : ''}, of which ${usd(cost.rungsNanoUsd)} for other answers and ${usd(cost.checksNanoUsd)} for checks.`,
    ...steps.slice(0, STEPS_MAX).flatMap(stepLines),
    ...(steps.length > STEPS_MAX ? ['', `And ${steps.length - STEPS_MAX} more.`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Of so many steps people read more elsewhere: the report as JSON has all of them. */
const STEPS_MAX = 500;

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  passed: 'passed at once',
  repaired: 'passed after a rung',
  accepted: 'accepted by people',
  continued: 'taken although checks are not passed',
  failed: 'not taken',
  open: 'not decided yet',
};

function stepLines({ step, outcome, tries }: JudgedStep): readonly string[] {
  return [
    '',
    `## ${escaped(step)}: ${OUTCOMES[outcome]}`,
    '',
    '| Output of | Check | Verdict | Score | Reason |',
    '| --- | --- | --- | --- | --- |',
    ...tries.flatMap(tryRows),
  ];
}

function tryRows(tried: JudgedTry): readonly string[] {
  const rows = tried.checks.map((verdict) => verdictRow(originOf(tried), verdict));
  const { decision, error } = tried;
  if (error !== undefined) return [row([originOf(tried), '', 'failed', '', `${error.code} ${error.message}`]), ...rows];
  if (decision === undefined) return rows;
  const by = decision.by.length === 0 ? 'nobody in time' : decision.by.join(', ');
  return [row([tried.by, '', `${decision.choice} (${by})`, '', decision.comment ?? '']), ...rows];
}

function originOf({ by, model }: JudgedTry): string {
  return model === undefined ? by : `${by} (${model})`;
}

function verdictRow(origin: string, { check, passed, score, reason }: Verdict): string {
  return row([origin, check, passed ? 'passed' : 'NOT PASSED', String(Math.round(score * 1000) / 1000), reason]);
}

const CELL_CHARACTERS = 300;

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => escaped(cut(cell, CELL_CHARACTERS))).join(' | ')} |`;
}

/** What models and people say is text here, whatever it looks like. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').replaceAll(/[\\|<>[\]`]/gu, String.raw`\$&`);
}

function usd(nanoUsd: number): string {
  return `$${String(Number((nanoUsd / 1e9).toFixed(6)))}`;
}
