import { whyHidden } from '../expression/names.ts';
import { type Path, type Problem, placeText, valueText, wrongValue } from '../problem.ts';
import type { StepPlan } from '../plan.ts';
import type { StepSpec } from '../spec.ts';
import { suggestion } from '../suggestion.ts';
import type { Draft } from './draft.ts';
import { isVisible } from './shadows.ts';

/** What is found out about the steps that a step waits for, while it is compiled. */
export interface Waiting {
  /** The draft in which everything of the step is compiled. */
  readonly draft: Draft;
  /** What it waits for, when all of it has been compiled. */
  readonly dependencies: () => Pick<StepPlan, 'dependsOn' | 'tolerates'>;
}

/** Listens to what a step reads, and adds what it needs. What stands in no block of its own is told further out. */
export function openWaiting(draft: Draft, path: Path, { needs, join }: StepSpec): Waiting {
  const { index, settledReads } = draft.block;
  const waits = new Map<string, boolean>();
  const waitFor: Draft['waitFor'] = (all) => {
    const read = join === 'settled' && all.mustBeDone ? { id: all.id, mustBeDone: false, settledReader: path } : all;
    const { id, mustBeDone, settledReader: reader } = read;
    if (!index.has(id)) return draft.waitFor(read);
    waits.set(id, mustBeDone || waits.get(id) === true);
    if (reader !== undefined) settledReads.push({ id, reader });
  };
  for (const { name, place } of namesIn(needs ?? [], [...path, 'needs'])) {
    if (index.has(name)) waits.set(name, join !== 'settled');
    else draft.problems.push(unknownStep(draft, place, name));
  }
  return { draft: { ...draft, waitFor }, dependencies: () => inFileOrder(waits, index) };
}

function namesIn(names: string | readonly string[], path: Path): readonly { name: string; place: Path }[] {
  if (typeof names === 'string') return [{ name: names, place: path }];
  return names.map((name, index) => ({ name, place: [...path, index] }));
}

function inFileOrder(
  waits: ReadonlyMap<string, boolean>,
  index: ReadonlyMap<string, number>,
): Pick<StepPlan, 'dependsOn' | 'tolerates'> {
  const dependsOn = [...waits.keys()].toSorted((a, b) => (index.get(a) as number) - (index.get(b) as number));
  return { dependsOn, tolerates: dependsOn.filter((id) => waits.get(id) === false) };
}

function unknownStep({ block, names }: Draft, path: Path, name: string): Problem {
  const isElsewhere = isVisible(`steps.${name}.output`, names) || whyHidden(name, names) !== undefined;
  const hint = isElsewhere
    ? ': "needs" names steps that stand beside this one'
    : suggestion(name, [...block.index.keys()]);
  const is = isElsewhere ? `step ${valueText(name)} stands elsewhere` : `there is no step ${valueText(name)}`;
  return wrongValue('REFERENCE_UNKNOWN', path, `Cannot use ${placeText(path)}: ${is}${hint}`);
}
