import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPdf } from '../../../activities/threads/read-pdf.ts';
import { pdfRead } from '../../../activities/tools/pdf-read.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { ENCRYPTED, pdfBomb, pdfOf } from './pdf-files.ts';
import { removeFolder, temporaryFolder, toolContext } from './surroundings.ts';

const inHere = (bytes: Buffer) => readPdf({ bytes: new Uint8Array(bytes), name: '"a.pdf"' });

describe('pdf.read', () => {
  let folder: string;
  let context: ToolContext;

  beforeEach(async () => {
    folder = await temporaryFolder();
    context = toolContext(folder);
  });
  afterEach(() => removeFolder(folder));

  const read = async (bytes: Buffer, facts: Partial<ToolContext> = {}) => {
    await writeFile(join(await context.openWorkspace(), 'a.pdf'), bytes);
    return pdfRead.run({ path: 'a.pdf' }, { ...context, ...facts });
  };

  it('gives the text, its pages divided by form feeds', async () => {
    assert.deepEqual(await read(pdfOf(['Hello\nworld', 'Second page'])), {
      text: 'Hello\nworld\fSecond page',
      pages: 2,
    });
  });

  it('gives no text where a page has none', async () => {
    assert.deepEqual(await inHere(pdfOf(['', ''])), { text: '\f', pages: 2 });
  });

  for (const { name, bytes, reason } of [
    { name: 'what is no PDF', bytes: Buffer.from('hello'), reason: /^it is no PDF that can be read \(.+\)$/ },
    { name: 'an empty file', bytes: Buffer.alloc(0), reason: /^it is no PDF that can be read \(.+\)$/ },
    {
      name: 'a file that is cut off',
      bytes: pdfOf(['Hello']).subarray(0, 60),
      reason: /^it is no PDF that can be read \(.+\)$/,
    },
    {
      name: 'an encrypted file',
      bytes: pdfOf(['Hello'], { trailer: ENCRYPTED }),
      reason: /^it is encrypted, and a password is needed$/,
    },
    {
      name: 'more than 5,000 pages',
      bytes: pdfOf(Array.from({ length: 5001 }, () => '')),
      reason: /^it has 5001 pages, at most 5000 are allowed$/,
    },
    {
      name: 'more than 10 Mi characters',
      bytes: pdfOf(
        Array.from({ length: 180 }, () => `${'x'.repeat(89)}\n`.repeat(680)),
        { step: 1 },
      ),
      reason: /^its text has \d{8} characters, at most 10485760 are allowed$/,
    },
  ]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(inHere(bytes), (error: Error & { code: string }) => {
        assert.equal(error.code, 'TOOL_OUTPUT_INVALID');
        assert.match(error.message, /^Cannot read "a\.pdf": /);
        assert.match(error.message.slice('Cannot read "a.pdf": '.length), reason);
        return true;
      });
    });
  }

  it('ends a file that unpacks to more than the memory it may have', async () => {
    const started = performance.now();
    await assert.rejects(read(pdfBomb(600 * 1024 * 1024)), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot read "a.pdf": it needs more than 256 MiB of memory',
    });
    assert.ok(performance.now() - started < 30_000);
  });

  it('refuses more than 50 MiB, links, and paths that lead out', async () => {
    await assert.rejects(read(Buffer.alloc(50 * 1024 * 1024 + 1)), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot read "a.pdf": it has 52428801 bytes, at most 52428800 are allowed',
    });
    await symlink('a.pdf', join(await context.openWorkspace(), 'link.pdf'));
    await assert.rejects(async () => pdfRead.run({ path: 'link.pdf' }, context), { code: 'PATH_REFUSED' });
    await assert.rejects(async () => pdfRead.run({ path: '../a.pdf' }, context), { code: 'PATH_REFUSED' });
    await assert.rejects(async () => pdfRead.run({ path: 'none.pdf' }, context), { code: 'FILE_NOT_FOUND' });
  });

  it('ends when it is cancelled', async () => {
    const cancelled = AbortSignal.timeout(100);
    await assert.rejects(read(pdfBomb(100 * 1024 * 1024), { signal: cancelled }), { name: /^(Timeout|Abort)Error$/ });
  });
});
