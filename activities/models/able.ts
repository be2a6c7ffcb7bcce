import type { ModelCandidate } from '../../src/pipeline/model-plan.ts';
import type { Provider } from './provider.ts';

/**
 * Whether a model can do something by itself; undefined when nobody knows. What the user says goes before what the
 * server says, and then nobody is asked. Throws `PipelineError`.
 */
export async function isAble(
  provider: Provider,
  { model, abilities = {} }: ModelCandidate,
  ability: 'tools' | 'images',
): Promise<boolean | undefined> {
  return abilities[ability] ?? (await provider.abilitiesOf(model))[ability];
}
