import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import { PipelineError } from '../../../src/errors.ts';
import { findInputFiles } from '../../../src/input-files/find.ts';
import { filesAmong, keepFileList, keepInputFiles, readyInputs } from '../../../src/input-files/keep.ts';
import { type FileRef, mediaTypeOf, safeNames } from '../../../src/pipeline/file-ref.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { cards } from '../execution/cards.ts';

const { plan } = makePlan(
  {
    name: 'read',
    inputs: {
      doc: { type: 'file', description: 'A document' },
      logs: { type: 'files', optional: true },
      n: { type: 'integer', default: 1 },
    },
    steps: { a: { set: '${{ inputs.doc.name + inputs.logs[0].path }}' } },
  },
  cards,
);

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const HELLO = sha('hello');

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('an input that is a file', () => {
  it('is marked in the plan, with what expressions see of it', () => {
    const { doc, logs } = plan.inputs;
    assert.ok(doc?.files === 'file' && doc.isRequired);
    assert.equal(doc.description, 'A document');
    assert.equal(logs?.files, 'files');
    assert.ok(logs !== undefined && !logs.isRequired);
    assert.deepEqual((doc.schema as { required: unknown }).required, ['path', 'name', 'bytes', 'sha256', 'media_type']);
  });
});

describe('safeNames', () => {
  for (const [names, expected] of [
    [
      ['a.txt', 'Grüße 1.pdf'],
      ['a.txt', 'Grüße 1.pdf'],
    ],
    [
      ['a.txt', 'A.TXT', 'a.txt', 'a', 'a'],
      ['a.txt', 'A-2.TXT', 'a-3.txt', 'a', 'a-2'],
    ],
    [
      ['a-2.txt', 'a.txt', 'a.txt'],
      ['a-2.txt', 'a.txt', 'a-3.txt'],
    ],
    [
      ['..', '.', '', ' ', '.env', 'a.'],
      ['_', '_-2', 'file', 'file-2', '_env', 'a_'],
    ],
    [
      ['../../x', 'a/b', 'a\\b', 'a:b*?"<>|', 'a\nb\0'],
      ['__.._x', 'a_b', 'a_b-2', 'a_b______', 'a_b_'],
    ],
    [[`${'x'.repeat(300)}.tar.gz`], [`${'x'.repeat(100)}.tar.gz`]],
    [['🦉'.repeat(200)], ['_'.repeat(100)]],
  ] as readonly (readonly [readonly string[], readonly string[]])[]) {
    it(`makes ${JSON.stringify(expected).slice(0, 60)}`, () => assert.deepEqual(safeNames(names), expected));
  }
});

describe('mediaTypeOf', () => {
  for (const [name, type] of [
    ['a.PDF', 'application/pdf'],
    ['a.tar.gz', 'application/gzip'],
    ['a.unknown', 'application/octet-stream'],
    ['json', 'application/json'],
    ['', 'application/octet-stream'],
  ] as const) {
    it(`says ${type} of "${name}"`, () => assert.equal(mediaTypeOf(name), type));
  }
});

describe('the files of inputs', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'input-files-'));
    store = openLocalDisk(join(folder, 'store'));
    writeFileSync(join(folder, 'hello.txt'), 'hello');
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other/hello.txt'), 'other');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (name: string) => ({ file: join(folder, name) });
  const keeping = () => ({ store, tenant: 'default' });

  it('are kept in the store, each under a path of its own', async () => {
    const logs = [file('hello.txt'), file('other/hello.txt'), { name: 'data.bin', data: Uint8Array.of(1, 2) }];
    const { values, files } = await readyInputs(keeping(), plan, { inputs: { doc: file('hello.txt'), logs, n: 2 } });
    const text = { bytes: 5, media_type: 'text/plain' };
    const doc = { path: 'inputs/doc/hello.txt', name: 'hello.txt', ...text, sha256: HELLO };
    const others = [
      { path: 'inputs/logs/hello.txt', name: 'hello.txt', ...text, sha256: HELLO },
      { path: 'inputs/logs/hello-2.txt', name: 'hello-2.txt', ...text, sha256: sha('other') },
      {
        path: 'inputs/logs/data.bin',
        name: 'data.bin',
        bytes: 2,
        media_type: 'application/octet-stream',
        sha256: createHash('sha256').update(Uint8Array.of(1, 2)).digest('hex'),
      },
    ];
    assert.deepEqual(values, { doc, logs: others, n: 2 });
    assert.deepEqual(files, [doc, ...others]);
    assert.equal(new TextDecoder().decode(await store.get('default', HELLO)), 'hello');
  });

  it('may be left out where they are optional', async () => {
    for (const inputs of [{ doc: file('hello.txt') }, { doc: file('hello.txt'), logs: null, n: undefined }]) {
      const { values, files } = await readyInputs(keeping(), plan, { inputs });
      assert.equal(values['logs'], null);
      assert.equal(files.length, 1);
    }
  });

  it('may be links to files', async () => {
    symlinkSync(join(folder, 'hello.txt'), join(folder, 'link.txt'));
    const { values } = await readyInputs(keeping(), plan, { inputs: { doc: file('link.txt') } });
    assert.equal((values['doc'] as unknown as FileRef).name, 'link.txt');
  });

  it('are listed in the store, without a preview', async () => {
    const { files } = await readyInputs(keeping(), plan, { inputs: { doc: file('hello.txt') } });
    const list = await keepFileList(keeping(), files);
    assert.ok('artifact' in list && list.artifact.preview === '');
    const kept = await store.get('default', list.artifact.sha256);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(kept)), files);
  });

  it('of an earlier run may be named again, and no others that look so', async () => {
    const before = await readyInputs(keeping(), plan, {
      inputs: { doc: file('hello.txt'), logs: [file('hello.txt')] },
    });
    const known = filesAmong(plan, before.values);
    const logs = [{ name: 'hello.txt', data: bytes('new') }, ...(before.values['logs'] as unknown as FileRef[])];
    const { values } = await readyInputs(keeping(), plan, { inputs: { doc: before.values['doc'], logs }, known });
    assert.deepEqual(values['doc'], before.values['doc']);
    const paths = (values['logs'] as unknown as FileRef[]).map(({ path }) => path);
    assert.deepEqual(paths, ['inputs/logs/hello-2.txt', 'inputs/logs/hello.txt']);
    const forged = { ...(before.values['doc'] as object), sha256: sha('secret') };
    await assert.rejects(readyInputs(keeping(), plan, { inputs: { doc: forged }, known }), { code: 'INPUT_INVALID' });
    await assert.rejects(readyInputs(keeping(), plan, { inputs: { doc: before.values['doc'] } }), {
      code: 'INPUT_INVALID',
    });
  });

  for (const { name, inputs, message } of [
    {
      name: 'that are not there',
      inputs: () => ({ doc: file('gone.txt') }),
      message: (path: string) =>
        `Cannot start "read": input "doc" cannot be used: cannot read "${path}/gone.txt": there is no such file`,
    },
    {
      name: 'that are folders',
      inputs: () => ({ doc: file('other') }),
      message: (path: string) => `Cannot start "read": input "doc" cannot be used: "${path}/other" is no regular file`,
    },
    {
      name: 'that are something else',
      inputs: () => ({ doc: 'hello.txt' }),
      message: () =>
        'Cannot start "read": input "doc" is "hello.txt", a file is needed: { file: path }, or { name, data } with its bytes',
    },
    {
      name: 'that hold more than bytes',
      inputs: () => ({ doc: { name: 'x', data: 'text', more: {} } }),
      message: () =>
        'Cannot start "read": input "doc" is a map, a file is needed: { file: path }, or { name, data } with its bytes',
    },
    {
      name: 'that are no list',
      inputs: () => ({ doc: file('hello.txt'), logs: file('hello.txt') }),
      message: () => 'Cannot start "read": input "logs" is a map, a list of files is needed',
    },
    {
      name: 'that are too many',
      inputs: () => ({ doc: file('hello.txt'), logs: Array.from({ length: 1001 }, () => file('hello.txt')) }),
      message: () => 'Cannot start "read": input "logs" has 1001 files, at most 1000 are allowed',
    },
    {
      name: 'of which several are wrong',
      inputs: () => ({ doc: 3, logs: [file('hello.txt'), 4, 5] }),
      message: () =>
        'Cannot start "read": input "doc" is 3, a file is needed: { file: path }, or { name, data } with its bytes (and 2 more)',
    },
    {
      name: 'that nobody asked for',
      inputs: () => ({ doc: file('hello.txt'), docs: [file('hello.txt')] }),
      message: () => 'Cannot start "read": there is no input "docs": did you mean "doc"?',
    },
    {
      name: 'that are missing',
      inputs: () => ({ logs: [] }),
      message: () => 'Cannot start "read": input "doc" is missing, a file is needed',
    },
  ]) {
    it(`refuses files ${name}`, async () => {
      await assert.rejects(readyInputs(keeping(), plan, { inputs: inputs() }), (error: PipelineError) => {
        assert.equal(error.message, message(folder));
        return error instanceof PipelineError && error.findings.length > 0;
      });
    });
  }

  it('refuses files that are too long, before they are read', async () => {
    writeFileSync(join(folder, 'long.bin'), '');
    truncateSync(join(folder, 'long.bin'), 100 * 1024 * 1024 + 1);
    const message = `Cannot start "read": input "doc" cannot be used: "long.bin" has 104857601 bytes, at most 104857600 are allowed`;
    await assert.rejects(readyInputs(keeping(), plan, { inputs: { doc: file('long.bin') } }), { message });
  });

  it('refuses files that go, or grow, before they are read', async () => {
    writeFileSync(join(folder, 'one.txt'), '1');
    const found = findInputFiles(plan, { doc: file('one.txt') });
    truncateSync(join(folder, 'one.txt'), 100 * 1024 * 1024 + 1);
    await assert.rejects(keepInputFiles(keeping(), plan, found), {
      code: 'INPUT_INVALID',
      message: `Cannot start "read": "${folder}/one.txt" has 104857601 bytes, at most 104857600 are allowed`,
    });
    unlinkSync(join(folder, 'one.txt'));
    await assert.rejects(keepInputFiles(keeping(), plan, found), {
      code: 'INPUT_INVALID',
      message: `Cannot start "read": cannot read "${folder}/one.txt": there is no such file`,
    });
  });
});
