import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopWorkers } from '../../../src/cli/background-worker.ts';
import { loadStepOutputs } from '../../../src/cli/load-outputs.ts';
import type { StepView } from '../../../src/pipeline/view.ts';
import { describeRun } from '../../../src/runs.ts';
import { startRun } from '../../../src/client.ts';
import { skipStep } from '../../../src/steering.ts';
import { openGround, planOf, stepOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { server } from '../../servers.ts';
import { startTestWorker } from '../../worker.ts';
import { startGates, type Gates } from './gates.ts';
import { endStrays, eventsOf, runCli, startCli, startOnTerminal } from './cli-process.ts';

/** A step that takes until its gate is opened, and one that needs it. */
const SLOW = (url: string): string => `name: slow
steps:
  wait:
    tool: http.request
    with: { url: "${url}/\${{ run.id }}" }
  after:
    set: \${{ steps.wait.output.body }}
outputs:
  said: \${{ steps.after.output }}
`;

const QUICK = `name: quick
inputs:
  who: { type: string, default: you }
  times: { type: integer, default: 1 }
steps:
  greet: { set: "Hello \${{ inputs.who }}" }
  never: { if: "\${{ inputs.times > 100 }}", set: 1 }
outputs:
  text: \${{ steps.greet.output }}
  times: \${{ inputs.times }}
`;

const FAILING = `name: failing
steps:
  judge: { check: { value: 1, expect: "\${{ output > 2 }}" } }
  later: { set: "\${{ steps.judge.output }}" }
`;

const ASKING = (model: string): string => `name: asking
models:
  small: { use: ollama/${model}, max_output_tokens: 4, accept: [length] }
steps:
  ask:
    model: small
    prompt: Say hello.
    checks: [{ length: { max: 1000, unit: characters } }]
outputs:
  answer: \${{ steps.ask.output }}
`;

let ground: TestGround;
let gates: Gates;
let worker: { stop(): Promise<void> };
let environment: Readonly<Record<string, string>>;
const files = { slow: '', quick: '', failing: '', asking: '', wordy: '' };

before(async () => {
  gates = await startGates();
  ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: gates.host });
  worker = await startTestWorker(ground);
  ({ environment } = ground);
  const texts = {
    slow: SLOW(gates.url),
    quick: QUICK,
    failing: FAILING,
    asking: ASKING(server('model')),
    wordy: `name: wordy\nsteps:\n  many: { set: "${'many words '.repeat(4000)}" }\noutputs:\n  words: \${{ steps.many.output }}\n`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = join(ground.folder, `${name}.yaml`);
    await writeFile(file, text);
    files[name as keyof typeof files] = file;
  }
});

after(async () => {
  endStrays();
  await worker.stop();
  // A run that was still followed has found itself another worker.
  await stopWorkers(ground.config);
  await ground.close();
  await gates.close();
});

describe('orchestrator run', () => {
  it('writes plain lines where there is no terminal, and at the end what the run gave', async () => {
    const id = `plain ${randomUUID()}`;
    const { code, stdout, stderr } = await runCli(
      ['run', files.quick, '--id', id, '-i', 'who=all of you'],
      environment,
    );
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 7), [
      `Started ${id}`,
      'greet done, 0.0s',
      'never skipped, its condition was false',
      'run done',
      '',
      'Outputs',
      '  text: Hello all of you',
    ]);
    assert.match(lines.at(-1) ?? '', /^done {2}\d+\.\ds {2}0 in, 0 out {2}\$0$/);
  });

  it('writes JSON lines and nothing else when asked', async () => {
    const id = `json-${randomUUID()}`;
    const ended = await runCli(['run', files.asking, '--json', '--id', id], environment);
    assert.equal(ended.code, 0, ended.stderr);
    const events = eventsOf(ended);
    assert.deepEqual([events[0]?.['event'], events[0]?.['run_id'], events[0]?.['is_new']], ['run', id, true]);
    const steps = events.filter(({ event }) => event === 'step').map(({ step }) => step as Record<string, unknown>);
    const last = steps.at(-1);
    assert.deepEqual([last?.['id'], last?.['status'], last?.['model']], ['ask', 'done', `ollama/${server('model')}`]);
    const run = events.at(-1)?.['run'] as Record<string, unknown>;
    assert.deepEqual(
      [run['status'], run['cost_usd'], typeof (run['outputs'] as { answer: unknown }).answer],
      ['done', 0, 'string'],
    );
  });

  it('cuts long outputs, and says what shows them whole', async () => {
    const id = `wordy-${randomUUID()}`;
    const { code, stdout } = await runCli(['run', files.wordy, '--id', id], environment);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`… \\d+ more characters: orchestrator runs show ${id} --full`));
    const whole = await runCli(['runs', 'show', id, '--full'], environment);
    assert.equal(whole.stdout.split('many words').length - 1, 8000);
  });

  it('fails as the run fails, and says why', async () => {
    const { code, stdout } = await runCli(['run', files.failing], environment);
    assert.equal(code, 1);
    assert.match(stdout, /judge failed.*CHECK_FAILED/);
    assert.match(
      stdout,
      /\nerror [A-Z_]+ judge: .*\n {2}try again from there: orchestrator runs fork \S+ --from judge\n\nfailed /,
    );
  });

  it('follows the same run when the same id comes again', async () => {
    const args = ['run', files.quick, '--id', `twice-${randomUUID()}`];
    const first = await runCli([...args, '--json'], environment);
    const second = await runCli([...args, '--json'], environment);
    assert.deepEqual([eventsOf(first)[0]?.['is_new'], eventsOf(second)[0]?.['is_new']], [true, false]);
    assert.deepEqual([first.code, eventsOf(first).at(-1)], [second.code, eventsOf(second).at(-1)]);
    assert.match((await runCli(args, environment)).stdout, /^Following twice-.*\n[^]*greet done/);
  });

  it('refuses an id that another plan or other inputs have used', async () => {
    const id = `taken-${randomUUID()}`;
    await runCli(['run', files.quick, '--id', id], environment);
    for (const other of [
      ['run', files.wordy],
      ['run', files.quick, '-i', 'times=2'],
    ]) {
      const { code, stderr } = await runCli([...other, '--id', id], environment);
      assert.equal(code, 2);
      assert.match(stderr, /^error RUN_EXISTS Cannot start run /);
    }
  });

  it('leaves the run going on Ctrl-C, and says how to follow it', async () => {
    const id = `left-${randomUUID()}`;
    const cli = startCli(['run', files.slow, '--id', id], environment);
    await cli.until(/wait running/);
    cli.send('SIGINT');
    const { code, stderr } = await cli.ended;
    assert.equal(code, 130);
    assert.match(stderr, new RegExp(`orchestrator runs watch ${id}\n.*orchestrator runs cancel ${id}\n$`));
    assert.equal((await describeRun(ground.connection, id)).status, 'running');
    gates.open(id);
    const watched = await runCli(['runs', 'watch', id], environment);
    assert.equal(watched.code, 0);
    assert.match(watched.stdout, /said: opened/);
  });

  it('does not wait with --detach', async () => {
    const ended = await runCli(['run', files.slow, '--detach', '--json'], environment);
    assert.equal(ended.code, 0);
    const runId = String(eventsOf(ended)[0]?.['run_id']);
    assert.match(ended.stderr, /The run goes on in the background/);
    gates.open(runId);
    assert.equal((await untilEnd(ground.connection, runId)).status, 'done');
  });
});

describe('orchestrator run on a terminal', () => {
  it('draws a table of the steps, and leaves it standing', async () => {
    const { code, stdout } = await startOnTerminal(['run', files.asking], { ...environment, NO_COLOR: '1' }).ended;
    assert.equal(code, 0);
    assert.match(stdout, /STEP {2}KIND/);
    assert.match(stdout, /✓ {2}ask {3}model {2}done {4}ollama\/.*✓ length/);
    assert.match(stdout, /Outputs/);
  });

  it('turns a spinner beside what is running, and Ctrl-C gives the terminal back', async () => {
    const id = `typed-${randomUUID()}`;
    const cli = startOnTerminal(['run', files.slow, '--id', id], { ...environment, NO_COLOR: '1' });
    await cli.until(/⠸ {2}wait/);
    cli.type('\u0003');
    const { code, stdout } = await cli.ended;
    assert.equal(code, 130);
    assert.match(stdout, new RegExp(`orchestrator runs watch ${id}`));
    gates.open(id);
    assert.equal((await untilEnd(ground.connection, id)).status, 'done');
  });

  it('writes plain lines on a terminal that cannot be redrawn', async () => {
    const { stdout } = await startOnTerminal(['run', files.quick], { ...environment, TERM: 'dumb' }).ended;
    assert.match(stdout, /greet done/);
  });
});

describe('steering a run from another process', () => {
  it('pauses it, so that nothing new starts, and lets it go on', async () => {
    const id = `paused-${randomUUID()}`;
    const cli = startCli(['run', files.slow, '--id', id], environment);
    await cli.until(/wait running/);
    assert.deepEqual(await runCli(['runs', 'pause', id], environment), {
      code: 0,
      stdout: `${id} paused\n`,
      stderr: '',
    });
    gates.open(id);
    const held = await untilView(ground.connection, id, (view) => stepOf(view, 'wait').status === 'done');
    assert.deepEqual([held.status, stepOf(held, 'after').status], ['paused', 'pending']);
    const shown = await runCli(['runs', 'show', id], environment);
    assert.match(shown.stdout, /^paused-.* paused\n/);
    const resumed = await runCli(['runs', 'resume', id, '--json'], environment);
    assert.deepEqual(eventsOf(resumed), [{ event: 'status', run_id: id, status: 'running' }]);
    const { code, stdout } = await cli.ended;
    assert.equal(code, 0);
    assert.match(stdout, /run paused\n[^]*after done/);
  });

  it('cancels it', async () => {
    const id = `cancelled-${randomUUID()}`;
    const cli = startCli(['run', files.slow, '--id', id], environment);
    await cli.until(/wait running/);
    const { code, stdout } = await runCli(['runs', 'cancel', id], environment);
    assert.deepEqual([code, stdout], [0, `${id} is being cancelled\n`]);
    const followed = await cli.ended;
    assert.equal(followed.code, 1);
    assert.match(followed.stdout, /run cancelled/);
    assert.equal((await describeRun(ground.connection, id)).status, 'cancelled');
  });
});

describe('orchestrator runs', () => {
  const id = `shown-${randomUUID()}`;
  before(() => runCli(['run', files.asking, '--id', id], environment));

  it('lists runs by pipeline and status', async () => {
    const listed = await runCli(
      ['runs', 'list', '--pipeline', 'asking', '--status', 'done', '--json', '--limit', '1000'],
      environment,
    );
    const run = eventsOf(listed).find(({ run_id }) => run_id === id);
    assert.deepEqual([run?.['pipeline'], run?.['status'], run?.['cost_usd']], ['asking', 'done', 0]);
    const text = await runCli(['runs', 'list', '--limit', '1'], environment);
    assert.match(text.stdout, /^RUN +STATUS +STARTED +TIME/);
  });

  it('says that there are none', async () => {
    const args = ['runs', 'list', '--pipeline', `none-${randomUUID()}`];
    assert.deepEqual(await runCli(args, environment), { code: 0, stdout: '', stderr: 'No runs found\n' });
  });

  it('shows one with its steps, checks and outputs', async () => {
    const { code, stdout } = await runCli(['runs', 'show', id], environment);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^${id} done\npipeline asking, plan [0-9a-f]{12}\nstarted 2`));
    assert.match(stdout, /\nChecks\n {2}✓ ask length, score 1: /);
    assert.match(stdout, /\nOutputs\n {2}answer: /);
  });

  it('shows one as JSON, with the outputs of its steps when asked', async () => {
    const [short] = eventsOf(await runCli(['runs', 'show', id, '--json'], environment));
    const [full] = eventsOf(await runCli(['runs', 'show', id, '--json', '--full'], environment));
    const { step_outputs, ...rest } = full as { step_outputs: Record<string, unknown> };
    assert.deepEqual(rest, short);
    assert.deepEqual(Object.keys(step_outputs), ['ask']);
  });

  it('shows the beginning of a long value while the run goes on', async () => {
    const view = await describeRun(ground.connection, id);
    const later: StepView = { id: 'later', kind: 'set', status: 'pending' };
    const steps = view.steps.map((step) => ({ ...step, output: { preview: '"many' } }) as StepView);
    assert.deepEqual(await loadStepOutputs(ground.connection, { ...view, steps: [...steps, later] }), {
      ask: '"many …',
    });
  });

  it('shows why one failed', async () => {
    const failed = `failed-${randomUUID()}`;
    await runCli(['run', files.failing, '--id', failed], environment);
    const { stdout } = await runCli(['runs', 'show', failed], environment);
    assert.match(stdout, /\n\nerror CHECK_FAILED judge: Cannot accept the output of step "judge"/);
  });

  for (const verb of ['show', 'cancel']) {
    it(`cannot ${verb} a run that does not exist`, async () => {
      const { code, stdout, stderr } = await runCli(['runs', verb, 'nobody'], environment);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^error RUN_UNKNOWN Cannot find run "nobody"/);
    });
  }

  for (const verb of ['cancel', 'pause']) {
    it(`cannot ${verb} a run that has ended`, async () => {
      const { code, stderr } = await runCli(['runs', verb, id], environment);
      assert.equal(code, 1);
      assert.match(stderr, /^error RUN_ENDED Cannot /);
    });
  }

  it('watches a run that has ended by showing its end', async () => {
    const { code, stdout } = await runCli(['runs', 'watch', id], environment);
    assert.equal(code, 0);
    assert.match(stdout, /ask done.*\nrun done\n[^]*Outputs/);
  });
});

const INSIDE = `name: inside
steps:
  each:
    for_each: [a, b]
    steps: { text: { check: { value: "\${{ item }}", length: { max: 3 } } } }
  refine:
    repeat: { max: 2 }
    steps:
      word: { set: "\${{ coalesce(previous.word.output, '') + 'x' }}" }
      bad: { fail: "no good", on_error: continue }
  rest: { needs: [each, refine], wait: 1h }
`;

describe('orchestrator runs show --step', () => {
  let id: string;

  before(async () => {
    id = `inside-${randomUUID()}`;
    await startRun(ground.connection, { plan: planOf(INSIDE, ground.config), id });
    await untilView(ground.connection, id, ({ waits }) => waits !== undefined);
  });

  it('tells what happened in each item and round while the run goes on, but for what calls gave', async () => {
    const { code, stdout, stderr } = await runCli(['runs', 'show', id, '--step', 'refine'], environment);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /refine#1\/word +set +done[^]*refine#1\/bad +fail +failed[^]*refine#2\/word +set +done/u);
    assert.match(stdout, /Errors\n +error STEP_REFUSED refine#1\/bad: no good/u);
    assert.equal(stderr, 'What its calls gave can be read when the run has ended.\n');
    const { steps } = eventsOf(await runCli(['runs', 'show', id, '--step', 'rest', '--json'], environment))[0] ?? {};
    assert.deepEqual(
      (steps as { status: string }[]).map(({ status }) => status),
      ['waiting'],
    );
  });

  it('tells all of it afterwards', async () => {
    await skipStep(ground.connection, id, { step: 'rest' });
    await untilEnd(ground.connection, id);
    const { code, stdout, stderr } = await runCli(['runs', 'show', id, '--step', 'each[1]'], environment);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /each\[1\]\/text +check +done/u);
    assert.match(stdout, /each\[1\]\/text\/check-0 +check +done/u);
    assert.match(stdout, /"reason": "The text has 1 characters/u);
    assert.match(stdout, /Outputs\n +each\[1\]\/text: b\n/u);
    assert.doesNotMatch(stdout, /each\[0\]/u);
    const [report] = eventsOf(await runCli(['runs', 'show', id, '--step', 'refine#1/word', '--json'], environment));
    assert.deepEqual(report?.['step_outputs'], { 'refine#1/word': 'x' });
  });

  it('refuses a step in which nothing happened', async () => {
    const { code, stderr } = await runCli(['runs', 'show', id, '--step', 'refine#3'], environment);
    assert.equal(code, 2);
    assert.match(stderr, /^error STEP_UNKNOWN Cannot show step "refine#3" of run ".*": nothing has happened there: /u);
  });
});
