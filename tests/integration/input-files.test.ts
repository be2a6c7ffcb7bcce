import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopWorkers } from '../../src/cli/background-worker.ts';
import { readInputs } from '../../src/cli/input-options.ts';
import { forkRun } from '../../src/fork.ts';
import { openGround, outputsOf, planOf, runYaml, startYaml, untilEnd, type TestGround } from '../runs.ts';
import { endStrays, eventsOf, runCli } from '../orchestrator/api/cli-process.ts';
import { startTestWorker } from '../worker.ts';

const READ = `name: read-files
inputs:
  letter: { type: file }
  logs: { type: files, optional: true }
steps:
  letter:
    tool: fs.read
    with: { path: "\${{ inputs.letter.path }}" }
  logs:
    for_each: "\${{ coalesce(inputs.logs, []) }}"
    as: log
    tool: fs.read
    with: { path: "\${{ log.path }}" }
outputs:
  letter: "\${{ steps.letter.output.text }}"
  names: "\${{ coalesce(inputs.logs, []).map(log, log.name) }}"
  logs: "\${{ steps.logs.output.map(log, log.text) }}"
`;

const INNER = `name: outer
inputs: { letter: { type: file } }
steps:
  inner:
    pipeline:
      name: inner
      inputs: { doc: { type: file } }
      steps:
        read: { tool: fs.read, with: { path: "\${{ inputs.doc.path }}" } }
      outputs: { text: "\${{ steps.read.output.text }}", type: "\${{ inputs.doc.media_type }}" }
    with: { doc: "\${{ inputs.letter }}" }
outputs: { said: "\${{ steps.inner.output }}" }
`;

/** A model could have written the sha256, or anything else: it leads to nothing. */
const FORGED = `name: forged
inputs: { letter: { type: file } }
steps:
  inner:
    pipeline:
      name: inner
      inputs: { doc: { type: file } }
      steps:
        read: { tool: fs.read, with: { path: "\${{ inputs.doc.path }}" } }
      outputs: { text: "\${{ steps.read.output.text }}" }
    with: { doc: { path: inputs/doc/secret, name: secret, bytes: 6, sha256: "\${{ inputs.letter.sha256 }}", media_type: text/plain } }
outputs: { said: "\${{ steps.inner.output.text }}" }
`;

describe('files that come with the inputs of a run', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };
  let file: (name: string, text: string) => Promise<string>;

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
    file = async (name, text) => {
      const path = join(ground.folder, 'given', name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
      return path;
    };
  });
  after(async () => {
    endStrays();
    await worker.stop();
    await stopWorkers(ground.config);
    await ground.close();
  });

  it('are read by its steps', async () => {
    const letter = { file: await file('letter.txt', 'Dear all') };
    const logs = [{ file: await file('a/log.txt', 'one') }, { name: 'log.txt', data: new TextEncoder().encode('two') }];
    const view = await runYaml(ground, READ, { letter, logs });
    const outputs = { letter: 'Dear all', names: ['log.txt', 'log-2.txt'], logs: ['one', 'two'] };
    assert.deepEqual(await outputsOf(ground, view), outputs);
  });

  it('are read by the steps of a pipeline in it', async () => {
    const view = await runYaml(ground, INNER, { letter: { file: await file('letter.md', 'Dear child') } });
    assert.deepEqual(await outputsOf(ground, view), { said: { text: 'Dear child', type: 'text/markdown' } });
  });

  it('are no way to other values of the store', async () => {
    const view = await runYaml(ground, FORGED, { letter: { file: await file('letter.md', 'secret') } });
    assert.equal(view.error?.code, 'FILE_NOT_FOUND');
  });

  it('tell two runs under one id apart', async () => {
    const id = `files-${process.pid}-${Date.now()}`;
    const first = { letter: { file: await file('letter.txt', 'first') } };
    await untilEnd(ground.connection, await startYaml(ground, READ, { id, inputs: first }));
    assert.equal(await startYaml(ground, READ, { id, inputs: first }), id);
    const second = { letter: { file: await file('letter.txt', 'second') } };
    await assert.rejects(startYaml(ground, READ, { id, inputs: second }), { code: 'RUN_EXISTS' });
  });

  it('come with a fork, unless others are given', async () => {
    const letter = { file: await file('letter.txt', 'kept') };
    const before = await runYaml(ground, READ, { letter, logs: [{ file: await file('log.txt', 'old') }] });
    const logs = [{ file: await file('log.txt', 'new') }];
    const { runId } = await forkRun(ground.connection, { runId: before.runId, inputs: { logs } });
    const after = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, after), { letter: 'kept', names: ['log.txt'], logs: ['new'] });
  });

  it('are given on the command line, each behind an "@"', async () => {
    const pipeline = await file('pipelines/read.yaml', READ);
    const [letter, one, two] = [await file('l.txt', 'L'), await file('1.txt', '1'), await file('2.txt', '2')];
    const inputs = ['-i', `letter=@${letter}`, '-i', `logs=@${one}`, '-i', `logs=@${two}`];
    const ended = await runCli(['run', pipeline, ...inputs, '--json'], ground.environment);
    assert.equal(ended.code, 0, ended.stderr);
    const run = eventsOf(ended).at(-1)?.['run'] as { readonly outputs: unknown } | undefined;
    assert.deepEqual(run?.outputs, { letter: 'L', names: ['1.txt', '2.txt'], logs: ['1', '2'] });
  });

  for (const { name, inputs, says } of [
    {
      name: 'without an "@"',
      inputs: ['letter=x'],
      says: 'input "letter" is "x", a file is needed: write letter=@PATH',
    },
    { name: 'that is not there', inputs: ['letter=@gone'], says: 'cannot read "gone": there is no such file' },
    { name: 'that is missing', inputs: ['logs=@/dev/null'], says: '"/dev/null" is no regular file' },
    { name: 'that nobody gave', inputs: [], says: 'input "letter" is missing, a file is needed' },
  ]) {
    it(`are refused on the command line: one ${name}`, () => {
      assert.throws(
        () => readInputs(planOf(READ, ground.config), { input: inputs }),
        (error: Error) => error.message.endsWith(says),
      );
    });
  }
});
