import { canonicalJson, type Json, type JsonObject } from './json.ts';
import type { Expression, ModelStepPlan } from './plan.ts';
import { sha256 } from './sha256.ts';
import { readsOf } from './template.ts';
import type { Scope, StoredValue } from './value.ts';
import type { ApprovalPlan } from './waiting-plan.ts';

/**
 * What a call is made of, with all that it reads filled in. Two calls of equal parts are the same call, so that a fork
 * may take the result of one for the other. How often, how long and after what it is tried is no part of it.
 */
export type CallParts =
  /** `version` tells models apart that have the same name, where the server knows; null where it does not. */
  | { readonly call: 'model'; readonly provider: string; readonly version: string | null; readonly request: JsonObject }
  /** A secret is told by its name, which stands in its place. */
  | {
      readonly call: 'tool';
      readonly tool: string;
      readonly version: string;
      readonly input: Json;
      readonly secrets: readonly string[];
    }
  /** `source` is the expression that the options are: a verdict quotes it. */
  | {
      readonly call: 'check';
      readonly check: string;
      readonly options: Json;
      readonly source: string | null;
      readonly subject: Json;
    };

/** The text whose sha256 (hex) is the key of a call. */
export function keyText(parts: CallParts): string {
  return canonicalJson(parts);
}

/** A value as a part of a key: a long one is told by its sha256 and need not be loaded. */
export function partOf(value: StoredValue): Json {
  return 'inline' in value ? { inline: value.inline } : { sha256: value.artifact.sha256 };
}

/**
 * The key of a whole conversation with tools: that of its first turn, and what its tools may do. What is fixed of their
 * input is told by how it is written, and by what it reads.
 */
export function conversationKey(
  firstTurn: string,
  { tools = [], maxTurns = 0 }: Pick<ModelStepPlan, 'tools' | 'maxTurns'>,
  scope: Scope,
): string {
  const limits = tools.map(({ tool, with: fixed, hosts }) => {
    const reads = fixed === undefined ? [] : readsOf(fixed).map((path) => [path, partOf(scope[path] as StoredValue)]);
    return { tool, fixed: (fixed ?? null) as Json, reads, hosts: hosts ?? null };
  });
  return sha256(canonicalJson({ call: 'conversation', firstTurn, limits, maxTurns }));
}

/** The key of what comes after a conversation whose answer was not taken. */
export function remarkKey(transcript: StoredValue, remark: string): string {
  return sha256(canonicalJson({ call: 'remark', transcript: partOf(transcript), remark }));
}

/** The key of an approval. Workflow code computes it: it has what people are asked, filled in. */
export function approvalKey(
  { options, answer, quorum }: Pick<ApprovalPlan, 'options' | 'answer' | 'quorum'>,
  asked: { readonly message: StoredValue; readonly to: StoredValue; readonly edit?: StoredValue },
): string {
  const { message, to, edit } = asked;
  const parts = {
    call: 'approve',
    options,
    answer: answer ?? null,
    quorum,
    message: partOf(message),
    to: partOf(to),
    edit: edit === undefined ? null : partOf(edit),
  };
  return sha256(canonicalJson(parts));
}

/** The key of a wait: for a time, filled in, or for an event and what is asked of it. */
export function waitKey(
  wait:
    | { readonly kind: 'time'; readonly at: StoredValue }
    | { readonly kind: 'event'; readonly event: string; readonly match?: Expression; readonly schema?: Json },
  /** What `match` reads besides the event. */
  scope: Scope = {},
): string {
  const reads = Object.fromEntries(Object.entries(scope).map(([path, value]) => [path, partOf(value)]));
  const parts =
    wait.kind === 'time'
      ? { call: 'wait', at: partOf(wait.at) }
      : { call: 'wait', event: wait.event, match: wait.match?.source ?? null, schema: wait.schema ?? null, reads };
  return sha256(canonicalJson(parts));
}
