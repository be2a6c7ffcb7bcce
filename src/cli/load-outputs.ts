import { loadValue, type Connection } from '../client.ts';
import type { Json } from '../pipeline/json.ts';
import type { RunView, ViewedValue } from '../pipeline/view.ts';
import { runLink } from '../runs.ts';
import type { RunEnd } from './screen/run-end.ts';
import { stepLines } from './screen/step-lines.ts';

/** A run with its outputs, those in the artifact store too. */
export async function loadEnd(connection: Connection, view: RunView): Promise<RunEnd> {
  const outputs = await loadAll(connection, Object.entries(view.outputs ?? {}));
  return { view, outputs, link: runLink(connection, view.runId) };
}

/** The outputs of the steps that are done, by their paths. */
export function loadStepOutputs(
  connection: Connection,
  { steps }: Pick<RunView, 'steps'>,
): Promise<Readonly<Record<string, Json>>> {
  const done = stepLines(steps).flatMap(({ step, path }) =>
    step.status === 'done' ? [[path, step.output] as const] : [],
  );
  return loadAll(connection, done);
}

async function loadAll(
  connection: Connection,
  values: readonly (readonly [string, ViewedValue])[],
): Promise<Readonly<Record<string, Json>>> {
  return Object.fromEntries(
    await Promise.all(values.map(async ([name, value]) => [name, await loadViewed(connection, value)] as const)),
  );
}

/** While a run goes on its view holds only the beginning of a long value. */
async function loadViewed(connection: Connection, value: ViewedValue): Promise<Json> {
  return 'preview' in value ? `${value.preview} …` : loadValue(connection, value);
}
