import type { JsonObject } from '../../src/pipeline/json.ts';
import type { ModelCandidate } from '../../src/pipeline/model-plan.ts';
import { callKey } from '../call-key.ts';
import type { CompletionRequest, Provider } from './provider.ts';

/**
 * The key of a call of a model; undefined when the server does not say which model stands behind the name, so that
 * no later call can be known to be the same. Throws `PipelineError` when it cannot be asked.
 */
export async function modelKey(
  provider: Provider,
  candidate: ModelCandidate,
  request: CompletionRequest,
): Promise<string | undefined> {
  const version = provider.versionOf === undefined ? null : await provider.versionOf(candidate.model);
  if (version === undefined) return undefined;
  const parts = { provider: candidate.provider, version, request: request as unknown as JsonObject };
  return callKey({ call: 'model', ...parts });
}
