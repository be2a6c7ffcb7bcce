import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Ollama } from 'ollama';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import { askModel, type ModelDeps } from '../../../activities/models/invoke-model.ts';
import { alwaysMayBuy } from '../../../activities/models/may-buy.ts';
import { ollama } from '../../../activities/models/ollama.ts';
import { loadConfig } from '../../../src/config.ts';
import { ensureModel, SMALL_MODEL } from '../../../src/local/model.ts';
import { startOllama } from '../../../src/local/ollama-server.ts';
import { observeTime, timeOf, type Measure } from './measure.ts';

/** One call of a small model, by turns through the vendor's client alone and as an activity makes it, with journal and stream. */
export interface ModelCallWork {
  readonly kind: 'model-call';
  readonly outputTokens: number;
}

const quiet = (): undefined => undefined;

const PROMPT = 'Tell me about rivers.';

export const measureModelCall: Measure<ModelCallWork> = async (ground, _lane, { work, repeats }) => {
  const { url } = await startOllama(loadConfig(process.env), quiet);
  await ensureModel(url, SMALL_MODEL, quiet);
  const provider = ollama.connect({ baseUrl: url });
  const store = openLocalDisk(join(ground.folder, 'journal'));
  const deps: ModelDeps = { store, connect: () => provider, priceOf: () => null, mayBuy: alwaysMayBuy };
  const direct = () => callDirectly(url, work);
  const asked = () => callThroughJournal(deps, work);
  // The model is loaded, and both ways have been gone once.
  await direct();
  await asked();
  return observeTime(async () => {
    const directMs: number[] = [];
    const askedMs: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      directMs.push(await timeOf(direct));
      askedMs.push(await timeOf(asked));
    }
    return { directMs, askedMs };
  });
};

async function callDirectly(host: string, { outputTokens }: ModelCallWork): Promise<void> {
  const answer = await new Ollama({ host }).chat({
    model: SMALL_MODEL,
    messages: [{ role: 'user', content: PROMPT }],
    stream: true,
    options: { num_predict: outputTokens, temperature: 0 },
  });
  for await (const piece of answer) if (piece.done) return;
}

async function callThroughJournal(deps: ModelDeps, { outputTokens }: ModelCallWork): Promise<void> {
  const call = {
    tenant: 'bench',
    runId: randomUUID(),
    path: 'step',
    scope: {},
    candidate: { provider: 'ollama', model: SMALL_MODEL, isPaid: false },
    prompt: { kind: 'literal', value: PROMPT },
    accept: ['length'],
    temperature: 0,
    maxOutputTokens: outputTokens,
  } as const;
  const { signal } = new AbortController();
  await askModel(deps, call, { signal, onDelta: () => undefined, attempt: 1, timeoutMs: 60_000 });
}
