import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findQuote, plainText } from '../../activities/quality/find-quote.ts';
import { billOf } from '../../src/bill.ts';
import { forkRun } from '../../src/fork.ts';
import type { Verdict } from '../../src/pipeline/result.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { countVotes } from '../../src/pipeline/votes.ts';
import { callsSoFar } from '../../src/run-calls.ts';
import { retryStep, skipStep } from '../../src/steering.ts';
import { startHttpProxy, type LoggedRequest, type Proxy } from '../proxies.ts';
import { openGround, planOf, startYaml, untilEnd, untilTrue, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { startWorkerProcess } from '../worker-process.ts';

/** The model that answers is real; so that it does so quickly, it is allowed fewer characters than the plan says. */
function rewrite(body: string): string {
  const shorter = body.replaceAll('"maxLength":500', '"maxLength":8').replaceAll('"maxLength":300', '"maxLength":40');
  return shorter.replaceAll('"maxItems":30', '"maxItems":2');
}

const yamlOf = (steps: string, more = ''): string => `name: judged
models:
  moody: { use: ollama/${server('model')}, max_output_tokens: 300, temperature: 1 }
  absent: { use: ollama/there-is-no-such-model }
  unpriced: { use: openai/${server('model')}, price: unknown, max_output_tokens: 300 }
  short: { use: openai/${server('model')}, price: unknown, max_output_tokens: 2, accept: [length] }
${more}steps:
${steps}
`;

const judged = (options: string): string =>
  yamlOf(
    `  text: { set: The sky is blue., checks: [{ judge: { model: moody, rubric: Is it about the sky?, ${options} } }] }`,
  );

const judgeBy = (model: string): string => `checks: [{ judge: { model: ${model}, rubric: Good?, pass: 0 } }]`;

const withBudget = (tokens: number): string =>
  judged('votes: 3, pass: 0').replace('\nsteps', `\nbudget: { tokens: ${tokens}, on_exceeded: fail }\nsteps`);

function verdictsOf({ steps }: RunView): readonly Verdict[] {
  const [step] = steps;
  assert.ok(step !== undefined && 'checks' in step, JSON.stringify(step));
  return step.checks;
}

function errorOf({ steps }: RunView): { readonly code: string; readonly message: string } {
  const [step] = steps;
  assert.ok(step?.status === 'failed', JSON.stringify(step));
  return step.error;
}

describe('checks that make calls', () => {
  const log: LoggedRequest[] = [];
  const chats = (): readonly LoggedRequest[] => log.filter(({ url }) => url === '/api/chat');
  const asked = (): number => chats().length;
  let hold: ((request: LoggedRequest) => Promise<unknown>) | undefined;
  let proxy: Proxy;
  let ground: TestGround;
  let worker: { stop(): Promise<void> } | undefined;

  before(async () => {
    proxy = await startHttpProxy(server('ollama'), {
      log,
      rewrite,
      hold: async (request) => hold?.(request),
    });
    ground = await openGround({ OLLAMA_HOST: proxy.url, OPENAI_BASE_URL: `${proxy.url}/v1`, OPENAI_API_KEY: 'none' });
    worker = await startTestWorker(ground);
  });
  beforeEach(() => void log.splice(0));
  after(async () => {
    await worker?.stop();
    await ground.close();
    await proxy.close();
  });

  const run = async (yaml: string): Promise<RunView> => untilEnd(ground.connection, await startYaml(ground, yaml));

  /** A run whose judge has not given the same score each time; chance would have it otherwise now and then. */
  async function disagreement(): Promise<RunView> {
    for (let tries = 1; tries <= 5; tries += 1) {
      const view = await run(judged('votes: 5, pass: 0'));
      assert.equal(view.status, 'done', JSON.stringify(view.error));
      const scores = verdictsOf(view).flatMap(({ votes = [] }) => votes.map(({ score }) => score));
      if (new Set(scores).size > 1) return view;
    }
    throw new assert.AssertionError({ message: 'all votes of five runs were the same' });
  }

  it('let a judge disagree with itself, and say so; a fork that wants more of it buys no vote again', async () => {
    const before = await disagreement();
    const [verdict] = verdictsOf(before) as [Verdict];
    const { votes = [] } = verdict;
    assert.deepEqual(verdict, { check: 'judge', ...countVotes(votes, 0) });
    assert.deepEqual([votes.length, verdict.agreement], [5, 1]);
    const pass = Math.max(...votes.map(({ score }) => score));
    const bought = asked();
    const plan = planOf(judged(`votes: 5, pass: ${pass}`), ground.config);
    const { runId } = await forkRun(ground.connection, { runId: before.runId, plan });
    const fork = await untilEnd(ground.connection, runId);
    const [again] = verdictsOf(fork) as [Verdict];
    assert.deepEqual(again, { check: 'judge', ...countVotes(votes, pass) });
    assert.ok((again.agreement ?? 1) < 1);
    assert.equal(again.passed, again.score >= pass);
    assert.equal(asked(), bought);
  });

  it('put what they buy on the bill of the step, and into what it says of itself', async () => {
    const view = await run(judged('votes: 2, pass: 0'));
    const [step] = view.steps;
    assert.ok(step?.status === 'done');
    const { lines, byStep, total } = await billOf(ground.connection, view.runId);
    assert.deepEqual(lines.map((line) => line.step).toSorted(), ['text/check-0/vote#1', 'text/check-0/vote#2']);
    assert.deepEqual(
      byStep.map(({ step: path, calls, worst }) => [path, calls, worst !== undefined]),
      [['text/check-0', 2, true]],
    );
    assert.equal(step.purchases?.length, 2);
    const { inputTokens, outputTokens } = total.usage;
    assert.deepEqual([step.usage?.inputTokens, step.usage?.outputTokens], [inputTokens, outputTokens]);
    assert.ok(outputTokens > 0);
  });

  it('make the price of a step unknown when theirs is, or its own', async () => {
    const view = await run(
      yamlOf(`  own: { model: short, prompt: Hi, ${judgeBy('moody')} }\n  theirs: { set: x, ${judgeBy('unpriced')} }`),
    );
    for (const step of view.steps) assert.ok(step.status === 'done' && step.costNanoUsd === null, JSON.stringify(step));
    const [own] = view.steps;
    assert.ok(own?.status === 'done' && own.purchases?.length === 2);
    const sum = own.purchases.reduce((all, { usage }) => all + (usage?.outputTokens ?? 0), 0);
    assert.equal(own.usage?.outputTokens, sum);
  });

  it('give the text that is judged between marks that it cannot hold', async () => {
    await run(judged('pass: 0'));
    const { messages } = JSON.parse(chats()[0]?.body ?? '') as {
      messages: { content: string }[];
    };
    const [, mark, text, end] =
      /\n(=== [0-9a-f]{20} ===)\n(.*)\n(=== .* ===)\n/u.exec(messages[0]?.content ?? '') ?? [];
    assert.deepEqual([text, mark], ['The sky is blue.', end]);
  });

  it('look for every quote themselves', async () => {
    const source = 'On most days the sky is blue, and at night it is black.';
    const checks = `[{ grounded_in: { model: moody, pass: 0, sources: ["${source}", "Grass is green."] } }]`;
    const view = await run(yamlOf(`  text: { set: The sky is blue., checks: ${checks} }`));
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    const [{ quotes = [], score }] = verdictsOf(view) as [Verdict];
    assert.ok(quotes.length > 0);
    const texts = [source, 'Grass is green.'].map(plainText);
    for (const { quote, source: found } of quotes) {
      if (!quote.endsWith('…')) assert.equal(found, findQuote(quote, texts));
    }
    assert.equal(
      score > 0,
      quotes.some((each) => each.source !== null),
    );
    const paths = (await billOf(ground.connection, view.runId)).lines.map(({ step }) => step);
    assert.deepEqual([...new Set(paths)], ['text/check-0/claims']);
  });

  it('fail the step with the error of the model when it cannot be asked', async () => {
    const judge = 'judge: { model: absent, rubric: Good? }';
    const { code, message } = errorOf(await run(yamlOf(`  text: { set: x, checks: [{ ${judge} }] }`)));
    assert.notEqual(code, 'CHECK_FAILED');
    assert.match(message, /there-is-no-such-model/);
    const source = 'grounded_in: { model: absent, sources: [x] }';
    const unshown = await run(yamlOf(`  text: { set: x, checks: [{ ${source} }] }`));
    assert.equal(errorOf(unshown).message, message);
    const other = 'judge: { model: [absent, moody], rubric: Good?, pass: 0 }';
    const view = await run(yamlOf(`  text: { check: { value: x, ${other} } }`));
    assert.deepEqual(
      verdictsOf(view).map(({ votes }) => votes?.map(({ model }) => model)),
      [[`ollama/${server('model')}`]],
    );
  });

  for (const { gives, result } of [
    { gives: '{ passed: input.length > 3, score: 0.5, reason: "Long." }', result: 'passed 0.5 Long.' },
    {
      gives: 'input.length > 30',
      result: 'CHECK_FAILED Cannot accept the output of step "text": tool: Tool "code.javascript" refuses the output',
    },
    {
      gives: '"yes"',
      result: /^TOOL_OUTPUT_INVALID Cannot take what tool "code\.javascript" gives as a verdict: it is "yes"; /,
    },
    { gives: '"x".repeat(20000)', result: /^TOOL_OUTPUT_INVALID .*: it has 20002 bytes, which is too long for one$/ },
    { gives: 'nothing.at.all', result: /^TOOL_INPUT_INVALID Cannot run the code: / },
  ]) {
    it(`take the verdict of a tool that gives ${gives}`, async () => {
      const code = JSON.stringify(`return ${gives};`);
      const check = `{ tool: { tool: code.javascript, with: { input: "\${{ output }}", code: ${code} } } }`;
      const view = await run(yamlOf(`  text: { set: The sky, checks: [${check}] }`));
      const verdicts = view.status === 'done' ? verdictsOf(view) : [];
      const text =
        view.status === 'done'
          ? verdicts.map(({ score, reason }) => `passed ${score} ${reason}`).join()
          : `${errorOf(view).code} ${errorOf(view).message}`;
      if (typeof result === 'string') assert.equal(text, result);
      else assert.match(text, result);
    });
  }

  it('stop between votes when the budget is spent', async () => {
    const [, missing = ''] =
      /its worst case is (\d+) tokens over/u.exec(errorOf(await run(withBudget(1))).message) ?? [];
    assert.equal(asked(), 0);
    // One vote fits, and what it leaves is too little for the worst that another one could use.
    const view = await run(withBudget(Number(missing) + 10));
    assert.equal(errorOf(view).code, 'BUDGET_EXCEEDED');
    const { total } = await billOf(ground.connection, view.runId);
    assert.deepEqual([total.calls, asked()], [1, 1]);
  });

  it('ask a judge anew when a person has the step tried again', async () => {
    const steps = `  text: { set: x, checks: [{ judge: { model: moody, rubric: Good?, pass: 1 } }, { length: { min: 9 } }], on_error: hold }`;
    const runId = await startYaml(ground, yamlOf(steps));
    await untilView(ground.connection, runId, ({ held }) => held !== undefined);
    await retryStep(ground.connection, runId, { step: 'text' });
    await untilView(ground.connection, runId, ({ held }) => held !== undefined && asked() === 2);
    await skipStep(ground.connection, runId, { step: 'text' });
    await untilEnd(ground.connection, runId);
  });

  it('buy no vote twice when the worker is killed among them', async function kill() {
    this.timeout(180_000);
    await worker?.stop();
    worker = undefined;
    const { promise: held, resolve: release } = Promise.withResolvers();
    hold = async (request) => (request === chats()[0] ? undefined : held);
    const start = () => startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
    const first = await start();
    const runId = await startYaml(ground, judged('votes: 3, pass: 0'));
    await untilTrue('all votes are asked', () => asked() === 3);
    let done: readonly string[] = [];
    while (done.length === 0) {
      await delay(50);
      const calls = await callsSoFar(ground.connection, runId);
      done = calls.map(({ path }) => path).filter((path) => path.includes('/vote#'));
    }
    await first.stop('SIGKILL');
    const second = await start();
    try {
      await untilTrue('the other votes are asked again', () => asked() === 5);
      hold = undefined;
      release(undefined);
      const view = await untilEnd(ground.connection, runId);
      const { lines } = await billOf(ground.connection, runId);
      const reasons = lines.map(({ step, reason, code }) =>
        [step, reason, ...(code === undefined ? [] : [code])].join(' '),
      );
      assert.equal(reasons.filter((line) => line.startsWith(`${done[0]} `)).length, 1, reasons.join('; '));
      assert.equal(reasons.filter((line) => line.endsWith(' answer')).length, 3, reasons.join('; '));
      assert.equal(verdictsOf(view)[0]?.votes?.length, 3);
      assert.equal(asked(), 5);
    } finally {
      await second.stop('SIGKILL');
    }
  });
});
