import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { Activities, ToolCall, ToolCallResult } from '../../../activities/calls.ts';
import { createCallTool } from '../../../activities/tools/call-tool.ts';
import { defineTool } from '../../../activities/tools/tool.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { openWorkspace } from '../../../activities/tools/workspace.ts';
import { keepFileList } from '../../../src/input-files/keep.ts';
import type { FileRef } from '../../../src/pipeline/file-ref.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { StoredValue } from '../../../src/pipeline/value.ts';
import { activityEnvironment, removeFolder, template, temporaryFolder } from './surroundings.ts';

/** A tool that looks at all files of the run, as one that runs programs does. */
const look = defineTool({
  name: 'own.look',
  description: 'Lists the files of the inputs.',
  effect: 'reads',
  input: z.strictObject({}),
  output: z.array(z.string()),
  timeoutMs: 10_000,
  run: async (_, { openWorkspace: open }) =>
    (await readdir(join(await open(), 'inputs'), { recursive: true })).toSorted(),
});

describe('the files of the inputs of a run', () => {
  let folder: string;
  let store: ArtifactStore;
  let list: StoredValue;

  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(join(folder, 'store'));
    list = await keepFileList({ store, tenant: 'default' }, [
      await kept('doc/a.txt', 'alpha'),
      await kept('logs/b.txt', 'beta'),
    ]);
  });
  afterEach(() => removeFolder(folder));

  async function kept(name: string, text: string): Promise<FileRef> {
    const sha256 = await store.put('default', Buffer.from(text));
    return { path: `inputs/${name}`, name, bytes: text.length, sha256, media_type: 'text/plain' };
  }

  async function call(
    tool: string,
    input: Json,
    { files, host = 'one' }: { files?: StoredValue; host?: string },
  ): Promise<Json> {
    const callTool = createCallTool({
      store,
      tools: [...tools, look],
      secrets: {},
      workspaces: workspaces(host),
      allowedHosts: [],
      settings: {},
    });
    const made: ToolCall = {
      tenant: 'default',
      runId: 'run',
      path: 'step',
      scope: {},
      tool,
      effect: 'reads',
      with: template(input),
      ...(files === undefined ? {} : { files }),
    };
    const { output } = await activityEnvironment().run<[ToolCall], ToolCallResult, Activities['callTool']>(
      callTool,
      made,
    );
    assert.ok('inline' in output);
    return output.inline;
  }

  const workspaces = (host: string) => join(folder, host);
  const filesOn = async (host: string) =>
    (await readdir(await openWorkspace(workspaces(host), 'default', 'run'), { recursive: true })).toSorted();

  for (const path of ['inputs/doc/a.txt', './inputs//doc/./a.txt']) {
    it(`are there when a tool first wants one, and no others: ${path}`, async () => {
      assert.deepEqual(await call('fs.read', { path }, { files: list }), { path: 'inputs/doc/a.txt', text: 'alpha' });
      assert.deepEqual(await filesOn('one'), ['inputs', 'inputs/doc', 'inputs/doc/a.txt']);
    });
  }

  it('are fetched on every host anew', async () => {
    for (const host of ['one', 'two']) {
      const { text } = (await call('fs.read', { path: 'inputs/logs/b.txt' }, { files: list, host })) as {
        text: string;
      };
      assert.equal(text, 'beta');
    }
  });

  it('are all there for a tool that names none', async () => {
    assert.deepEqual(await call('own.look', {}, { files: list }), ['doc', 'doc/a.txt', 'logs', 'logs/b.txt']);
    assert.deepEqual(await call('own.look', {}, { files: list }), ['doc', 'doc/a.txt', 'logs', 'logs/b.txt']);
  });

  it('stay as the run has written them', async () => {
    await call('fs.write', { path: 'inputs/doc/a.txt', text: 'changed' }, { files: list });
    const { text } = (await call('fs.read', { path: 'inputs/doc/a.txt' }, { files: list })) as { text: string };
    assert.equal(text, 'changed');
  });

  it('are not looked for where a path leads elsewhere', async () => {
    const gone: StoredValue = { artifact: { sha256: '0'.repeat(64), bytes: 2, preview: '' } };
    await call('fs.write', { path: 'note.txt', text: 'x' }, { files: gone });
    assert.deepEqual(await call('fs.read', { path: 'note.txt' }, { files: gone }), { path: 'note.txt', text: 'x' });
  });

  it('are the only values of the store that a path reaches', async () => {
    const secret = await store.put('default', Buffer.from('secret'));
    for (const path of [`inputs/${secret}`, `inputs/doc/${secret}`, 'inputs/doc/b.txt', 'inputs/x/y.txt']) {
      await assert.rejects(call('fs.read', { path }, { files: list }), { code: 'FILE_NOT_FOUND' });
    }
    await assert.rejects(call('fs.read', { path: 'inputs/doc/a.txt' }, {}), { code: 'FILE_NOT_FOUND' });
  });

  it('are refused where a link leads out', async () => {
    const workspace = await openWorkspace(workspaces('one'), 'default', 'run');
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(workspace, 'inputs'));
    await assert.rejects(call('fs.read', { path: 'inputs/doc/a.txt' }, { files: list }), { code: 'PATH_REFUSED' });
    assert.deepEqual(await readdir(join(folder, 'elsewhere')), []);
  });

  it('fail as what they are: missing, damaged, or not to be written', async () => {
    const sha256 = createHash('sha256').update('alpha').digest('hex');
    const stored = join(folder, 'store/default/sha256', sha256.slice(0, 2), sha256.slice(2));
    await chmod(stored, 0o600);
    await writeFile(stored, 'tampered');
    await assert.rejects(call('fs.read', { path: 'inputs/doc/a.txt' }, { files: list }), { code: 'ARTIFACT_MISSING' });
    await rm(stored);
    await assert.rejects(call('fs.read', { path: 'inputs/doc/a.txt' }, { files: list }), { code: 'ARTIFACT_MISSING' });
    await openWorkspace(workspaces('one'), 'default', 'run');
    await writeFile(join(folder, 'one/default/.tmp'), 'in the way');
    await assert.rejects(call('fs.read', { path: 'inputs/logs/b.txt' }, { files: list }), {
      message: /^Cannot fetch "inputs\/logs\/b.txt": /,
    });
    await rm(join(folder, 'one/default/.tmp'));
    await call('fs.read', { path: 'inputs/logs/b.txt' }, { files: list });
    const workspace = await openWorkspace(workspaces('one'), 'default', 'run');
    assert.equal(await readFile(join(workspace, 'inputs/logs/b.txt'), 'utf8'), 'beta');
  });
});
