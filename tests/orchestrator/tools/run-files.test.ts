import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Activities, SaveFileCall, SaveFileResult } from '../../../activities/calls.ts';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import { findRunFile } from '../../../activities/artifacts/run-files.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import { createSaveFile } from '../../../activities/control/save-file.ts';
import { attachedFiles } from '../../../activities/models/attachments.ts';
import { HttpInput } from '../../../activities/tools/http-input.ts';
import { callServer } from '../../../activities/tools/http-request.ts';
import { keepFile } from '../../../activities/tools/keep-file.ts';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import { openWorkspace } from '../../../activities/tools/workspace.ts';
import type { FileRef } from '../../../src/pipeline/file-ref.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import {
  activityEnvironment,
  removeFolder,
  startServer,
  template,
  temporaryFolder,
  toolContext,
} from './surroundings.ts';

const MIB = 1024 * 1024;
const TENANT = 'default';
const SECRET = 'hunter2/ü';

const valueOf = (file: FileRef): Json => ({ ...file });

describe('a file that a tool makes', () => {
  let folder: string;
  let store: ArtifactStore;
  let workspace: string;
  before(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(join(folder, 'artifacts'));
    workspace = await openWorkspace(folder, TENANT, 'run');
  });
  after(() => removeFolder(folder));

  const run = () => ({ store, tenant: TENANT, runId: 'run' });
  const keep = (text: string, { call = 'step', name = 'note.txt', secrets = new Set<string>() } = {}) =>
    keepFile(run(), workspace, { call, name, bytes: Buffer.from(text), secrets });
  const bytesOf = async (body: unknown): Promise<Buffer> => readFile(join(workspace, (body as FileRef).path));
  const fetched = async (bytes: Buffer, headers: Record<string, string> = {}) => {
    const server = await startServer((_, response) => response.writeHead(200, headers).end(bytes));
    try {
      const context = toolContext(folder, { allowedHosts: [server.host] });
      return await callServer(HttpInput.parse({ url: server.url, save_as: 'a.pdf' }), context, resolveBySystem);
    } finally {
      await server.close();
    }
  };

  it('is in the workspace and in the store, and is the same when it is made again', async () => {
    const file = await keep('one');
    assert.deepEqual(file, { ...file, name: 'note.txt', bytes: 3, media_type: 'text/plain' });
    assert.equal(await readFile(join(workspace, file.path), 'utf8'), 'one');
    assert.equal(Buffer.from(await store.get(TENANT, file.sha256)).toString(), 'one');
    assert.deepEqual(await keep('one'), file);
    assert.equal((await keep('two')).path, file.path);
    assert.deepEqual(await findRunFile(run(), valueOf(file)), file);
  });

  it('has a folder of its own for each call', async () => {
    const calls = ['items[1]', 'items#1', 'items-1-', 'a/b', 'a-b', `${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`];
    const paths = await Promise.all(calls.map(async (call) => (await keep('x', { call })).path));
    assert.equal(new Set(paths).size, calls.length);
    assert.match(paths[0] as string, /^files\/items-1--[0-9a-f]{8}\/note\.txt$/);
  });

  it('holds no secret that was given to the call, in any form', async () => {
    const forms = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')];
    const file = await keep(`\u00ff ${forms.join(' | ')} end`, { call: 'secret', secrets: new Set([SECRET]) });
    assert.equal(await readFile(join(workspace, file.path), 'utf8'), '\u00ff [secret] | [secret] | [secret] end');
  });

  it('cannot be kept where something else is', async () => {
    const file = await keep('x', { call: 'taken', name: 'a/b' });
    await assert.rejects(keep('x', { call: 'taken', name: 'a' }), { code: 'PATH_REFUSED' });
    await assert.rejects(keep('x', { call: 'taken', name: '../../../out' }), { code: 'PATH_REFUSED' });
    assert.equal(await readFile(join(workspace, file.path), 'utf8'), 'x');
  });

  it('goes along with what a model is asked, and nothing that only looks like it', async () => {
    const file = await keep('attached', { call: 'attached' });
    const asked = { ...run(), files: undefined };
    assert.deepEqual(await attachedFiles(asked, [valueOf(file), null]), [file]);
    const claims = { ...file, name: 'other.png', media_type: 'image/png', bytes: 1 };
    assert.deepEqual(await attachedFiles(asked, [[valueOf(claims)]]), [file], 'what it says of itself does not count');
    for (const forged of [
      { ...file, path: 'files/other/note.txt' },
      { ...file, sha256: 'a'.repeat(64) },
      { ...file, sha256: '../../records' },
      { path: file.path },
      { sha256: file.sha256, path: 7 },
      file.path,
      7,
    ] as Json[]) {
      await assert.rejects(attachedFiles(asked, [forged]), { code: 'ATTACHMENT_REFUSED' });
    }
    await assert.rejects(attachedFiles({ ...asked, runId: 'other' }, [valueOf(file)]), { code: 'ATTACHMENT_REFUSED' });
    await assert.rejects(attachedFiles({ ...asked, tenant: 'other' }, [valueOf(file)]), { code: 'ATTACHMENT_REFUSED' });
  });

  it('is saved itself by "save_to"', async () => {
    const file = await keep('kept for people', { call: 'saved' });
    const save = (value: Json): Promise<SaveFileResult> => {
      const call = {
        tenant: TENANT,
        runId: 'run',
        path: 'step',
        scope: {},
        to: template('a.txt'),
        value: template(value),
      };
      const activity = createSaveFile(store);
      return activityEnvironment().run<[SaveFileCall], SaveFileResult, Activities['saveFile']>(activity, call);
    };
    assert.deepEqual((await save(valueOf(file))).file, { path: 'a.txt', sha256: file.sha256, bytes: file.bytes });
    const forged = await save({ ...file, path: 'files/other' });
    assert.notEqual(forged.file.sha256, file.sha256);
    assert.match(Buffer.from(await store.get(TENANT, forged.file.sha256)).toString(), /"path": "files\/other"/);
  });

  describe('of an answer ("save_as")', () => {
    it('holds its bytes, whatever they are', async () => {
      const bytes = Buffer.from([0, 255, 128, 13, 10]);
      const { body, status } = await fetched(bytes, { 'content-type': 'application/json' });
      assert.deepEqual([status, (body as unknown as FileRef).media_type], [200, 'application/pdf']);
      assert.deepEqual(await bytesOf(body), bytes);
    });

    it('may be larger than what is read, and is unpacked', async () => {
      const { body } = await fetched(gzipSync(Buffer.alloc(20 * MIB, 'x')), { 'content-encoding': 'gzip' });
      assert.equal((await bytesOf(body)).length, 20 * MIB);
    });

    it('is not a bomb', async () => {
      await assert.rejects(fetched(gzipSync(Buffer.alloc(60 * MIB)), { 'content-encoding': 'gzip' }), {
        code: 'TOOL_OUTPUT_INVALID',
        message: 'Cannot read the answer: it unpacks to more than 52428800 bytes',
      });
    });

    it('has a name that leads nowhere else', () => {
      for (const name of ['', '.', '..', '../a', 'a/b', 'a\\b', 'a\0b', 'x'.repeat(101)]) {
        assert.equal(HttpInput.safeParse({ url: 'http://a.example', save_as: name }).success, false, name);
      }
      assert.equal(HttpInput.parse({ url: 'http://a.example', save_as: '..ü.pdf' }).save_as, '..ü.pdf');
    });
  });
});
