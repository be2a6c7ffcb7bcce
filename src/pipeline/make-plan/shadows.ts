import type { Names } from '../expression/names.ts';
import { type Path, placeText, wrongKey, wrongValue } from '../problem.ts';
import type { Draft } from './draft.ts';

/** Refuses the id of a step when a step around it is read under that id. `path` is that of the step. */
export function refuseShadowingStep({ names, problems }: Draft, path: Path): void {
  if (!isVisible(`steps.${path.at(-1)}.output`, names)) return;
  const is = 'a step around it has this id, and nobody could tell which one is meant';
  problems.push(wrongKey('NAME_SHADOWED', path, `Cannot use "${path.at(-1)}" as the id of ${placeText(path)}: ${is}`));
}

/** Refuses the name of an item or of its number when it means something already. `path` is that of the key that says it. */
export function refuseShadowingName(draft: Draft, name: string, path: Path): void {
  const is = RESERVED.has(name)
    ? `"${name}" has a meaning of its own in expressions`
    : isVisible(name, draft.names)
      ? `a step around it with "for_each" uses the name "${name}", so say another one`
      : undefined;
  if (is === undefined) return;
  draft.problems.push(wrongValue('NAME_SHADOWED', path, `Cannot use ${placeText(path)}: ${is}`));
}

/** What begins a path, or is read in checks, handlers of events and so on; and words that CEL keeps for itself. */
const RESERVED: ReadonlySet<string> = new Set(
  `inputs vars steps run secrets previous output event as break const continue else for function if import let loop
  namespace package return var void while`.split(/\s+/),
);

function isVisible(name: string, names: Names): boolean {
  return Object.hasOwn(names.schemas, name) || (names.around !== undefined && isVisible(name, names.around));
}
