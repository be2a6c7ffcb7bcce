import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { simpleOrchestrator } from '../../../examples/simple-orchestrator/pipeline.ts';
import { describeRun } from '../../../src/runs.ts';
import { validate } from '../../../src/validate.ts';
import { ROOT } from '../../markdown.ts';
import { openGround, type TestGround } from '../../runs.ts';
import { startTestWorker } from '../../worker.ts';

const FOLDER = join(ROOT, 'examples/simple-orchestrator');

describe('examples/simple-orchestrator', function () {
  this.timeout(480_000);
  let ground: TestGround;

  beforeEach(async () => {
    ground = await openGround();
  });
  afterEach(() => ground.close());

  it('is one plan, as YAML and as TypeScript, without warnings', async () => {
    const { config } = ground;
    const fromYaml = validate(await readFile(join(FOLDER, 'pipeline.yaml'), 'utf8'), { config });
    const fromTypeScript = validate(simpleOrchestrator, { config });
    assert.deepEqual(fromTypeScript.plan, fromYaml.plan);
    assert.deepEqual([...fromYaml.warnings, ...fromTypeScript.warnings], []);
  });

  it('runs from the command line, as npm start does', async () => {
    const worker = await startTestWorker(ground);
    try {
      const args = ['src/cli/main.ts', 'run', join(FOLDER, 'pipeline.yaml'), '--input', 'ask=false'];
      const printed = await run(args);
      assert.match(printed, /\nOutputs\n {2}page:\n {4}# /u);
      assert.match(printed, /\ndone /u);
      assert.match(printed, /"has_question": false/u);
      await assertFileIsWritten(/Started (\S+)/u.exec(printed)?.[1] ?? '');
    } finally {
      await worker.stop();
    }
  });

  it('runs from a program that is its own worker', async () => {
    const printed = await run([join(FOLDER, 'run.ts'), 'the moon']);
    assert.match(printed, /\ndone: 8 of 8 steps done\npage # /u);
    await assertFileIsWritten(/^simple-orchestrator-\S+/mu.exec(printed)?.[0] ?? '');
  });

  async function run(args: readonly string[]): Promise<string> {
    const options = { cwd: ROOT, env: ground.environment, all: true, stdin: 'ignore' } as const;
    const { all } = await execa(process.execPath, [...process.execArgv, ...args], options);
    return all;
  }

  /** The run's workspace holds the page that the run gave. */
  async function assertFileIsWritten(runId: string): Promise<void> {
    const { outputs } = await describeRun(ground.connection, runId);
    const workspaces = join(ground.config.folders.state, 'workspaces/default');
    const [workspace = ''] = (await readdir(workspaces)).filter((name) => name.startsWith('simple-orchestrator'));
    const page = await readFile(join(workspaces, workspace, 'page.md'), 'utf8');
    assert.deepEqual(outputs?.['page'], { inline: page });
  }
});
