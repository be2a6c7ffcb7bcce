import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fsList } from '../../../activities/tools/fs-list.ts';
import { compilePathPattern } from '../../../activities/tools/path-pattern.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { removeFolder, temporaryFolder, toolContext } from './surroundings.ts';

describe('compilePathPattern', () => {
  for (const { pattern, takes, leaves = [] } of [
    { pattern: 'a.md', takes: ['a.md'], leaves: ['xa.md', 'a.mdx', 'axmd', 'b/a.md'] },
    { pattern: '*.md', takes: ['a.md', '.md', '.a.md', 'a b.md', 'ü.md'], leaves: ['b/a.md', 'a.txt'] },
    { pattern: '**/*.md', takes: ['a.md', 'b/a.md', 'b/c/a.md'], leaves: ['a.txt'] },
    { pattern: '**', takes: ['a', 'b/a'] },
    { pattern: 'a/**/b', takes: ['a/b', 'a/x/b', 'a/x/y/b'], leaves: ['ab', 'a/xb'] },
    { pattern: 'a/**', takes: ['a/b', 'a/b/c'], leaves: ['a', 'b/a/c'] },
    { pattern: 'a**b', takes: ['ab', 'a/x/b'], leaves: ['a/b/c'] },
    { pattern: 'a?c', takes: ['abc', 'aüc', 'a😀c'], leaves: ['ac', 'a/c', 'abbc'] },
    { pattern: '{a,b*}/c.{md,txt}', takes: ['a/c.md', 'bx/c.txt'], leaves: ['c/c.md', 'a/c.'] },
    { pattern: '{**/,x}a', takes: ['a', 'b/a', 'xa'], leaves: ['ya'] },
    { pattern: './a//b/.', takes: ['a/b'], leaves: ['a', './a//b'] },
    { pattern: 'a,b', takes: ['a,b'], leaves: ['a', 'b'] },
    { pattern: '{a', takes: ['{a'], leaves: ['a'] },
    { pattern: '(a|b)+[c]^$.\\Q'.replace('\\', ''), takes: ['(a|b)+[c]^$.Q'], leaves: ['a', 'aac'] },
  ]) {
    it(`takes and leaves what ${pattern} says`, () => {
      const matches = compilePathPattern(pattern);
      assert.deepEqual(takes.filter(matches), takes);
      assert.deepEqual(leaves.filter(matches), []);
    });
  }

  for (const { pattern, reason } of [
    { pattern: '../*', reason: '".." is not allowed' },
    { pattern: 'a/../../*', reason: '".." is not allowed' },
    { pattern: '/etc/*', reason: 'it must be relative' },
    { pattern: 'C:/*', reason: 'it must be relative' },
    { pattern: '..\\*', reason: 'folders are divided by "/", not by backslashes' },
    { pattern: '*\0', reason: 'it holds control characters' },
    { pattern: '.', reason: 'it names no file' },
  ]) {
    it(`refuses ${JSON.stringify(pattern)}`, () => {
      assert.throws(() => compilePathPattern(pattern), {
        code: 'PATH_REFUSED',
        message: `Cannot use pattern ${JSON.stringify(pattern)}: ${reason}`,
      });
    });
  }

  for (const pattern of ['{a,b}'.repeat(50), `${'*a'.repeat(120)}*b`, `${'**/'.repeat(300)}x`]) {
    it(`takes no long time over ${pattern.slice(0, 12)}…`, () => {
      const started = performance.now();
      assert.equal(compilePathPattern(pattern)('a/'.repeat(400)), false);
      assert.ok(performance.now() - started < 60_000);
    });
  }
});

describe('fs.list', () => {
  let folder: string;
  let workspace: string;
  let context: ToolContext;

  beforeEach(async () => {
    folder = await temporaryFolder();
    context = toolContext(folder);
    workspace = await context.openWorkspace();
  });
  afterEach(() => removeFolder(folder));

  const list = async (pattern: string, facts: Partial<ToolContext> = {}) =>
    (await fsList.run({ pattern }, { ...context, ...facts })).files;

  it('gives the files that match with their sizes, by path', async () => {
    await mkdir(join(workspace, 'b/c'), { recursive: true });
    await writeFile(join(workspace, 'b/c/x.md'), 'grüß');
    await writeFile(join(workspace, 'b.md'), '');
    await writeFile(join(workspace, '.hidden.md'), 'x');
    await writeFile(join(workspace, 'a.txt'), 'x');
    assert.deepEqual(await list('**/*.md'), [
      { path: '.hidden.md', bytes: 1 },
      { path: 'b.md', bytes: 0 },
      { path: 'b/c/x.md', bytes: 6 },
    ]);
    assert.deepEqual(await list('b'), []);
  });

  it('is empty in a new workspace', async () => assert.deepEqual(await list('**'), []));

  it('leaves out links, whatever they lead to, folders and pipes', async () => {
    await writeFile(join(folder, 'outside.txt'), 'secret');
    await mkdir(join(workspace, 'inside'));
    await symlink(join(folder, 'outside.txt'), join(workspace, 'file-link'));
    await symlink(folder, join(workspace, 'folder-link'));
    await symlink('.', join(workspace, 'loop'));
    await symlink('nowhere', join(workspace, 'dangling'));
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    assert.deepEqual(await list('**'), []);
  });

  it('refuses more than 5,000 files, and a workspace of more than 20,000', async () => {
    execFileSync('sh', ['-c', 'seq 5001 | xargs touch'], { cwd: workspace });
    await assert.rejects(list('*'), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot list "*": 5001 files match, at most 5000 are allowed',
    });
    assert.equal((await list('500*')).length, 3);
    execFileSync('sh', ['-c', 'seq 5002 20001 | xargs touch'], { cwd: workspace });
    await assert.rejects(list('1'), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot list "1": the workspace holds 20001 files and folders, at most 20000 are allowed',
    });
  });

  it('says so when folders lie too deep to be opened', async () => {
    const name = 'd'.repeat(200);
    execFileSync('bash', ['-c', `for i in {1..25}; do mkdir ${name}; cd ${name}; done`], { cwd: workspace });
    await assert.rejects(list('**'), {
      code: 'TOOL_FAILED',
      message: /^Cannot list "d{200}" …: name too long \(ENAMETOOLONG\)$/,
    });
    execFileSync('rm', ['-rf', workspace]);
  });

  it('leaves out what is taken away meanwhile', async () => {
    await mkdir(join(workspace, 'a/b'), { recursive: true });
    await writeFile(join(workspace, 'c'), 'x');
    let looks = 0;
    const { signal } = new AbortController();
    // It is asked before each folder and each file: the second time before "a", the third before the size of "c".
    signal.throwIfAborted = () => {
      looks += 1;
      if (looks === 2) rmSync(join(workspace, 'a'), { recursive: true });
      if (looks === 3) rmSync(join(workspace, 'c'));
    };
    assert.deepEqual(await list('**', { signal }), []);
    assert.equal(looks, 3);
  });

  it('does not go to the workspaces of other runs', async () => {
    await writeFile(join(dirname(workspace), 'other'), 'x');
    assert.deepEqual(await list('**'), []);
  });

  it('ends when it is cancelled', async () => {
    await assert.rejects(list('**', { signal: AbortSignal.abort(new Error('cancelled')) }), { message: 'cancelled' });
  });
});
