import { InvalidArgumentError, type Command } from 'commander';
import type { Silence } from '../../discover-models.ts';
import { ABILITIES, type Ability, type Cards, type ModelCard } from '../../pipeline/card.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { modelReport, modelsTable } from '../screen/models-table.ts';
import { tableLines } from '../screen/table.ts';
import type { Act, Session } from '../session.ts';

interface ListOptions {
  readonly provider?: string;
  readonly ability: readonly Ability[];
  readonly local?: true;
  readonly all?: true;
}

export function addModelList(models: Command, act: Act): void {
  models
    .command('list', { isDefault: true })
    .description('List models with their prices in dollars per million tokens, and what they are known to do.')
    .option('--provider <name>', 'only those of this provider')
    .option('--ability <name>', `only those known to have it: ${ABILITIES.join(', ')}; may be repeated`, abilities, [])
    .option('--local', 'only those on servers of your own')
    .option('--all', 'those too of which no more is known than the price')
    .action(act(list));
}

async function list({ config, terminal }: Session, options: ListOptions): Promise<ExitCode> {
  // The catalog is large, and the other commands do without it.
  const { knownModels } = await import('./known-models.ts');
  const silences: Silence[] = [];
  const cards = await knownModels(config, (silence) => silences.push(silence));
  const told = silences.filter((silence) => isToldOf(silence, options));
  if (told.length > 0) terminal.note(told.map(({ message }) => message));
  const found = (await listed(cards, options)).filter((card) => isWanted(card, options));
  if (terminal.isJson) for (const card of found) terminal.answer(modelReport(card, cards), () => []);
  else if (found.length === 0) terminal.note(['No models found']);
  else terminal.answer({}, () => tableLines(modelsTable(found, cards), terminal.paint, terminal.size.columns));
  return EXIT.DONE;
}

/** Who has no server of one's own need not hear that none is there, unless it was asked for. */
function isToldOf({ provider, code }: Silence, options: ListOptions): boolean {
  if (options.provider !== undefined && options.provider !== provider) return false;
  return code !== 'PROVIDER_UNAVAILABLE' || options.local === true || options.provider === provider;
}

function abilities(text: string, earlier: readonly Ability[]): readonly Ability[] {
  const ability = ABILITIES.find((each) => each === text);
  if (ability === undefined) throw new InvalidArgumentError(`Allowed are ${ABILITIES.join(', ')}.`);
  return [...earlier, ability];
}

async function listed(cards: Cards, { all }: ListOptions): Promise<readonly ModelCard[]> {
  if (all === undefined) return cards.listModels();
  const { publishedCards } = await import('../../catalog/models.ts');
  const closed = cards.providers.filter(({ hasClosedCatalog }) => hasClosedCatalog);
  const known = [...closed.flatMap(({ name }) => publishedCards(name)), ...cards.listModels()];
  const names = new Map(known.map(({ provider, model }) => [`${provider}/${model}`, { provider, model }]));
  return [...names.values()].map(({ provider, model }) => cards.findModel(provider, model) as ModelCard);
}

function isWanted(card: ModelCard, { provider, ability, local }: ListOptions): boolean {
  if (provider !== undefined && card.provider !== provider) return false;
  if (local !== undefined && card.isLocal !== true) return false;
  return ability.every((each) => card.abilities?.[each] === true);
}
