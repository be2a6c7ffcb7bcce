import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRun } from '../../src/client.ts';
import type { Config } from '../../src/config.ts';
import { loadOwnParts } from '../../src/own-parts/load.ts';
import type { StepView } from '../../src/pipeline/view.ts';
import { cancelRun } from '../../src/runs.ts';
import { validateWithServers } from '../../src/validate.ts';
import { openGround, outputsOf, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { startTestWorker } from '../worker.ts';
import { once, talking } from './conversation/examples.ts';

const EVERYTHING = join(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);
const CONFIG = `import { defineCheck, defineConfig, defineTool } from 'orchestrator';
import { z } from 'zod';

export default defineConfig({
  tools: [
    defineTool({
      name: 'own.greet',
      description: 'Greets, and knows a secret.',
      effect: 'pure',
      input: z.strictObject({ name: z.string() }),
      output: z.strictObject({ text: z.string(), token: z.string() }),
      run: ({ name }, { secret }) => ({ text: \`Hello \${name}\`, token: secret('TOKEN') }),
    }),
  ],
  checks: [
    defineCheck({
      name: 'greets',
      description: 'Holds when the text greets somebody.',
      options: z.strictObject({ name: z.string() }),
      run(subject, { name }) {
        const { text } = z.object({ text: z.string() }).parse(subject);
        const passed = text === \`Hello \${name}\`;
        return { passed, score: Number(passed), reason: \`It says \${text}\` };
      },
    }),
  ],
  mcp: { everything: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(EVERYTHING)}] } },
});
`;
const OWN = `name: own
inputs: { name: { type: string, default: Ada } }
steps:
  greet: { tool: own.greet, with: { name: Ada }, checks: [{ greets: { name: "\${{ inputs.name }}" } }] }
  echo: { tool: "mcp:everything/echo", with: { message: "\${{ steps.greet.output.text }}" } }
outputs: { said: "\${{ steps.echo.output.text }}", token: "\${{ steps.greet.output.token }}" }
`;

function long(more: string): string {
  const call = `tool: "mcp:everything/trigger-long-running-operation", with: { duration: 60 }, ${more}`;
  return `name: long\nsteps:\n  wait: { ${call} }\n`;
}

describe("a run with parts of one's own", () => {
  let folder: string;
  let ground: TestGround;
  let config: Config;
  let worker: { stop(): Promise<void> };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-own-'));
    await writeFile(join(folder, 'orchestrator.config.ts'), CONFIG);
    ground = await openGround({ ORCHESTRATOR_SECRET_TOKEN: 'tell-nobody' });
    config = await loadOwnParts(ground.config, folder);
    worker = await startTestWorker({ ...ground, config });
  });

  after(async () => {
    await worker.stop();
    await config.own?.mcp.close();
    await ground.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(yaml: string, inputs: Record<string, unknown> = {}): Promise<string> {
    const { plan } = await validateWithServers(yaml, { config });
    return (await startRun(ground.connection, { plan, inputs })).runId;
  }

  it('calls the tools, asks the checks, and tells nobody a secret', async () => {
    const view = await untilEnd(ground.connection, await start(OWN));
    assert.deepEqual(await outputsOf(ground, view), { said: 'Echo: Hello Ada', token: '[secret]' });
    const refused = await untilEnd(ground.connection, await start(OWN, { name: 'Bob' }));
    assert.equal(refused.error?.code, 'CHECK_FAILED');
    assert.match(refused.error?.message ?? '', /greets: It says Hello Ada$/u);
  });

  it('lets a model call the tools of an MCP server, as they were when the plan was made', async () => {
    const hears = 'Result of mcp:everything/echo: {"text":"Echo: next","data":null,"files":[],"resources":[]}';
    const tools = '[{ tool: "mcp:everything/echo", with: { message: next } }]';
    const runId = await start(talking(once({ tools: ['mcp:everything/echo'], hears }), tools));
    const view = await untilEnd(ground.connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { said: 'next' });
    const [turn] = stepOf(view, 'talk').steps as readonly StepView[];
    assert.deepEqual(
      turn?.steps?.map(({ path, status }) => `${path} ${status}`),
      ['talk/turn#1/mcp:everything:echo[0] done'],
    );
  });

  it('freezes in the plan what "*" stood for', async () => {
    const tools = '[{ tool: "mcp:everything/echo", ask: always }, { tool: "mcp:everything/*", ask: writes }]';
    const { plan } = await validateWithServers(talking('[{ user: Go }]', tools), { config });
    const [step] = plan.steps;
    const offered = step?.kind === 'model' ? (step.tools ?? []) : [];
    assert.ok(offered.length > 5);
    assert.deepEqual(
      offered.filter(({ tool }) => tool === 'mcp:everything/echo').map(({ ask }) => ask),
      ['always'],
    );
    assert.ok(offered.every(({ tool, schema }) => tool.startsWith('mcp:everything/') && schema?.length === 64));
    assert.deepEqual(plan.needs?.tools, offered.map(({ tool }) => tool).toSorted());
  });

  it('gives up a call of an MCP server whose time is over, and one of a run that is cancelled', async () => {
    const late = await untilEnd(ground.connection, await start(long('timeout: 1s')));
    assert.equal(late.error?.code, 'TOOL_OUTCOME_UNKNOWN');
    const runId = await start(long('timeout: 2m'));
    await untilView(ground.connection, runId, ({ steps }) => steps[0]?.status === 'running');
    await cancelRun(ground.connection, runId);
    assert.equal((await untilEnd(ground.connection, runId)).status, 'cancelled');
  });

  it('does not repeat a call of an MCP server whose worker was killed', async () => {
    const other = await openGround({ ORCHESTRATOR_CONFIG: join(folder, 'orchestrator.config.ts') });
    const log = join(other.folder, 'worker.log');
    const killed = await startWorkerProcess(other.connection, other.environment, log);
    const yaml = `name: killed
steps:
  wait: { tool: "mcp:everything/trigger-long-running-operation", with: { duration: 60 } }
`;
    const { plan } = await validateWithServers(yaml, { config });
    const { runId } = await startRun(other.connection, { plan });
    const handle = other.connection.client.workflow.getHandle(runId);
    const isStarted = async (): Promise<boolean> => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some(({ lastStartedTime }) => lastStartedTime) === true;
    };
    while (!(await isStarted()));
    await killed.stop('SIGKILL');
    const next = await startTestWorker({ ...other, config: { ...other.config, own: config.own } as Config });
    const view = await untilEnd(other.connection, runId);
    await next.stop();
    await other.close();
    assert.equal(view.error?.code, 'TOOL_OUTCOME_UNKNOWN');
  });

  for (const { name, yaml, code, message } of [
    {
      name: 'a tool',
      yaml: OWN,
      code: 'TOOL_UNKNOWN',
      message: /^Cannot call tool "mcp:everything\/echo": this worker has http\.request, /u,
    },
    {
      name: 'a check',
      yaml: `name: own\nsteps:\n  greet: { set: { text: Hello }, checks: [{ greets: { name: A } }] }\n`,
      code: 'CHECK_UNKNOWN',
      message: /^Cannot run check "greets": this worker has expect, /u,
    },
  ]) {
    it(`is refused before it costs anything by a worker that lacks ${name}`, async () => {
      const poor = await openGround();
      const without = await startTestWorker(poor);
      const model = `  ask: { model: "ollama/${server('model')}", prompt: Hello }\n`;
      const { plan } = await validateWithServers(yaml.replace('steps:\n', `steps:\n${model}`), { config });
      const { runId } = await startRun(poor.connection, { plan });
      const view = await untilEnd(poor.connection, runId);
      await without.stop();
      await poor.close();
      assert.equal(view.status, 'failed');
      assert.equal(view.error?.code, code);
      assert.match(view.error?.message ?? '', message);
      assert.deepEqual([...new Set(view.steps.map(({ status }) => status))], ['pending']);
    });
  }
});
