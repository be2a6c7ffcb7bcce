import { providers } from '../activities/models/providers.ts';
import type { Config } from './config.ts';
import type { ModelCard } from './pipeline/card.ts';

/** The models that servers of one's own have, with what these say of them. A server that is not there has none. */
export async function discoverModels(config: Config): Promise<readonly ModelCard[]> {
  const found = providers.map(async (provider) => {
    try {
      return (await provider.ownServer?.discover(config.providers[provider.name] ?? {})) ?? [];
    } catch {
      // It throws nothing but that nobody answers.
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}
