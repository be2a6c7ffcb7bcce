import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** A fenced block: ```` ```<language> <note> ````. */
export interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

/** Every page of the documentation, by its path from the root of the repository. */
export function pages(): string[] {
  return globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT }).toSorted();
}

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const text = pageText(page);
  return Array.from(text.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gmu), (match) => {
    const [, language = '', note = '', body = ''] = match;
    return { language, note, text: body, line: text.slice(0, match.index).split('\n').length };
  });
}

/** The targets of a page's links that lead to files of the repository or to its own headings. */
export function relativeLinks(page: string): string[] {
  const text = withoutBlocks(pageText(page));
  const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/gu), (match) => match[1] as string);
  return targets.filter((target) => !/^[a-z]+:/u.test(target));
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchorsOf(page: string): Set<string> {
  const headings = withoutBlocks(pageText(page)).matchAll(/^#+ (.+)$/gmu);
  return new Set(Array.from(headings, ([, title = '']) => anchorOf(title)));
}

function anchorOf(title: string): string {
  const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1');
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gmu, '');
}
