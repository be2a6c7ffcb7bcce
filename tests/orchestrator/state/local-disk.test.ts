import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openLocalDisk, VALUE_BYTES_MAX } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import { useSmallDisk } from '../../small-disk.ts';

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const fileOf = (folder: string, tenant: string, sha256: string): string =>
  join(folder, tenant, 'sha256', sha256.slice(0, 2), sha256.slice(2));

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

describe('openLocalDisk', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-store-'));
    store = openLocalDisk(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describe('values', () => {
    it('come back byte for byte under their sha256', async () => {
      const bytes = randomBytes(100_000);
      const sha256 = await store.put('default', bytes);
      assert.equal(sha256, sha256Of(bytes));
      assert.deepEqual(Buffer.from(await store.get('default', sha256)), bytes);
    });

    it('may be empty', async () => {
      const sha256 = await store.put('default', new Uint8Array());
      assert.equal((await store.get('default', sha256)).length, 0);
    });

    it('may have 50 MB', async () => {
      const bytes = Buffer.alloc(50_000_000, 'orchestrator');
      const sha256 = await store.put('default', bytes);
      assert.ok(bytes.equals(await store.get('default', sha256)));
    });

    it('of the same bytes are one file, and leave nothing else behind', async () => {
      const bytes = randomBytes(1000);
      const sums = await Promise.all(Array.from({ length: 20 }, () => store.put('default', bytes)));
      assert.equal(new Set(sums).size, 1);
      assert.deepEqual(await readdir(join(folder, '.tmp')), []);
      assert.equal((await readdir(join(folder, 'default', 'sha256'))).length, 1);
    });

    it('are not written again when they are there', async () => {
      const sha256 = await store.put('default', Buffer.from('kept'));
      const path = fileOf(folder, 'default', sha256);
      await utimes(path, 1, 1);
      await store.put('default', Buffer.from('kept'));
      assert.deepEqual(await openLocalDisk(folder).get('default', sha256), Buffer.from('kept'));
      assert.equal(statSync(path).mtimeMs, 1000);
    });

    it('of one tenant are not there for another', async () => {
      const sha256 = await store.put('default', Buffer.from('mine'));
      await assert.rejects(store.get('other', sha256), {
        code: 'ARTIFACT_MISSING',
        message: `Cannot read value "${sha256}": tenant "other" has no such value in "${folder}"`,
      });
    });

    for (const { damage, change } of [
      { damage: 'changed', change: (bytes: Buffer) => Buffer.concat([Buffer.from('X'), bytes.subarray(1)]) },
      { damage: 'cut short', change: (bytes: Buffer) => bytes.subarray(0, 10) },
      { damage: 'emptied', change: () => Buffer.alloc(0) },
    ]) {
      it(`that were ${damage} on the disk are missing, until they are put again`, async () => {
        const bytes = randomBytes(1000);
        const sha256 = await store.put('default', bytes);
        await writeFile(fileOf(folder, 'default', sha256), change(bytes));
        await assert.rejects(store.get('default', sha256), {
          code: 'ARTIFACT_MISSING',
          message: `Cannot read value "${sha256}": its file in "${folder}" is damaged: the bytes no longer match their sha256`,
        });
        await store.put('default', bytes);
        assert.deepEqual(await store.get('default', sha256), bytes);
      });
    }

    it('cannot be kept where a folder stands in the way', async () => {
      const bytes = Buffer.from('value');
      await mkdir(fileOf(folder, 'default', sha256Of(bytes)), { recursive: true });
      const expected = { code: 'STORE_UNAVAILABLE', message: /illegal operation on a directory \(EISDIR/ };
      await assert.rejects(store.put('default', bytes), expected);
      await assert.rejects(store.get('default', sha256Of(bytes)), expected);
    });

    for (const name of ['', 'abc', '../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(63)}/`]) {
      it(`are not looked for under ${JSON.stringify(name)}, which is no sha256`, async () => {
        await assert.rejects(store.get('default', name), {
          code: 'ARTIFACT_MISSING',
          message: `Cannot read value "${name}": its name is not a sha256 in lower-case hex`,
        });
      });
    }

    it('of more than 256 MiB are refused', async () => {
      // The pages are never touched, so this takes no memory.
      const bytes = new Uint8Array(VALUE_BYTES_MAX + 1);
      const expected = {
        code: 'ARTIFACT_TOO_LARGE',
        message: 'Cannot keep a value of 268435457 bytes: at most 268435456 are allowed',
      };
      await assert.rejects(store.put('default', bytes), expected);
      await assert.rejects(store.create('default', 'large', bytes), expected);
    });
  });

  describe('entries', () => {
    it('are created once, and keep what the first one wrote', async () => {
      assert.equal(await store.create('default', 'records/a.json', Buffer.from('first')), true);
      assert.equal(await store.create('default', 'records/a.json', Buffer.from('second')), false);
      assert.equal(Buffer.from((await store.read('default', 'records/a.json')) ?? []).toString(), 'first');
      assert.deepEqual(await readdir(join(folder, '.tmp')), []);
    });

    it('that nobody created are undefined', async () => {
      assert.equal(await store.read('default', 'records/none.json'), undefined);
    });

    it('are listed by prefix, newest first, for one tenant', async () => {
      assert.deepEqual(await store.list('default', ''), []);
      for (const [age, name] of ['records/old', 'records/new', 'other/x'].entries()) {
        await store.create('default', name, Buffer.from(name));
        await utimes(join(folder, 'default', 'names', name), 1000 + age, 1000 + age);
      }
      await store.create('second', 'records/foreign', Buffer.from(''));
      assert.deepEqual(await store.list('default', 'records/'), ['records/new', 'records/old']);
      assert.deepEqual(await store.list('default', ''), ['other/x', 'records/new', 'records/old']);
      assert.deepEqual(await store.list('default', 'none'), []);
    });

    it('have exactly one creator when processes race', async () => {
      const script = `
        import { openLocalDisk } from ${JSON.stringify(new URL('../../../activities/artifacts/local-disk.ts', import.meta.url).href)};
        const store = openLocalDisk(${JSON.stringify(folder)});
        await new Promise((resolve) => setTimeout(resolve, Number(process.argv[1]) - Date.now()));
        const won = [];
        for (let at = 0; at < 50; at += 1) won.push(await store.create('default', 'race/' + at, Buffer.alloc(20_000, process.argv[2])));
        console.log(JSON.stringify({ id: await store.id(), won }));`;
      const start = String(Date.now() + 1000);
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map(async (letter) => {
          const child = await promisify(execFile)(process.execPath, [
            '--input-type=module',
            '-e',
            script,
            start,
            letter,
          ]);
          return { letter, ...(JSON.parse(child.stdout) as { id: string; won: boolean[] }) };
        }),
      );
      assert.equal(new Set(outcomes.map(({ id }) => id)).size, 1);
      for (let at = 0; at < 50; at += 1) {
        const winners = outcomes.filter(({ won }) => won[at] === true);
        assert.equal(winners.length, 1);
        assert.deepEqual(await store.read('default', `race/${at}`), Buffer.alloc(20_000, winners[0]?.letter as string));
      }
      assert.deepEqual(await readdir(join(folder, '.tmp')), []);
    });

    for (const name of [
      '',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a//b',
      'a/',
      '.hidden',
      'a\0b',
      'a\\b',
      'a b',
      'ä',
      'x'.repeat(201),
      'a/a/a/a/a/a/a/a/a',
    ]) {
      it(`cannot be named ${JSON.stringify(name).slice(0, 30)}`, async () => {
        const expected = { code: 'INTERNAL', message: /^Cannot name an entry ".*": allowed are 1 to 8 parts/ };
        await assert.rejects(store.create('default', name, Buffer.from('')), expected);
        await assert.rejects(store.read('default', name), expected);
      });
    }
  });

  for (const tenant of ['', '..', '.', 'a/b', 'a\\b', '/', 'Default', 'a b', 'a\0', '-a', '.tmp', 'x'.repeat(65)]) {
    it(`refuses the tenant ${JSON.stringify(tenant).slice(0, 30)} in every operation`, async () => {
      const expected = { code: 'CONFIG_INVALID', message: /^Cannot use tenant ".*": a tenant is 1 to 64 lower-case/ };
      const bytes = Buffer.from('');
      await assert.rejects(store.put(tenant, bytes), expected);
      await assert.rejects(store.get(tenant, 'a'.repeat(64)), expected);
      await assert.rejects(store.create(tenant, 'a', bytes), expected);
      await assert.rejects(store.read(tenant, 'a'), expected);
      await assert.rejects(store.list(tenant, 'a'), expected);
    });
  }

  it('keeps one id for one folder, over instances and at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => openLocalDisk(folder).id()));
    assert.equal(new Set(ids).size, 1);
    assert.equal(await store.id(), ids[0]);
    assert.match(ids[0] as string, /^[0-9a-f-]{36}$/);
  });

  it('says what it cannot reach when its folder is a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    const broken = openLocalDisk(path);
    const expected = {
      code: 'STORE_UNAVAILABLE',
      message: new RegExp(
        `^Cannot use the artifact store in "${path}": not a directory \\(ENOTDIR, \\d+ KiB free\\); it must be`,
      ),
    };
    await assert.rejects(broken.put('default', Buffer.from('x')), expected);
    await assert.rejects(broken.get('default', 'a'.repeat(64)), expected);
    await assert.rejects(broken.create('default', 'a', Buffer.from('x')), expected);
    await assert.rejects(broken.read('default', 'a'), expected);
    await assert.rejects(broken.list('default', 'a'), expected);
    await assert.rejects(broken.id(), expected);
  });

  it('says so when it cannot even tell the free space', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(openLocalDisk(join(folder, 'file', 'below')).put('default', Buffer.from('x')), {
      code: 'STORE_UNAVAILABLE',
      message: /\(ENOTDIR, free space unknown\)/,
    });
  });

  describe('logs', () => {
    it('grow, and are read from any byte on', async () => {
      assert.equal(await store.readLog('default', 'streams/run/a', 0), undefined);
      await store.append('default', 'streams/run/a', Buffer.from('one'));
      await store.append('default', 'streams/run/a', Buffer.from(' two'));
      assert.equal(text(await store.readLog('default', 'streams/run/a', 0)), 'one two');
      assert.equal(text(await store.readLog('default', 'streams/run/a', 4)), 'two');
      assert.equal(text(await store.readLog('default', 'streams/run/a', 99)), '');
    });

    it('are listed and forgotten by folder, for one tenant', async () => {
      for (const name of ['streams/run/a', 'streams/run/b', 'streams/other/c']) {
        await store.append('default', name, Buffer.from('x'));
      }
      await store.append('second', 'streams/run/d', Buffer.from('x'));
      const names = await store.listLogs('default', 'streams/run');
      assert.deepEqual(names.toSorted(), ['streams/run/a', 'streams/run/b']);
      await store.dropLogs('default', 'streams/run');
      await store.dropLogs('default', 'streams/none');
      assert.deepEqual(await store.listLogs('default', 'streams/run'), []);
      assert.deepEqual(await store.listLogs('default', 'streams'), ['streams/other']);
      assert.deepEqual(await store.listLogs('second', 'streams'), ['streams/run']);
    });

    it('lose nothing when several append at the same time', async () => {
      const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\n`);
      await Promise.all(lines.map((line) => store.append('default', 'streams/all', Buffer.from(line))));
      const written = text(await store.readLog('default', 'streams/all', 0));
      assert.deepEqual(written.split('\n').toSorted(), ['', ...lines.map((line) => line.trim())].toSorted());
    });

    it('stay within their tenant', async () => {
      await assert.rejects(store.append('default', '../up', Buffer.from('x')), { code: 'INTERNAL' });
      await assert.rejects(store.readLog('No Tenant', 'a', 0), { code: 'CONFIG_INVALID' });
    });

    it('say what stands in the way', async () => {
      await writeFile(join(folder, 'default'), '');
      const expected = { code: 'STORE_UNAVAILABLE' };
      await assert.rejects(store.append('default', 'streams/a', Buffer.from('x')), expected);
      await assert.rejects(store.listLogs('default', 'streams'), expected);
    });
  });

  describe('on a disk of 1 MiB', () => {
    const disk = useSmallDisk();

    it('refuses what does not fit, leaves no half file, and goes on with what fits', async () => {
      const full = openLocalDisk(disk.folder);
      const kept = await full.put('default', Buffer.from('kept'));
      const expected = {
        code: 'STORE_UNAVAILABLE',
        message: new RegExp(
          `^Cannot use the artifact store in "${disk.folder}": no space left on device \\(ENOSPC, \\d+ KiB free\\)`,
        ),
      };
      const large = randomBytes(2 * 1024 * 1024);
      await assert.rejects(full.put('default', large), expected);
      await assert.rejects(full.create('default', 'large', large), expected);
      assert.deepEqual(await readdir(join(disk.folder, '.tmp')), []);
      assert.deepEqual(await full.list('default', ''), []);
      assert.equal((await full.get('default', kept)).length, 4);
      const fits = randomBytes(1000);
      assert.deepEqual(await full.get('default', await full.put('default', fits)), fits);
    });

    it('refuses to write when its temporary files lie on another disk', async () => {
      await mkdir(join(folder, '.tmp'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(folder, '.tmp')]);
      try {
        const expected = { code: 'STORE_UNAVAILABLE', message: /cross-device link not permitted \(EXDEV/ };
        await assert.rejects(store.create('default', 'name', Buffer.from('x')), expected);
        await assert.rejects(store.put('default', Buffer.from('x')), expected);
        assert.deepEqual(await readdir(join(folder, '.tmp')), []);
      } finally {
        execFileSync('umount', [join(folder, '.tmp')]);
      }
    });

    it('still reads, but refuses to write, when the disk is read-only', async () => {
      const kept = await openLocalDisk(disk.folder).put('default', Buffer.from('kept'));
      execFileSync('mount', ['-o', 'remount,ro', disk.folder]);
      const fixed = openLocalDisk(disk.folder);
      assert.equal((await fixed.get('default', kept)).length, 4);
      await assert.rejects(fixed.put('default', Buffer.from('new')), {
        code: 'STORE_UNAVAILABLE',
        message: /read-only file system \(EROFS, \d+ KiB free\)/,
      });
    });
  });

  it('writes files that other users of the machine cannot read', async () => {
    const sha256 = await store.put('default', Buffer.from('private'));
    const path = fileOf(folder, 'default', sha256);
    assert.equal((await readFile(path)).toString(), 'private');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});
