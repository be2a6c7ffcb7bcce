import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { billOf } from '../../src/bill.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { endStrays, eventsOf, runCli, startCli, type Ended } from '../orchestrator/api/cli-process.ts';
import { openGround, untilTrue, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startWebServer, type WebServer } from '../web-server.ts';
import { startWorkerProcess } from '../worker-process.ts';
import { startTestWorker } from '../worker.ts';

interface Summary {
  readonly variant: string;
  readonly passed: number;
  readonly failed: number;
  readonly not_run: number;
}

/** The last line of `--json`. */
function reportOf(ended: Ended): { variants: Summary[]; misses: string[]; comparison: Record<string, Json> } {
  const last = eventsOf(ended).at(-1);
  assert.equal(last?.['event'], 'eval', ended.stderr);
  return last as never;
}

/** Three cases, of which the second expects what is given. */
function threeCases(bob: string): readonly Json[] {
  return [
    { inputs: { who: 'Ada' }, expected: { text: 'Hello Ada' } },
    { id: 'bob', inputs: { who: 'Bob' }, expected: { text: bob }, tags: ['short'] },
    { inputs: { who: '<b>' } },
  ];
}

describe('orchestrator eval', () => {
  let ground: TestGround;
  let web: WebServer;
  let worker: { stop(): Promise<void> } | undefined;

  before(async () => {
    web = await startWebServer();
    ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
  });

  after(async () => {
    endStrays();
    await worker?.stop();
    await ground.close();
    await web.close();
  });

  const models = `models: { small: { use: "ollama/${server('model')}", max_output_tokens: 4, accept: [length] } }`;

  /** Writes a file into the folder of the test. */
  async function file(name: string, text: string): Promise<string> {
    const path = join(ground.folder, name);
    await writeFile(path, text);
    return path;
  }

  function cases(lines: readonly Json[]): Promise<string> {
    return file(`${randomUUID()}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  const evaluate = (...args: readonly string[]): Promise<Ended> => runCli(['eval', ...args], ground.environment);

  it('goes on without its terminal and after its worker was killed, and pays for nothing twice', async () => {
    const gate = `${web.url}/gate?key=${randomUUID()}`;
    const pipeline = await file(
      'killed.yaml',
      `name: killed
inputs: { word: { type: string } }
${models}
steps:
  ask: { model: small, prompt: "Say \${{ inputs.word }}" }
  look: { needs: [ask], tool: http.request, with: { url: "${gate}" } }
`,
    );
    const data = await cases(['a', 'b', 'c', 'd', 'e', 'f'].map((word) => ({ inputs: { word } })));
    const id = `eval-${randomUUID()}`;
    const args = [pipeline, '--data', data, '--id', id, '--concurrency', '2', '--json'];
    const first = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
    const left = startCli(['eval', ...args], ground.environment);
    try {
      await untilTrue('two cases at the gate', () => web.requests.length >= 2);
      left.send('SIGINT');
      const { code, stderr } = await left.ended;
      assert.equal(code, 130);
      assert.match(stderr, /goes on without this terminal; the same command with --id eval-\S+ shows its result/);
    } finally {
      await first.stop('SIGKILL');
    }
    worker = await startTestWorker(ground);
    web.open(gate.slice(gate.indexOf('=') + 1));
    const ended = await evaluate(...args, '--threshold', '1');
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const [tested] = reportOf(ended).variants;
    assert.deepEqual([tested?.passed, tested?.failed, tested?.not_run], [6, 0, 0]);
    const { lines } = await billOf(ground.connection, id);
    assert.deepEqual(lines.map(({ step, reason }) => `${step} ${reason}`).toSorted(), [
      'tested[0]/run/ask answer',
      'tested[1]/run/ask answer',
      'tested[2]/run/ask answer',
      'tested[3]/run/ask answer',
      'tested[4]/run/ask answer',
      'tested[5]/run/ask answer',
    ]);
  });

  const greeting = (name: string, word: string): string => `name: ${name}
inputs: { who: { type: string } }
${models}
steps:
  ask: { model: small, prompt: "Greet \${{ inputs.who }}" }
  text: { needs: [ask], set: "${word} \${{ inputs.who }}", checks: [{ expect: "\${{ size(output) > 8 }}" }] }
outputs: { text: "\${{ steps.text.output }}" }
`;

  it('compares two pipelines, tells each case, and ends as was demanded', async () => {
    const tested = await file('tested.yaml', greeting('tested', 'Hello'));
    const against = await file('against.yaml', greeting('against', 'Goodbye'));
    const [html, junit] = [join(ground.folder, 'report.html'), join(ground.folder, 'report.xml')];
    const args = [tested, '--against', against, '--id', `eval-${randomUUID()}`, '--json'];
    const first = await evaluate(
      ...args,
      '--data',
      await cases(threeCases('Goodbye Bob')),
      '--html',
      html,
      '--junit',
      junit,
    );
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const { variants, comparison } = reportOf(first);
    assert.deepEqual(
      variants.map(({ variant, passed, failed }) => [variant, passed, failed]),
      [
        ['tested', 2, 1],
        ['against', 2, 1],
      ],
    );
    assert.deepEqual([comparison['regressions'], comparison['improvements']], [['bob'], ['1']]);
    assert.match(await readFile(html, 'utf8'), /<svg[\s\S]*Hello &lt;b&gt;/u);
    assert.match(
      await readFile(junit, 'utf8'),
      /<testcase name="bob"[^>]*><failure message="output &quot;text&quot; is/u,
    );
    // What is expected is no part of the run: the same run is judged anew.
    const again = await evaluate(...args, '--data', await cases(threeCases('Hello Bob')), '--threshold', '1');
    assert.deepEqual([again.code, eventsOf(again)[0]?.['is_new']], [0, false]);
    const strict = await evaluate(
      ...args,
      '--data',
      await cases(threeCases('other')),
      '--threshold',
      '0.9',
      '--max-regressions',
      '0',
    );
    assert.equal(strict.code, 1);
    assert.deepEqual(reportOf(strict).misses, ['Passed: 66.7 %, at least 90.0 % is wanted']);
  });

  it('stops when its budget is used up, and says what was not run', async () => {
    const pipeline = await file('costly.yaml', greeting('costly', 'Hello'));
    const data = await cases(['Ada', 'b'.repeat(3000), 'Eve'].map((who) => ({ inputs: { who } })));
    const { code, stdout } = await evaluate(pipeline, '--data', data, '--budget-tokens', '1000', '--concurrency', '1');
    assert.equal(code, 1, stdout);
    assert.match(stdout, /passed +1 of 1\n/);
    assert.match(stdout, /Not all cases were run: Cannot make the call/);
    assert.match(stdout, /Cases that were not run: 2/);
  });

  it('cannot tell how an evaluation went that was stopped in Temporal', async () => {
    const key = randomUUID();
    const yaml = `name: stopped\nsteps: { look: { tool: http.request, with: { url: "${web.url}/gate?key=${key}" } } }\n`;
    const args = [await file('stopped.yaml', yaml), '--data', await cases([{ inputs: {} }]), '--id', `eval-${key}`];
    const going = startCli(['eval', ...args], ground.environment);
    await going.until(/tested running/);
    await ground.connection.client.workflow.getHandle(`eval-${key}`).terminate();
    const { code, stderr } = await going.ended;
    assert.equal(code, 1);
    assert.match(stderr, /RUN_TERMINATED.*Cannot tell how evaluation "eval-\S+" went: it was stopped in Temporal/);
    web.open(key);
  });

  for (const { name, args, error } of [
    {
      name: 'a demand on what is not compared',
      args: ['--max-regressions', '0'],
      error: /--max-regressions needs --against/,
    },
    { name: 'a share above 1', args: ['--threshold', '90'], error: /Allowed are numbers from 0 to 1/ },
    {
      name: 'a report where nothing can be written',
      args: ['--html', '/nowhere/a.html'],
      error: /Cannot write "\/nowhere\/a.html"/,
    },
  ]) {
    it(`refuses ${name} before anything runs`, async () => {
      const pipeline = await file('refused.yaml', greeting('refused', 'Hello'));
      const data = await cases([{ inputs: { who: 'a' } }]);
      const { code, stderr } = await evaluate(pipeline, '--data', data, ...args);
      assert.equal(code, 2);
      assert.match(stderr, error);
    });
  }

  it('refuses cases that do not fit, with their places', async () => {
    const pipeline = await file('refused.yaml', greeting('refused', 'Hello'));
    const data = await cases([{ inputs: { who: 'a' } }, { inputs: { who: 3 } }]);
    const { code, stderr } = await evaluate(pipeline, '--data', data);
    assert.equal(code, 2);
    assert.match(stderr, /\.jsonl:2:18: error INPUT_INVALID Cannot start "refused": input "who" is 3/);
  });
});
