import type { Json } from './json.ts';

type Path = readonly (string | number)[];

/** Where steps stand inside a step; `*` is every key there. Whatever walks through a pipeline goes these ways. */
const PLACES: readonly Path[] = [
  ['steps', '*'],
  ['cases', '*'],
  ['default'],
  ['on_error', 'steps', '*'],
  ['compensate'],
];

/** A step inside another one. */
export interface InnerStep {
  /** From the step that it is in. */
  readonly path: Path;
  readonly step: Json;
}

/** The steps right inside a step, as they were written. */
export function innerSteps(step: Json): readonly InnerStep[] {
  // Most steps hold none, and there may be thousands of them.
  const places = PLACES.filter(([key]) => typeof step === 'object' && step !== null && (key as string) in step);
  return places.flatMap((place) => reached({ path: [], step }, place));
}

function reached({ path, step: value }: InnerStep, [key, ...rest]: Path): readonly InnerStep[] {
  if (key === undefined) return [{ path, step: value }];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const map = value as { readonly [key: string]: Json };
  const keys = key === '*' ? Object.keys(map) : Object.hasOwn(map, key) ? [String(key)] : [];
  return keys.flatMap((name) => reached({ path: [...path, name], step: map[name] as Json }, rest));
}

/** The ways that a path goes, from step to step: `[['steps', 'route'], ['cases', 'bug']]`; empty outside of steps. */
export function stepsOnPath(path: Path): readonly Path[] {
  const ways: Path[] = [];
  let at = 0;
  for (let way = stepWay(path, at); way !== undefined; way = stepWay(path, at)) {
    ways.push(way);
    at += way.length;
  }
  return ways;
}

function stepWay(path: Path, at: number): Path | undefined {
  const place = (at === 0 ? PLACES.slice(0, 1) : PLACES).find((candidate) => {
    return (
      path.length >= at + candidate.length && candidate.every((key, index) => key === '*' || key === path[at + index])
    );
  });
  return place && path.slice(at, at + place.length);
}

/** The path of a step for people: `refine/review`, `route/billing`, `publish/on_error/notify`. */
export function stepName(ways: readonly Path[]): string {
  return ways
    .flatMap((way) => (NAMELESS.has(String(way[0])) ? way.slice(1) : way.filter((key) => key !== 'steps')))
    .join('/');
}

/** What stands behind these keys is named by its own key alone. */
const NAMELESS: ReadonlySet<string> = new Set(['steps', 'cases']);
