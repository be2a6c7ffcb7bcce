import { createHash, randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text that takes long to make, and can be made again at any time. */
export interface KeptText {
  /** Holds texts of this kind, and nothing else. */
  readonly folder: string;
  /** Names what the text is made of, as it is now. */
  readonly key: () => Promise<string>;
  readonly make: () => Promise<string>;
}

/** The last ones that were used: of checkouts side by side, and of what somebody has just changed back. */
const KEPT_MAX = 5;

/** Finds the text in its folder, or makes it and keeps it there. Any number of processes may ask at once. */
export async function keptText({ folder, key, make }: KeptText): Promise<string> {
  const before = await key();
  const found = await find(join(folder, before));
  if (found !== undefined) return found;
  const text = await make();
  // Somebody may have edited while it was made: then nobody knows of which sources it is.
  if ((await key()) === before) await keep(folder, before, text).catch(leftUnkept);
  return text;
}

/** The digest of the files that the patterns name: of their places and of what they hold. */
export async function digestOf(root: string, patterns: readonly string[]): Promise<string> {
  const files = globSync(patterns, { cwd: root }).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file))));
  const hash = createHash('sha256').update(root);
  files.forEach((file, index) => hash.update(`\n${file} ${sha256(texts[index] as Buffer)}`));
  return hash.digest('hex');
}

/** Undefined when there is none, or one that is not whole. */
async function find(path: string): Promise<string | undefined> {
  const content = await readFile(path, 'utf8').catch(() => '');
  const lineEnd = content.indexOf('\n');
  const text = content.slice(lineEnd + 1);
  if (content.slice(0, lineEnd) !== sha256(text)) return undefined;
  // Used just now; a folder that may only be read keeps what it has.
  await utimes(path, new Date(), new Date()).catch(() => undefined);
  return text;
}

async function keep(folder: string, key: string, text: string): Promise<void> {
  const partial = join(folder, `${key}.${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(partial, `${sha256(text)}\n${text}`);
    await rename(partial, join(folder, key));
  } finally {
    await rm(partial, { force: true });
  }
  await removeOld(folder);
}

async function removeOld(folder: string): Promise<void> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const aged = await Promise.all(paths.map(async (path) => ({ path, usedAt: (await stat(path)).mtimeMs })));
  const old = aged.toSorted((one, other) => other.usedAt - one.usedAt).slice(KEPT_MAX);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

/** A full or foreign disk, or somebody else who has just taken the same files away: the next one makes it again. */
function leftUnkept(): void {}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
