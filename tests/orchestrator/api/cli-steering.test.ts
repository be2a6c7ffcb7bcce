import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startRun } from '../../../src/client.ts';
import { cancelRun } from '../../../src/runs.ts';
import { openGround, outputsOf, planOf, stepOf, untilEnd, untilView, type TestGround } from '../../runs.ts';
import { server } from '../../servers.ts';
import { startWebServer, type WebServer } from '../../web-server.ts';
import { startTestWorker } from '../../worker.ts';
import { endStrays, eventsOf, runCli, startCli, startOnTerminal, type Ended } from './cli-process.ts';

const LETTER = `name: letter
steps:
  ask:
    approve:
      message: "Send this?\\nDear Ada"
      to: [leads]
      options: [send, reject]
      edit: Dear Ada
      answer: { type: object, properties: { reason: { type: string }, score: { type: number } }, required: [reason] }
outputs: { said: "\${{ steps.ask.output }}" }
`;

const TWO = `name: two
steps:
  one: { approve: { message: One? } }
  other: { steps: { two: { approve: { message: Two?, quorum: 2 } } } }
`;

const SCAN = `name: scan
steps:
  scan: { wait: { event: scanned, timeout: 1h } }
outputs: { scan: "\${{ steps.scan.output }}" }
`;

const FORMS = `name: forms
steps:
  ask:
    approve:
      message: Well?
      to: [leads]
      answer:
        type: object
        properties: { reason: { type: string }, score: { type: integer, minimum: 1 } }
        required: [reason, score]
  scan:
    wait:
      event: scanned
      schema: { type: object, properties: { parcel: { type: string } }, required: [parcel] }
outputs:
  said: "\${{ steps.ask.output.answer }}"
  scan: "\${{ steps.scan.output }}"
`;

const HOLD = `name: holding
inputs: { url: { type: string } }
steps:
  fetch: { tool: http.request, with: { url: "\${{ inputs.url }}" }, on_error: hold, retry: { attempts: 1 } }
outputs: { fetched: "\${{ steps.fetch.output }}" }
`;

const HOLDING_TWO = `name: holding-two
steps:
  a: { tool: fs.read, with: { path: none.txt }, on_error: hold }
  b: { tool: fs.read, with: { path: none.txt }, on_error: hold }
`;

const LOSING = `name: losing
steps:
  each: { for_each: [1, 0], on_item_error: continue, set: "\${{ 1 / item }}" }
  book:
    needs: [each]
    tool: text.template
    with: { template: booked }
    compensate: { tool: text.template, with: { template: given back } }
  end: { needs: [book], fail: That is all }
`;

const SAVING = `name: saving
steps:
  draft: { set: "Dear \\u001b[31mAda", save_to: { path: letters/ada.txt, value: "\${{ steps.draft.output }}" } }
`;

let ground: TestGround;
let web: WebServer;
let worker: { stop(): Promise<void> };

before(async () => {
  web = await startWebServer();
  ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
  worker = await startTestWorker(ground);
});

after(async () => {
  endStrays();
  await worker.stop();
  await ground.close();
  await web.close();
});

async function start(yaml: string, inputs: Record<string, unknown> = {}): Promise<string> {
  const id = `steered-${randomUUID()}`;
  await startRun(ground.connection, { plan: planOf(yaml, ground.config), inputs, id });
  return id;
}

async function startAsking(yaml: string, approvals = 1): Promise<string> {
  const id = await start(yaml);
  await untilView(ground.connection, id, (view) => view.approvals?.length === approvals);
  return id;
}

async function startHeld(): Promise<string> {
  const id = await start(HOLD, { url: `${web.url}/flaky?times=1&key=${randomUUID()}` });
  await untilView(ground.connection, id, (view) => view.held !== undefined);
  return id;
}

const cli = (...args: readonly string[]): Promise<Ended> => runCli(args, ground.environment);
const outputs = async (id: string) => outputsOf(ground, await untilEnd(ground.connection, id));

describe('orchestrator runs approve', () => {
  it('answers what another process shows, with the command that it shows', async () => {
    const file = join(ground.folder, 'letter.yaml');
    await writeFile(file, LETTER);
    await writeFile(join(ground.folder, 'edited.txt'), 'Dear Grace');
    const id = `asked-${randomUUID()}`;
    const running = startCli(['run', file, '--id', id], ground.environment);
    await running.until(/runs approve/);
    const said = [
      '--answer',
      'reason=fine',
      '--answer',
      'score=0.5',
      '--comment',
      'hurry',
      '--by',
      'ada',
      '--group',
      'leads',
    ];
    const edited = `@${join(ground.folder, 'edited.txt')}`;
    const answered = await cli('runs', 'approve', id, 'ask', '--choice', 'send', '--edited', edited, ...said);
    assert.deepEqual(answered, { code: 0, stdout: 'ask send, by ada\n', stderr: '' });
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(
        [
          'ask waiting',
          '\\? ask: Send this\\? Dear Ada',
          '  asked: leads; send or reject',
          `  orchestrator runs approve ${id} ask --choice send --group leads --answer reason=…`,
          'run waiting',
          'ask done, .*send, by ada',
          'run done',
        ].join('\n'),
      ),
    );
    const { said: result } = (await outputs(id)) as { said: Record<string, unknown> };
    const { at, answers, ...rest } = result;
    assert.deepEqual(answers, [{ ...rest, at }]);
    assert.deepEqual(rest, {
      choice: 'send',
      edited: 'Dear Grace',
      answer: { reason: 'fine', score: 0.5 },
      by: 'ada',
      comment: 'hurry',
    });
  });

  it('speaks JSON, and says when more answers are needed', async () => {
    const id = await startAsking(TWO, 2);
    const [event] = eventsOf(await cli('runs', 'approve', id, 'other/two', '-c', 'approve', '--by', 'ada', '--json'));
    assert.deepEqual(event, {
      event: 'answered',
      run_id: id,
      step: 'other/two',
      choice: 'approve',
      by: 'ada',
      answers: 1,
      is_decided: false,
    });
    const second = await cli('runs', 'approve', id, 'one', '-c', 'reject');
    assert.equal(second.stdout, `one reject, by ${userInfo().username}\n`);
    const shown = await cli('runs', 'show', id);
    assert.match(
      shown.stdout,
      /\n\nWaits for\n {2}\? other\/two: Two\?\n {4}anybody may answer; approve or reject; 1 answered, 2 must agree\n/u,
    );
    await cancelRun(ground.connection, id);
  });

  describe('of runs that wait', () => {
    let one: string;
    let two: string;
    before(async () => {
      one = await startAsking(LETTER);
      two = await startAsking(TWO, 2);
    });
    after(() => Promise.all([one, two].map((id) => cancelRun(ground.connection, id))));

    for (const { name, args, code, stderr } of [
      {
        name: 'an answer that the run refuses',
        args: () => [one, '--choice', 'maybe', '--by', 'ada', '--group', 'leads'],
        code: 2,
        stderr: 'error ANSWER_REFUSED Cannot answer approval "ask": "maybe" is no choice, there are send, reject\n',
      },
      {
        name: 'no choice where nobody can be asked',
        args: () => [one],
        code: 2,
        stderr: 'error USAGE Cannot answer step "ask" without a choice: add --choice send or --choice reject\n',
      },
      {
        name: 'no step where several wait',
        args: () => [two, '--choice', 'approve'],
        code: 2,
        stderr: (id: string) =>
          `error USAGE Cannot answer run "${id}" without the name of a step: "one", "other/two" wait\n`,
      },
      {
        name: 'a step that does not wait, without a choice',
        args: () => [two, 'three'],
        code: 1,
        stderr: (id: string) =>
          `error STEP_STATE Cannot answer step "three" of run "${id}": it does not wait for an answer\n`,
      },
      {
        name: 'a step that does not wait, with a choice',
        args: () => [one, 'other', '--choice', 'send'],
        code: 2,
        stderr:
          'error ANSWER_REFUSED Cannot answer approval "other": it does not wait for an answer, these do: "ask"\n',
      },
    ]) {
      it(`refuses ${name}`, async () => {
        const [id = '', ...rest] = args();
        const ended = await cli('runs', 'approve', id, ...rest);
        const message = typeof stderr === 'string' ? stderr : stderr(id);
        assert.deepEqual(ended, { code, stdout: '', stderr: message });
      });
    }
  });

  it('says that nothing waits, and that a run has ended', async () => {
    const id = await start(SCAN);
    const nothing = await cli('runs', 'approve', id);
    assert.deepEqual(
      [nothing.code, nothing.stderr],
      [1, `error STEP_STATE Cannot answer run "${id}": no step of it waits for an answer\n`],
    );
    await cancelRun(ground.connection, id);
    await untilEnd(ground.connection, id);
    const late = await cli('runs', 'approve', id, '--choice', 'send');
    assert.deepEqual([late.code, late.stderr], [1, `error RUN_ENDED Cannot answer run "${id}": it has ended\n`]);
  });

  it('asks a person at a terminal', async () => {
    const id = await startAsking(LETTER);
    const asking = startOnTerminal(['runs', 'approve', id, '--by', 'ada', '--group', 'leads'], {
      ...ground.environment,
      // Its prompts are then what they look like.
      TERM: 'dumb',
    });
    for (const [prompt, keys] of [
      [/2 {2}reject\s+Choice: /u, '3\n'],
      [/Choice: 3\s+Choice: /u, '2\n'],
      [/Another text, or @file \(Enter keeps it\): /u, 'Dear Bob\n'],
      [/reason: /u, 'too short\n'],
      [/score: /u, '0.25\n'],
      [/Comment \(Enter for none\): /u, '\n'],
    ] as const) {
      await asking.until(prompt);
      asking.type(keys);
    }
    const { code, stdout } = await asking.ended;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /ask reject, by ada/u);
    const { said } = (await outputs(id)) as { said: Record<string, unknown> };
    assert.deepEqual(
      [said['choice'], said['edited'], said['answer'], said['comment']],
      ['reject', 'Dear Bob', { reason: 'too short', score: 0.25 }, null],
    );
  });

  for (const { name, keys } of [
    { name: 'Ctrl-C', keys: '\u0003' },
    { name: 'Ctrl-D', keys: '\u0004' },
  ]) {
    it(`answers nothing on ${name}`, async () => {
      const id = await startAsking(LETTER);
      const asking = startOnTerminal(['runs', 'approve', id], ground.environment);
      await asking.until(/Choice: /u);
      asking.type(keys);
      const { code, stdout } = await asking.ended;
      assert.equal(code, 130);
      assert.match(stdout, /Nothing was answered/u);
      await cancelRun(ground.connection, id);
    });
  }
});

describe('a run that waits', () => {
  it('shows commands that can be typed as they are', async () => {
    const id = await startAsking(FORMS);
    const { stdout } = await cli('runs', 'show', id);
    const commands = [...stdout.matchAll(/^ {4}orchestrator (runs .*)$/gmu)].map(([, words]) => words as string);
    assert.deepEqual(commands, [
      `runs approve ${id} ask --choice approve --group leads --answer reason=… --answer score=1`,
      `runs send ${id} scanned --payload '{"parcel":"…"}'`,
    ]);
    for (const command of commands) {
      const { code, stderr } = await cli(...command.replaceAll("'", '').split(' '));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    }
    assert.deepEqual(await outputs(id), { said: { reason: '…', score: 1 }, scan: { parcel: '…' } });
  });

  it('is watched on a terminal with what it asks under its steps', async () => {
    const id = await startAsking(TWO, 2);
    const watching = startOnTerminal(['runs', 'watch', id], { ...ground.environment, NO_COLOR: '1', COLUMNS: '120' });
    for (const line of [/waiting {2}/u, /\? one: One\?/u, /two +approve +waiting/u]) await watching.until(line);
    await watching.until(new RegExp(`orchestrator runs approve ${id} one --choice approve`, 'u'));
    await cancelRun(ground.connection, id);
    assert.equal((await watching.ended).code, 1);
  });

  it('is followed as JSON, with each question as an event', async () => {
    const id = await startAsking(TWO, 2);
    const watching = startCli(['runs', 'watch', id, '--json'], ground.environment);
    await watching.until(/"event":"status"/u);
    await cancelRun(ground.connection, id);
    const events = eventsOf(await watching.ended);
    const approvals = events.filter(({ event }) => event === 'approval');
    assert.deepEqual(
      approvals.map(({ run_id, approval }) => [run_id, (approval as { step: string }).step]),
      [
        [id, 'one'],
        [id, 'other/two'],
      ],
    );
    const steps = events.filter(({ event }) => event === 'step').map(({ step }) => step as Record<string, unknown>);
    assert.ok(steps.some(({ path, status }) => path === 'other/two' && status === 'waiting'));
  });

  it('is found by its status', async () => {
    const id = await startAsking(TWO, 2);
    const deadline = Date.now() + 10_000;
    let found: readonly Record<string, unknown>[] = [];
    while (found.length === 0 && Date.now() < deadline) {
      const listed = await cli('runs', 'list', '--status', 'waiting', '--pipeline', 'two', '--limit', '1000', '--json');
      found = eventsOf(listed).filter(({ run_id }) => run_id === id);
    }
    assert.equal(found[0]?.['status'], 'waiting');
    await cancelRun(ground.connection, id);
  });
});

describe('a run that has failed', () => {
  it('says what was undone, and which items failed', async () => {
    const id = await start(LOSING);
    const watched = await cli('runs', 'watch', id);
    assert.match(watched.stdout, /\n\nundone: book\n\nerror STEP_REFUSED end: That is all\n/u);
    const shown = await cli('runs', 'show', id);
    assert.match(
      shown.stdout,
      /\n\nErrors\n {2}error EXPRESSION_FAILED each\[1\]: .*\n\nCompensation\n {2}✓ book done\n/u,
    );
    assert.doesNotMatch(shown.stdout, /undone: /u);
  });
});

describe('orchestrator runs send', () => {
  it('brings an event, with what it carries', async () => {
    const id = await start(SCAN);
    const shown = await cli('runs', 'show', id);
    assert.match(
      shown.stdout,
      new RegExp(`\\? scan: waits for event "scanned"\n {4}until 2.*\n {4}orchestrator runs send ${id} scanned\n`, 'u'),
    );
    const sent = await cli('runs', 'send', id, 'scanned', '--payload', '{"part":7}');
    assert.deepEqual(sent, { code: 0, stdout: `${id} was told of scanned\n`, stderr: '' });
    assert.deepEqual(await outputs(id), { scan: { part: 7 } });
  });

  it('reads a file, and carries null when nothing is said', async () => {
    const file = join(ground.folder, 'payload.json');
    await writeFile(file, '[1, 2]');
    const first = await start(SCAN);
    assert.equal((await cli('runs', 'send', first, 'scanned', '--payload', `@${file}`)).code, 0);
    assert.deepEqual(await outputs(first), { scan: [1, 2] });
    const second = await start(SCAN);
    const [event] = eventsOf(await cli('runs', 'send', second, 'scanned', '--json'));
    assert.deepEqual(event, { event: 'sent', run_id: second, name: 'scanned' });
    assert.deepEqual(await outputs(second), { scan: null });
  });

  it('refuses what is no JSON, and what no step waits for', async () => {
    const id = await start(SCAN);
    const odd = await cli('runs', 'send', id, 'scanned', '--payload', 'hello');
    assert.equal(odd.code, 2);
    assert.match(odd.stderr, /^error USAGE Cannot read --payload as JSON: .*; a text is written '"text"'\n$/u);
    const unknown = await cli('runs', 'send', id, 'scaned');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /^error EVENT_REFUSED Cannot take event "scaned"/u);
    await cancelRun(ground.connection, id);
  });
});

describe('orchestrator runs retry and skip', () => {
  it('have a held step tried again', async () => {
    const id = await startHeld();
    const shown = await cli('runs', 'show', id);
    assert.match(
      shown.stdout,
      new RegExp(
        `\\? fetch: TOOL_HTTP_UNAVAILABLE .*\n.*\n {4}orchestrator runs retry ${id} fetch\n {4}orchestrator runs skip ${id} fetch\n`,
        'u',
      ),
    );
    assert.deepEqual(await cli('runs', 'retry', id, 'fetch'), {
      code: 0,
      stdout: 'fetch is tried again\n',
      stderr: '',
    });
    assert.equal(((await outputs(id))['fetched'] as { body: string }).body, 'at last');
  });

  it('have the only step that is held tried again without its name', async () => {
    const id = await startHeld();
    assert.deepEqual(await cli('runs', 'retry', id), { code: 0, stdout: 'fetch is tried again\n', stderr: '' });
    assert.equal((await untilEnd(ground.connection, id)).status, 'done');
    const again = await cli('runs', 'retry', id);
    assert.equal(again.stderr, `error RUN_ENDED Cannot retry run "${id}": it has ended\n`);
  });

  it('want a name where none or several are held', async () => {
    const waiting = await startAsking(TWO, 2);
    const none = await cli('runs', 'retry', waiting);
    assert.equal(none.stderr, `error STEP_STATE Cannot retry a step of run "${waiting}": none is held\n`);
    await cancelRun(ground.connection, waiting);
    const id = await start(HOLDING_TWO);
    await untilView(ground.connection, id, ({ held }) => held?.length === 2);
    const { code, stderr } = await cli('runs', 'retry', id);
    assert.equal(code, 2);
    assert.match(
      stderr,
      new RegExp(`^error USAGE Cannot retry run "${id}" without the name of a step: "[ab]", "[ab]" are held\n$`, 'u'),
    );
    await cancelRun(ground.connection, id);
  });

  it('go on without a held step, or with an output in its place', async () => {
    const skipped = await startHeld();
    assert.deepEqual(await cli('runs', 'skip', skipped, 'fetch'), {
      code: 0,
      stdout: 'fetch is skipped\n',
      stderr: '',
    });
    assert.equal(stepOf(await untilEnd(ground.connection, skipped), 'fetch').status, 'skipped');
    const given = await startHeld();
    const [event] = eventsOf(await cli('runs', 'skip', given, 'fetch', '--output', '{"body":"mine"}', '--json'));
    assert.deepEqual(event, { event: 'skipped', run_id: given, step: 'fetch' });
    assert.deepEqual(await outputs(given), { fetched: { body: 'mine' } });
    const shown = await cli('runs', 'show', given);
    assert.match(shown.stdout, /fetch {2}tool {2}done .*given by a person/u);
  });

  it('are refused for a step that is not held', async () => {
    const id = await start(SCAN);
    const { code, stderr } = await cli('runs', 'retry', id, 'scan');
    assert.deepEqual([code, stderr], [1, 'error STEP_STATE Cannot retry step "scan": it is not held, no step is\n']);
    await cancelRun(ground.connection, id);
  });
});

describe('orchestrator runs files', () => {
  let id: string;
  before(async () => {
    id = await start(SAVING);
    await untilEnd(ground.connection, id);
  });

  it('lists what steps saved', async () => {
    const { stdout } = await cli('runs', 'files', id);
    assert.equal(stdout, 'FILE             BYTES  STEP\nletters/ada.txt  13     draft\n');
    const [file] = eventsOf(await cli('runs', 'files', id, '--json'));
    assert.deepEqual([file?.['path'], file?.['bytes'], file?.['step']], ['letters/ada.txt', 13, 'draft']);
  });

  it('prints one as it is', async () => {
    assert.equal((await cli('runs', 'files', id, 'letters/ada.txt')).stdout, 'Dear \u001b[31mAda');
    const [file] = eventsOf(await cli('runs', 'files', id, 'letters/ada.txt', '--json'));
    assert.equal(Buffer.from(String(file?.['base64']), 'base64').toString(), 'Dear \u001b[31mAda');
  });

  it('lets no file play with a terminal', async () => {
    const { stdout } = await startOnTerminal(['runs', 'files', id, 'letters/ada.txt'], ground.environment).ended;
    assert.equal(stdout, 'Dear Ada');
  });

  it('saves one', async () => {
    const file = join(ground.folder, 'ada.txt');
    const { stdout } = await cli('runs', 'files', id, 'letters/ada.txt', '-o', file);
    assert.equal(stdout, `Saved letters/ada.txt as ${file}\n`);
    assert.equal(await readFile(file, 'utf8'), 'Dear \u001b[31mAda');
  });

  it('says which files there are, and when one cannot be written', async () => {
    const unknown = await cli('runs', 'files', id, 'ada.txt');
    assert.deepEqual(
      [unknown.code, unknown.stderr],
      [1, `error FILE_NOT_FOUND Cannot find file "ada.txt" of run "${id}": it has "letters/ada.txt"\n`],
    );
    const unwritable = await cli('runs', 'files', id, 'letters/ada.txt', '-o', join(ground.folder, 'no/such/folder'));
    assert.equal(unwritable.code, 2);
    assert.match(unwritable.stderr, /^error USAGE Cannot write /u);
  });

  it('says that there are none', async () => {
    const none = await start('name: none\nsteps:\n  s: { set: 1 }\n');
    await untilEnd(ground.connection, none);
    assert.deepEqual(await cli('runs', 'files', none), { code: 0, stdout: '', stderr: 'No files found\n' });
    const { stderr } = await cli('runs', 'files', none, 'x');
    assert.match(stderr, /: it has none\n$/u);
  });
});

describe('orchestrator runs top-up', () => {
  const yaml = `name: poor
budget: { tokens: 250 }
models: { small: { use: ollama/${server('model')}, max_output_tokens: 4, accept: [length] } }
steps:
  each: { for_each: "\${{ range(5) }}", concurrency: 1, model: small, prompt: "Say \${{ item }}" }
`;

  it('is what a run asks for that lacks money, and lets it go on', async () => {
    const id = await start(yaml);
    await untilView(ground.connection, id, ({ budget }) => budget?.missing !== undefined);
    const shown = await cli('runs', 'show', id);
    assert.match(
      shown.stdout,
      new RegExp(
        `\\? budget: the next call may take \\d+ tokens more than is left\n {4}orchestrator runs top-up ${id} --tokens \\d+\n`,
        'u',
      ),
    );
    for (const words of [[], ['--tokens', 'many'], ['--tokens', '-5']]) {
      assert.equal((await cli('runs', 'top-up', id, ...words)).code, 2);
    }
    const added = await cli('runs', 'top-up', id, '--tokens', '5000');
    assert.deepEqual(added, { code: 0, stdout: '5000 tokens added to the budget of the run\n', stderr: '' });
    assert.equal((await untilEnd(ground.connection, id)).status, 'done');
  });
});
