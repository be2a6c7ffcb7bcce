import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import type { Json } from '../src/pipeline/json.ts';
import type { StepError } from '../src/pipeline/result.ts';
import type { ApprovalView, WaitView } from '../src/pipeline/view.ts';
import type { EventMessage } from './messages.ts';
import type { Carried } from './run-request.ts';

/** What people and other programs have said to a run, and what it asks them. Steps are named by their paths. */
export interface Steering {
  isPaused: boolean;
  /** Events that no wait has taken, oldest first. */
  readonly events: KeptEvent[];
  /** How many have been kept in this history. */
  eventCount: number;
  /** Events that the run around this part was asked for, by their numbers there, with what it said. */
  readonly claims: Map<number, boolean | undefined>;
  /** Updates that have been applied, with what was answered, oldest first. */
  readonly applied: [id: string, answer: Json][];
  /** Signals that said something that cannot be done. */
  readonly ignored: string[];
  readonly approvals: Map<string, Answerable>;
  readonly waits: Map<string, Waiting>;
  readonly held: Map<string, HeldStep>;
  readonly children: Map<string, Child>;
  /** The workflow ids of the parts that only wait for people or for others. */
  readonly waitingParts: Set<string>;
}

/** An event that no wait has taken. */
export interface KeptEvent extends EventMessage {
  /** Its number in this history. */
  readonly number?: number;
  /** Its number in the run around this part, which is asked before a wait takes it. */
  readonly offer?: number;
}

/** An approval that waits. */
export interface Answerable {
  view: ApprovalView;
}

/** A wait: what is shown of it, and what has ended it. */
export interface Waiting {
  readonly view: WaitView;
  skip?: Skip;
  taken?: KeptEvent;
}

/** A failed step that waits for a decision. */
export interface HeldStep {
  readonly error: StepError;
  readonly since: number;
  decision?: { readonly kind: 'retry' } | ({ readonly kind: 'skip' } & Skip);
}

/** A person's word that a step need not run; with an output it counts as done. */
export interface Skip {
  readonly output?: Json;
}

/** A part of the run with a history of its own, while it goes on. */
export interface Child {
  readonly runId: string;
  /** Of the history in which it is now. */
  readonly handle: ExternalWorkflowHandle;
  /** The names of the events that it may wait for. */
  readonly events: ReadonlySet<string>;
}

export function openSteering({
  isPaused,
  events,
  ignored,
  updates,
}: Pick<Carried, 'isPaused' | 'events' | 'ignored' | 'updates'>): Steering {
  return {
    isPaused,
    events: [...events],
    eventCount: Math.max(0, ...events.map(({ number = 0 }) => number)),
    claims: new Map(),
    applied: updates.map(([id, answer]) => [id, answer]),
    ignored: [...ignored],
    approvals: new Map(),
    waits: new Map(),
    held: new Map(),
    children: new Map(),
    waitingParts: new Set(),
  };
}
