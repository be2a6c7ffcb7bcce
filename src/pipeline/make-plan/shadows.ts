import type { Names } from '../expression/names.ts';
import { type Path, placeText, wrongKey, wrongValue } from '../problem.ts';
import type { Draft } from './draft.ts';

/** Refuses the id of a step when a step around it is read under that id. `path` is that of the step. */
export function refuseShadowingStep({ names, problems }: Draft, path: Path): void {
  if (!isVisible(`steps.${path.at(-1)}.output`, names)) return;
  const is = 'a step around it has this id, and nobody could tell which one is meant';
  problems.push(wrongKey('NAME_SHADOWED', path, `Cannot use "${path.at(-1)}" as the id of ${placeText(path)}: ${is}`));
}

/** Refuses the name of an item, or of its number, when it means something already. `key` is what says it, or would. */
export function refuseShadowingName(
  { names, problems }: Draft,
  path: Path,
  { name, key, isWritten }: { readonly name: string; readonly key: 'as' | 'index'; readonly isWritten: boolean },
): void {
  const is = RESERVED.has(name)
    ? 'it has a meaning of its own in expressions'
    : isVisible(name, names)
      ? `it is read already from a step around it with "for_each", say another name with "${key}"`
      : undefined;
  if (is === undefined) return;
  const what = key === 'as' ? 'the item' : "the item's number";
  const message = `Cannot use "${name}" as the name of ${what} in ${placeText(path)}: ${is}`;
  const problem = isWritten ? wrongValue : wrongKey;
  problems.push(problem('NAME_SHADOWED', [...path, isWritten ? key : 'for_each'], message));
}

/** What begins a path, or is read in checks, handlers of events and so on; and words that CEL keeps for itself. */
const RESERVED: ReadonlySet<string> = new Set(
  `inputs vars steps run secrets previous output event as break const continue else for function if import let loop
  namespace package return var void while`.split(/\s+/),
);

/** Whether a name means something here. */
export function isVisible(name: string, names: Names): boolean {
  return Object.hasOwn(names.schemas, name) || (names.around !== undefined && isVisible(name, names.around));
}
