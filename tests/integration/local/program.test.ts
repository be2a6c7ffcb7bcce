import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { isExecutable } from '../../../src/local/child-process.ts';
import { collectHeaders, NO_HEADERS } from '../../../src/local/go-headers.ts';
import { findProgram, provideProgram, type Program, type Way } from '../../../src/local/program.ts';
import { ensureTestServer } from '../../../src/local/test-server.ts';
import { openLocalGround, skipWithout, withPath, type LocalGround } from './ground.ts';

const run = promisify(execFile);

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

/** An archive with the tool inside a folder, as vendors pack theirs. */
async function pack(script: string): Promise<Buffer> {
  const inner = join(ground.folder, 'tool-1.0', 'bin');
  await mkdir(inner, { recursive: true });
  await writeFile(join(inner, 'tool'), `#!/bin/sh\n${script}\n`);
  await chmod(join(inner, 'tool'), 0o755);
  await run('tar', ['-czf', join(ground.folder, 'tool.tgz'), '-C', ground.folder, 'tool-1.0']);
  return await readFile(join(ground.folder, 'tool.tgz'));
}

function tool(...ways: readonly Way[]): Program {
  return {
    name: 'Tool',
    version: '1.0',
    folder: 'tool-1.0',
    files: ['tool', 'bin/tool'],
    probe: ['--version'],
    ways,
    advice: 'install it',
  };
}

function cache(): string {
  return join(ground.folder, 'cache');
}

describe('provideProgram', () => {
  let server: Server;
  let url: string;

  beforeEach(async () => {
    const broken = await pack('exit 9');
    const tgz = await pack('echo tool');
    server = createServer((request, response) => {
      if (request.url === '/broken.tgz') response.writeHead(200).end(broken);
      else if (request.url === '/garbage.tgz') response.writeHead(200).end(gzipSync('no archive'));
      else if (request.url === '/tool.tgz') response.writeHead(200, { 'content-length': tgz.length }).end(tgz);
      else if (request.url === '/tool.tar.zst') response.writeHead(200).end(zstdCompressSync(gunzipSync(tgz)));
      else if (request.url === '/cut.tgz')
        response.writeHead(200, { 'content-length': tgz.length }).write(tgz.subarray(0, 50), () => response.destroy());
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function download(file: string, needs: readonly string[] = ['tar']): Way {
    return { kind: 'download', title: `Downloading ${file}`, needs, archive: `${url}/${file}`, strip: 1 };
  }

  for (const file of ['tool.tgz', 'tool.tar.zst']) {
    it(`downloads and unpacks ${file}, once`, async () => {
      const program = tool(download(file));
      const expected = { path: join(cache(), 'tool-1.0/bin/tool'), from: 'cache' };
      assert.equal(await findProgram(program, cache()), undefined);
      assert.deepEqual(await provideProgram(program, cache(), ground.say), expected);
      assert.deepEqual(await provideProgram(program, cache(), ground.say), expected);
      assert.equal(ground.lines.filter((line) => line.startsWith('Downloading')).length, 1);
    });
  }

  it('downloads once for two at once', async () => {
    const program = tool(download('tool.tgz'));
    const [one, two] = await Promise.all([
      provideProgram(program, cache(), ground.say),
      provideProgram(program, cache(), ground.say),
    ]);
    assert.deepEqual(one, two);
    assert.equal(ground.lines.filter((line) => line.startsWith('Downloading')).length, 1);
  });

  it('prefers what is on PATH', async () => {
    const program = { ...tool(), command: 'tool' };
    await withPath(join(ground.folder, 'tool-1.0/bin'), async () => {
      assert.deepEqual(await provideProgram(program, cache(), ground.say), {
        path: join(ground.folder, 'tool-1.0/bin/tool'),
        from: 'PATH',
      });
    });
  });

  it('tries every way, and ends with every reason', async () => {
    const broken = { ...tool(download('tool.tgz')), files: ['other'] };
    const program = {
      ...broken,
      ways: [
        download('absent.tgz'),
        download('cut.tgz'),
        download('tool.tgz', ['no-such-program', 'tar']),
        download('tool.tgz'),
      ],
    };
    await assert.rejects(provideProgram(program, cache(), ground.say), (error: Error) => {
      const [first, ...reasons] = error.message.split('\n');
      assert.equal(first, 'Cannot provide Tool 1.0: install it');
      assert.equal(
        reasons[0],
        `  - Downloading absent.tgz: Cannot download ${url}/absent.tgz: the server answered 404`,
      );
      assert.match(reasons[1] ?? '', /^ {2}- Downloading cut\.tgz: Cannot download .*\/cut\.tgz: /);
      assert.equal(reasons[2], '  - Downloading tool.tgz: not possible without no-such-program on PATH');
      assert.equal(reasons[3], '  - Downloading tool.tgz: Cannot use what arrived for Tool: it holds no other');
      return reasons.length === 4;
    });
    assert.equal(await findProgram(program, cache()), undefined);
  });

  it('refuses what arrives and is no archive', async () => {
    await assert.rejects(
      provideProgram(tool(download('garbage.tgz')), cache(), ground.say),
      /Command failed with exit code 2: tar/,
    );
  });

  it('refuses what arrives and does not start', async () => {
    await assert.rejects(
      provideProgram(tool(download('broken.tgz')), cache(), ground.say),
      /Command failed with exit code 9/,
    );
    assert.equal(await findProgram(tool(), cache()), undefined);
  });

  it('builds a Go module', async function () {
    await skipWithout(this, 'go');
    const way: Way = {
      kind: 'go',
      title: 'Building',
      needs: ['go'],
      module: 'golang.org/x/example/hello@v0.0.0-20250915201037-7f05d217867b',
      headers: NO_HEADERS,
      compilerFlags: '',
    };
    const { path } = await provideProgram({ ...tool(way), files: ['hello'], probe: [] }, cache(), ground.say);
    assert.equal((await run(path)).stdout, 'Hello, world!\n');
  });

  it('gathers a Java program with Maven', async function () {
    await skipWithout(this, 'mvn', 'java');
    const way: Way = {
      kind: 'maven',
      title: 'Gathering',
      needs: ['mvn', 'java'],
      group: 'org.slf4j',
      artifact: 'slf4j-api',
      version: '2.0.17',
      main: 'Absent',
      script: 'start',
    };
    const { probe: _, ...program } = { ...tool(way), files: ['start'] };
    const { path } = await provideProgram(program, cache(), ground.say);
    await assert.rejects(run(path), /ClassNotFoundException: Absent/);
  });
});

describe('collectHeaders', () => {
  it('unpacks those of Debian packages and of Go modules', async function () {
    await skipWithout(this, 'go', 'apt-get', 'dpkg-deb');
    const fromModules = [{ module: 'github.com/gen2brain/malgo@v0.11.24', file: 'miniaudio.h', as: 'audio/mini.h' }];
    const folder = await collectHeaders({ debian: ['libstb-dev'], fromModules }, join(ground.folder, 'headers'));
    for (const file of ['stb/stb_image.h', 'audio/mini.h']) assert.ok((await readFile(join(folder, file))).length > 0);
  });

  it('says which package there is none of, with fresh lists', async function () {
    await skipWithout(this, 'apt-get');
    const headers = { debian: ['orchestrator-no-such-package'], fromModules: [] };
    await assert.rejects(collectHeaders(headers, join(ground.folder, 'headers')), {
      code: 'SETUP_FAILED',
      message: /^Cannot run "apt-get (download|update)": /,
    });
  });
});

describe('ensureTestServer', () => {
  it('gives a program that can be started', async () => {
    assert.equal(await isExecutable(await ensureTestServer(ground.config(), ground.say)), true);
  });
});
