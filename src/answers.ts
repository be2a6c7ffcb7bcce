import { setTimeout as delay } from 'node:timers/promises';
import { readLines, streamFolder, type StreamHead, type StreamLine } from '../activities/models/answer-stream.ts';
import type { Connection } from './client.ts';
import { findOpenRun, isPassing } from './run-handle.ts';

/** A piece of what a model says, while it says it. */
export interface AnswerPiece extends StreamHead {
  readonly text: string;
  /** What came before at this place is void: another attempt, or another model, has begun. */
  readonly isAnew?: true;
  /** Nothing more comes from this attempt. */
  readonly isOver?: true;
}

export interface FollowAnswersOptions {
  /** Ends the following only. */
  readonly signal?: AbortSignal;
  /** How often it is looked, in milliseconds; default 200. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 200;
/** How often it is asked whether the run goes on. */
const OPEN_MS = 1000;

/**
 * Yields what the models of a run say, from the first answer that can still be read, until the run has ended. Pieces of
 * steps side by side come mixed, told apart by `path` and `turn`. Throws `RUN_UNKNOWN`.
 */
export async function* followAnswers(
  connection: Connection,
  runId: string,
  { signal, intervalMs = INTERVAL_MS }: FollowAnswersOptions = {},
): AsyncGenerator<AnswerPiece> {
  const reader = openReader(connection, runId);
  let askedAt = 0;
  let isOpen = true;
  for (;;) {
    if (Date.now() - askedAt >= OPEN_MS) {
      isOpen = await isOpenRun(connection, runId);
      askedAt = Date.now();
    }
    yield* reader.news();
    if (!isOpen || signal?.aborted === true) return;
    await delay(intervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** A server that cannot be asked may have the run going on. */
async function isOpenRun(connection: Connection, runId: string): Promise<boolean> {
  try {
    return (await findOpenRun(connection, runId)) !== undefined;
  } catch (error) {
    if (isPassing(error)) return true;
    throw error;
  }
}

/** How far one stream has been read. */
interface Reading {
  readonly name: string;
  bytes: number;
  head?: StreamHead;
  isOver: boolean;
}

function openReader({ store, tenant }: Connection, runId: string): { news(): AsyncGenerator<AnswerPiece> } {
  const readings = new Map<string, Reading>();
  /** The stream that counts, by place. */
  const newest = new Map<string, Reading>();
  return {
    async *news() {
      // Names stand in the order in which the streams began, so that a later one takes the place of an earlier one.
      for (const name of (await store.listLogs(tenant, streamFolder(runId))).toSorted()) {
        const reading = readings.get(name) ?? { name, bytes: 0, isOver: false };
        readings.set(name, reading);
        if (reading.isOver) continue;
        const bytes = await store.readLog(tenant, name, reading.bytes);
        const { lines, length } = readLines(bytes ?? new Uint8Array());
        reading.bytes += length;
        for (const line of lines) yield* piecesOf(newest, reading, line);
      }
    },
  };
}

function* piecesOf(newest: Map<string, Reading>, reading: Reading, line: StreamLine): Generator<AnswerPiece> {
  if ('head' in line) {
    const place = placeOf(line.head);
    const isAnew = newest.has(place);
    newest.set(place, reading);
    reading.head = line.head;
    if (isAnew) yield { ...line.head, text: '', isAnew };
    return;
  }
  const { head } = reading;
  reading.isOver = 'isOver' in line;
  if (head === undefined || newest.get(placeOf(head)) !== reading) return;
  if ('text' in line) yield { ...head, text: line.text };
  if (reading.isOver) yield { ...head, text: '', isOver: true };
}

function placeOf({ path, turn = 0 }: StreamHead): string {
  return `${path} ${turn}`;
}
