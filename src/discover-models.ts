import { providers } from '../activities/models/providers.ts';
import type { Config } from './config.ts';
import { PipelineError } from './errors.ts';
import type { ModelCard } from './pipeline/card.ts';

/** The models that servers of one's own have, with what these say of them. A server that is not there has none. */
export async function discoverModels(config: Config): Promise<readonly ModelCard[]> {
  const found = providers.map(async (provider) => {
    try {
      return (await provider.discover?.(config.providers[provider.name] ?? {})) ?? [];
    } catch (error) {
      if (error instanceof PipelineError && error.code === 'PROVIDER_UNAVAILABLE') return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}
