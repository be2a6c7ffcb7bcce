import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../src/local/temporal-settings.ts';
import { server } from './servers.ts';
import { quietRuntime } from './worker.ts';

/** Starts a Temporal time-skipping test server, which knows our search attributes. */
export async function openTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: server('timeSkipping') } },
  });
  await registerSearchAttributes(environment);
  return environment;
}

/** This server cannot list what it has, as the product would first; it can be told. */
async function registerSearchAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const types = proto.temporal.api.enums.v1.IndexedValueType;
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[`INDEXED_VALUE_TYPE_${type}`]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes });
}
