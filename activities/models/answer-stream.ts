import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { runName } from '../artifacts/names.ts';
import type { ArtifactStore } from '../artifacts/store.ts';

/** What an answer is the answer to: the first line of its stream. */
export interface StreamHead {
  readonly path: string;
  /** `provider/model`. */
  readonly model: string;
  readonly attempt: number;
  readonly turn?: number;
  readonly isRepair?: true;
}

/** A line of a stream. Times are milliseconds since 1970; a line with nothing else is a sign of life. */
export type StreamLine = { readonly at: number } & (
  { readonly head: StreamHead } | { readonly text: string } | { readonly isOver: true } | object
);

export interface AnswerStream {
  write(text: string): void;
  /** Writes what is left, and that no more will come. */
  close(): Promise<void>;
}

/** Pieces that arrive within this time are written together. */
const BATCH_MS = 200;
const BEAT_MS = 1000;
/** No more of one answer is shown while it grows, in characters; nothing of it is lost by that. */
const SHOWN_MAX = 1024 * 1024;

/** Holds a folder of streams for each run, by `runName`. */
export const STREAMS = 'streams';

/** The streams of a run's answers. */
export function streamFolder(runId: string): string {
  return `${STREAMS}/${runName(runId)}`;
}

/** The name of a new stream: sorted, names of one run stand in the order in which they began. */
export function newStream(runId: string, now: number): string {
  return `${streamFolder(runId)}/${String(now).padStart(15, '0')}-${randomUUID()}`;
}

/**
 * Begins a stream. It is for those who watch and shows that the call goes on; what cannot be written is left out, since
 * the answer itself comes another way.
 */
export function openStream(
  store: ArtifactStore,
  { tenant, name }: { readonly tenant: string; readonly name: string },
  head: StreamHead,
): AnswerStream {
  let waiting = '';
  let shown = 0;
  let writtenAt = Date.now();
  let isBroken = false;
  let last: Promise<void> = Promise.resolve();
  const append = (content: object): void => {
    writtenAt = Date.now();
    const line = `${JSON.stringify({ at: writtenAt, ...content } satisfies StreamLine)}\n`;
    last = last.then(async () => {
      if (isBroken) return;
      await store.append(tenant, name, Buffer.from(line)).catch(() => {
        isBroken = true;
      });
    });
  };
  const flush = (): void => {
    if (waiting !== '') append({ text: waiting });
    waiting = '';
  };
  append({ head });
  const timer = setInterval(() => {
    flush();
    if (Date.now() - writtenAt >= BEAT_MS) append({});
  }, BATCH_MS);
  return {
    write(text) {
      const piece = text.slice(0, SHOWN_MAX - shown);
      shown += piece.length;
      waiting += piece;
    },
    async close() {
      clearInterval(timer);
      flush();
      append({ isOver: true });
      await last;
    },
  };
}

/** The whole lines of a piece of a stream, and how many bytes they are: the last line may be half written. */
export function readLines(bytes: Uint8Array): { readonly lines: readonly StreamLine[]; readonly length: number } {
  const length = bytes.lastIndexOf(10) + 1;
  const text = Buffer.from(bytes.subarray(0, length)).toString('utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return { lines: lines.map((line) => JSON.parse(line) as StreamLine), length };
}

/** When a stream was last written to, as it says itself. */
export function lastBeatIn(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : readLines(bytes).lines.at(-1)?.at;
}
