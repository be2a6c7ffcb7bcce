import type { CheckCard } from '../card.ts';
import type { Json, JsonObject } from '../json.ts';
import type { CheckPlan } from '../check-plan.ts';
import { type Path, placeText, valueText, wrongKey, wrongValue } from '../problem.ts';
import { suggestion } from '../suggestion.ts';
import { problemsOfIssues } from '../spec/sentence.ts';
import { CALLING_CHECKS } from './checks/calling-checks.ts';
import type { CallingCheck, Subject } from './checks/calling-check.ts';
import { checkSchema, compileAt, type Draft, within } from './draft.ts';
import { fitProblems } from './fit.ts';

/** One check as it was written: its name, what stands behind it, and where. */
export interface WrittenCheck {
  readonly name: string;
  readonly options: Json;
  readonly path: Path;
}

/** The checks of a list, in which each is a map of its own. */
export function listedChecks(draft: Draft, path: Path, checks: readonly JsonObject[]): readonly WrittenCheck[] {
  return checks.flatMap((check, index) => {
    const place = [...path, index];
    const entries = Object.entries(check);
    if (entries.length === 1) return entries.map(([name, options]) => ({ name, options, path: [...place, name] }));
    const message = `Cannot use ${placeText(place)}: it has ${entries.length} keys, a map with one check is allowed`;
    draft.problems.push(wrongValue('VALUE_INVALID', place, message));
    return [];
  });
}

/** Compiles checks. What they judge is `output` in their expressions. */
export function planChecks(draft: Draft, checks: readonly WrittenCheck[], subject: Subject): readonly CheckPlan[] {
  return checks.flatMap((check) => {
    const calling = CALLING_CHECKS.find(({ name }) => name === check.name);
    return calling === undefined ? planCheck(draft, check, subject) : planCalling(draft, check, { calling, subject });
  });
}

/** What such a check calls is known before the run, so only texts and inputs in it may be expressions. */
function planCalling(
  draft: Draft,
  { options, path }: WrittenCheck,
  { calling, subject }: { readonly calling: CallingCheck; readonly subject: Subject },
): readonly CheckPlan[] {
  const { data, error } = calling.options.safeParse(options);
  const problems = problemsOfIssues(error?.issues ?? [], path, draft.spec);
  draft.problems.push(...problems);
  return error === undefined ? [calling.plan(draft, path, { options: data, subject })] : [];
}

function planCheck(draft: Draft, { name, options, path }: WrittenCheck, { output }: Subject): readonly CheckPlan[] {
  const card = draft.cards.checks.find((candidate) => candidate.name === name);
  if (card === undefined) {
    const hint = suggestion(
      name,
      draft.cards.checks.map((candidate) => candidate.name),
    );
    const message = `Cannot use ${placeText(path)}: there is no check ${valueText(name)}${hint}`;
    draft.problems.push(wrongKey('CHECK_UNKNOWN', path, message));
    return [];
  }
  if (card.isOwn === true) draft.needs.checks.add(name);
  const judging = card.readsOutput ? within(draft, { output }) : draft;
  const { template, schema } = compileAt(judging, { path, value: options });
  draft.problems.push(...fitProblems({ path, value: options, filledIn: schema, schema: card.options }, draft.schemas));
  if (isSchema(card) && template.kind === 'literal') checkSchema(draft, path, template.value);
  return [{ check: name, options: template }];
}

/** Whether what stands behind a check is a JSON Schema itself. */
function isSchema({ options }: CheckCard): boolean {
  return options !== true && options['contentMediaType'] === 'application/schema+json';
}
