import { isUnknownRun, type Connection } from './client.ts';
import { isInside, withParts } from './pipeline/part-views.ts';
import type { RunView } from './pipeline/view.ts';
import { queryView } from './run-handle.ts';

/** So many parts of one run are asked; a loop over many items has more. */
const PARTS_MAX = 50;
/** Parts stand in one another this deep. */
const DEPTH_MAX = 20;

/** The view of a run with what those parts of it say that have histories of their own. */
export async function askParts(connection: Connection, view: RunView): Promise<RunView> {
  const answers = new Map<string, RunView>();
  let wanted = view.children ?? [];
  let left = PARTS_MAX;
  while (wanted.length > 0 && left > 0) {
    const asked = wanted.slice(0, left);
    left -= asked.length;
    const found = (await Promise.all(asked.map((part) => askPart(connection, part)))).flat();
    for (const [path, answer] of found) answers.set(path, answer);
    wanted = found.flatMap(([, { children = [] }]) => children);
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
