import { providers } from '../activities/models/providers.ts';
import type { Config } from './config.ts';
import type { PipelineError } from './errors.ts';
import type { ModelCard } from './pipeline/card.ts';

/** What was not found out: of a whole provider, whose server gave `code`, or of one of its models. */
export interface Silence {
  readonly provider: string;
  /** Absent when the server is there and says nothing of one of its models. */
  readonly code?: PipelineError['code'];
  readonly message: string;
}

/**
 * The models that servers of one's own have, with what these say of them. A server that is not there, or does not answer,
 * has none; `tell` hears of it.
 */
export async function discoverModels(
  config: Config,
  tell: (silence: Silence) => void = () => undefined,
): Promise<readonly ModelCard[]> {
  const found = providers.map(async ({ name: provider, ownServer }) => {
    const settings = config.providers[provider] ?? {};
    try {
      return (await ownServer?.discover(settings, (message) => tell({ provider, message }))) ?? [];
    } catch (error) {
      // It throws nothing but that nobody answers.
      const { code, message } = error as PipelineError;
      tell({ provider, code, message });
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}
