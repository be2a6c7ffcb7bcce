import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { ROOT, type Block } from './markdown.ts';

/** Where the commands of a page are run. */
export interface Place {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What stands on the page, with ids and addresses that are this place's own. */
  readonly own: (text: string) => string;
}

/** Puts `orchestrator` where a shell finds it, as `npm link` does; gives the variables that this takes. */
export async function linkCommand(folder: string): Promise<{ readonly PATH: string; readonly NODE_OPTIONS: string }> {
  const bin = join(folder, '.bin');
  await mkdir(bin);
  await symlink(join(ROOT, 'bin/orchestrator.mjs'), join(bin, 'orchestrator'));
  return {
    PATH: [bin, join(ROOT, 'node_modules/node/bin'), process.env['PATH']].join(delimiter),
    // The sources in place of the build.
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --conditions=orchestrator-source --disable-warning=ExperimentalWarning`,
  };
}

/** Runs an `sh` block. It must end as its note says, and print what the `text` block after it shows. */
export async function follow(place: Place, { text, note }: Block, next: Block | undefined): Promise<void> {
  const { folder, environment, own } = place;
  const command = own(text);
  const wanted = Number(/exit (\d+)/u.exec(note)?.[1] ?? 0);
  const options = { cwd: folder, env: environment, all: true, reject: false, stdin: 'ignore' } as const;
  const { all, exitCode } = await execa('bash', ['-euc', command], options);
  assert.equal(exitCode, wanted, all);
  if (next?.language !== 'text') return;
  const missing = missingIn(all, own(next.text));
  assert.ok(missing === undefined, `${missing}\nis not printed by\n${command}\nwhich prints\n${all}`);
}

/** What a person would compare, `…` being anything; undefined when all that was expected is printed, in its order. */
export function missingIn(printed: string, expected: string): string | undefined {
  let from = 0;
  return expected
    .split(/…|\n/u)
    .map((piece) => piece.trim())
    .find((piece) => {
      const at = printed.indexOf(piece, from);
      from = at + piece.length;
      return at === -1;
    });
}
