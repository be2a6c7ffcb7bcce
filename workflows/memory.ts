import type { Json } from '../src/pipeline/json.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { Carried } from './run-request.ts';

/** How far the steps of one block are. */
export interface BlockMemory {
  readonly results: Map<string, StepResult>;
  /** Steps that have started and not ended, with the time of their start. */
  readonly running: Map<string, number>;
  /** When steps started that went on when the history before was left. */
  readonly began: ReadonlyMap<string, number>;
  /** Start and end of steps, for the view. */
  readonly times: Map<string, { readonly startedAt?: number; readonly endedAt: number }>;
  /** True when the block has ended: it is shown, and not carried on. */
  isOver: boolean;
}

/** What the control forms remember, by path; it lives on when the run goes on in a new history. */
export interface Memory {
  readonly blocks: Map<string, BlockMemory>;
  readonly forms: Map<string, object>;
}

/** A block as it is carried on. */
interface CarriedBlock {
  readonly results: readonly (readonly [string, StepResult])[];
  readonly times: readonly (readonly [string, { readonly startedAt?: number; readonly endedAt: number }])[];
  readonly began: readonly (readonly [string, number])[];
}

export function openMemory(carried: Carried | undefined): Memory {
  const blocks = Object.entries(carried?.blocks ?? {}) as unknown as readonly (readonly [string, CarriedBlock])[];
  return {
    blocks: new Map(blocks.map(([path, block]) => [path, openBlock(block)])),
    forms: new Map(Object.entries(carried?.forms ?? {}) as [string, object][]),
  };
}

function openBlock({ results, times, began }: CarriedBlock): BlockMemory {
  return { results: new Map(results), running: new Map(), began: new Map(began), times: new Map(times), isOver: false };
}

/** The block at a path: as it was left, or a new one. */
export function blockAt({ blocks }: Memory, path: string): BlockMemory {
  const block = blocks.get(path) ?? openBlock({ results: [], times: [], began: [] });
  blocks.set(path, block);
  return block;
}

/** One call inside a step, which is shown as if it were a step of a block. */
interface ShownCall {
  /** Of the block. */
  readonly path: string;
  readonly id: string;
}

export function beginCall(memory: Memory, { path, id }: ShownCall): void {
  const { running, results, began } = blockAt(memory, path);
  results.delete(id);
  running.set(id, began.get(id) ?? Date.now());
}

export function endCall<T extends StepResult>(memory: Memory, { path, id }: ShownCall, result: T): T {
  const { running, results, times } = blockAt(memory, path);
  times.set(id, { startedAt: running.get(id) ?? Date.now(), endedAt: Date.now() });
  running.delete(id);
  results.set(id, result);
  return result;
}

/** What the form at a path remembers: JSON, changed in place. */
export function formAt<T extends object>({ forms }: Memory, path: string, fresh: () => T): T {
  const form = (forms.get(path) as T | undefined) ?? fresh();
  forms.set(path, form);
  return form;
}

/** Forgets everything at a path and inside it. */
export function forget({ blocks, forms }: Memory, path: string): void {
  forgetIn(blocks, path);
  forgetIn(forms, path);
}

/** Forgets what forms at a path and inside it remember; what blocks have done is still shown. */
export function forgetForms({ forms }: Memory, path: string): void {
  forgetIn(forms, path);
}

function forgetIn(map: Map<string, unknown>, path: string): void {
  for (const key of map.keys()) {
    if (key.startsWith(path) && (key.length === path.length || '/#~[|'.includes(key.charAt(path.length))))
      map.delete(key);
  }
}

/** What is carried on, as JSON: blocks that go on, and what forms remember. */
export function carriedMemory({ blocks, forms }: Memory): { readonly blocks: Json; readonly forms: Json } {
  const open = [...blocks].filter(([, { isOver }]) => !isOver);
  const left = open.map(([path, { results, times, running }]) => [
    path,
    { results: [...results], times: [...times], began: [...running] },
  ]);
  return {
    blocks: Object.fromEntries(left) as Json,
    forms: Object.fromEntries(forms) as unknown as Json,
  };
}
