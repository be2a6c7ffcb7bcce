import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflowBundle } from '../../../src/workflow-bundle.ts';

describe('workflowBundle', () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'orchestrator-bundle-')), 'cache');
  });

  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  it('makes a bundle once, and takes it again', async () => {
    const path = await workflowBundle(folder);
    assert.match(await readFile(path, 'utf8'), /workflows\/run-pipeline\.ts/);
    const { mtimeMs } = await stat(path);
    assert.equal(await workflowBundle(folder), path);
    assert.equal((await stat(path)).mtimeMs, mtimeMs);
  });

  it('makes one whole bundle when two workers start at once, and removes those of other days', async () => {
    await mkdir(folder);
    for (const name of ['workflows-old.js', 'workflows-recent.js']) await writeFile(join(folder, name), '');
    await utimes(join(folder, 'workflows-old.js'), 0, 0);
    const [one, two] = await Promise.all([workflowBundle(folder), workflowBundle(folder)]);
    assert.equal(one, two);
    assert.deepEqual(
      (await readdir(folder)).map((name) => join(folder, name)).toSorted(),
      [one, join(folder, 'workflows-recent.js')].toSorted(),
    );
  });
});
