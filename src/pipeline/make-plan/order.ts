/** More circles than this help nobody. */
const CIRCLES_MAX = 20;

/** Each with those that it must come after. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Every name after all that it depends on, otherwise as they were; and the circles that make that impossible. */
export function orderOf(graph: Graph): {
  readonly order: readonly string[];
  readonly circles: readonly (readonly string[])[];
} {
  const order = new Set<string>();
  const circles: (readonly string[])[] = [];
  for (const name of graph.keys()) {
    // Not recursive: a chain may be as long as a file.
    const trail = openTrail();
    if (!order.has(name)) trail.enter(name);
    for (let at = trail.last(); at !== undefined; at = trail.last()) {
      const next = graph.get(at.name)?.[at.next];
      at.next += 1;
      if (next === undefined) order.add(trail.leave());
      else if (trail.has(next) && circles.length < CIRCLES_MAX) circles.push(trail.from(next));
      else if (!trail.has(next) && !order.has(next)) trail.enter(next);
    }
  }
  return { order: [...order], circles };
}

/** The way from where a walk began to where it is. */
function openTrail() {
  const steps: { readonly name: string; next: number }[] = [];
  const indices = new Map<string, number>();
  return {
    last: () => steps.at(-1),
    has: (name: string) => indices.has(name),
    from: (name: string) => steps.slice(indices.get(name)).map((step) => step.name),
    enter(name: string) {
      indices.set(name, steps.length);
      steps.push({ name, next: 0 });
    },
    leave() {
      const { name } = steps.pop() as { name: string };
      indices.delete(name);
      return name;
    },
  };
}
