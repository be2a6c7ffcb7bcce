import { connect, type Connection } from '../client.ts';
import { ensureModel } from '../local/model.ts';
import { startOllama } from '../local/ollama-server.ts';
import type { Progress } from '../local/progress.ts';
import { startTemporal } from '../local/temporal-server.ts';
import { questionsOf } from '../pipeline/check-calls.ts';
import { otherModels } from '../pipeline/ladder.ts';
import type { Plan, StepPlan } from '../pipeline/plan.ts';
import { innerSteps } from '../pipeline/plan-steps.ts';
import type { Session } from './session.ts';

/** Finds Temporal, or starts the embedded server, and works over one connection to it. */
export async function withConnection<T>(session: Session, work: (connection: Connection) => Promise<T>): Promise<T> {
  const server = await startTemporal(session.config, progressOf(session));
  const connection = await connect(session.config, server);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** What is said on the side: what set-up does while it takes its time, and what was started. */
export function progressOf({ terminal }: Session): Progress {
  return (line) => terminal.note([terminal.paintNote('dim', line)]);
}

/** Makes sure of Ollama and of these models; its address, which is another one than configured when that port is taken. */
export async function ensureOllama(session: Session, models: readonly string[]): Promise<string> {
  const { url } = await startOllama(session.config, progressOf(session));
  for (const model of models) await ensureModel(url, model, progressOf(session));
  return url;
}

/** The Ollama models that a plan calls first, wherever in it; those it falls back to are not pulled unasked. */
export function ollamaModels({ steps }: Plan): readonly string[] {
  const questions = withInner(steps).flatMap((step) => [...questionsOf(step), ...otherModels(step)]);
  const firstChoices = questions.flatMap(({ candidates }) => candidates.slice(0, 1));
  return [...new Set(firstChoices.filter(({ provider }) => provider === 'ollama').map(({ model }) => model))];
}

function withInner(steps: readonly StepPlan[]): readonly StepPlan[] {
  return steps.flatMap((step) => [step, ...withInner(innerSteps(step))]);
}
