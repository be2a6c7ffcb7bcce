import { effectOf, type ToolCard } from '../card.ts';
import type { JsonObject } from '../json.ts';
import type { OfferedToolPlan } from '../model-plan.ts';
import type { Effect, Template } from '../plan.ts';
import { type Path, isMap, placeText, valueText, wrongValue } from '../problem.ts';
import type { OfferedToolSpec } from '../spec/kinds/conversation.ts';
import { type Draft, compileAt } from './draft.ts';
import { fitProblems } from './fit.ts';
import { reportUnknownTool } from './tool-call.ts';

/** Tools that a model may call. What of their input is fixed is not the model's to give. */
export function planOfferedTools(
  draft: Draft,
  path: Path,
  written: readonly (string | OfferedToolSpec)[],
): readonly OfferedToolPlan[] {
  const names = written.map((offer) => (typeof offer === 'string' ? offer : offer.tool));
  const offers = written.flatMap((offer, index) => {
    const place = [...path, index];
    const namePlace = typeof offer === 'string' ? place : [...place, 'tool'];
    const name = names[index] as string;
    if (names.indexOf(name) < index) refuse(draft, namePlace, `${valueText(name)} is offered already`);
    return cardsOf(draft, namePlace, { name, names }).map((card) => ({
      namePlace,
      plan: planOffer(draft, place, { offer: typeof offer === 'string' ? { tool: offer } : offer, card }),
    }));
  });
  const plans = offers.map(({ plan }) => plan);
  for (const { namePlace, plan } of offers) refuseLookalike(draft, namePlace, { plan, plans });
  return plans;
}

/** One tool, or all of an MCP server but those that are offered by name. */
function cardsOf(
  draft: Draft,
  path: Path,
  { name, names }: { readonly name: string; readonly names: readonly string[] },
): readonly ToolCard[] {
  const { tools } = draft.cards;
  const [, server] = /^(mcp:[^/]+\/)\*$/u.exec(name) ?? [];
  const cards = tools.filter((card) => (server === undefined ? card.name === name : card.name.startsWith(server)));
  if (cards.length === 0) reportUnknownTool(draft, path, name);
  return server === undefined ? cards : cards.filter((card) => !names.includes(card.name));
}

function refuseLookalike(
  draft: Draft,
  path: Path,
  { plan, plans }: { readonly plan: OfferedToolPlan; readonly plans: readonly OfferedToolPlan[] },
): void {
  const other = plans.find((each) => each.tool !== plan.tool && sentName(each) === sentName(plan));
  if (other === undefined || plans.indexOf(other) > plans.indexOf(plan)) return;
  refuse(draft, path, `a model cannot tell ${valueText(plan.tool)} from ${valueText(other.tool)}`);
}

/** Vendors of models take letters, digits, `_` and `-`, and 64 of them. */
function sentName({ tool }: OfferedToolPlan): string {
  return tool.replaceAll(/[^A-Za-z0-9_-]/gu, '_').slice(0, 64);
}

function refuse({ problems }: Draft, path: Path, is: string): void {
  problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
}

interface Offer {
  readonly offer: OfferedToolSpec;
  readonly card: ToolCard;
}

function planOffer(draft: Draft, path: Path, { offer, card }: Offer): OfferedToolPlan {
  const { hosts, ask, with: fixed } = offer;
  if (hosts !== undefined && card.usesNetwork !== true) {
    refuse(draft, [...path, 'hosts'], `${valueText(card.name)} calls no hosts`);
  }
  if (card.isOwn === true) draft.needs.tools.add(card.name);
  const template = fixed === undefined ? undefined : planFixed(draft, [...path, 'with'], { fixed, card });
  return {
    tool: card.name,
    description: card.description,
    input: withoutKeys(card.input as JsonObject, Object.keys(fixed ?? {})),
    ...(template && { with: template }),
    effect: worstEffect(card, { fixed, template }),
    ...(ask && { ask }),
    ...(hosts && { hosts }),
    timeoutMs: card.timeoutMs,
    ...(card.schema !== undefined && { schema: card.schema }),
  };
}

type Fixed = NonNullable<OfferedToolSpec['with']>;

/** What the model gives besides is not known, so nothing is missing here. */
function planFixed(draft: Draft, path: Path, { fixed, card }: { readonly fixed: Fixed; readonly card: ToolCard }) {
  const { template, schema: filledIn } = compileAt(draft, { path, value: fixed }, { allowSecrets: true });
  const { required: _, ...schema } = card.input as JsonObject;
  draft.problems.push(...fitProblems({ path, value: fixed, filledIn, schema }, draft.schemas));
  return template;
}

/** A field that tells the effect does so only where it is fixed: the model may give it any value. */
function worstEffect(
  card: ToolCard,
  { fixed = {}, template }: { readonly fixed: Fixed | undefined; readonly template: Template | undefined },
): Effect {
  const isKnown = card.effectBy !== undefined && Object.hasOwn(fixed, card.effectBy.field);
  return isKnown && template !== undefined ? effectOf(card, template) : card.effect;
}

/** The input of a tool as a model sees it: a JSON Schema without what is fixed. */
function withoutKeys(input: JsonObject, keys: readonly string[]): JsonObject {
  const { $schema: _, properties, required = [], ...schema } = input;
  const left = isMap(properties) ? Object.entries(properties).filter(([key]) => !keys.includes(key)) : [];
  const needed = (required as readonly string[]).filter((key) => !keys.includes(key));
  return { ...schema, properties: Object.fromEntries(left), required: needed };
}
