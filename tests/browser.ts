import { execa } from 'execa';
import { findBrowser } from '../activities/browser/find-browser.ts';
import { timed, type Progress } from '../src/local/progress.ts';

/** The path of a Chromium: the one on PATH, or Debian's, which is installed where that is possible. */
export async function ensureBrowser(say: Progress): Promise<string> {
  const there = await findBrowser(undefined).catch(() => undefined);
  if (there !== undefined) return there;
  const advice = 'install Chromium or Chrome, so that it is on PATH';
  if (process.getuid?.() !== 0) throw new Error(`Cannot test "browser.open" without a browser: ${advice}`);
  await timed(say, { title: "Installing Debian's Chromium (about a minute)" }, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await execa('apt-get', ['update', '-q'], { env });
      await execa('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], { env });
    } catch (cause) {
      throw new Error(`Cannot install Chromium with apt-get: ${(cause as Error).message}; ${advice}`, { cause });
    }
  });
  return findBrowser(undefined);
}
