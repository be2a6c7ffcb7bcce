import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** One import or re-export. `to` is a path from the root of the repository, or a package. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone when the program runs. */
  readonly isType: boolean;
}

/** Every TypeScript file under these folders, by its path from the root of the repository. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: ROOT },
  ).toSorted();
}

export function sourceText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Import statements as the formatter leaves them: at the beginning of a line. */
const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

/** What a file imports, in its order. */
export function importsOf(file: string): Import[] {
  const text = sourceText(file);
  const statements = [...text.matchAll(STATEMENT)].map(([, type, to]) => ({
    to: to ?? '',
    isType: type !== undefined,
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, to]) => ({ to: to ?? '', isType: false }));
  return [...statements, ...dynamic].map(({ to, isType }) => ({ from: file, to: resolve(file, to), isType }));
}

/** The files that are loaded when one is, itself included. */
export function loadedBy(file: string): Set<string> {
  const loaded = new Set([file]);
  // A set also gives what is added to it while it is gone through.
  for (const each of loaded) {
    for (const { to, isType } of importsOf(each)) if (!isType && isFile(to)) loaded.add(to);
  }
  return loaded;
}

/** Files of this repository; everything else comes from a package or from Node. */
export function isFile(target: string): boolean {
  return /^(src|workflows|activities|examples|tests)\//.test(target);
}

function resolve(file: string, to: string): string {
  return to.startsWith('.') ? posix.join(posix.dirname(file), to) : to;
}
