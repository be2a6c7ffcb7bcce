import { ACCEPT, REJECT, type AskRungPlan, type OtherModelPlan, type RungPlan } from '../../ladder-plan.ts';
import type { ModelStepPlan } from '../../plan.ts';
import { type Path, placeText, wrongKey, wrongValue } from '../../problem.ts';
import type { AskRungSpec, LadderSpec } from '../../spec/rungs.ts';
import type { StepSpec } from '../../spec.ts';
import { type Draft, compileAt } from '../draft.ts';
import type { KindPart } from '../kind.ts';
import { planAsking, schemaOfEdited } from '../kinds/approve.ts';
import { modelsOf } from '../models.ts';
import { withSelf } from '../self.ts';
import { reportUnsuitable } from '../suitable.ts';

interface Checked {
  readonly step: StepSpec;
  readonly part: KindPart;
}

type Rung = LadderSpec[number];

/** What is done about an output that does not pass its checks. */
export function planLadder(draft: Draft, stepPath: Path, checked: Checked): readonly RungPlan[] | undefined {
  const { checks = [], on_check_fail: rungs } = checked.step;
  if (rungs === undefined) return undefined;
  const path = [...stepPath, 'on_check_fail'];
  if (checks.length === 0 && checked.part.checks === undefined) {
    draft.problems.push(wrongKey('VALUE_INVALID', path, `Cannot use ${placeText(path)}: the step has no "checks"`));
  }
  rungs.forEach((rung, index) => refuseOrder(draft, [...path, index], { rung, before: rungs.slice(0, index) }));
  return rungs.flatMap((rung, index) => planRung(draft, [...path, index], { ...checked, rung }) ?? []);
}

/** Each rung is climbed once, and what comes after `continue` never is. */
function refuseOrder(
  draft: Draft,
  path: Path,
  { rung, before }: { readonly rung: Rung; readonly before: readonly Rung[] },
): void {
  if (before.at(-1) === 'continue') return refuse(draft, path, 'nothing comes after "continue"');
  if (!before.some((each) => sameRung(each, rung))) return;
  const name = kindOf(rung) === 'model' ? 'that model' : `"${kindOf(rung)}"`;
  const instead = kindOf(rung) === 'repair' ? ', { repair: 2 } asks twice' : '';
  refuse(draft, path, `${name} stands there before, and each rung is climbed once${instead}`);
}

function sameRung(one: Rung, other: Rung): boolean {
  if (kindOf(one) !== kindOf(other)) return false;
  return typeof one === 'string' || typeof other === 'string' || one.model === other.model;
}

function kindOf(rung: Rung): RungPlan['kind'] {
  if (typeof rung === 'string') return rung;
  if (rung.repair !== undefined) return 'repair';
  return rung.model === undefined ? 'ask' : 'model';
}

function refuse({ problems }: Draft, path: Path, is: string): void {
  problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
}

interface Written extends Checked {
  readonly rung: Rung;
}

function planRung(draft: Draft, path: Path, { rung, step, part }: Written): RungPlan | undefined {
  const { fields } = part;
  const isNamed = typeof rung !== 'string';
  if (isNamed && refuseMixture(draft, path, rung)) return undefined;
  const kind = kindOf(rung);
  if (kind === 'continue') return { kind };
  if (kind === 'ask') return planAsk(draft, path, { step, part, ask: isNamed ? rung.ask : undefined });
  if (fields.kind !== 'model') {
    refuse(draft, path, `"${kind}" asks a model, and the step asks none: "ask" and "continue" are left`);
    return undefined;
  }
  if (kind === 'repair') return { kind, times: (isNamed ? rung.repair : undefined) ?? 1 };
  return planOtherModel(draft, path, { step, fields, model: (rung as { model: string }).model });
}

function refuseMixture(draft: Draft, path: Path, { repair, model, ask }: Exclude<Rung, string>): boolean {
  const count = [repair, model, ask].filter((each) => each !== undefined).length;
  if (count === 1) return false;
  const has = count === 0 ? 'none' : 'more than one';
  refuse(draft, path, `it has ${has} of "repair", "model" and "ask", one of them is needed`);
  return true;
}

interface Asked {
  readonly step: StepSpec;
  readonly part: KindPart;
  readonly ask: AskRungSpec | undefined;
}

function planAsk(draft: Draft, rungPath: Path, { step, part, ask = {} }: Asked): AskRungPlan {
  const path = [...rungPath, 'ask'];
  const { message, ...asking } = ask;
  const self = withSelf(draft, { path: rungPath.slice(0, -2), step, output: part.output });
  const editSchema = schemaOfEdited(part.output);
  return {
    kind: 'ask',
    ...(message !== undefined && {
      message: compileAt(self, { path: [...path, 'message'], value: message }).template,
    }),
    ...planAsking(self, path, { ...asking, options: [ACCEPT, REJECT] }),
    ...(editSchema !== true && { editSchema }),
    quorum: 1,
  };
}

interface OtherModel {
  readonly step: StepSpec;
  readonly fields: Extract<KindPart['fields'], { readonly kind: 'model' }>;
  readonly model: string;
}

function planOtherModel(draft: Draft, path: Path, { step, fields, model }: OtherModel): OtherModelPlan {
  refuseRepetition(draft, path, fields);
  const { system: inherited, ...settings } = modelsOf(draft, [...path, 'model'], model);
  const own = step as { readonly system?: unknown; readonly accept?: unknown };
  const system =
    own.system === undefined ? inherited && ({ kind: 'literal', value: inherited } as const) : fields.system;
  const plan = {
    ...settings,
    ...(own.accept !== undefined && fields.accept && { accept: fields.accept }),
    ...(system && { system }),
  };
  const { system: _, ...asked } = fields;
  reportUnsuitable(draft, path, { ...asked, ...plan });
  return { kind: 'model', ...plan };
}

/** Another model begins at the beginning, and so would do what was done. */
function refuseRepetition(draft: Draft, path: Path, { tools = [] }: Pick<ModelStepPlan, 'tools'>): void {
  const writes = tools.filter(({ effect }) => effect === 'once' || effect === 'idempotent').map(({ tool }) => tool);
  if (writes.length === 0) return;
  refuse(draft, path, `another model begins anew, and would do a second time what ${writes.join(', ')} did`);
}
