import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptText } from '../../../src/kept-text.ts';
import { workflowCode } from '../../../src/workflow-code.ts';
import { ROOT } from '../../markdown.ts';

let folder: string;

function useFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-code-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
}

async function namesIn(place: string): Promise<readonly string[]> {
  return (await readdir(join(folder, place))).toSorted();
}

/** A checkout with one workflow, which returns this. */
async function edit(returned: string): Promise<void> {
  await writeFile(join(folder, 'workflows/index.ts'), `export const flow = async () => '${returned}';\n`);
}

async function bundle(cache?: string): Promise<string> {
  const { workflowBundle } = await workflowCode(cache, folder);
  assert.ok(workflowBundle !== undefined && 'code' in workflowBundle);
  return workflowBundle.code.replace(/\/\/# sourceMappingURL=.*/su, '');
}

/** A text as it lies in the cache. */
async function signed(text: string): Promise<string> {
  const place = await mkdtemp(join(folder, 'signed-'));
  await keptText({ folder: place, key: () => Promise.resolve('key'), make: () => Promise.resolve(text) });
  return readFile(join(place, 'key'), 'utf8');
}

describe('workflowCode', () => {
  useFolder();
  beforeEach(async () => {
    await mkdir(join(folder, 'workflows'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'workflows/no-stack-traces.ts'), '');
    await edit('first');
  });

  it('is of the sources as they are, and kept for the next worker', async () => {
    const cache = join(folder, 'cache');
    const code = await bundle(cache);
    assert.match(code, /'first'/u);
    const [name = '', ...others] = await namesIn('cache/workflows');
    assert.deepEqual(others, []);
    // So that it shows whose it is.
    await writeFile(join(cache, 'workflows', name), await signed('kept'));
    assert.equal(await bundle(cache), 'kept');
    await edit('second');
    assert.match(await bundle(cache), /'second'/u);
    await edit('first');
    assert.equal(await bundle(cache), 'kept');
  });

  it('is made where there is no cache', async () => assert.match(await bundle(), /'first'/u));

  it('is what a build left, where there is one', async () => {
    const codePath = join(folder, 'workflows/bundle.js');
    await writeFile(codePath, '');
    assert.deepEqual(await workflowCode(undefined, folder), { workflowBundle: { codePath } });
  });
});

describe('keptText', () => {
  useFolder();
  let made: number;
  /** Asks for the text of this key; says how often it has been made. */
  const ask = (...keys: readonly string[]): Promise<string> => {
    const left = [...keys];
    return keptText({
      folder: join(folder, 'kept'),
      key: () => Promise.resolve(left.length > 1 ? (left.shift() as string) : (left[0] as string)),
      make: async () => {
        made += 1;
        return `text ${made}\nof ${keys[0]}`;
      },
    });
  };

  beforeEach(() => {
    made = 0;
  });

  it('is made once', async () => {
    assert.deepEqual([await ask('a'), await ask('a')], ['text 1\nof a', 'text 1\nof a']);
    assert.equal(await ask('b'), 'text 2\nof b');
  });

  for (const { name, content } of [
    { name: 'cut off', content: (whole: string) => whole.slice(0, -1) },
    { name: 'altered', content: (whole: string) => whole.replace('text 1', 'text 7') },
    { name: 'empty', content: () => '' },
  ]) {
    it(`is made anew when it is ${name}`, async () => {
      await ask('a');
      const path = join(folder, 'kept/a');
      await writeFile(path, content(await readFile(path, 'utf8')));
      assert.equal(await ask('a'), 'text 2\nof a');
      assert.equal(await ask('a'), 'text 2\nof a');
    });
  }

  it('is whole for all who ask at once', async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, () => ask('a')));
    assert.ok(
      texts.every((text) => text.endsWith('\nof a')),
      texts.join(),
    );
    assert.deepEqual(await namesIn('kept'), ['a']);
  });

  it('is not kept when what it is made of changed meanwhile', async () => {
    assert.equal(await ask('a', 'b'), 'text 1\nof a');
    assert.equal(await ask('a'), 'text 2\nof a');
  });

  it('is kept while it is among the last five that were used', async () => {
    for (const [age, key] of ['e', 'd', 'c', 'b', 'a'].entries()) {
      await ask(key);
      const usedAt = new Date(Date.now() - (5 - age) * 86_400_000);
      await utimes(join(folder, 'kept', key), usedAt, usedAt);
    }
    await ask('e');
    await ask('f');
    assert.deepEqual(await namesIn('kept'), ['a', 'b', 'c', 'e', 'f']);
  });

  it('is made each time where nothing can be kept', async () => {
    await writeFile(join(folder, 'kept'), 'a file in place of the folder');
    assert.deepEqual([await ask('a'), await ask('a')], ['text 1\nof a', 'text 2\nof a']);
  });
});
