import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ollamaAddress } from '../../activities/models/ollama-address.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { isAlive, lastLines, startBackground, stopBackground } from './background.ts';
import { modelsFolder, stateFiles } from './folders.ts';
import { withLock } from './lock.ts';
import { ollamaProgram } from './ollama-program.ts';
import { freePort } from './ports.ts';
import { provideProgram, type FoundProgram } from './program.ts';
import { timed, type Progress } from './progress.ts';
import { readRecord, writeRecord } from './record.ts';

export interface OllamaServer {
  readonly url: string;
  readonly startedNow: boolean;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const ANSWER_MAX_MS = 5_000;
const START_MAX_MS = 30_000;
const POLL_MS = 50;

/**
 * Makes sure that an Ollama server answers: the one at `OLLAMA_HOST`, or else our own on this machine, which is
 * found running or started and goes on running afterwards. Throws `SETUP_FAILED`.
 */
export async function startOllama(config: Config, progress: Progress): Promise<OllamaServer> {
  const wanted = wantedUrl(config);
  if ((await ollamaVersion(wanted.href)) !== undefined) return { url: wanted.origin, startedNow: false };
  if (!LOOPBACK.includes(wanted.hostname)) {
    throw new PipelineError(
      'SETUP_FAILED',
      `Cannot reach Ollama at ${wanted.origin}: start it there, or unset OLLAMA_HOST to have one started here`,
    );
  }
  return await withLock(stateFiles(config).lock, progress, async () => {
    const running = await runningOllama(config);
    return running ?? (await startOwn(config, Number(wanted.port), progress));
  });
}

/** Where `OLLAMA_HOST` points. Throws `CONFIG_INVALID` when it is no address. */
export function wantedUrl(config: Config): URL {
  const address = ollamaAddress(String(config.providers['ollama']?.baseUrl));
  const url = URL.parse(address);
  if (url !== null) return url;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot use OLLAMA_HOST: "${address}" is no address, allowed are host, host:port and URLs`,
  );
}

const Version = z.object({ version: z.string() });

/** The version that the server names; undefined when no Ollama answers there. */
export async function ollamaVersion(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/api/version', url), { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    return Version.parse(await response.json()).version;
  } catch {
    return undefined;
  }
}

/** Our own server, if it runs and answers. */
export async function runningOllama(config: Config): Promise<OllamaServer | undefined> {
  const record = await readRecord(stateFiles(config).ollamaRecord);
  const isThere = record !== undefined && (await isAlive(record.pid, record.mark));
  if (!isThere || (await ollamaVersion(record.address)) === undefined) return undefined;
  return { url: record.address, startedNow: false };
}

async function startOwn(config: Config, port: number, progress: Progress): Promise<OllamaServer> {
  const program = await provideProgram(await ollamaProgram(), config.folders.cache, progress);
  // A server that was killed leaves the process behind that holds its model; one that does not answer is no use.
  const old = await readRecord(stateFiles(config).ollamaRecord);
  if (old !== undefined) await stopBackground(old.pid, old.mark);
  return await timed(progress, { title: 'Starting Ollama' }, async () => ({
    url: await launch(config, program, await freePort(port)),
    startedNow: true,
  }));
}

async function launch(config: Config, program: FoundProgram, port: number): Promise<string> {
  const { ollamaLog, ollamaRecord } = stateFiles(config);
  const url = `http://127.0.0.1:${port}`;
  const started = await startBackground({
    program: program.path,
    args: ['serve'],
    env: {
      OLLAMA_HOST: `127.0.0.1:${port}`,
      // At its start a server deletes what no model needs; another one may just be pulling that into the same folder.
      OLLAMA_NOPRUNE: '1',
      // Steps run side by side; and a call that a server of this version never gives back holds up only itself.
      OLLAMA_NUM_PARALLEL: '4',
      // Somebody who installed Ollama has models in its own folder.
      ...(program.from === 'cache' ? { OLLAMA_MODELS: modelsFolder(config) } : {}),
    },
    log: ollamaLog,
  });
  await writeRecord(ollamaRecord, {
    pid: started.pid,
    mark: program.path,
    address: url,
    program: program.path,
  });
  const deadline = Date.now() + START_MAX_MS;
  while ((await ollamaVersion(url)) === undefined) {
    if (started.hasEnded() || Date.now() > deadline) {
      throw new PipelineError(
        'SETUP_FAILED',
        `Cannot start Ollama with ${program.path}: ${await lastLines(ollamaLog, 5)}`,
      );
    }
    await delay(POLL_MS);
  }
  return url;
}
