import { execFileSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each test of a suite an empty disk of 1 MiB; whoever is not root cannot have one, and the suite is skipped. */
export function useSmallDisk(): { readonly folder: string } {
  let folder = '';
  before(function isRoot() {
    if (process.getuid?.() === 0) return;
    console.log('Skipped: only root can mount a small disk');
    this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  });
  afterEach(async () => {
    execFileSync('umount', [folder]);
    await rmdir(folder);
  });
  return {
    get folder() {
      return folder;
    },
  };
}
