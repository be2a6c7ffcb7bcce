// npm run check [-- --static]: everything that has to hold. `--static` leaves the tests out.
import { join } from 'node:path';
import { execa } from 'execa';
import { formatSeconds } from '../src/local/progress.ts';

const ROOT = join(import.meta.dirname, '..');

/** Each is run by this Node; all of them are run, whichever fails. */
const CHECKS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'lint', args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'] },
];

const TESTS = { name: 'tests', args: [...process.execArgv, 'tests/run.ts'] };

async function main(args: readonly string[]): Promise<number> {
  const isStatic = args.includes('--static');
  const failed: string[] = [];
  for (const check of isStatic ? CHECKS : [...CHECKS, TESTS]) {
    const startedAt = Date.now();
    console.log(`${check.name} …`);
    const { exitCode } = await execa(process.execPath, check.args, { cwd: ROOT, stdio: 'inherit', reject: false });
    if (exitCode !== 0) failed.push(check.name);
    console.log(`${check.name}: ${exitCode === 0 ? 'passed' : 'FAILED'} in ${formatSeconds(Date.now() - startedAt)}`);
  }
  console.log(failed.length === 0 ? 'Everything holds' : `Does not hold: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
