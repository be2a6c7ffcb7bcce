import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { link, mkdir, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fsRead } from '../../../activities/tools/fs-read.ts';
import { fsWrite } from '../../../activities/tools/fs-write.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { openWorkspace } from '../../../activities/tools/workspace.ts';
import { removeFolder, temporaryFolder, toolContext } from './surroundings.ts';

const MIB = 1024 * 1024;

describe('the workspace of a run', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  it('is one folder, however often it is opened, and another one for another run or tenant', async () => {
    const first = await openWorkspace(folder, 'default', 'run-1');
    assert.equal(await openWorkspace(folder, 'default', 'run-1'), first);
    assert.match(first, /\/default\/run-1-[0-9a-f]{16}$/);
    assert.equal((await stat(first)).mode & 0o777, 0o700);
    const others = [
      await openWorkspace(folder, 'default', 'RUN-1'),
      await openWorkspace(folder, 'default', 'run 1'),
      await openWorkspace(folder, 'other', 'run-1'),
    ];
    assert.equal(new Set([first, ...others]).size, 4);
  });

  for (const runId of [
    '../../../etc',
    '/',
    '..',
    '',
    'a/b\\c\0d',
    'ü'.repeat(1000),
    'x'.repeat(1000),
    'CON',
    '~root',
    '$(id)',
  ]) {
    it(`lies inside its tenant's folder for run ${JSON.stringify(runId).slice(0, 40)}`, async () => {
      const workspace = await openWorkspace(folder, 'default', runId);
      assert.equal(dirname(workspace), join(await realpath(folder), 'default'));
      assert.ok((await stat(workspace)).isDirectory());
    });
  }

  it('is refused for what is no tenant', async () => {
    await assert.rejects(openWorkspace(folder, '..', 'run'), { code: 'CONFIG_INVALID' });
  });

  it('cannot be made where a file stands', async () => {
    await writeFile(join(folder, 'default'), '');
    await assert.rejects(openWorkspace(folder, 'default', 'run'), {
      code: 'PATH_REFUSED',
      message: 'Cannot open the workspace of run "run": a part of it is a file, not a folder',
    });
  });
});

describe('file tools', () => {
  let folder: string;
  let workspace: string;
  let context: ToolContext;

  beforeEach(async () => {
    folder = await temporaryFolder();
    context = toolContext(folder);
    workspace = await context.openWorkspace();
    await writeFile(join(folder, 'outside.txt'), 'secret');
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'file.txt'), 'secret');
  });
  afterEach(() => removeFolder(folder));

  const read = async (path: string) => fsRead.run({ path }, context);
  const write = async (path: string, text = 'new') => fsWrite.run({ path, text }, context);

  for (const { path, stored } of [
    { path: 'a.txt', stored: 'a.txt' },
    { path: './a.txt', stored: 'a.txt' },
    { path: 'deep/er/a.txt', stored: 'deep/er/a.txt' },
    { path: 'deep//er/./a.txt', stored: 'deep/er/a.txt' },
    { path: 'ü ö/日本 .md', stored: 'ü ö/日本 .md' },
    { path: '...', stored: '...' },
    { path: '.hidden', stored: '.hidden' },
    { path: '%2e%2e%2fa', stored: '%2e%2e%2fa' },
    { path: '~/a', stored: '~/a' },
    { path: '$HOME', stored: '$HOME' },
    { path: '-rf', stored: '-rf' },
    { path: '．．/a', stored: '．．/a' },
    { path: '__proto__', stored: '__proto__' },
    { path: 'n'.repeat(255), stored: 'n'.repeat(255) },
  ]) {
    it(`write and read ${JSON.stringify(path).slice(0, 40)} in the workspace`, async () => {
      assert.deepEqual(await write(path, 'grüß'), { path: stored, bytes: 6 });
      assert.deepEqual(await read(path), { path: stored, text: 'grüß' });
      assert.equal((await readFile(join(workspace, stored))).toString(), 'grüß');
    });
  }

  for (const { path, reason } of [
    { path: '../outside.txt', reason: '".." is not allowed' },
    { path: 'a/../../../outside.txt', reason: '".." is not allowed' },
    { path: 'a/..', reason: '".." is not allowed' },
    { path: '..', reason: '".." is not allowed' },
    { path: '/etc/passwd', reason: 'it must be relative' },
    { path: '//etc/passwd', reason: 'it must be relative' },
    { path: '/', reason: 'it must be relative' },
    { path: 'C:/Windows/win.ini', reason: 'it must be relative' },
    { path: 'c:file', reason: 'it must be relative' },
    { path: '..\\outside.txt', reason: 'folders are divided by "/", not by backslashes' },
    { path: '\\\\server\\share', reason: 'folders are divided by "/", not by backslashes' },
    { path: 'a\\..\\b', reason: 'folders are divided by "/", not by backslashes' },
    { path: 'a.txt\0.png', reason: 'it holds control characters' },
    { path: 'a\nb', reason: 'it holds control characters' },
    { path: 'a\u007fb', reason: 'it holds control characters' },
    { path: '.', reason: 'it names no file' },
    { path: './/.', reason: 'it names no file' },
    { path: 'n'.repeat(256), reason: 'a name has at most 255 bytes' },
    { path: 'ü'.repeat(128), reason: 'a name has at most 255 bytes' },
    { path: 'a/'.repeat(600), reason: 'a path has at most 1000 bytes' },
  ]) {
    it(`refuse ${JSON.stringify(path).slice(0, 40)}`, async () => {
      const shown = path.length > 200 ? `${JSON.stringify(path.slice(0, 200))} …` : JSON.stringify(path);
      const expected = { code: 'PATH_REFUSED', message: `Cannot use path ${shown}: ${reason}` };
      await assert.rejects(read(path), expected);
      await assert.rejects(write(path), expected);
      assert.deepEqual(await readdir(workspace), []);
    });
  }

  describe('with links', () => {
    it('do not follow one to a file outside', async () => {
      await symlink(join(folder, 'outside.txt'), join(workspace, 'link'));
      await assert.rejects(read('link'), {
        code: 'PATH_REFUSED',
        message: 'Cannot read "link": it is a symbolic link, and links are not followed',
      });
      await assert.rejects(write('link'), {
        code: 'PATH_REFUSED',
        message: 'Cannot write "link": it is there and is not a regular file',
      });
      assert.equal((await readFile(join(folder, 'outside.txt'))).toString(), 'secret');
    });

    it('do not follow one to a file inside either', async () => {
      await writeFile(join(workspace, 'a'), 'x');
      await symlink('a', join(workspace, 'link'));
      await assert.rejects(read('link'), { code: 'PATH_REFUSED' });
    });

    for (const { name, target } of [
      { name: 'absolute', target: '' },
      { name: 'relative', target: '../..' },
    ]) {
      it(`do not go through an ${name} one to a folder outside`, async () => {
        await symlink(target === '' ? join(folder, 'outside') : target, join(workspace, 'link'));
        await assert.rejects(read('link/file.txt'), leadsOut('link/file.txt'));
        await assert.rejects(write('link/file.txt'), leadsOut('link/file.txt'));
        await assert.rejects(write('link/made/file.txt'), leadsOut('link/made/file.txt'));
        assert.deepEqual(await readdir(join(folder, 'outside')), ['file.txt']);
      });
    }

    it('do not go to the workspace of another run', async () => {
      const other = await openWorkspace(folder, 'default', 'run-2');
      await writeFile(join(other, 'file'), 'secret');
      await symlink(other, join(workspace, 'link'));
      await assert.rejects(read('link/file'), leadsOut('link/file'));
    });

    it('do not go to a folder whose name begins like that of the workspace', async () => {
      await mkdir(`${workspace}-more`);
      await symlink(`${workspace}-more`, join(workspace, 'link'));
      await assert.rejects(write('link/file'), leadsOut('link/file'));
    });

    it('go through one to a folder inside, or to the workspace itself', async () => {
      await mkdir(join(workspace, 'real'));
      await symlink('real', join(workspace, 'link'));
      await symlink('.', join(workspace, 'self'));
      await write('link/file', 'text');
      assert.equal((await read('self/real/file')).text, 'text');
    });

    it('say so when one leads nowhere, or to itself', async () => {
      await symlink('nowhere', join(workspace, 'dangling'));
      await symlink('loop', join(workspace, 'loop'));
      await assert.rejects(read('dangling/file'), { code: 'FILE_NOT_FOUND' });
      await assert.rejects(write('dangling/file'), { code: 'FILE_NOT_FOUND' });
      await assert.rejects(read('loop/file'), { code: 'PATH_REFUSED' });
      await assert.rejects(write('loop/file'), { code: 'PATH_REFUSED' });
    });
  });

  describe('fs.read', () => {
    it('says that a file is missing', async () => {
      await assert.rejects(read('none.txt'), {
        code: 'FILE_NOT_FOUND',
        message: 'Cannot read "none.txt": there is no such file in the workspace of the run',
      });
      await assert.rejects(read('none/a.txt'), {
        code: 'FILE_NOT_FOUND',
        message: 'Cannot find "none/a.txt": there is no such file in the workspace of the run',
      });
    });

    it('refuses a folder, and a path through a file', async () => {
      await write('folder/file');
      await assert.rejects(read('folder'), {
        code: 'PATH_REFUSED',
        message: 'Cannot read "folder": it is not a regular file',
      });
      await assert.rejects(read('folder/file/x'), {
        code: 'PATH_REFUSED',
        message: 'Cannot read "folder/file/x": a part of it is a file, not a folder',
      });
    });

    it('does not wait for a pipe', async () => {
      execFileSync('mkfifo', [join(workspace, 'pipe')]);
      await assert.rejects(read('pipe'), { message: 'Cannot read "pipe": it is not a regular file' });
    });

    for (const { name, bytes } of [
      { name: 'broken UTF-8', bytes: Buffer.from([0x61, 0xff]) },
      { name: 'a zero', bytes: Buffer.from('a\0b') },
      { name: 'UTF-16', bytes: Buffer.from('\uFEFFtext', 'utf16le') },
      { name: 'a picture', bytes: Buffer.from('89504e470d0a1a0a', 'hex') },
    ]) {
      it(`refuses ${name}`, async () => {
        await writeFile(join(workspace, 'file'), bytes);
        await assert.rejects(read('file'), {
          code: 'TOOL_OUTPUT_INVALID',
          message: 'Cannot read "file": it is not UTF-8 text',
        });
      });
    }

    it('leaves out a byte order mark, and keeps everything else', async () => {
      await writeFile(join(workspace, 'file'), '\uFEFFa\r\n\tb\u2028');
      assert.equal((await read('file')).text, 'a\r\n\tb\u2028');
      await writeFile(join(workspace, 'empty'), '');
      assert.equal((await read('empty')).text, '');
    });

    it('reads 10 MiB, and refuses a byte more', async () => {
      await writeFile(join(workspace, 'file'), Buffer.alloc(10 * MIB, 'x'));
      assert.equal((await read('file')).text.length, 10 * MIB);
      await writeFile(join(workspace, 'file'), Buffer.alloc(10 * MIB + 1, 'x'));
      await assert.rejects(read('file'), {
        code: 'TOOL_OUTPUT_INVALID',
        message: 'Cannot read "file": it has 10485761 bytes, at most 10485760 are allowed',
      });
    });

    it('ends when it is cancelled', async () => {
      await write('file');
      const cancelled = toolContext(folder, { signal: AbortSignal.abort(new Error('cancelled')) });
      await assert.rejects(fsRead.run({ path: 'file' }, cancelled), { name: 'AbortError' });
    });
  });

  describe('fs.write', () => {
    it('replaces a file whole, and leaves nothing else in the workspace', async () => {
      await write('file', 'a long first text');
      await write('file', 'second');
      assert.equal((await read('file')).text, 'second');
      assert.deepEqual(await readdir(workspace), ['file']);
      assert.deepEqual(await readdir(join(dirname(workspace), '.tmp')), []);
    });

    it('breaks a hard link instead of writing through it', async () => {
      await link(join(folder, 'outside.txt'), join(workspace, 'hard'));
      await write('hard', 'changed');
      assert.equal((await readFile(join(folder, 'outside.txt'))).toString(), 'secret');
    });

    it('refuses to replace a folder, and to make one where a file is', async () => {
      await write('folder/file');
      await assert.rejects(write('folder'), {
        code: 'PATH_REFUSED',
        message: 'Cannot write "folder": it is there and is not a regular file',
      });
      await assert.rejects(write('folder/file/x'), {
        code: 'PATH_REFUSED',
        message: 'Cannot write "folder/file/x": a part of it is a file, not a folder',
      });
      await assert.rejects(write('folder/file/x/y'), {
        code: 'PATH_REFUSED',
        message: 'Cannot make the folders of "folder/file/x/y": a part of it is a file, not a folder',
      });
    });

    it('refuses more than 10 MiB, counted in bytes', async () => {
      await assert.rejects(write('file', 'ü'.repeat(5 * MIB + 1)), {
        code: 'TOOL_INPUT_INVALID',
        message: 'Cannot write "file": it would have 10485762 bytes, at most 10485760 are allowed',
      });
      assert.deepEqual(await readdir(workspace), []);
    });

    it('says that the disk is full, and keeps what was there', async function () {
      if (process.getuid?.() !== 0) {
        console.log('Skipped: only root can mount a small disk');
        return this.skip();
      }
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dirname(workspace)]);
      try {
        await context.openWorkspace();
        await write('file', 'old');
        await assert.rejects(write('file', 'x'.repeat(2 * MIB)), {
          code: 'TOOL_FAILED',
          message: 'Cannot write "file": no space left on device (ENOSPC)',
        });
        assert.equal((await read('file')).text, 'old');
      } finally {
        execFileSync('umount', [dirname(workspace)]);
      }
    });
  });
});

function leadsOut(path: string) {
  const message = `Cannot use path "${path}": a link in it leads out of the workspace of the run`;
  return { code: 'PATH_REFUSED', message };
}
