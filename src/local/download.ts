import { mkdir } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { execa } from 'execa';
import { PipelineError } from '../errors.ts';
import { formatMegabytes, type Note } from './progress.ts';
import { limitSilence } from './silence.ts';

/** An archive that holds a program, ready to run. */
export interface Download {
  readonly kind: 'download';
  readonly title: string;
  readonly needs: readonly string[];
  readonly archive: string;
  /** How many folders inside the archive stand around the program for nothing. */
  readonly strip: number;
}

/**
 * Fetches a `.tar.gz`, `.tgz` or `.tar.zst` and unpacks it into a folder as it arrives.
 * Throws `SETUP_FAILED` when the server cannot be reached, refuses, or falls silent.
 */
export async function downloadArchive({ archive, strip }: Download, folder: string, note: Note): Promise<void> {
  await mkdir(folder, { recursive: true });
  const silence = limitSilence();
  try {
    const { body, bytes } = await open(archive, silence.signal);
    const unpacker = execa('tar', ['-x', '-C', folder, `--strip-components=${strip}`], {
      stdin: 'pipe',
      stdout: 'ignore',
    });
    const counter = countBytes(bytes, (text) => {
      silence.renew();
      note(text);
    });
    const sending = pipeline(body, counter, decompressor(archive), unpacker.stdin);
    const [sent, unpacked] = await Promise.allSettled([sending, unpacker]);
    // At the end of the archive tar stops reading, whatever still comes: what counts is that it was content.
    if (unpacked.status === 'rejected') throw sent.status === 'rejected' ? sent.reason : unpacked.reason;
  } catch (error) {
    throw new PipelineError('SETUP_FAILED', `Cannot download ${archive}: ${describe(error)}`, { cause: error });
  } finally {
    silence.end();
  }
}

interface OpenDownload {
  readonly body: Readable;
  readonly bytes: number;
}

async function open(url: string, signal: AbortSignal): Promise<OpenDownload> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  return { body: Readable.fromWeb(response.body), bytes: Number(response.headers.get('content-length') ?? 0) };
}

function decompressor(url: string): Transform {
  return new URL(url).pathname.endsWith('.zst') ? createZstdDecompress() : createGunzip();
}

function countBytes(total: number, note: Note): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      note(total > 0 ? `${formatMegabytes(seen)} of ${formatMegabytes(total)}` : formatMegabytes(seen));
      done(null, chunk);
    },
  });
}

/** `fetch failed` hides the reason in its cause. */
function describe(error: unknown): string {
  const { cause = error } = error as Error;
  return (cause as Error).message;
}
