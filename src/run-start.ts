import { createHash } from 'node:crypto';
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import type { ArtifactStore } from '../activities/artifacts/store.ts';
import { keepValue } from '../activities/values.ts';
import { PROTOCOL, type ForkRequest, type RunRequest } from '../workflows/run-request.ts';
import { keepFileList } from './input-files/keep.ts';
import type { FileRef } from './pipeline/file-ref.ts';
import { canonicalJson, type Json } from './pipeline/json.ts';
import type { Plan } from './pipeline/plan.ts';

/** Where runs are worked on, and whose they are. */
export interface RunPlace {
  readonly store: ArtifactStore;
  readonly tenant: string;
  readonly taskQueue: string;
}

/** What runs: a plan with a value for each of its inputs. */
export interface RunStart {
  readonly plan: Plan;
  readonly values: Readonly<Record<string, Json>>;
  /** Those that the values name. */
  readonly files?: readonly FileRef[];
  readonly fork?: ForkRequest;
  readonly renewAfterEvents?: number;
}

/** What Temporal is told when `runPipeline` starts, by whomever: a client or a schedule. Keeps long inputs in the store. */
export async function startOptions(
  { store, tenant, taskQueue }: RunPlace,
  { plan, values, files = [], fork, renewAfterEvents }: RunStart,
) {
  const kept = Object.entries(values).map(async ([name, value]) => [name, await keepValue(store, tenant, value)]);
  const inputs = Object.fromEntries(await Promise.all(kept)) as RunRequest['inputs'];
  const request: RunRequest = {
    plan,
    tenant,
    inputs,
    protocol: PROTOCOL,
    ...(files.length === 0 ? {} : { files: await keepFileList({ store, tenant }, files) }),
    ...(fork === undefined ? {} : { fork }),
    ...(renewAfterEvents === undefined ? {} : { renewAfterEvents }),
  };
  const { name, version, description } = plan.pipeline;
  return {
    taskQueue,
    args: [request],
    staticSummary: version === undefined ? name : `${name} ${version}`,
    ...(description === undefined ? {} : { staticDetails: description }),
    memo: { fingerprint: fingerprintOf({ plan, values, ...(fork === undefined ? {} : { fork }) }) },
    typedSearchAttributes: [
      ...ownership(tenant, name),
      { key: defineSearchAttributeKey('OrchestratorStatus', SearchAttributeType.KEYWORD), value: 'running' },
    ],
  };
}

/** The search attributes by which what belongs to a pipeline of a tenant is found. */
export function ownership(tenant: string, pipeline: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey('OrchestratorPipeline', SearchAttributeType.KEYWORD), value: pipeline },
    { key: defineSearchAttributeKey('OrchestratorTenant', SearchAttributeType.KEYWORD), value: tenant },
  ];
}

/** Tells whether two starts under one id are the same. */
export function fingerprintOf({ plan, values, fork }: RunStart): string {
  const parts = [plan.hash, canonicalJson(values), ...(fork === undefined ? [] : [canonicalJson({ ...fork } as Json)])];
  return createHash('sha256').update(parts.join(' ')).digest('hex');
}
