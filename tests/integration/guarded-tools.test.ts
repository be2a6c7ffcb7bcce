import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRun } from '../../src/client.ts';
import { openWorkspace } from '../../activities/tools/workspace.ts';
import { guardedToolNotes } from '../../src/cli/guarded-tools.ts';
import { loadConfig } from '../../src/config.ts';
import { examineTemporal } from '../../src/local/examine-temporal.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { openGround, outputsOf, planOf, runYaml, stepOf, untilEnd, untilTrue, type TestGround } from '../runs.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';
import { startTestWorker } from '../worker.ts';

const TOOLS = { ORCHESTRATOR_ALLOW_TOOLS: 'shell.run, code.python' };

describe('tools that need a permission', () => {
  let ground: TestGround;
  let workers: { stop(): Promise<unknown> }[];

  before(async () => {
    ground = await openGround();
    const config = loadConfig({ ...ground.environment, ...TOOLS, ORCHESTRATOR_SERVE: 'tools' });
    workers = [await startTestWorker(ground), await startTestWorker({ ...ground, config })];
  });

  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await ground.close();
  });

  it('run where they are allowed, while another worker has the run', async () => {
    const yaml = `name: guarded
steps:
  shell: { tool: shell.run, with: { command: [cat], stdin: shell } }
  python: { tool: code.python, with: { input: 20, code: "return input + 1" } }
outputs: { shell: "\${{ steps.shell.output.stdout }}", python: "\${{ steps.python.output }}" }
`;
    const view = await runYaml(ground, yaml);
    assert.deepEqual(await outputsOf(ground, view), { shell: 'shell', python: 21 });
  });

  it('are named to who runs a pipeline and finds nobody that allows them', async () => {
    const { connection, config } = ground;
    const plan = planOf('name: noted\nsteps:\n  s: { tool: shell.run, with: { command: [id] } }\n', config);
    assert.deepEqual(await guardedToolNotes(config, connection, plan), []);
    const nowhere = { ...connection, taskQueue: `${connection.taskQueue}-of-nobody` };
    const allowing = { ...config, tools: { ...config.tools, allowedTools: ['shell.run'] as const } };
    for (const each of [config, allowing]) {
      assert.deepEqual(await guardedToolNotes(each, nowhere, plan), [
        'No worker allows shell.run; its calls fail after 5m: start one with ORCHESTRATOR_ALLOW_TOOLS=shell.run orchestrator worker',
      ]);
    }
  });

  it('are shown to who asks for the state of things', async () => {
    const found = (await examineTemporal(ground.config)).find(({ subject }) => subject === 'Guarded tools');
    assert.match(found?.found ?? '', /^shell\.run allowed by 1 worker; code\.python allowed by 1 worker; programs /u);
  });
});

const EFFECTS = ['pure', 'reads', 'idempotent', 'once'];

/** How often the program with this effect has begun: it writes a letter each time. */
function begun(workspace: string, effect: string): number {
  try {
    return readFileSync(join(workspace, effect), 'utf8').length;
  } catch {
    return 0;
  }
}

describe('a program whose worker is killed', () => {
  let ground: TestGround;
  let worker: WorkerProcess;

  before(async () => {
    ground = await openGround(TOOLS);
    worker = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
  });

  after(async () => {
    await worker.stop('SIGKILL');
    await ground.close();
  });

  it('runs again, unless its effect is "once"', async () => {
    const script = 'printf x >> $0; while [ ! -e go ]; do sleep 0.1; done';
    const steps = EFFECTS.map((effect) => {
      const input = JSON.stringify({ command: ['sh', '-c', script, effect], effect });
      return `  ${effect}: { tool: shell.run, with: ${input}, on_error: continue }\n`;
    });
    const plan = planOf(`name: killed\nsteps:\n${steps.join('')}`, ground.config);
    const { runId } = await startRun(ground.connection, { plan });
    const workspace = await openWorkspace(join(ground.config.folders.state, 'workspaces'), 'default', runId);
    await untilTrue('all have begun', () => EFFECTS.every((effect) => begun(workspace, effect) === 1));
    await worker.stop('SIGKILL');
    await writeFile(join(workspace, 'go'), '');
    worker = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
    assertOutcome(await untilEnd(ground.connection, runId), workspace);
  });
});

function assertOutcome(view: RunView, workspace: string): void {
  const outcomes = EFFECTS.map((effect) => {
    const step = stepOf(view, effect);
    return [effect, step.status === 'failed' ? step.error.code : step.status, begun(workspace, effect)];
  });
  assert.deepEqual(outcomes, [
    ['pure', 'done', 2],
    ['reads', 'done', 2],
    ['idempotent', 'done', 2],
    ['once', 'TOOL_OUTCOME_UNKNOWN', 1],
  ]);
}
