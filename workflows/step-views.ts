import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import { PREVIEW_CHARACTERS, type StoredValue } from '../src/pipeline/value.ts';
import type { ItemsProgress, StepView, ViewedValue } from '../src/pipeline/view.ts';
import type { Items } from './for-each.ts';
import { blockAt } from './memory.ts';
import type { RunState } from './run-state.ts';

interface Block {
  readonly path: string;
  readonly steps: readonly StepPlan[];
  /** Where the only step of a part is, which no block holds. */
  readonly at?: string;
}

/** The steps of a block as far as they are; none when the block has not been reached, or is forgotten. */
export function stepViews(state: RunState, { path, steps, at: only }: Block, room: number): readonly StepView[] {
  const block = state.memory.blocks.get(path) ?? blockAt({ blocks: new Map(), forms: new Map() }, path);
  return steps.map((step) => {
    const at = only ?? (path === '' ? step.id : `${path}/${step.id}`);
    const { id, kind, description } = step;
    const base = {
      id,
      ...(at === id ? {} : { path: at }),
      kind,
      ...(description === undefined ? {} : { description }),
      ...insideOf(state, { step, path: at, room, isOver: block.results.has(id) }),
    };
    const result = block.results.get(id);
    const times = block.times.get(id);
    if (result !== undefined && times !== undefined) return { ...base, ...viewed(result, room), ...times };
    const startedAt = block.running.get(id);
    return startedAt === undefined ? { ...base, status: 'pending' } : { ...base, ...goingOn(state, at), startedAt };
  });
}

/** A step that waits says so; one that holds others goes on. */
function goingOn({ steering }: RunState, path: string): { readonly status: 'running' | 'waiting' | 'held' } {
  const { held, approvals, waits } = steering;
  if (held.has(path)) return { status: 'held' };
  const at = lastTry([...approvals.keys(), ...waits.keys()], path);
  const isGateAsked = [...approvals.keys()].some((asked) => asked.startsWith(`${path}/ask-`));
  return { status: isGateAsked || approvals.has(at) || waits.has(at) ? 'waiting' : 'running' };
}

function viewed(result: StepResult, room: number) {
  return result.status === 'done' ? { ...result, output: viewedValue(result.output, room) } : result;
}

function viewedValue(value: StoredValue, room: number): ViewedValue {
  if ('artifact' in value) return value;
  const text = JSON.stringify(value.inline);
  return text.length <= room ? value : { preview: text.slice(0, PREVIEW_CHARACTERS) };
}

interface Shown {
  readonly step: StepPlan;
  readonly path: string;
  readonly room: number;
  /** When it is, what was inside may have been forgotten. */
  readonly isOver: boolean;
}

type Inside = Pick<StepView, 'steps' | 'progress' | 'round' | 'childRunId'>;

/** What goes on, or went on, inside a step: its steps, its round, its items, its child. */
function insideOf(state: RunState, shown: Shown): Inside {
  const { step, path } = shown;
  const child = state.steering.children.get(path);
  const own = child === undefined ? {} : { childRunId: child.runId };
  if (step.forEach !== undefined) return { ...own, ...progressOf(state, path) };
  const { round, at } = roundOf(state, step, path);
  const steps = [...blockOf(state, { ...shown, path: at }), ...handlerOf(state, { ...shown, path: at })];
  return { ...own, ...(round === undefined ? {} : { round }), ...(steps.length === 0 ? {} : { steps }) };
}

function roundOf({ memory }: RunState, { repeat }: StepPlan, path: string): { round?: number; at: string } {
  if (repeat === undefined) return { at: path };
  const form = memory.forms.get(`${path}|rounds`) as { round: number } | undefined;
  // When the loop has ended, its last round is the one that is still known.
  const round = form?.round ?? lastRound([...memory.blocks.keys()], path);
  return round === undefined ? { at: path } : { round, at: `${path}#${round}` };
}

function lastRound(paths: readonly string[], path: string): number | undefined {
  const rounds = paths.flatMap((key) =>
    key.startsWith(`${path}#`) ? [Number.parseInt(key.slice(path.length + 1), 10)] : [],
  );
  return rounds.length === 0 ? undefined : Math.max(...rounds);
}

function blockOf(state: RunState, { step, path, room, isOver }: Shown): readonly StepView[] {
  const at = lastTry([...state.memory.blocks.keys()], path);
  if (isOver && !state.memory.blocks.has(at)) return [];
  if (step.kind === 'steps') return stepViews(state, { path: at, steps: step.body.steps }, room);
  if (step.kind === 'model') return [...turnViews(state, at, room), ...rungViews(state, at, room)];
  if (step.kind !== 'switch') return [];
  const cases = [...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])];
  return stepViews(state, { path: at, steps: cases }, room).filter(({ status }) => status !== 'pending');
}

/** The turns of a conversation, each with the calls that it wanted. */
function turnViews(state: RunState, path: string, room: number): readonly StepView[] {
  return callViews(state, { path, kind: 'model', room }).map((turn) => {
    const calls = callViews(state, { path: `${path}/${turn.id}`, kind: 'tool', room });
    return calls.length === 0 ? turn : { ...turn, steps: calls };
  });
}

/** What the gate had models do about an answer, in order; a conversation has its turns. */
function rungViews(state: RunState, path: string, room: number): readonly StepView[] {
  return callViews(state, { path, kind: 'model', room, isRung: true }).map((rung) => {
    const turns = turnViews(state, `${path}/${rung.id}`, room);
    return turns.length === 0 ? rung : { ...rung, steps: turns };
  });
}

interface Calls {
  /** Calls of a rung have names of their own. */
  readonly isRung?: boolean;
  readonly path: string;
  readonly kind: 'model' | 'tool';
  readonly room: number;
}

function callViews(state: RunState, { path: around, kind, room, isRung = false }: Calls): readonly StepView[] {
  const block = state.memory.blocks.get(around);
  if (block === undefined) return [];
  // Calls of a turn go on at the same time, and end in any order.
  const all = [...block.results.keys(), ...block.running.keys()].filter((id) => isRung === RUNG.test(id));
  const ids = isRung ? all : all.toSorted((one, other) => numberIn(one) - numberIn(other));
  return ids.map((id): StepView => {
    const path = `${around}/${id}`;
    const [result, times] = [block.results.get(id), block.times.get(id)];
    if (result !== undefined && times !== undefined) return { id, path, kind, ...viewed(result, room), ...times };
    return { id, path, kind, ...goingOn(state, path), startedAt: block.running.get(id) ?? state.startedAt };
  });
}

const RUNG = /^(?:repair|model)-\d+$/;

/** `turn#2`, `fs.read[0]` */
function numberIn(id: string): number {
  return Number(/\d+(?=\]?$)/.exec(id));
}

/** A form that was tried again shows the last try. */
function lastTry(paths: readonly string[], path: string): string {
  const tries = paths.filter((key) => key.startsWith(`${path}~`) && /^\d+$/.test(key.slice(path.length + 1)));
  const numbers = tries.map((key) => Number(key.slice(path.length + 1)));
  return numbers.length === 0 ? path : `${path}~${Math.max(...numbers)}`;
}

function handlerOf(state: RunState, { step, path, room }: Shown): readonly StepView[] {
  const at = `${path}/on_error`;
  if (step.onError.kind !== 'steps' || !state.memory.blocks.has(at)) return [];
  return stepViews(state, { path: at, steps: step.onError.body.steps }, room);
}

function progressOf({ memory, steering }: RunState, path: string): { progress?: ItemsProgress } {
  const { items } = (memory.forms.get(`${path}|items`) ?? {}) as { items?: Items };
  if (items === undefined) return {};
  const parts = memory.forms.get(`${path}|parts`) as
    { done: Record<string, { count: number; failed: number }> } | undefined;
  const ended =
    parts === undefined
      ? Object.values(items.results).map(({ status }) => ({ count: 1, failed: status === 'failed' ? 1 : 0 }))
      : Object.values(parts.done);
  const count = ended.reduce((sum, one) => sum + one.count, 0);
  const failed = ended.reduce((sum, one) => sum + one.failed, 0);
  const running = parts === undefined ? Math.min(items.concurrency, items.count - count) : childrenOf(steering, path);
  return { progress: { total: items.count, done: count - failed, failed, running } };
}

function childrenOf({ children }: RunState['steering'], path: string): number {
  return [...children.keys()].filter((name) => name.startsWith(`${path}[`)).length;
}
