import type { Command } from 'commander';
import { PipelineError, type Finding } from '../errors.ts';
import type { Plan } from '../pipeline/plan.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { findingLines, findingReport } from './screen/findings.ts';
import { loadPlan, sourcesOf } from './pipeline-file.ts';
import type { Act, Session } from './session.ts';
import type { Lines, Terminal } from './screen/terminal.ts';

export function addValidate(program: Command, act: Act): void {
  program
    .command('validate <file...>')
    .description('Check pipeline files without running anything.')
    .action(act(validate));
}

async function validate(session: Session, files: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.DONE;
  for (const file of files) if (!(await validateFile(session, file))) exitCode = EXIT.REFUSED;
  return exitCode;
}

/** Says what is wrong and doubtful in one file; true when it can be run. */
async function validateFile({ config, terminal }: Session, file: string): Promise<boolean> {
  const checked = await findingsOf(loadPlan(config, file));
  showFindings(checked.findings, terminal);
  const { plan } = checked;
  const counts = { errors: count(checked.findings, 'error'), warnings: count(checked.findings, 'warning') };
  const facts =
    plan === undefined ? {} : { pipeline: plan.pipeline.name, steps: plan.steps.length, plan_hash: plan.hash };
  terminal.answer({ event: 'validated', file, ok: plan !== undefined, ...counts, ...facts }, () => [
    plan === undefined
      ? `${terminal.paint('red', 'refused')} ${file}: ${some(counts.errors, 'error')}`
      : `${terminal.paint('green', 'ok')} ${file}: ${some(plan.steps.length, 'step')}${counts.warnings === 0 ? '' : `, ${some(counts.warnings, 'warning')}`}`,
  ]);
  return plan !== undefined;
}

/** A file that cannot even be read is a finding too, so that the other files still get their turn. */
export async function findingsOf(
  loading: ReturnType<typeof loadPlan>,
): Promise<{ plan?: Plan; findings: readonly Finding[] }> {
  try {
    const { plan, warnings } = await loading;
    return { plan, findings: warnings };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const { code, message, findings } = error;
    return { findings: findings.length > 0 ? findings : [{ severity: 'error', code, message }] };
  }
}

function showFindings(findings: readonly Finding[], terminal: Terminal): void {
  const sources = sourcesOf(terminal.isLive ? findings : []);
  for (const finding of findings) {
    const render = (): Lines => findingLines(finding, (file) => sources.get(file), terminal.paint);
    terminal.answer({ event: 'finding', ...findingReport(finding) }, render);
  }
}

function count(findings: readonly Finding[], severity: Finding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

function some(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
