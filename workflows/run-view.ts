import { GRANT, OWN, type Budget } from '../src/pipeline/ledger.ts';
import type { BudgetView, RunView } from '../src/pipeline/view.ts';
import type { Top } from './answer-messages.ts';
import { statusOf, type RunState } from './run-state.ts';
import { stepViews } from './step-views.ts';

/** A query's answer must stay far below Temporal's 2 MiB, however many steps there are. */
const OUTPUT_BYTES_MAX = 512 * 1024;

/** What the query `describe` answers; long outputs are shortened to a preview there, and whole in the record. */
export function viewOf(state: RunState, { top, isWhole }: { readonly top: Top; readonly isWhole: boolean }): RunView {
  const { costNanoUsd, usage, hasUnknownCost, savedNanoUsd } = state.spent;
  return {
    runId: state.workflowId,
    tenant: state.tenant,
    pipeline: state.pipeline,
    status: statusOf(state),
    startedAt: state.startedAt,
    steps: stepViews(state, { path: top.frame.path, ...top }, isWhole ? Infinity : roomPerStep(state)),
    usage: { ...usage },
    costNanoUsd,
    hasUnknownCost,
    ignored: [...state.steering.ignored],
    ...(state.outcome === undefined && state.busy === state.steering.children.size ? { isIdle: true } : {}),
    ...asksOf(state),
    ...leftBehind(state),
    ...budgetOf(state),
    ...(state.fork === undefined ? {} : { forkOf: state.fork.runId, savedNanoUsd }),
    ...endOf(state),
  };
}

/** Characters of output that each step may show, so that all of them have room. */
function roomPerStep({ memory }: RunState): number {
  const shown = [...memory.blocks.values()].reduce((sum, { results }) => sum + results.size, 0);
  return Math.floor(OUTPUT_BYTES_MAX / Math.max(shown, 1));
}

/** What waits for somebody. */
function asksOf({ steering }: RunState): Partial<RunView> {
  const { approvals, waits, held, children } = steering;
  return {
    ...listed(
      'approvals',
      [...approvals.values()].map(({ view }) => view),
    ),
    ...listed(
      'waits',
      [...waits.values()].map(({ view }) => view),
    ),
    ...listed(
      'held',
      [...held].map(([step, { error, since }]) => ({ step, error, since })),
    ),
    ...listed(
      'children',
      [...children].map(([path, { runId }]) => ({ path, runId })),
    ),
  };
}

function leftBehind({ undoing, files }: RunState): Partial<RunView> {
  return { ...listed('compensations', [...undoing.done]), ...listed('files', [...files]) };
}

function budgetOf({ money }: RunState): Partial<RunView> {
  if (money === undefined) return {};
  const { budgets } = money.ledger;
  const asks = [...money.asks.values()].map(({ step, missing }) => ({
    missing,
    ...(step === undefined ? {} : { step }),
  }));
  const { missing } = asks.find(({ step }) => step === undefined) ?? {};
  const steps = [...budgets].filter(([name]) => name !== OWN && name !== GRANT);
  const whole = budgets.get(GRANT) ?? budgets.get(OWN);
  return {
    budget: {
      ...viewOfBudget(whole as Budget),
      ...(missing === undefined ? {} : { missing }),
      ...(steps.length === 0 ? {} : { steps: steps.map(([step, budget]) => ({ step, ...viewOfBudget(budget) })) }),
      ...(asks.length === 0 ? {} : { asks }),
    },
  };
}

function viewOfBudget({ limits, spent, reserved }: Budget): Pick<BudgetView, 'limit' | 'spent' | 'reserved'> {
  return { limit: limits, spent, reserved };
}

function listed(name: keyof RunView, list: readonly object[]): Partial<RunView> {
  return list.length === 0 ? {} : { [name]: list };
}

function endOf({ outcome }: RunState): Partial<RunView> {
  if (outcome === undefined) return {};
  const { endedAt } = outcome;
  if (outcome.status === 'done') return { endedAt, outputs: outcome.outputs };
  return outcome.status === 'failed' ? { endedAt, error: outcome.error } : { endedAt };
}
