/** The names that come close to a mistyped one, best first, at most three. */
export function similarNames(wrong: string, names: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(wrong.length / 3));
  return [...new Set(names)]
    .filter((name) => Math.abs(name.length - wrong.length) <= most)
    .map((name) => ({ name, edits: editsBetween(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * `: did you mean "x"?` when there is a name that comes close, else `: there are "x", "y"`, else nothing.
 * The names are shown behind `prefix`.
 */
export function suggestion(wrong: string, names: readonly string[], prefix = ''): string {
  const [best] = similarNames(wrong, names);
  if (best !== undefined) return `: did you mean "${prefix}${best}"?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${prefix}${name}"`);
  const more = names.length > NAMES_SHOWN ? ' and others' : '';
  return `: there ${names.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${more}`;
}

const NAMES_SHOWN = 10;

/** How many letters to add, drop, change or swap with their neighbour. */
function editsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[column - 2] as number) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length] as number;
}
