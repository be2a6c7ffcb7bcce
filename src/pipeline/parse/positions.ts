import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import { keyText, offsetOf, type Targets } from './nodes.ts';
import type { Problem } from '../problem.ts';

/** A document in which the place of a problem can be found. */
export interface Source {
  readonly text: string;
  readonly root: Node | null;
  readonly targets: Targets;
}

/** Where a problem stands, in characters from the start of the file. What is missing stands where its owner does. */
export function offsetOfProblem({ path, at, offset }: Pick<Problem, 'path' | 'at' | 'offset'>, source: Source): number {
  let value = source.root;
  let key: Node | null = null;
  for (const part of path) {
    const found = childOf(value, part, source.targets);
    if (found === undefined) break;
    ({ key, value } = found);
  }
  const wantsKey = at === 'key' || value === null || isEmpty(value);
  if (wantsKey) return key === null ? 0 : offsetOf(key);
  return isScalar(value) && offset !== undefined ? offsetInScalar(value, offset, source.text) : offsetOf(value as Node);
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.source === '' && node.value === null;
}

/** An item of a list stands for its own key. */
function childOf(
  owner: Node | null,
  part: string | number,
  targets: Targets,
): { key: Node; value: Node | null } | undefined {
  const node = isAlias(owner) ? targets.get(owner) : owner;
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => keyText(key) === part) as Pair<Node, Node | null> | undefined;
    return pair;
  }
  const item = isSeq(node) ? (node.items[part as number] as Node | undefined) : undefined;
  return item && { key: item, value: item };
}

/** A character of a scalar's value, in the file: quotes, escapes, indentation and folded lines are passed over. */
function offsetInScalar(scalar: Scalar, offset: number, text: string): number {
  const [start, end] = scalar.range as readonly [number, number, number];
  const { first, gap, character } = STYLES[scalar.type as keyof typeof STYLES];
  const source = text.slice(start, end);
  let [at, done] = [match(first, source, 0), 0];
  for (const symbol of String(scalar.value)) {
    if (!/\s/.test(symbol)) at = match(gap, source, at);
    if (done >= offset) return start + at;
    if (!/\s/.test(symbol)) at = match(character, source, at);
    done += symbol.length;
  }
  return start + at;
}

/** The end of a sticky pattern's match; there always is one. */
function match(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(source);
  return pattern.lastIndex;
}

const PLAIN = { first: /(?:)/y, gap: /\s*/y, character: /[^]/uy } as const;

/** Per style: what comes before the text, what may stand between two characters of it, and what makes one. */
const STYLES = {
  PLAIN,
  BLOCK_LITERAL: { ...PLAIN, first: /[^\n]*\n/y },
  BLOCK_FOLDED: { ...PLAIN, first: /[^\n]*\n/y },
  QUOTE_SINGLE: { ...PLAIN, first: /'/y, character: /''|[^]/uy },
  QUOTE_DOUBLE: {
    first: /"/y,
    gap: /(?:\s|\\(?:[nrtvf N_LP\t]|\r?\n))*/y,
    character: /\\u[dD][89abAB]..\\u....|\\(?:x..|u....|U........|[^])|[^]/uy,
  },
} as const;
