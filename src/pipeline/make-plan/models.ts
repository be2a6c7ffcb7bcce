import type { ModelCandidate } from '../model-plan.ts';
import type { ModelStepPlan } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import type { ModelSpec } from '../spec/model.ts';
import { suggestion } from '../suggestion.ts';
import { type Candidate, candidateOf, limitOf, nameOf } from './candidates.ts';
import { chosenModels } from './choice.ts';
import type { Choice, Draft } from './draft.ts';

const OUTPUT_TOKENS_DEFAULT = 1024;

/** What a step takes from its models. Its own system prompt goes before theirs. */
export type ModelPart = Pick<ModelStepPlan, 'candidates' | 'choice' | 'maxOutputTokens' | 'temperature' | 'accept'> & {
  readonly system?: string;
};

type NamedChoice = Choice & { readonly name: string };

/** Finds the models that the names of `models` stand for. */
export function planModels(draft: Draft): void {
  for (const [name, model] of Object.entries(draft.spec.models ?? {})) {
    draft.choices.set(name, choiceOf(draft, ['models', name], model));
  }
}

function choiceOf(draft: Draft, path: Path, model: ModelSpec): Choice {
  if (typeof model === 'string') return { candidates: find(draft, path, { use: model }), settings: {} };
  const { use, require, prefer, price, ...settings } = model;
  const named =
    use === undefined ? undefined : find(draft, [...path, 'use'], { use, mustBeKnown: price === undefined });
  const isChosen = require !== undefined || prefer !== undefined;
  const { candidates, reasons } =
    named === undefined || isChosen
      ? chosenModels(draft, path, { require, prefer, named })
      : { candidates: named, reasons: [] };
  const most = settings.max_output_tokens ?? 0;
  const tight = usable(candidates).find((candidate) => limitOf(draft, candidate) < most);
  if (tight !== undefined) {
    const place = [...path, 'max_output_tokens'];
    const is = `it is ${most}, and ${nameOf(tight)} gives at most ${limitOf(draft, tight)}`;
    draft.problems.push(wrongValue('VALUE_INVALID', place, `Cannot use ${placeText(place)}: ${is}`));
  }
  return { candidates, reasons, settings };
}

interface Wanted {
  readonly use: string | readonly string[];
  readonly mustBeKnown?: boolean;
}

function find(draft: Draft, path: Path, { use, mustBeKnown = true }: Wanted): readonly Candidate[] {
  return listed(path, use).map(([text, place]) => candidateOf(draft, place, { text, mustBeKnown }));
}

/** One name, or a list of them, each with its place. */
function listed(path: Path, names: string | readonly string[]): readonly (readonly [string, Path])[] {
  return typeof names === 'string' ? [[names, path]] : names.map((name, index) => [name, [...path, index]]);
}

function usable(candidates: readonly Candidate[]): readonly ModelCandidate[] {
  return candidates.flatMap((candidate) => (candidate.kind === 'model' ? [candidate.model] : []));
}

/** Finds the models of a step, each once. */
export function modelsOf(draft: Draft, path: Path, model: string | readonly string[]): ModelPart {
  const choices = listed(path, model).map(([name, place]) => namedChoice(draft, place, name));
  const found = choices.flatMap((choice) => choice.candidates);
  const candidates = [...new Map(usable(found).map((candidate) => [nameOf(candidate), candidate])).values()];
  if (candidates.length === 0) reportNoModel(draft, path, found);
  reportConflicts(draft, path, choices);
  // Later ones fill in what those before do not say.
  const settings = choices.reduceRight<Choice['settings']>((all, choice) => ({ ...all, ...choice.settings }), {});
  const limits = candidates.map((candidate) => limitOf(draft, candidate));
  return {
    candidates,
    ...reasonsOf(choices),
    maxOutputTokens: settings.max_output_tokens ?? Math.min(OUTPUT_TOKENS_DEFAULT, ...limits),
    ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
    ...(settings.system === undefined ? {} : { system: settings.system }),
    ...(settings.accept === undefined ? {} : { accept: settings.accept }),
  };
}

/** A name of `models`, or a `provider/model`, which may stand in its place. */
function namedChoice(draft: Draft, path: Path, name: string): NamedChoice {
  const choice = draft.choices.get(name);
  if (choice !== undefined) return { name, ...choice };
  if (name.includes('/')) return { name, candidates: find(draft, path, { use: name }), settings: {} };
  const hint = suggestion(name, [...draft.choices.keys()]) || ', a model is written provider/model';
  const message = `Cannot use ${placeText(path)}: there is no model ${valueText(name)}${hint}`;
  draft.problems.push(wrongValue('MODEL_UNKNOWN', path, message));
  return { name, candidates: [{ kind: 'unknown' }], settings: {} };
}

/** Each with the name of `models` that it is about. */
function reasonsOf(choices: readonly NamedChoice[]): Pick<ModelPart, 'choice'> {
  const choice = choices.flatMap(({ name, reasons = [] }) => reasons.map((reason) => `${name}: ${reason}`));
  return choice.length === 0 ? {} : { choice };
}

/** What does not exist is reported already. */
function reportNoModel(draft: Draft, path: Path, found: readonly Candidate[]): void {
  const reasons = found.flatMap((candidate) => (candidate.kind === 'unusable' ? [candidate.until] : []));
  if (reasons.length < found.length) return;
  const message = `Cannot use ${placeText(path)}: no model can be used until ${[...new Set(reasons)].join(' or ')}`;
  draft.problems.push(wrongValue('MODEL_UNUSABLE', path, message));
}

/** All models of a step get the same settings, so names that set different ones do not go together. */
function reportConflicts(draft: Draft, path: Path, choices: readonly NamedChoice[]): void {
  for (const key of ['system', 'temperature', 'max_output_tokens'] as const) {
    const [first, ...others] = choices.filter(({ settings }) => settings[key] !== undefined);
    const other = others.find(({ settings }) => settings[key] !== first?.settings[key]);
    if (first === undefined || other === undefined) continue;
    const is = `"${first.name}" and "${other.name}" set a different ${key}, and one step has one`;
    draft.problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
  }
}
