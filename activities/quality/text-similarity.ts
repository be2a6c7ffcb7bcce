/**
 * How similar two texts are, from 0 to 1 in steps of a thousandth: Dice's coefficient of the groups of three characters
 * in them, each counted as often as it occurs, whatever capitals, spaces and forms of Unicode they are written with.
 * The order of sentences hardly counts. The same texts always give the same figure, in time that grows with their length.
 */
export function textSimilarity(one: string, other: string): number {
  const [first, second] = [plain(one), plain(other)];
  if (first === second) return 1;
  const groups = groupsOf(first);
  const others = groupsOf(second);
  let shared = 0;
  for (const [group, count] of groups) shared += Math.min(count, others.get(group) ?? 0);
  // Texts that are not equal are never told to be so.
  return Math.min(Math.floor((2000 * shared) / (sizeOf(groups) + sizeOf(others))) / 1000, 0.999);
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** A space at each end makes groups of the shortest texts, and of how a text begins and ends. */
function groupsOf(text: string): ReadonlyMap<string, number> {
  const characters = Array.from(` ${text} `);
  const groups = new Map<string, number>();
  for (let at = 0; at + 3 <= characters.length; at += 1) {
    const group = characters.slice(at, at + 3).join('');
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return groups;
}

function sizeOf(groups: ReadonlyMap<string, number>): number {
  let size = 0;
  for (const count of groups.values()) size += count;
  return size;
}
