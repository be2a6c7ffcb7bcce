import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';

/** Temporal takes 20,000 bytes of details; a row is at most some 160. */
const ROWS_MAX = 100;

/** The Markdown table of steps that Temporal's Web UI shows; one row is rewritten at a time. */
export interface Details {
  update(step: StepPlan, status: string): void;
  text(): string;
}

/** `results` are of steps that ended in an earlier history. */
export function openDetails(steps: readonly StepPlan[], results: ReadonlyMap<string, StepResult>): Details {
  const shown = steps.slice(0, ROWS_MAX);
  const indexOf = new Map(shown.map((step, index) => [step.id, index]));
  const rows = shown.map((step) => {
    const result = results.get(step.id);
    return row(step, result === undefined ? 'pending' : statusText(result));
  });
  const rest = steps.length - shown.length;
  return {
    update(step, status) {
      const index = indexOf.get(step.id);
      if (index !== undefined) rows[index] = row(step, status);
    },
    text() {
      const more = rest === 0 ? [] : [`\n… and ${rest} more: \`orchestrator runs show\``];
      return ['| step | kind | status |', '|---|---|---|', ...rows, ...more].join('\n');
    },
  };
}

/** A status, with what tells most about it. */
export function statusText(result: StepResult): string {
  switch (result.status) {
    case 'done':
      return result.model === undefined ? 'done' : `done (${result.model})`;
    case 'failed':
      return `failed: ${result.error.code}`;
    case 'skipped':
    case 'cancelled':
      return `${result.status}: ${result.because}`;
  }
}

function row(step: StepPlan, status: string): string {
  return `| ${cell(step.id, 40)} | ${step.kind} | ${cell(status, 100)} |`;
}

function cell(text: string, characters: number): string {
  return text.slice(0, characters).replaceAll(/[|\n\r]/gu, ' ');
}
