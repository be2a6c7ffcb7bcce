/** One step on the way to a call: `drafts[3]#2~2`. */
export interface Segment {
  readonly id: string;
  readonly item?: number;
  /** From 1. */
  readonly round?: number;
}

const SEGMENT = /^([^[#~]*)(?:\[(\d+)\])?(?:#(\d+))?(?:~\d+)?$/;

/** The segments of a path of a call; which try of a step it was is left out. What is no path is a name of its own. */
export function segmentsOf(path: string): readonly Segment[] {
  return path.split('/').map((text) => {
    const [, id = text, item, round] = SEGMENT.exec(text) ?? [];
    return {
      id,
      ...(item === undefined ? {} : { item: Number(item) }),
      ...(round === undefined ? {} : { round: Number(round) }),
    };
  });
}

/** Where in the plan the call is: its path without items, rounds and tries. */
export function planPathOf(path: string): string {
  return segmentsOf(path)
    .map(({ id }) => id)
    .join('/');
}

const CHECK = /^check-\d+$/;

/** Whether a segment names a check of the step before it; ids of steps hold no `-`. */
export function isCheck({ id }: Segment): boolean {
  return CHECK.test(id);
}

/** The path of the step whose gate has made a call: that of `draft/repair-1` is `draft`. */
export function stepOfRung(path: string): string {
  return path.replace(/\/(?:repair|model|ask)-\d+$/, '');
}

/** Whether a path is another one, or lies inside it: `drafts[3]/review` in `drafts[3]` and in `drafts`. */
export function isAtOrIn(path: string, outer: string): boolean {
  return path.startsWith(outer) && /^(?:$|[/#~[])/.test(path.slice(outer.length));
}
