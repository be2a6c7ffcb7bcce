import { Buffer } from 'node:buffer';
import type { Scrubber } from '../activities/tools/scrub.ts';
import type { Json, JsonObject } from './pipeline/json.ts';
import { isMap } from './pipeline/problem.ts';

/** What names a worker, its host or its program, or where its code lies. Replaying reads none of it. */
const EMPTIED: ReadonlySet<string> = new Set(['identity', 'lastWorkerIdentity', 'binaryChecksum', 'stackTrace']);
const LEFT_OUT: ReadonlySet<string> = new Set(['workerVersion']);
/** Numbers, times, durations and names of kinds, which a short secret could be found in by chance. */
const STRUCTURE = /^(?:-?\d+(?:\.\d+)?s?|\d{4}-\d{2}-\d{2}T[\d:.]+Z|[A-Z]+(?:_[A-Z0-9]+)+)$/u;

/** Takes out of a history (Temporal's JSON) what belongs to the place where it ran, and every secret; content stays. */
export function redactHistory(history: Json, scrubber: Scrubber): Json {
  if (typeof history === 'string') return STRUCTURE.test(history) ? history : scrubber.value(history);
  if (Array.isArray(history)) return history.map((item: Json) => redactHistory(item, scrubber));
  if (!isMap(history)) return history;
  if (isPayload(history)) return redactPayload(history, scrubber);
  const kept = Object.entries(withoutStickyName(history)).filter(([key]) => !LEFT_OUT.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, redactField(key, value, scrubber)]));
}

function redactField(key: string, value: Json, scrubber: Scrubber): Json {
  if (EMPTIED.has(key)) return '';
  return key === 'message' && typeof value === 'string' ? scrubber.sentence(value) : redactHistory(value, scrubber);
}

/** A queue of one worker's own has a name made of its host. */
function withoutStickyName(value: JsonObject): JsonObject {
  return value['kind'] === 'TASK_QUEUE_KIND_STICKY' ? { ...value, name: 'sticky' } : value;
}

interface Payload extends JsonObject {
  readonly metadata: { readonly encoding: string };
  readonly data: string;
}

function isPayload(value: JsonObject): value is Payload {
  return (
    isMap(value['metadata']) && typeof value['metadata']['encoding'] === 'string' && typeof value['data'] === 'string'
  );
}

/** What a run was given, computed and gave is JSON in base64; anything else is left as bytes. */
function redactPayload(payload: Payload, scrubber: Scrubber): Json {
  const isJson = Buffer.from(payload.metadata.encoding, 'base64').toString().startsWith('json/');
  const bytes = Buffer.from(payload.data, 'base64');
  const clean = isJson ? cleanJson(bytes.toString(), scrubber) : cleanBytes(bytes, scrubber);
  return clean === undefined ? payload : { ...payload, data: clean.toString('base64') };
}

/** Undefined: there is nothing to take out. */
function cleanJson(text: string, scrubber: Scrubber): Buffer | undefined {
  const value = JSON.parse(text) as Json;
  const clean = JSON.stringify(scrubber.value(value));
  return clean === JSON.stringify(value) ? undefined : Buffer.from(clean);
}

function cleanBytes(bytes: Buffer, scrubber: Scrubber): Buffer | undefined {
  const text = bytes.toString('latin1');
  const clean = scrubber.value(text) as string;
  return clean === text ? undefined : Buffer.from(clean, 'latin1');
}
