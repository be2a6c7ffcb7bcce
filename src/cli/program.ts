import { Command } from 'commander';
import manifest from 'orchestrator/package.json' with { type: 'json' };
import { addCommands, type Commands } from './commands.ts';
import type { Act } from './session.ts';

const COMMANDS: Commands = {
  init: async () => (await import('./init.ts')).addInit,
  run: async () => (await import('./run.ts')).addRun,
  validate: async () => (await import('./validate.ts')).addValidate,
  plan: async () => (await import('./plan.ts')).addPlan,
  eval: async () => (await import('./eval.ts')).addEval,
  models: async () => (await import('./models.ts')).addModels,
  tools: async () => (await import('./tools.ts')).addTools,
  runs: async () => (await import('./runs.ts')).addRuns,
  schedules: async () => (await import('./schedules.ts')).addSchedules,
  spending: async () => (await import('./spending.ts')).addSpending,
  replay: async () => (await import('./replay.ts')).addReplay,
  worker: async () => (await import('./worker.ts')).addWorker,
  dev: async () => (await import('./dev.ts')).addDev,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
};

/** The command line, as far as it takes to read these arguments. Its errors are thrown, not printed. */
export async function createProgram(act: Act, args: readonly string[]): Promise<Command> {
  const program = new Command('orchestrator')
    .description('Durable AI pipelines on Temporal.')
    .version(manifest.version)
    .option('--json', 'write JSON lines to stdout, and nothing else')
    .option('--debug', 'show the stack of an error')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .showSuggestionAfterError();
  await addCommands(COMMANDS, program, { act, args });
  return program;
}
