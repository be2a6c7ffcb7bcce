import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PipelineError } from '../../src/errors.ts';
import { durationText } from '../../src/pipeline/duration.ts';
import { createPlaces } from './places.ts';
import type { Reply, Works } from './works.ts';

export interface ThreadLimits {
  readonly signal: AbortSignal;
  readonly timeMs: number;
  readonly memoryMib: number;
  /** The error of work that needs more than it may have; `reason` is the second half of its sentence. */
  readonly refuse: (reason: string) => PipelineError;
}

type InputOf<Name extends keyof Works> = Parameters<Works[Name]>[0];
type OutputOf<Name extends keyof Works> = Awaited<ReturnType<Works[Name]>>;

/**
 * Does one piece of work in a thread of its own, which knows nothing of the environment and is ended when the work is
 * done, cancelled, or over a limit: whatever it is busy with, the worker's own thread goes on.
 */
export async function runInThread<Name extends keyof Works>(
  name: Name,
  input: InputOf<Name>,
  limits: ThreadLimits,
): Promise<OutputOf<Name>> {
  await places.take(limits.signal);
  try {
    limits.signal.throwIfAborted();
    return (await answerOf({ name, input }, limits)) as OutputOf<Name>;
  } finally {
    places.leave();
  }
}

/** As many threads as there are processors. */
const places = createPlaces(availableParallelism());

/** The thread's file lies beside this one: TypeScript in a checkout, JavaScript in the package. */
const THREAD = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url);
const MEMORY_LOOK_MS = 50;
const MIB = 1024 * 1024;

async function answerOf(workerData: { name: string; input: unknown }, limits: ThreadLimits): Promise<unknown> {
  const { signal, timeMs, memoryMib, refuse } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const tooMuch = (): void => reject(refuse(`it needs more than ${memoryMib} MiB of memory`));
  const resourceLimits = { maxOldGenerationSizeMb: memoryMib };
  const thread = new Worker(THREAD, { workerData, env: {}, execArgv: [], stdout: true, stderr: true, resourceLimits });
  thread.stdout.resume();
  thread.stderr.resume();
  thread.on('message', resolve);
  thread.on('error', (error) => (isOutOfMemory(error) ? tooMuch() : reject(error)));
  const timer = setTimeout(() => reject(refuse(`it takes longer than ${durationText(timeMs)}`)), timeMs);
  // The limit of the engine holds for objects; buffers lie outside of it.
  const watch = setInterval(
    () => void memoryOf(thread).then((bytes) => bytes > memoryMib * MIB && tooMuch()),
    MEMORY_LOOK_MS,
  );
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return outputOf(await promise);
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(timer);
    clearInterval(watch);
    await thread.terminate();
  }
}

function outputOf(reply: Reply): unknown {
  if (reply.isDone) return reply.output;
  throw new PipelineError(reply.code, reply.message);
}

function isOutOfMemory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
}

async function memoryOf(thread: Worker): Promise<number> {
  try {
    const { used_heap_size: objects, external_memory: buffers } = await thread.getHeapStatistics();
    return objects + buffers;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
