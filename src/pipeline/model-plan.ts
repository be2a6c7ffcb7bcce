import type { Ability } from './card.ts';
import type { JsonSchema } from './json.ts';
import type { Effect, Template } from './plan.ts';

/** One model that a step may use, in order of preference. */
export interface ModelCandidate {
  readonly provider: string;
  readonly model: string;
  /** False: its calls cost nothing. */
  readonly isPaid: boolean;
  /** As it was when the plan was made; absent when nothing is paid or the price is not known. */
  readonly price?: TokenPrice;
  /** What the user's own catalog says that it can do, and cannot. It goes before what the server says. */
  readonly abilities?: Readonly<Partial<Record<Ability, boolean>>>;
}

/** Nano-dollars per token; where a price grows with the length of the prompt, the highest. */
export interface TokenPrice {
  readonly inputNanoUsd: number;
  readonly outputNanoUsd: number;
  readonly cachedInputNanoUsd?: number;
  readonly cacheWriteNanoUsd?: number;
  /** True when the user's own catalog says so: what a call cost is reckoned by this price, not by the published table. */
  readonly isOwn?: true;
}

/** A turn of a conversation that a step begins with. */
export interface MessagePlan {
  readonly role: 'user' | 'assistant';
  readonly text: Template;
}

/** A tool that a model may call. */
export interface OfferedToolPlan {
  readonly tool: string;
  readonly description: string;
  /** JSON Schema of what the model gives: the tool's input without what `with` fixes. */
  readonly input: JsonSchema;
  /** What is fixed, and merged into what the model gives. */
  readonly with?: Template;
  /** The worst that such a call may do. */
  readonly effect: Effect;
  /** Whether people are asked before a call is made. */
  readonly ask?: 'always' | 'writes';
  /** Hosts that such a call may reach, and no others. */
  readonly hosts?: readonly string[];
  /** Of one attempt of a call. */
  readonly timeoutMs: number;
  /** The hash of the tool's schemas, where its server may change them. */
  readonly schema?: string;
}
