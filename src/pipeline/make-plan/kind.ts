import type { JsonSchema } from '../json.ts';
import type { StepPlan } from '../plan.ts';
import type { Path } from '../problem.ts';
import type { WrittenCheck } from './checks.ts';
import type { Draft } from './draft.ts';

/** The keys of a plan that a step has whatever its kind. */
type CommonKey =
  | 'id'
  | 'description'
  | 'dependsOn'
  | 'tolerates'
  | 'condition'
  | 'otherwise'
  | 'forEach'
  | 'repeat'
  | 'checks'
  | 'onCheckFail'
  | 'retry'
  | 'timeoutMs'
  | 'onError'
  | 'compensate'
  | 'saveTo'
  | 'reuse';

type FieldsOf<Plan extends StepPlan> = Plan extends StepPlan ? Omit<Plan, CommonKey> : never;

/** What a step's kind makes of it. */
export interface KindPart {
  readonly fields: FieldsOf<StepPlan>;
  /** What the step gives when it runs. */
  readonly output: JsonSchema;
  /** Checks that belong to the kind, before those that any step may have. */
  readonly checks?: readonly WrittenCheck[];
  /** Of one attempt, unless the step says otherwise. Absent: it takes as long as it takes. */
  readonly timeoutMs?: number;
  /** Where the steps that it holds may be read. */
  readonly inside?: Draft;
}

/** How the steps of a kind are compiled. One file in `kinds/` for each family, and one line in `kinds.ts` for each kind. */
export interface Kind<Spec> {
  /** How often it is tried when nothing goes well, unless the step says otherwise. */
  readonly attempts: number;
  /** What a step gives as far as its kind alone tells; undefined when only compiling it tells. */
  readonly known: (draft: Draft, step: Spec) => JsonSchema | undefined;
  /** `path` is that of the step. What it reads is heard by `draft.waitFor`, as everything that `compileAt` compiles. */
  readonly plan: (draft: Draft, path: Path, step: Spec) => KindPart;
}
