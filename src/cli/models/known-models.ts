import { cardsFor } from '../../cards.ts';
import type { Config } from '../../config.ts';
import { discoverModels, type Silence } from '../../discover-models.ts';
import { loadOwnModels } from '../../own-models.ts';
import type { Cards } from '../../pipeline/card.ts';

/** What is known here: from the catalog, the servers of one's own, and `models.yaml` in the current folder. */
export async function knownModels(config: Config, tell?: (silence: Silence) => void): Promise<Cards> {
  return cardsFor(config, { own: loadOwnModels(config, '.'), local: await discoverModels(config, tell) });
}
