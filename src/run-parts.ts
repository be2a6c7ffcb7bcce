import { isUnknownRun, loadValue, type Connection } from './client.ts';
import { isInside, withParts } from './pipeline/part-views.ts';
import type { RunView, StepView } from './pipeline/view.ts';
import { queryView } from './run-handle.ts';

/** So many parts of one run are asked, and so many at a time. */
const PARTS_MAX = 500;
const PARTS_AT_A_TIME = 50;
/** Parts stand in one another this deep. */
const DEPTH_MAX = 20;

/** The view of a run with what those parts of it say that have histories of their own. */
export async function askParts(connection: Connection, view: RunView): Promise<RunView> {
  const answers = new Map<string, RunView>();
  const wanted = [...(view.children ?? [])];
  let left = PARTS_MAX;
  while (wanted.length > 0 && left > 0) {
    const asked = wanted.splice(0, Math.min(PARTS_AT_A_TIME, left));
    left -= asked.length;
    const found = (await Promise.all(asked.map((part) => askPart(connection, part)))).flat();
    for (const [path, answer] of found) answers.set(path, answer);
    wanted.push(...found.flatMap(([, { children = [] }]) => children));
  }
  return withParts(view, answers);
}

type Part = NonNullable<RunView['children']>[number];

/** Nothing from a part that Temporal no longer knows: the run around it will say how it ended. */
async function askPart(
  connection: Connection,
  { path, runId }: Part,
): Promise<readonly (readonly [string, RunView])[]> {
  try {
    return [[path, await queryView(connection, runId)]];
  } catch (error) {
    if (isUnknownRun(error)) return [];
    throw error;
  }
}

/** The workflow that answers for the step at a path: the run, or a part of it. */
export async function ownerOf(connection: Connection, runId: string, path: string): Promise<string> {
  let owner = runId;
  // At the top of a run stands no step of a part.
  for (let depth = 0; /[/#[~]/u.test(path) && depth < DEPTH_MAX; depth += 1) {
    const { children = [] } = await queryView(connection, owner);
    const part = children.find((each) => isInside(path, each.path));
    if (part === undefined) return owner;
    owner = part.runId;
  }
  return owner;
}

/** So many ended parts of one run are looked into. */
const ENDED_PARTS_MAX = 100;

/** The steps of a run with what parts of it that have ended left of themselves in the store. */
export async function withInside(connection: Connection, steps: readonly StepView[]): Promise<readonly StepView[]> {
  let left = ENDED_PARTS_MAX;
  const open = async (step: StepView): Promise<StepView> => {
    const inside = 'inside' in step ? step.inside : undefined;
    if (inside === undefined || left <= 0) {
      return step.steps === undefined ? step : { ...step, steps: await Promise.all(step.steps.map(open)) };
    }
    left -= 1;
    const found = (await loadValue(connection, inside)) as unknown as readonly StepView[];
    return found.length === 0 ? step : { ...step, steps: await Promise.all(found.map(open)) };
  };
  return Promise.all(steps.map(open));
}
