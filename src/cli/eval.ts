import { dirname } from 'node:path';
import type { Command } from 'commander';
import { startRun, type Connection } from '../client.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { DATA_BYTES_MAX, readCases, type Case } from '../evaluation/cases.ts';
import type { EvaluationPlan } from '../evaluation/plan.ts';
import type { EvaluationReport } from '../evaluation/report.ts';
import type { Json } from '../pipeline/json.ts';
import type { Plan } from '../pipeline/plan.ts';
import { readFile } from '../read-file.ts';
import { ensureWorker, tendWorker, type Note } from './background-worker.ts';
import { missesOf, type Demands } from './eval/demands.ts';
import { evaluationReport } from './eval/json.ts';
import { evaluationLines } from './eval/lines.ts';
import { dollars, share, whole } from './eval/options.ts';
import { refuseUnwritable, writeReports, type ReportFiles } from './eval/write-reports.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { announceRun, howToFollow, watchTended } from './follow.ts';
import { interruption } from './interruption.ts';
import { findingNotes } from './screen/note-findings.ts';
import { ensureOllama, ollamaModels, progressOf, withConnection } from './servers.ts';
import { shellWord } from './self.ts';
import type { Act, Session } from './session.ts';

interface EvalOptions extends Demands, ReportFiles {
  readonly data: string;
  readonly against?: string;
  readonly id?: string;
  readonly concurrency: number;
  readonly budgetUsd?: number;
  readonly budgetTokens?: number;
}

export function addEval(program: Command, act: Act): void {
  program
    .command('eval <file>')
    .description('Run a pipeline over the cases of a file, and say how good it is; Ctrl-C leaves it going.')
    .requiredOption('--data <file>', 'the cases, on each line { "inputs": …, "expected": …, "id": …, "tags": … }')
    .option('--against <file>', 'another pipeline to compare with, over the same cases')
    .option('--id <id>', "the evaluation's id: the same id again follows the same evaluation, or shows it again")
    .option('--concurrency <n>', 'cases of each pipeline at a time', whole(1, 500), 10)
    .option('--budget-usd <dollars>', 'what all cases together may cost; what is left over then is not run', dollars)
    .option('--budget-tokens <n>', 'the same in tokens', whole(1, 1_000_000_000_000))
    .option('--threshold <share>', 'exit with 1 when a smaller share of the cases is passed, from 0 to 1', share)
    .option('--max-regressions <n>', 'exit with 1 when more cases are passed by --against only', whole(0, 10_000))
    .option('--junit <file>', 'write the result for CI systems')
    .option('--html <file>', 'write a report with charts')
    .action(act(evaluate));
}

async function evaluate(session: Session, file: string, options: EvalOptions): Promise<ExitCode> {
  const { terminal } = session;
  // All that can be refused is refused before any server is asked for.
  const prepared = await prepare(session, file, options);
  const report = await withConnection(prepared.session, (connection) => runToEnd(connection, prepared));
  if (report === undefined) return EXIT.INTERRUPTED;
  await writeReports(report, options);
  const misses = missesOf(report, options);
  terminal.answer({ ...evaluationReport(report), misses }, () => [
    ...evaluationLines(report, terminal),
    ...misses.map((miss) => terminal.paint('red', miss)),
  ]);
  return misses.length === 0 ? EXIT.DONE : EXIT.FAILED;
}

interface Prepared {
  /** With the parts of one's own that were found beside the file. */
  readonly session: Session;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly cases: readonly Case[];
  readonly files: { readonly tested: string; readonly against?: string };
  readonly id?: string;
}

async function prepare({ config, terminal }: Session, file: string, options: EvalOptions): Promise<Prepared> {
  const { data, against, id, maxRegressions } = options;
  if (maxRegressions !== undefined && against === undefined)
    throw new PipelineError('USAGE', 'Cannot count regressions: --max-regressions needs --against');
  await refuseUnwritable(options);
  const cases = readCases(readFile(data, data, DATA_BYTES_MAX), data);
  const files = { tested: file, ...(against === undefined ? {} : { against }) };
  const { planned, own } = await planWithOwnParts(config, files, { ...options, cases: cases.length });
  const { inputsOfCases } = await import('../evaluation/inputs.ts');
  const inputs = inputsOfCases(planned, cases);
  terminal.note(findingNotes(planned.warnings, terminal));
  const session = { terminal, config: own };
  return { session, plan: planned.plan, inputs, cases, files, ...(id === undefined ? {} : { id }) };
}

/** With the configuration that holds what `orchestrator.config.ts` adds. */
async function planWithOwnParts(
  config: Config,
  { tested: file, ...other }: Prepared['files'],
  { budgetUsd: usd, budgetTokens: tokens, cases, concurrency }: EvalOptions & { readonly cases: number },
): Promise<{ planned: EvaluationPlan; own: Config }> {
  // The compiler is half of the program: commands that compile nothing do without.
  const { planEvaluation } = await import('../evaluation/plan.ts');
  const { loadOwnParts } = await import('../own-parts/load.ts');
  const limits = { ...(usd === undefined ? {} : { usd }), ...(tokens === undefined ? {} : { tokens }) };
  const budget = Object.keys(limits).length === 0 ? {} : { budget: limits };
  const own = await loadOwnParts(config, dirname(file), '.');
  try {
    return { planned: await planEvaluation(own, { file, ...other, cases, concurrency, ...budget }), own };
  } finally {
    await own.own?.mcp.close();
  }
}

/** Follows the evaluation to its end; undefined when the reader has seen enough before. */
async function runToEnd(
  connection: Connection,
  { session, plan, inputs, cases, files, id }: Prepared,
): Promise<EvaluationReport | undefined> {
  const { terminal, config } = session;
  const models = ollamaModels(plan);
  const environment = models.length === 0 ? {} : { OLLAMA_HOST: await ensureOllama(session, models) };
  const worker = { config, connection, environment };
  await ensureWorker(worker, progressOf(session));
  const signal = interruption();
  const started = await startRun(connection, { plan, inputs, ...(id === undefined ? {} : { id }) });
  announceRun(terminal, connection, started);
  const { runId } = started;
  const tend = (note: Note, until: AbortSignal) => tendWorker(worker, note, until);
  const view = await watchTended({ terminal, connection, runId, signal, tend });
  if (view?.endedAt === undefined) {
    const how = `The evaluation goes on without this terminal; the same command with --id ${shellWord(runId)} shows its result.`;
    terminal.note(howToFollow(runId, how));
    return undefined;
  }
  const { loadOutcomes } = await import('../evaluation/load-outcomes.ts');
  const { makeReport } = await import('../evaluation/report.ts');
  return makeReport(await loadOutcomes(connection, runId, cases), { cases, files });
}
