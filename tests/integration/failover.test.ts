import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUTAGES } from '../../activities/models/circuit-breaker.ts';
import { freePort } from '../../src/local/ports.ts';
import type { StepView } from '../../src/pipeline/view.ts';
import {
  keyCheck,
  type Proxy,
  type HttpProxyOptions,
  rateLimit,
  startHttpProxy,
  startResettingProxy,
} from '../proxies.ts';
import { openGround, runYaml, stepOf, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs/failover.md'), 'utf8');
const table = document
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const FIRST = `openai/${server('model')}`;
const SECOND = `ollama/${server('model')}`;

type Called = Extract<StepView, { readonly status: 'done' | 'failed' }>;

/** Two models, of which the first one meets a fault. */
interface Fault {
  /** What stands between the first model and its server. */
  readonly between?: () => Promise<Proxy>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly models?: readonly string[];
  /** Keys of the step. */
  readonly step?: string;
}

const through = (options: HttpProxyOptions) => (): Promise<Proxy> => startHttpProxy(server('ollama'), options);
const refusing = (status: number) => through({ refuse: () => ({ status, body: 'no' }) });

/** A limit of one call, which somebody else uses up the moment before the first one comes. */
function usedUp(refillMs: number): HttpProxyOptions {
  const { refuse } = rateLimit({ burst: 1, refillMs });
  let isFirst = true;
  return {
    refuse: (request) => {
      if (isFirst) refuse?.(request);
      isFirst = false;
      return refuse?.(request);
    },
  };
}

/** How each row of the table comes about. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'nothing listens at its address': {},
  'the rate limit is reached, for a short while': { between: through(usedUp(1000)) },
  'the rate limit is reached, for longer than the step bears': { between: through(usedUp(120_000)) },
  'the server fails (HTTP 500)': { between: refusing(500) },
  'the server is overloaded (HTTP 503, 529)': { between: refusing(529) },
  "the answer takes longer than the step's `timeout`": { between: through({ slowMs: 15_000 }), step: 'timeout: 7s' },
  'the connection is reset in the middle of the answer': {
    between: () => startResettingProxy(server('ollama'), 300),
  },
  'the answer ends in the middle, as if it were complete': { between: through({ endAfterBytes: 300 }) },
  'a web page comes instead of an answer': { between: through({ answerHeaders: { 'content-type': 'text/html' } }) },
  'the key is wrong': { between: through(keyCheck('right')), environment: { OPENAI_API_KEY: 'wrong' } },
  'there is no such model': { between: through({}), models: ['openai/no-such-model', SECOND] },
  "the prompt is longer than the model's context": {
    // The other model has room: what is too long does not reach it.
    between: through({ rewrite: (body) => body.replaceAll('word ', '') }),
    models: [SECOND, FIRST],
    step: `system: "${'word '.repeat(12_000)}"`,
  },
  'the answer is not the JSON that was asked for': {
    // Nobody tells the model of the schema, and it says one word.
    between: through({ rewrite: (body) => body.replace('"response_format"', '"stop":[" "],"x_response_format"') }),
    step: 'output: { type: object, properties: { label: { enum: [red] } }, required: [label] }',
  },
  'no worker takes the call within `queue_timeout`': {
    between: through({}),
    environment: { ORCHESTRATOR_CONCURRENCY_OPENAI: '0' },
    step: 'queue_timeout: 3s',
  },
};

describe('a model that cannot answer', () => {
  const closes: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  async function open(url: string, environment: Readonly<Record<string, string>> = {}): Promise<TestGround> {
    const ground = await openGround({ OPENAI_BASE_URL: `${url}/v1`, ...environment });
    closes.push(() => ground.close());
    const worker = await startTestWorker(ground, { shutdownGraceTime: '10ms' });
    closes.push(() => worker.stop());
    return ground;
  }

  it('meets the faults that the table tells of', () => {
    const rows = table.filter((row) => row.length === 4).slice(2);
    assert.deepEqual(
      rows.map(([what]) => what),
      Object.keys(FAULTS),
    );
  });

  for (const [what, fault] of Object.entries(FAULTS)) {
    const [, code = '', again, then] = table.find(([first]) => first === what) ?? [];

    it(`because ${what}: ${code}, again: ${again}, then: ${then}`, async () => {
      const proxy = await fault.between?.();
      if (proxy !== undefined) closes.push(() => proxy.close());
      const ground = await open(proxy?.url ?? `http://127.0.0.1:${await freePort()}`, fault.environment);
      const step = await ask(ground, fault);
      assert.equal(step.status, 'done', JSON.stringify(step));
      const [first, second] = fault.models ?? [FIRST, SECOND];
      const attempts = again === 'no' ? 1 : 2;
      if (then === 'its answer') {
        assert.deepEqual([step.model, step.attempts, step.passedOver], [first, attempts, undefined]);
        return;
      }
      const passedOver = step.passedOver?.map((each) => `${each.model} \`${each.code}\``);
      assert.deepEqual([step.model, passedOver], [second, [`${first} ${code}`]]);
      assert.equal(step.attempts, attempts + 1);
    });
  }

  it('and asks for longer than the step has got fails at once when there is no other one', async () => {
    const proxy = await through(usedUp(120_000))();
    closes.push(() => proxy.close());
    const ground = await open(proxy.url);
    const step = await ask(ground, { models: [FIRST] }, '{ attempts: 3, backoff: 10ms, within: 30s }');
    assert.ok(step.status === 'failed');
    assert.deepEqual([step.error.code, step.attempts], ['PROVIDER_RATE_LIMITED', 1]);
  });

  it('again and again is left alone, and asked again when it has recovered', async () => {
    let isDown = true;
    let requests = 0;
    const proxy = await startHttpProxy(server('ollama'), {
      refuse: () => {
        requests += 1;
        return isDown ? { status: 500, body: 'no' } : undefined;
      },
    });
    closes.push(() => proxy.close());
    const ground = await open(proxy.url);
    const failing = await ask(ground, {}, '{ attempts: 5, backoff: 10ms }');
    assert.deepEqual([failing.status, failing.passedOver?.map(({ code }) => code)], ['done', ['PROVIDER_ERROR']]);
    assert.equal(requests, 5);
    const left = await ask(ground, {}, '{ attempts: 5, backoff: 1m }');
    assert.deepEqual(
      left.passedOver?.map(({ code }) => code),
      ['PROVIDER_UNAVAILABLE'],
    );
    assert.deepEqual([left.attempts, requests], [2, 5]);
    isDown = false;
    // Without another model the step pauses as it says, until the model may be asked.
    const alone = await ask(ground, { models: [FIRST] }, '{ attempts: 5, backoff: 4s }');
    assert.equal(alone.status, 'done');
    assert.ok(alone.attempts > 1);
    const recovered = await ask(ground, {});
    assert.deepEqual([recovered.model, recovered.passedOver], [FIRST, undefined]);
  });
});

/** Runs one step, and gives what became of it. */
async function ask(
  ground: TestGround,
  { models = [FIRST, SECOND], step = '' }: Fault,
  retry = '{ attempts: 2, backoff: 10ms }',
): Promise<Called> {
  const yaml = `name: failover
models: { asked: { use: [${models.join(', ')}], max_output_tokens: 24, accept: [length] } }
steps:
  ask:
    model: asked
    prompt: Say hello.
    retry: ${retry}
    ${step}
`;
  const asked = stepOf(await runYaml(ground, yaml), 'ask');
  assert.ok(asked.status === 'done' || asked.status === 'failed', JSON.stringify(asked));
  return asked;
}

describe('docs/failover.md', () => {
  it('names the codes that open a circuit', () => {
    const [codes = ''] = table.find(([, counts]) => counts === 'a failure') ?? [];
    assert.deepEqual(
      Array.from(codes.matchAll(/`(\w+)`/gu), ([, code]) => code),
      OUTAGES,
    );
  });
});
