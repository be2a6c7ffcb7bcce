import type { Command } from 'commander';
import { planMermaid } from '../pipeline/graph/mermaid.ts';
import { planText } from '../pipeline/graph.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { findingNotes } from './screen/note-findings.ts';
import { loadPlan } from './pipeline-file.ts';
import type { Act, Session } from './session.ts';

interface PlanOptions {
  readonly mermaid?: true;
}

export function addPlan(program: Command, act: Act): void {
  program
    .command('plan <file>')
    .description('Show what would run: as text, as a Mermaid graph, or with --json the plan itself.')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action(act(plan));
}

async function plan({ config, terminal }: Session, file: string, { mermaid }: PlanOptions): Promise<ExitCode> {
  const made = await loadPlan(config, file);
  terminal.note(findingNotes(made.warnings, terminal));
  terminal.answer(made.plan, () => [mermaid ? planMermaid(made.plan) : planText(made.plan)]);
  return EXIT.DONE;
}
