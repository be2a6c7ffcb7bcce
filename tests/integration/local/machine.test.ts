import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findOnPath, runProgram } from '../../../src/local/child-process.ts';
import { requireFreeSpace } from '../../../src/local/disk.ts';
import { goArch, targetOf } from '../../../src/local/platform.ts';
import { freePort, isListening } from '../../../src/local/ports.ts';
import { openLocalGround, withPath, type LocalGround } from './ground.ts';

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

describe('runProgram', () => {
  for (const { name, file, args, message } of [
    {
      name: 'that fails: its last words',
      file: 'sh',
      args: ['-c', 'echo first; echo broken >&2; exit 3'],
      message: 'Cannot run "sh -c": broken; first',
    },
    {
      name: 'that fails without a word',
      file: 'false',
      args: [],
      message: 'Cannot run "false ": Command failed with exit code 1: false',
    },
    {
      name: 'that takes too long',
      file: 'sleep',
      args: ['5'],
      message: 'Cannot run "sleep 5": it took longer than 0.05 s',
    },
  ]) {
    it(`reports a program ${name}`, async () => {
      await assert.rejects(runProgram(file, args, { timeoutMs: name.includes('long') ? 50 : 5000 }), {
        code: 'SETUP_FAILED',
        message,
      });
    });
  }
});

describe('findOnPath', () => {
  it('takes a file that may be run, and neither a folder nor another file', async () => {
    const folders = ['one', 'two', 'three'].map((name) => join(ground.folder, name));
    const [one = '', two = '', three = ''] = folders;
    await mkdir(join(one, 'tool'), { recursive: true });
    await mkdir(two);
    await mkdir(three);
    await writeFile(join(two, 'tool'), '', { mode: 0o644 });
    await writeFile(join(three, 'tool'), '', { mode: 0o755 });
    await withPath(folders.join(':'), async () => assert.equal(await findOnPath('tool'), join(three, 'tool')));
  });
});

describe('requireFreeSpace', () => {
  it('says how much is free and how much is needed', async () => {
    await assert.rejects(requireFreeSpace(ground.folder, 2 ** 60), {
      code: 'SETUP_FAILED',
      message: /^Cannot keep runs in ".*": \d+ MB are free on that disk, at least 1099511627776 MB are needed$/,
    });
  });
});

describe('ports', () => {
  it('are the wanted ones while they are free', async () => {
    const port = await freePort();
    assert.equal(await freePort(port), port);
    assert.equal(await isListening(`127.0.0.1:${port}`), false);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    assert.notEqual(await freePort(port), port);
    assert.equal(await isListening(`127.0.0.1:${port}`), true);
    server.close();
  });
});

describe('this machine', () => {
  it('has its processor named as Go names it', () => {
    assert.deepEqual(['x64', 'arm64'].map(goArch), ['amd64', 'arm64']);
  });

  for (const { name, text, expected } of [
    {
      name: 'has fast vectors when all four are listed',
      text: 'model: x\nflags\t\t: fpu avx2 bmi2 f16c fma\n',
      expected: '-v3',
    },
    { name: 'lacks them when one is not', text: 'flags\t\t: fpu avx2 bmi2 f16c\n', expected: '' },
    { name: 'lacks them when nothing is listed', text: 'Features : asimd\n', expected: '' },
  ]) {
    it(name, async () => {
      const file = join(ground.folder, 'cpuinfo');
      await writeFile(file, text);
      assert.equal((await targetOf(file)).mark, expected);
    });
  }

  it('lacks them where there is no such list', async () => {
    assert.deepEqual(await targetOf(join(ground.folder, 'absent')), { mark: '', compilerFlags: '' });
  });
});
