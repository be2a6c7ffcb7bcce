import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { provideProgram } from '../../src/local/program.ts';
import { temporalCli } from '../../src/local/temporal-program.ts';
import { type Ground, openGround } from './ground.ts';
import { makeHeader } from './header.ts';
import { looksThrottled } from './quiet.ts';
import type { Failure, Header, Recording, Round } from './record.ts';
import { runScenario } from './rounds.ts';
import { SCENARIOS, type Scenario, type Size } from './scenarios.ts';
import { median } from './statistics.ts';

export interface BenchOptions {
  readonly isSmoke: boolean;
  /** Names of scenarios; all of them without it. */
  readonly only: readonly string[] | undefined;
  /** No new round after so long, but one of each scenario at least. */
  readonly minutes: number | undefined;
  /** A folder for the CPU profiles of the workers. */
  readonly cpuProfiles: string | undefined;
  /** How the bench was called. */
  readonly command: string;
  /** Ends the bench: what was started is stopped, and what was measured is kept. */
  readonly signal: AbortSignal;
}

const RESULTS = join(import.meta.dirname, 'results');
const MINUTES = { full: 14, smoke: 1.2 } as const;

/** Runs the scenarios and writes one line for each round to a new file; also says what happens on standard error. */
export async function runBench(options: BenchOptions): Promise<{ file: string; recording: Recording }> {
  const { cache } = loadConfig(process.env).folders;
  const { path: program } = await provideProgram(temporalCli, cache, (line) => console.error(line));
  const header = await makeHeader(program, options.command);
  const file = join(RESULTS, `${header.date.replaceAll(/[:.]/gu, '-')}-${header.commit}.jsonl`);
  const recording = { header, rounds: [] as Round[], failures: [] as Failure[] };
  const write = (line: Header | Round | Failure) => appendFile(file, `${JSON.stringify(line)}\n`);
  await write(header);

  const { cpuProfiles } = options;
  const workerFlags = cpuProfiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfiles}`];
  const ground = await openGround({ parent: cache, program, workerFlags });
  const minutes = options.minutes ?? MINUTES[options.isSmoke ? 'smoke' : 'full'];
  const until = performance.now() + minutes * 60_000;
  const work = runScenarios(ground, chosen(options), { recording, until, write });
  try {
    await Promise.race([work, once(options.signal, 'abort')]);
  } finally {
    // Once its servers are gone, an interrupted measurement fails, and nobody is to hear of it.
    work.catch(() => undefined);
    await ground.close();
  }
  return { file, recording };
}

type Chosen = readonly (readonly [Scenario, Size])[];

function chosen({ isSmoke, only }: BenchOptions): Chosen {
  const unknown = only?.find((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) {
    throw new Error(`no scenario "${unknown}": there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  }
  return SCENARIOS.filter(({ name }) => only?.includes(name) ?? true).flatMap((scenario) => {
    const size = isSmoke ? scenario.smoke : scenario.full;
    return size === undefined ? [] : [[scenario, size] as const];
  });
}

interface Running {
  readonly recording: { readonly rounds: Round[]; readonly failures: Failure[] };
  readonly until: number;
  readonly write: (line: Round | Failure) => Promise<void>;
}

async function runScenarios(ground: Ground, scenarios: Chosen, { recording, until, write }: Running): Promise<void> {
  const { rounds, failures } = recording;
  for (const [index, [scenario, size]] of scenarios.entries()) {
    console.error(scenario.title);
    const now = performance.now();
    const share = now + (until - now) / (scenarios.length - index);
    try {
      const onRound = async (round: Round, dropped: string | undefined) => {
        await write(round);
        console.error(
          `  round ${round.round}: ${summaryOf(round)}${dropped === undefined ? '' : ` (dropped: ${dropped})`}`,
        );
      };
      const measured = await runScenario(ground, scenario, { size, earlier: rounds, until: share, onRound });
      refuseThrottled(scenario, measured);
      rounds.push(...measured);
    } catch (error) {
      // One scenario that cannot be measured does not cost the others.
      const message = error instanceof Error ? error.message : String(error);
      const failure: Failure = { type: 'failure', scenario: scenario.name, message };
      failures.push(failure);
      await write(failure);
      console.error(`  failed: ${message}`);
    }
  }
}

/** A tuned server whose steps last a multiple of its polling period is not tuned at all. */
function refuseThrottled({ work, lanes }: Scenario, rounds: readonly Round[]): void {
  if (work.kind !== 'runs' || work.job.kind !== 'sequence' || work.job.steps === 1) return;
  for (const lane of lanes.filter((id) => id.endsWith('@tuned-file'))) {
    const ms = median(rounds.flatMap((round) => round.lanes[lane]?.samples['ms'] ?? []));
    if (looksThrottled(ms)) throw new Error(`${lane} takes ${ms.toFixed(1)} ms per step: its server is throttled`);
  }
}

function summaryOf({ lanes }: Round): string {
  const parts = Object.entries(lanes).map(([lane, { samples }]) => {
    const figures = Object.entries(samples).map(([metric, values]) => `${metric} ${median(values).toFixed(1)}`);
    return `${lane} ${figures.join(', ')}`;
  });
  return parts.join('; ');
}
