import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { estimatePlan } from '../pipeline/estimate.ts';
import { planMermaid } from '../pipeline/graph/mermaid.ts';
import { planText } from '../pipeline/graph.ts';
import type { Past } from '../pipeline/past.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { choiceLines } from './screen/choice-lines.ts';
import { estimateLines, estimateReport } from './screen/estimate-report.ts';
import { findingNotes } from './screen/note-findings.ts';
import { loadPlan } from './pipeline-file.ts';
import type { Act, Session } from './session.ts';
import type { Terminal } from './screen/terminal.ts';

interface PlanOptions {
  readonly mermaid?: true;
}

export function addPlan(program: Command, act: Act): void {
  program
    .command('plan <file>')
    .description('Show what would run, and what it would use at most: as text, as a Mermaid graph, or with --json.')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action(act(plan));
}

async function plan({ config, terminal }: Session, file: string, { mermaid }: PlanOptions): Promise<ExitCode> {
  const made = await loadPlan(config, file);
  terminal.note(findingNotes(made.warnings, terminal));
  if (mermaid && !terminal.isJson) {
    terminal.answer({}, () => [planMermaid(made.plan)]);
    return EXIT.DONE;
  }
  const estimate = estimatePlan(made.plan);
  const past = estimate.steps.length === 0 ? undefined : await pastOf(config, terminal, made.plan.pipeline.name);
  const outlook = { estimate, past, budget: made.plan.limits.budget };
  terminal.answer({ ...made.plan, estimate: estimateReport(outlook) }, () => [
    planText(made.plan),
    ...choiceLines(made.plan),
    ...estimateLines(outlook, terminal),
  ]);
  return EXIT.DONE;
}

/** A plan is worth having without its past. */
async function pastOf(config: Config, terminal: Terminal, pipeline: string): Promise<Past | undefined> {
  // What speaks to Temporal takes a while to load, and is needed for this alone.
  const { askPast } = await import('./past.ts');
  try {
    return await askPast(config, pipeline);
  } catch (error) {
    terminal.note([`Cannot say what past runs have used: ${(error as Error).message}`]);
    return undefined;
  }
}
