import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { startBackground, stopBackground } from '../../src/local/background.ts';
import { examineTemporal } from '../../src/local/examine-temporal.ts';
import { freePort, isListening } from '../../src/local/ports.ts';
import { provideProgram } from '../../src/local/program.ts';
import { prepareNamespace } from '../../src/local/temporal-namespace.ts';
import { temporalCli } from '../../src/local/temporal-program.ts';
import { connectTemporal } from '../../src/local/temporal-server.ts';
import { serverArguments } from '../../src/local/temporal-settings.ts';
import { type HttpProxyOptions, type LoggedRequest, type Proxy, startHttpProxy } from '../proxies.ts';
import { openGround, runYaml, startYaml, type TestGround, untilEnd } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

const FIRST = `openai/${server('model')}`;
const SECOND = `ollama/${server('model')}`;

/** One call of a model for each of so many items, all at once. */
const calls = (count: number, model: string): string => `name: pacing
models: { small: { use: ${model}, max_output_tokens: 1, accept: [length] } }
steps:
  ask:
    for_each: [${Array.from({ length: count }, (_, index) => index).join(', ')}]
    concurrency: ${count}
    model: small
    prompt: Hi
`;

/** Whether a request asks a model. */
const isCall = ({ url }: Pick<LoggedRequest, 'url'>): boolean => url.includes('chat');

describe('the pace of a provider', () => {
  const closes: (() => Promise<unknown>)[] = [];
  let log: LoggedRequest[];

  beforeEach(() => {
    log = [];
  });
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  async function open(environment: Readonly<Record<string, string>>): Promise<TestGround> {
    const ground = await openGround(environment);
    closes.push(() => ground.close());
    const worker = await startTestWorker(ground);
    closes.push(() => worker.stop());
    return ground;
  }

  async function proxy(options: HttpProxyOptions = {}): Promise<Proxy> {
    const opened = await startHttpProxy(server('ollama'), { ...options, log });
    closes.push(() => opened.close());
    return opened;
  }

  it('lets a worker make so many calls at a time, and no more', async () => {
    let [now, most] = [0, 0];
    const hold = async ({ url }: LoggedRequest): Promise<void> => {
      if (!isCall({ url })) return;
      now += 1;
      most = Math.max(most, now);
      await delay(200);
      now -= 1;
    };
    const { url } = await proxy({ hold });
    const ground = await open({ OLLAMA_HOST: url, ORCHESTRATOR_CONCURRENCY_OLLAMA: '2' });
    assert.equal((await runYaml(ground, calls(6, SECOND))).status, 'done');
    assert.deepEqual([log.filter(isCall).length, most], [6, 2]);
  });

  it('lets all workers make so many calls a second', async () => {
    const { url } = await proxy();
    const ground = await open({ OLLAMA_HOST: url, ORCHESTRATOR_RATE_OLLAMA: '2' });
    const other = await startTestWorker(ground);
    closes.push(() => other.stop());
    assert.equal((await runYaml(ground, calls(6, SECOND))).status, 'done');
    const times = log.filter(isCall).map(({ askedAt }) => askedAt);
    // The server lets as many through at once as in a second.
    assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) >= 1500, JSON.stringify(times));
  });

  it('leads to another model when all are busy for longer than a call may wait', async () => {
    const { url } = await proxy({ hold: () => delay(10_000) });
    const ground = await open({ OPENAI_BASE_URL: `${url}/v1`, ORCHESTRATOR_CONCURRENCY_OPENAI: '1' });
    const step = `{ model: small, prompt: Hi, queue_timeout: 3s }`;
    const view = await runYaml(
      ground,
      `name: busy
models: { small: { use: [${FIRST}, ${SECOND}], max_output_tokens: 1, accept: [length] } }
steps: { one: ${step}, two: ${step} }
`,
    );
    const models = view.steps.map((each) => {
      assert.ok(each.status === 'done', JSON.stringify(each));
      return [each.model, ...(each.passedOver ?? []).map(({ code }) => code)].join(' ');
    });
    assert.deepEqual(models.toSorted(), [`${SECOND} QUEUE_TIMEOUT`, FIRST].toSorted());
  });

  it('is told by doctor', async () => {
    const limits = { ORCHESTRATOR_RATE_OPENAI: '2.5', ORCHESTRATOR_CONCURRENCY_ANTHROPIC: '0' };
    const ground = await open(limits);
    const look = async () => (await examineTemporal(ground.config)).find(({ subject }) => subject === 'Model queues');
    const found =
      'anthropic none; openai 1 worker, each 100 calls at a time, all 2.5 a second; ollama 1 worker, each 4 calls at a time';
    for (let looks = 0; (await look())?.found !== found && looks < 2000; looks += 1) await delay(50);
    assert.deepEqual(await look(), {
      subject: 'Model queues',
      status: 'warning',
      found,
      advice: 'calls of anthropic wait for a worker that serves them: orchestrator worker',
    });
  });
});

describe('a server that is fair to tenants', () => {
  let temporal: string;
  let folder: string;
  let pid: number;
  const closes: (() => Promise<unknown>)[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-fair-'));
    const config = loadConfig(process.env);
    const { path } = await provideProgram(temporalCli, config.folders.cache, () => undefined);
    const port = await freePort();
    const place = { database: join(folder, 'temporal.db'), port, uiPort: await freePort() };
    const fair = ['matching.useNewMatcher=true', 'matching.enableFairness=true'];
    const args = [...serverArguments(place), ...fair.flatMap((value) => ['--dynamic-config-value', value])];
    ({ pid } = await startBackground({ program: path, args, env: {}, log: join(folder, 'temporal.log') }));
    temporal = `127.0.0.1:${port}`;
    while (!(await isListening(temporal))) await delay(50);
    const connection = await connectTemporal(config, temporal);
    await prepareNamespace(connection, 'default');
    await connection.close();
  });

  after(async () => {
    for (const close of closes.toReversed()) await close();
    await stopBackground(pid, folder);
    await rm(folder, { recursive: true, force: true });
  });

  async function open(tenant: string): Promise<TestGround> {
    const ground = await openGround({
      TEMPORAL_ADDRESS: temporal,
      ORCHESTRATOR_TENANT: tenant,
      ORCHESTRATOR_TASK_QUEUE: 'fair',
      ORCHESTRATOR_ARTIFACTS: join(folder, 'artifacts'),
      ORCHESTRATOR_RATE_OLLAMA: '3',
    });
    closes.push(() => ground.close());
    return ground;
  }

  it('gives a tenant who asks once its turn among the many calls of another one', async () => {
    const many = await open('many');
    const few = await open('few');
    const worker = await startTestWorker(many);
    closes.push(() => worker.stop());
    const runId = await startYaml(many, calls(24, SECOND));
    const isWaiting = async () =>
      (await many.connection.client.workflow.getHandle(runId).describe()).raw.pendingActivities?.length ?? 0;
    while ((await isWaiting()) < 20) await delay(25);
    assert.equal((await runYaml(few, calls(1, SECOND))).status, 'done');
    assert.ok((await isWaiting()) >= 8, `${await isWaiting()} calls were still to be made`);
    assert.equal((await untilEnd(many.connection, runId)).status, 'done');
  });
});
