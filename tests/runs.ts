import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cardsFor } from '../src/cards.ts';
import { connect, loadValue, startRun, type Connection, type StartRequest } from '../src/client.ts';
import { loadConfig, type Config } from '../src/config.ts';
import { stopLocal } from '../src/local/stop.ts';
import { startTemporal } from '../src/local/temporal-server.ts';
import type { Json } from '../src/pipeline/json.ts';
import { makePlan } from '../src/pipeline/make-plan.ts';
import { parsePipeline } from '../src/pipeline/parse.ts';
import type { Plan } from '../src/pipeline/plan.ts';
import type { RunView, StepView } from '../src/pipeline/view.ts';
import { followRun } from '../src/runs.ts';
import { server } from './servers.ts';

/** What a test of runs has to itself: a task queue, folders, a connection. */
export interface TestGround {
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Config;
  /** The same, for the embedded servers: those that a test starts in `folder`. */
  readonly local: Config;
  readonly connection: Connection;
  readonly folder: string;
  close(): Promise<void>;
}

/** Opens a ground on the shared servers, or on a Temporal server of its own; `overrides` are environment variables. */
export async function openGround(
  overrides: Readonly<Record<string, string>> = {},
  temporal: 'shared' | 'own' = 'shared',
): Promise<TestGround> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-test-'));
  const { TEMPORAL_ADDRESS: _, ...surroundings } = process.env;
  const local = loadConfig({ ...surroundings, XDG_STATE_HOME: folder, ...overrides });
  const shared = overrides['TEMPORAL_ADDRESS'] ?? server('temporal');
  const address = temporal === 'shared' ? shared : (await startTemporal(local, () => undefined)).address;
  const environment = {
    TEMPORAL_ADDRESS: address,
    OLLAMA_HOST: server('ollama'),
    ORCHESTRATOR_TASK_QUEUE: `test-${randomUUID()}`,
    XDG_STATE_HOME: folder,
    ...overrides,
  };
  const config = loadConfig({ ...surroundings, ...environment });
  const connection = await connect(config, { address });
  return {
    environment,
    config,
    local,
    connection,
    folder,
    close: async () => {
      await connection.close();
      await stopLocal(local);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The plan of a pipeline that a test writes as YAML. */
export function planOf(yaml: string, config: Config): Plan {
  return makePlan(parsePipeline(yaml, 'test.yaml'), cardsFor(config)).plan;
}

/** Waits until a run looks as described, by its view alone; gives up before the test does. */
export async function untilView(
  connection: Connection,
  runId: string,
  ...[looksRight, patienceMs = 200_000]: [looksRight: (view: RunView) => boolean, patienceMs?: number]
): Promise<RunView> {
  const patience = AbortSignal.timeout(patienceMs);
  let last: RunView | undefined;
  for await (const view of followRun(connection, runId, { signal: patience, intervalMs: 25 })) {
    if (looksRight(view)) return view;
    last = view;
  }
  throw new Error(`the run never looked as expected: ${JSON.stringify(last, undefined, 1)}`);
}

/** Waits for something that no view shows; gives up before the test does. */
export async function untilTrue(what: string, isTrue: () => boolean, patienceMs = 200_000): Promise<void> {
  const givesUpAt = Date.now() + patienceMs;
  while (!isTrue()) {
    if (Date.now() > givesUpAt) throw new Error(`it never happened: ${what}`);
    await delay(25);
  }
}

/** Waits until a run has ended. */
export async function untilEnd(connection: Connection, runId: string, patienceMs = 200_000): Promise<RunView> {
  const givesUpAt = Date.now() + patienceMs;
  const { client } = connection;
  // The server tells it: asking again and again would take the processor from the run.
  const told = client.withAbortSignal(AbortSignal.timeout(patienceMs), () => client.workflow.getHandle(runId).result());
  // A run that failed is at its end as well, and a server that went away may come again.
  await told.catch(() => undefined);
  return untilView(connection, runId, (view) => view.endedAt !== undefined, Math.max(givesUpAt - Date.now(), 5000));
}

export function stepOf(view: RunView, id: string): StepView {
  const found = view.steps.find((step) => step.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}

/** How many steps of a run are done. */
export function doneSteps(view: RunView): number {
  return view.steps.filter((step) => step.status === 'done').length;
}

/** Starts what a test writes as YAML. */
export async function startYaml(
  ground: TestGround,
  yaml: string,
  options: Omit<StartRequest, 'plan'> = {},
): Promise<string> {
  return (await startRun(ground.connection, { plan: planOf(yaml, ground.config), ...options })).runId;
}

/** Runs what a test writes as YAML to its end. */
export async function runYaml(
  ground: TestGround,
  yaml: string,
  inputs: Record<string, unknown> = {},
): Promise<RunView> {
  return untilEnd(ground.connection, await startYaml(ground, yaml, { inputs }));
}

/** The outputs of a run that must be done. */
export async function outputsOf({ connection }: TestGround, view: RunView): Promise<Record<string, Json>> {
  assert.equal(view.status, 'done', JSON.stringify(view.error));
  const entries = Object.entries(view.outputs ?? {}).map(async ([name, value]): Promise<[string, Json]> => {
    return [name, await loadValue(connection, value)];
  });
  return Object.fromEntries(await Promise.all(entries));
}
