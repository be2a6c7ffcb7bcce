import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRun } from '../../src/client.ts';
import { ensureModel } from '../../src/local/model.ts';
import { startOllama } from '../../src/local/ollama-server.ts';
import { freePort } from '../../src/local/ports.ts';
import { openGround, planOf, stepOf, untilEnd, untilTrue, untilView } from '../runs.ts';
import { server } from '../servers.ts';
import { startWebServer } from '../web-server.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { always, talking } from './conversation/examples.ts';
import { growByTheSame } from './conversation/growth.ts';

describe('a conversation', () => {
  it('grows its history by the same in each turn', () => growByTheSame(8));
});

/** How often a model server was asked for an answer, as its own log has it. */
async function chatsIn(log: string): Promise<number> {
  const text = await readFile(log, 'utf8');
  return text.split('\n').filter((line) => line.startsWith('[GIN] ') && line.includes('/api/chat')).length;
}

describe('a conversation whose worker is killed', function () {
  this.timeout(480_000);

  it('goes on in the middle of a call, and of a turn: what was answered is not asked again', async () => {
    const web = await startWebServer();
    const ground = await openGround({
      ORCHESTRATOR_ALLOWED_HOSTS: web.host,
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    });
    const { connection, environment, config, local } = ground;
    const log = join(ground.folder, 'worker.log');
    const { url } = await startOllama(local, () => undefined);
    await ensureModel(url, server('model'), () => undefined);
    let worker = await startWorkerProcess(connection, environment, log);
    try {
      const tool = `{ tool: http.request, with: { url: "${web.url}/gate?key=kill", method: GET, query: {}, headers: {}, body: null, allow_status: [] } }`;
      const hears = 'Result of http.request: {"status":200,"headers":{},"body":"open"}';
      const yaml = talking(always({ tools: ['http.request'], hears }), `[${tool}]`, 'max_turns: 4');
      const { runId } = await startRun(connection, { plan: planOf(yaml, config) });
      await untilTrue('a call', () => web.requests.length > 0);
      const wanted = web.requests.length;
      await worker.stop('SIGKILL');
      worker = await startWorkerProcess(connection, environment, log);
      await untilTrue('the same call again', () => web.requests.length === 2 * wanted);
      web.open('kill');
      await untilView(connection, runId, (view) => (stepOf(view, 'talk').steps ?? []).length === 3);
      await worker.stop('SIGKILL');
      worker = await startWorkerProcess(connection, environment, log);
      const view = await untilEnd(connection, runId);
      assert.equal(view.error?.code, 'TURNS_EXCEEDED', JSON.stringify(view.error));
      assert.equal((stepOf(view, 'talk').steps ?? []).length, 4);
      const calls = (stepOf(view, 'talk').steps ?? []).flatMap(({ steps = [] }) => steps);
      assert.equal(web.requests.length, calls.length + wanted, 'only the calls that were killed are made again');
      const chats = await chatsIn(join(local.folders.state, 'ollama.log'));
      assert.ok(chats <= 4 + 1, `${chats} chats for 4 turns`);
    } finally {
      await worker.stop('SIGKILL');
      await ground.close();
      await web.close();
    }
  });
});
