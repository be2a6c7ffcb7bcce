import type { QuestionPlan, Template, ToolStepPlan } from './plan.ts';

/** A check of what a step gives. */
export interface CheckPlan {
  readonly check: string;
  readonly options: Template;
  /** What is called before there is a verdict. Absent: nothing, the check is a function. */
  readonly by?: JudgePlan | QuotesPlan | ToolCheckPlan;
}

/** Models give scores. `pass` and all scores are from 0 to 1. */
export interface JudgePlan {
  readonly kind: 'judge';
  /** What each vote is asked; it may read `output`, and the mark that stands around it (see `check-calls.ts`). */
  readonly asks: QuestionPlan;
  readonly votes: number;
  readonly pass: number;
}

/** A model quotes its evidence; the check itself, whose options read the answer, then looks for it. */
export interface QuotesPlan {
  readonly kind: 'quotes';
  /** May read `output`, the sources, and the mark. */
  readonly asks: QuestionPlan;
  readonly sources: Template;
}

/** A tool gives the verdict. Its input may read `output`. */
export interface ToolCheckPlan extends Pick<ToolStepPlan, 'tool' | 'effect' | 'with' | 'timeoutMs' | 'retry'> {
  readonly kind: 'tool';
}
