import assert from 'node:assert/strict';
import { followAnswers, type AnswerPiece } from '../../src/answers.ts';
import { readRunRecord } from '../../activities/artifacts/run-records.ts';
import { endStrays, eventsOf, startCli, startOnTerminal } from '../orchestrator/api/cli-process.ts';
import { startHttpProxy, type HttpProxyOptions, type LoggedRequest, type Proxy } from '../proxies.ts';
import { openGround, outputsOf, startYaml, untilEnd, untilTrue, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

const yamlOf = (steps: string): string => `name: answers
models: { small: { use: ollama/${server('model')}, max_output_tokens: 60, accept: [length], temperature: 0 } }
steps:
${steps}
outputs: { text: "\${{ steps.tell.output }}" }
`;
const TELL =
  '  tell: { model: small, accept: [length], prompt: Tell me a story., retry: { attempts: 2, backoff: 100ms } }';

/** Gates the answers of the model; what else the server says passes. */
function gate() {
  const { promise, resolve } = Promise.withResolvers();
  const hold = ({ url }: { readonly url: string }) => (url === '/api/chat' ? promise : Promise.resolve());
  return { hold, open: () => resolve(undefined) };
}

async function piecesOf({ connection }: TestGround, runId: string): Promise<readonly AnswerPiece[]> {
  const pieces: AnswerPiece[] = [];
  for await (const piece of followAnswers(connection, runId, { intervalMs: 50 })) pieces.push(piece);
  return pieces;
}

describe('the answers of a run, while they grow', () => {
  const opened: Proxy[] = [];
  const grounds: TestGround[] = [];
  const workers: { stop(): Promise<void> }[] = [];

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await Promise.all(grounds.splice(0).map((ground) => ground.close()));
    await Promise.all(opened.splice(0).map((proxy) => proxy.close()));
  });
  after(endStrays);

  async function groundBehind(options: HttpProxyOptions): Promise<TestGround> {
    const proxy = await startHttpProxy(server('ollama'), options);
    opened.push(proxy);
    const ground = await openGround({ OLLAMA_HOST: proxy.url });
    grounds.push(ground);
    workers.push(await startTestWorker(ground));
    return ground;
  }

  it('come in pieces that together are the output', async () => {
    const ground = await groundBehind({});
    const runId = await startYaml(ground, yamlOf(TELL));
    const pieces = await piecesOf(ground, runId);
    const { text } = await outputsOf(ground, await untilEnd(ground.connection, runId));
    assert.equal(pieces.map((piece) => piece.text).join(''), text);
    assert.ok(pieces.length > 2, `${pieces.length} pieces`);
    const model = `ollama/${server('model')}`;
    assert.deepEqual(pieces.at(-1), { path: 'tell', model, attempt: 1, text: '', isOver: true });
    // Whoever comes a moment later can still read it.
    assert.equal((await piecesOf(ground, runId)).map((piece) => piece.text).join(''), text);
  });

  it('begin anew with another attempt, and the bill has both', async () => {
    const chats: LoggedRequest[] = [];
    const ground = await groundBehind({
      endAfterBytes: (request) => (request.url === '/api/chat' && chats.push(request) === 1 ? 800 : Infinity),
    });
    const runId = await startYaml(ground, yamlOf(TELL));
    const pieces = await piecesOf(ground, runId);
    const { text } = await outputsOf(ground, await untilEnd(ground.connection, runId));
    const anew = pieces.findIndex(({ isAnew }) => isAnew === true);
    assert.ok(anew > 0, JSON.stringify(pieces));
    assert.equal(
      pieces
        .slice(anew)
        .map((piece) => piece.text)
        .join(''),
      text,
    );
    const record = await readRunRecord(ground.connection.store, ground.connection.tenant, runId);
    const result = record?.calls?.[0]?.result;
    assert.deepEqual(result?.status === 'done' && result.purchases?.map(({ reason, code }) => [reason, code]), [
      ['failure', 'PROVIDER_CONNECTION_LOST'],
      ['answer', undefined],
    ]);
  });

  it('are not waited for by whoever has seen enough, and of an unknown run there are none', async () => {
    const { hold, open } = gate();
    const ground = await groundBehind({ hold });
    const runId = await startYaml(ground, yamlOf(TELL));
    for await (const piece of followAnswers(ground.connection, runId, { signal: AbortSignal.timeout(300) })) {
      assert.fail(JSON.stringify(piece));
    }
    open();
    await assert.rejects(followAnswers(ground.connection, 'nobody').next(), { code: 'RUN_UNKNOWN' });
    await untilEnd(ground.connection, runId);
  });

  it('are shown by the command line, as lines, as events and on a terminal', async () => {
    const { hold, open } = gate();
    const ground = await groundBehind({ hold });
    const two = `${TELL}\n  again: { needs: tell, model: small, accept: [length], prompt: Once more. }`;
    const runId = await startYaml(ground, yamlOf(two));
    const args = ['runs', 'watch', runId, '--stream'];
    const { environment } = ground;
    const lines = startCli(args, environment);
    const events = startCli([...args, '--json'], environment);
    const screen = startOnTerminal(args, { ...environment, NO_COLOR: '1', LINES: '30' });
    await Promise.all([lines.until(/Following/), events.until(/"event":"run"/), screen.until(/running/)]);
    open();
    const [plain, json, drawn] = await Promise.all([lines.ended, events.ended, screen.ended]);
    const view = await untilEnd(ground.connection, runId);
    const { text } = await outputsOf(ground, view);
    const words = (text as string).split('\n')[0] ?? '';
    assert.ok(plain.stdout.includes(`tell │ ${words.slice(0, 100)}`), plain.stdout);
    const texts = eventsOf(json).filter(({ event, step }) => event === 'text' && step === 'tell');
    assert.equal(texts.map((each) => each['text']).join(''), text);
    assert.equal(texts.at(-1)?.['is_over'], true);
    // The answer that was held back comes at once, the one after it little by little.
    assert.match(drawn.stdout, /again │ \S/u);
    assert.deepEqual([plain.code, json.code, drawn.code], [0, 0, 0]);
  });

  it('are forgotten once the run has ended', async () => {
    const ground = await groundBehind({});
    const { store, tenant } = ground.connection;
    const runId = await startYaml(ground, yamlOf(TELL));
    await untilEnd(ground.connection, runId);
    let left: readonly string[] = await store.listLogs(tenant, 'streams');
    assert.equal(left.length, 1);
    const looking = setInterval(() => void store.listLogs(tenant, 'streams').then((logs) => (left = logs)), 200);
    try {
      await untilTrue('its streams are gone', () => left.length === 0, 20_000);
    } finally {
      clearInterval(looking);
    }
  });
});
