import { Command } from 'commander';
import manifest from 'orchestrator/package.json' with { type: 'json' };
import { addDev } from './dev.ts';
import { addDoctor } from './doctor.ts';
import { addEval } from './eval.ts';
import { addModels } from './models.ts';
import { addPlan } from './plan.ts';
import { addReplay } from './replay.ts';
import { addRun } from './run.ts';
import { addRuns } from './runs.ts';
import { addSchedules } from './schedules.ts';
import { addInit } from './init.ts';
import { addSpending } from './spending.ts';
import { addTools } from './tools.ts';
import type { Act } from './session.ts';
import { addValidate } from './validate.ts';
import { addWorker } from './worker.ts';

const COMMANDS = [
  addInit,
  addRun,
  addValidate,
  addPlan,
  addEval,
  addModels,
  addTools,
  addRuns,
  addSchedules,
  addSpending,
  addReplay,
  addWorker,
  addDev,
  addDoctor,
];

/** The whole command line. Its errors are thrown, not printed. */
export function createProgram(act: Act): Command {
  const program = new Command('orchestrator')
    .description('Durable AI pipelines on Temporal.')
    .version(manifest.version)
    .option('--json', 'write JSON lines to stdout, and nothing else')
    .option('--debug', 'show the stack of an error')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .showSuggestionAfterError();
  for (const add of COMMANDS) add(program, act);
  return program;
}
