import assert from 'node:assert/strict';
import { readRunRecord } from '../../activities/artifacts/run-records.ts';
import { retryStep, skipStep } from '../../src/steering.ts';
import { startHttpProxy, type LoggedRequest } from '../proxies.ts';
import { openGround, startYaml, untilEnd, untilView } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { assertAgree, runAndKill, runAndRace, type Books } from './journal-kills.ts';

const KILLS = 15;

describe('a run of model steps whose workers are killed at random moments', () => {
  let books: readonly Books[];

  before(async function run() {
    this.timeout(480_000);
    const seed = Date.now() % 100_000;
    console.log(`      seed ${seed}`);
    books = await runAndKill({ items: 30, concurrency: 12, kills: KILLS, seed });
  });

  it(`buys no answer again that was kept, and bills every call, through ${KILLS} kills`, () => {
    for (const each of books) assertAgree(each);
    const lines = books.flatMap(({ bill }) => bill);
    const lost = lines.filter(({ code }) => code === 'WORKER_LOST');
    console.log(`      ${lines.length} lines on the bill, ${lost.length} of them of calls that were lost`);
    assert.ok(lost.length > 0, 'some calls were under way');
  });
});

describe('a call whose worker stood still while another one took it over', () => {
  it('gives the answer that came first, and bills both', async function race() {
    this.timeout(480_000);
    const books = await runAndRace();
    assertAgree(books);
    const reasons = books.bill.map(({ reason }) => reason).join(' ');
    assert.match(reasons, /^(?:answer race|failure answer)$/u);
    assert.equal(books.log.length, 2);
  });
});

describe('a call that people want made again', () => {
  it('is asked anew, though its answer is there, and both answers are billed', async () => {
    const log: LoggedRequest[] = [];
    const proxy = await startHttpProxy(server('ollama'), { log });
    const ground = await openGround({ OLLAMA_HOST: proxy.url });
    const worker = await startTestWorker(ground);
    try {
      const { connection } = ground;
      const asked = (): number => log.filter(({ url }) => url === '/api/chat').length;
      const runId = await startYaml(
        ground,
        `name: again
models: { small: { use: ollama/${server('model')}, max_output_tokens: 3 } }
steps:
  ask: { model: small, accept: [length], prompt: Hi, checks: [{ length: { min: 1000 } }], on_error: hold }
`,
      );
      await untilView(connection, runId, ({ held }) => held !== undefined);
      await retryStep(connection, runId, { step: 'ask' });
      await untilView(connection, runId, ({ held }) => held !== undefined && asked() === 2);
      await skipStep(connection, runId, { step: 'ask' });
      await untilEnd(connection, runId);
      const record = await readRunRecord(connection.store, connection.tenant, runId);
      const bill = record?.calls?.flatMap(({ result }) => ('purchases' in result ? [result.purchases?.length] : []));
      assert.deepEqual([bill, asked()], [[1, 1], 2]);
    } finally {
      await worker.stop();
      await ground.close();
      await proxy.close();
    }
  });
});
