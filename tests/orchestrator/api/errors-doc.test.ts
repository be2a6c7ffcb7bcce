import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, isErrorCode } from '../../../src/errors.ts';
import { retryOf } from '../../../src/pipeline/retry.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');
const text = readFileSync(join(DOCS, 'errors.md'), 'utf8');

/** The part of the document under each code's heading. */
const sections = text
  .split(/^### /mu)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split(/\n## /u)[0]?.split('\n') ?? [];
    return { code: heading.replaceAll('`', ''), lines: lines.filter(Boolean) };
  });

describe('docs/errors.md', () => {
  it('explains every code, in the order of the list, and no other', () => {
    assert.deepEqual(
      sections.map(({ code }) => code),
      ERROR_CODES,
    );
  });

  for (const { code, lines } of sections) {
    it(`says of ${code} what it means, where it comes from and what to do`, () => {
      assert.deepEqual(
        lines.map((line) => /^- (\w+): \S/u.exec(line)?.[1]),
        ['Meaning', 'Cause', 'Cure'],
      );
    });
  }

  it('names no code that does not exist', () => {
    const variables = new Set(namesIn(readFileSync(join(DOCS, 'configuration.md'), 'utf8')));
    const unknown = namesIn(text).filter((name) => !isErrorCode(name) && !variables.has(name));
    assert.deepEqual(unknown, []);
  });

  for (const [row, retry] of [
    ['Temporal repeats', 'temporal'],
    ['the run counts', 'workflow'],
  ] as const) {
    it(`names every code whose attempts are repeated by ${retry}`, () => {
      const line = text.split('\n').find((each) => each.startsWith(`| ${row}`)) ?? '';
      assert.deepEqual(namesIn(line).toSorted(), ERROR_CODES.filter((code) => retryOf(code) === retry).toSorted());
    });
  }
});

/** Names in capitals that stand as code. */
function namesIn(document: string): string[] {
  return Array.from(document.matchAll(/`([A-Z][A-Z_]*[A-Z])(?:<NAME>)?`/gu), (match) => match[1] as string);
}
