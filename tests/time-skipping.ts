import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../src/local/temporal-settings.ts';
import { server } from './servers.ts';
import { quietRuntime } from './worker.ts';

/** It must answer within 5 s, which a busy machine may not let it. */
const STARTS_MAX = 5;

/** Starts a Temporal time-skipping test server, which knows our search attributes. */
export async function openTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await start(STARTS_MAX);
  await registerSearchAttributes(environment);
  return environment;
}

async function start(triesLeft: number): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path', path: server('timeSkipping') } as const;
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  } catch (error) {
    if (triesLeft <= 1) throw error;
    return start(triesLeft - 1);
  }
}

/** This server cannot list what it has, as the product would first; it can be told. */
async function registerSearchAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const types = proto.temporal.api.enums.v1.IndexedValueType;
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[`INDEXED_VALUE_TYPE_${type}`]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes });
}
