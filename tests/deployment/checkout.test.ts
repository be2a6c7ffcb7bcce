import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

const ROOT = join(import.meta.dirname, '../..');

/** A checkout of the launcher, a lock file and a script: all that the launcher looks at. */
let checkout: string;

beforeEach(async () => {
  checkout = await realpath(await mkdtemp(join(tmpdir(), 'orchestrator-checkout-')));
  await cp(join(ROOT, 'bin'), join(checkout, 'bin'), { recursive: true });
  await demand('2.1.3');
  await writeFile(
    join(checkout, 'script.ts'),
    `const said: string = process.argv.slice(2).join();
     process.on('SIGTERM', () => process.exit(7));
     if (said === 'wait') setInterval(() => 0, 1000);
     console.log(said, process.execArgv.includes('--conditions=orchestrator-source'));
     if (said === 'fail') process.exitCode = 3;`,
  );
});

afterEach(() => rm(checkout, { recursive: true, force: true }));

/** Writes a lock file that demands one small package in this version. */
async function demand(version: string): Promise<void> {
  const dependencies = { ms: version };
  const packages = { '': { dependencies }, 'node_modules/ms': { version } };
  await writeFile(join(checkout, 'package.json'), JSON.stringify({ name: 'checkout', type: 'module', dependencies }));
  await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
}

function launch(args: readonly string[] = [], node = process.execPath) {
  // Under npm the launcher calls the npm that called it; here it looks on PATH.
  const env = { npm_execpath: '' };
  return execa(node, ['bin/launch.mjs', 'script.ts', ...args], { cwd: checkout, reject: false, env });
}

async function installedVersion(): Promise<unknown> {
  const { version } = JSON.parse(await readFile(join(checkout, 'node_modules/ms/package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** A Node on PATH that is too old to run the sources. */
async function findOldNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const { stdout } = await execa(join(folder, 'node'), ['--version'], { reject: false });
    if (Number.parseInt(stdout?.slice(1) ?? '') < 24) return join(folder, 'node');
  }
  return undefined;
}

describe('bin/launch.mjs', () => {
  it('installs what is missing, then runs the source with its arguments', async () => {
    const { stdout, stderr, exitCode } = await launch(['one', 'two words']);
    assert.equal(stdout, 'one,two words true');
    assert.match(stderr, /^Installing dependencies\n {2}done in \d+ s$/);
    assert.equal(exitCode, 0);
    assert.equal(await installedVersion(), '2.1.3');
  });

  it('installs nothing twice, and again when the lock file demands another version', async () => {
    await launch();
    assert.equal((await launch()).stderr, '');
    await demand('2.1.2');
    assert.match((await launch()).stderr, /^Installing dependencies/);
    assert.equal(await installedVersion(), '2.1.2');
  });

  it('installs once for two at once', async () => {
    const results = await Promise.all([launch(), launch()]);
    const said = results.map(({ stderr }) => stderr).join('\n');
    assert.equal(said.match(/^Installing dependencies$/gm)?.length, 1);
    assert.match(said, /^Waiting for another process that installs the dependencies$/m);
    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      [0, 0],
    );
  });

  it('does not wait for a process that died', async () => {
    const name = createHash('sha256').update(`${checkout}/`).digest('hex').slice(0, 16);
    const lock = join(tmpdir(), `orchestrator-install-${name}`);
    await mkdir(lock);
    await utimes(lock, 0, 0);
    assert.equal((await launch()).exitCode, 0);
  });

  it('says why an installation failed', async () => {
    await demand('0.0.0-absent');
    const { stderr, exitCode } = await launch();
    assert.match(stderr, /Cannot install the dependencies: "npm ci" failed\n.*ms@0\.0\.0-absent/s);
    assert.equal(exitCode, 1);
  });

  it('ends with the exit code of the source', async () => {
    assert.equal((await launch(['fail'])).exitCode, 3);
  });

  it('passes a signal on', async () => {
    await launch();
    const running = launch(['wait']);
    await once(running.stdout, 'data');
    running.kill('SIGTERM');
    assert.equal((await running).exitCode, 7);
  });

  it('ends by the signal that ends the source', async () => {
    await launch();
    const running = launch(['wait']);
    await once(running.stdout, 'data');
    running.kill('SIGHUP');
    assert.equal((await running).signal, 'SIGHUP');
  });

  it('says what is missing when an old Node has no newer one beside it', async function () {
    const old = await findOldNode();
    if (old === undefined) {
      console.log('      skipped: no Node before 24 is on PATH');
      return this.skip();
    }
    const { stderr, exitCode } = await launch([], old);
    assert.match(stderr, /Cannot run on Node \d+\.\d+\.\d+: version 24 or later is needed, and the npm package "node"/);
    assert.equal(exitCode, 1);
  });
});

describe('bin/orchestrator.mjs', () => {
  for (const node of ['the Node of the tests', 'an old Node'] as const) {
    it(`runs the command from the sources on ${node}`, async function () {
      const path = node === 'an old Node' ? await findOldNode() : process.execPath;
      if (path === undefined) {
        console.log('      skipped: no Node before 24 is on PATH');
        return this.skip();
      }
      const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
      const { stdout } = await execa(path, [join(ROOT, 'bin/orchestrator.mjs'), '--version'], { cwd: tmpdir() });
      assert.equal(stdout, version);
    });
  }
});
