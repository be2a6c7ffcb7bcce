import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

describe('docs/decisions/dependencies.md', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const text = readFileSync(join(ROOT, 'docs/decisions/dependencies.md'), 'utf8');
  const [forUsers = '', forDevelopment = ''] = text.split('\n## Development\n');

  for (const { name, part, versions } of [
    { name: 'dependencies', part: forUsers, versions: manifest.dependencies },
    { name: 'devDependencies', part: forDevelopment, versions: manifest.devDependencies },
  ]) {
    it(`has one line for each of the ${name} of package.json, and no other`, () => {
      const rows = Array.from(part.matchAll(/^\| `([^`]+)` \|/gmu), (match) => match[1] as string);
      assert.deepEqual(rows.toSorted(), Object.keys(versions).toSorted());
    });

    it(`says of each of the ${name} why, what else was looked at and how it is kept`, () => {
      const rows = part.split('\n').filter((line) => line.startsWith('| `'));
      const unfinished = rows.filter((row) =>
        row
          .split('|')
          .slice(1, -1)
          .some((cell) => cell.trim() === ''),
      );
      assert.deepEqual(unfinished, []);
    });

    it(`goes with ${name} that are pinned exactly`, () => {
      const loose = Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(version));
      assert.deepEqual(loose, []);
    });
  }
});
