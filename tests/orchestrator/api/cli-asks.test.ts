import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filledIn } from '../../../src/cli/answer-options.ts';
import { answerOfPerson } from '../../../src/cli/answer-person.ts';
import { askLines, asksOf } from '../../../src/cli/screen/asks.ts';
import { answerWords, payloadWords } from '../../../src/cli/screen/answer-words.ts';
import { approvalReport, waitReport } from '../../../src/cli/screen/ask-report.ts';
import { questionLines } from '../../../src/cli/screen/question.ts';
import { changeLines, changesBetween } from '../../../src/cli/screen/run-changes.ts';
import { runScreen } from '../../../src/cli/screen/run-screen.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import { jsonOf, textOf } from '../../../src/cli/text-options.ts';
import { formProblems } from '../../../src/pipeline/form.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import type { ApprovalView, RunView } from '../../../src/pipeline/view.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const ASKED: ApprovalView = {
  step: 'approve',
  message: 'Send this?\nDear Ada',
  to: ['leads'],
  options: ['send', 'reject'],
  quorum: 1,
  askedAt: START,
  deadline: START + 3_600_000,
  answers: [],
  reminders: 0,
  isEscalated: false,
};
const VIEW: RunView = {
  runId: 'run 1',
  tenant: 'default',
  pipeline: { name: 'demo', planHash: 'abc' },
  status: 'waiting',
  startedAt: START,
  steps: [{ id: 'approve', kind: 'approve', status: 'waiting', startedAt: START }],
  usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 },
  costNanoUsd: 0,
  hasUnknownCost: false,
  ignored: [],
};
const BUDGET = { limit: {}, spent: { nanoUsd: 0, tokens: 0 }, reserved: { nanoUsd: 0, tokens: 0 } };
const ERROR = { code: 'NETWORK_FAILED', message: 'Cannot reach "x"', attempts: 3 } as const;

const tellings = (earlier: RunView, view: RunView) =>
  changesBetween(earlier, view).flatMap((change) => changeLines(change, plain));

const screen = (rows: number) => ({ size: { columns: 60, rows }, paint: plain });

const askingTimes = (count: number): RunView => ({
  ...VIEW,
  approvals: Array.from({ length: count }, (_, index) => ({ ...ASKED, step: `ask${index}` })),
});

const ofForm = (properties: JsonObject, required: readonly string[]) => ({ type: 'object', properties, required });

const talk = async (said: readonly string[], form: Parameters<typeof answerOfPerson>[2]) => {
  const left = [...said];
  const prompts: string[] = [];
  const answer = await answerOfPerson(
    (prompt) => {
      prompts.push(prompt);
      return Promise.resolve(left.shift() ?? '');
    },
    ASKED,
    form,
  );
  return { answer, prompts };
};

describe('asksOf', () => {
  for (const { name, view, expected } of [
    {
      name: 'an approval with the command that answers it',
      view: { approvals: [ASKED] },
      expected: [
        '? approve: Send this? Dear Ada',
        '  asked: leads; send or reject; until 2026-01-02T04:04:05.000Z',
        "  orchestrator runs approve 'run 1' approve --choice send --group leads",
      ],
    },
    {
      name: 'what has happened to an approval meanwhile',
      view: {
        approvals: [
          {
            ...ASKED,
            step: 'drafts[3]/ask',
            to: [],
            quorum: 2,
            reminders: 1,
            isEscalated: true,
            answers: [{ choice: 'send', by: 'ada', at: START }],
          },
        ],
      },
      expected: [
        '? drafts[3]/ask: Send this? Dear Ada',
        '  anybody may answer; send or reject; 1 answered, 2 must agree; until 2026-01-02T04:04:05.000Z; reminders: 1; escalated',
        "  orchestrator runs approve 'run 1' 'drafts[3]/ask' --choice send",
      ],
    },
    {
      name: 'a held step with what may be done about it',
      view: { held: [{ step: 'fetch', error: ERROR, since: START }] },
      expected: [
        '? fetch: NETWORK_FAILED Cannot reach "x"',
        '  held: have it tried again, or go on without it',
        "  orchestrator runs retry 'run 1' fetch",
        "  orchestrator runs skip 'run 1' fetch",
      ],
    },
    {
      name: 'an event that is waited for',
      view: { waits: [{ step: 'scan', event: 'scanned', until: START }] },
      expected: [
        '? scan: waits for event "scanned"',
        '  until 2026-01-02T03:04:05.000Z',
        "  orchestrator runs send 'run 1' scanned",
      ],
    },
    {
      name: 'an event that has to bring something',
      view: { waits: [{ step: 'scan', event: 'scanned', schema: { type: 'object', required: ['by'] } }] },
      expected: [
        '? scan: waits for event "scanned"',
        '  orchestrator runs send \'run 1\' scanned --payload \'{"by":"…"}\'',
      ],
    },
    {
      name: 'a time that is waited for',
      view: { waits: [{ step: 'nap', until: START }] },
      expected: ['? nap: waits until 2026-01-02T03:04:05.000Z'],
    },
    {
      name: 'a budget of the run that lacks money',
      view: { budget: { ...BUDGET, asks: [{ missing: { nanoUsd: 25e7, tokens: 0 } }] } },
      expected: [
        '? budget: the next call may take $0.25 more than is left',
        "  orchestrator runs top-up 'run 1' --usd 0.25",
      ],
    },
    {
      name: 'a budget of a step that lacks tokens, and one that lacks both',
      view: {
        budget: {
          ...BUDGET,
          asks: [
            { step: 'draft', missing: { nanoUsd: 0, tokens: 7 } },
            { step: 'send', missing: { nanoUsd: 1e9, tokens: 9 } },
          ],
        },
      },
      expected: [
        '? budget of draft: the next call may take 7 tokens more than is left',
        "  orchestrator runs top-up 'run 1' --step draft --tokens 7",
        '? budget of send: the next call may take $1 and 9 tokens more than is left',
        "  orchestrator runs top-up 'run 1' --step send --usd 1 --tokens 9",
      ],
    },
    { name: 'an event without a limit', view: { waits: [{ step: 'scan', event: 'e' }] }, expected: undefined },
    { name: 'nothing', view: {}, expected: [] },
  ] as const) {
    it(`tells ${name}`, () => {
      const lines = asksOf({ ...VIEW, ...view }).flatMap((ask) => askLines(ask, plain));
      assert.deepEqual(lines, expected ?? ['? scan: waits for event "e"', "  orchestrator runs send 'run 1' e"]);
    });
  }
});

describe('answerWords', () => {
  for (const { name, approval, expected } of [
    { name: 'the first choice where nothing else is needed', approval: { to: [] }, expected: '--choice send' },
    {
      name: 'the first who is asked, person or group',
      approval: { to: ['ada', 'leads'] },
      expected: '--choice send --group ada',
    },
    {
      name: 'each field that has to be filled in, as --answer reads it',
      approval: {
        answer: ofForm(
          {
            reason: { type: 'string' },
            refund: { type: 'integer', minimum: 5 },
            code: { enum: [7] },
            mood: { enum: ['good', 'bad'] },
            sure: { type: 'boolean' },
            lines: { type: 'array', items: { type: 'string' }, minItems: 1 },
            digits: { enum: ['7', 8] },
            any: true,
            free: true,
          },
          ['reason', 'refund', 'code', 'mood', 'sure', 'lines', 'digits', 'any'],
        ),
      },
      expected:
        '--choice send --group leads --answer reason=… --answer refund=5 --answer code=7 --answer mood=good' +
        ' --answer sure=true --answer lines=["…"] --answer digits="7" --answer any=…',
    },
    {
      name: 'no field where none has to be',
      approval: { answer: ofForm({ reason: { type: 'string' } }, []) },
      expected: '--choice send --group leads',
    },
    {
      name: 'nothing to say where no form is known that fits, so that the command asks',
      approval: { answer: ofForm({ date: { allOf: [{ const: 'x' }] } }, ['date']) },
      expected: '--group leads',
    },
    {
      name: 'the same where a field cannot be named by an option',
      approval: { answer: ofForm({}, ['a=b']) },
      expected: '--group leads',
    },
    {
      name: 'the same where an answer is no map',
      approval: { answer: { type: 'array' } },
      expected: '--group leads',
    },
  ] as const) {
    it(`has ${name}`, () => {
      const words = answerWords({ ...ASKED, ...approval });
      assert.equal(words.join(' '), expected);
      if (!('answer' in approval) || !words.includes('--choice')) return;
      const answer = words.filter((_, index) => words[index - 1] === '--answer');
      assert.deepEqual(formProblems(filledIn(approval, { answer }).answer ?? null, approval.answer), []);
    });
  }
});

describe('payloadWords', () => {
  const needed = { type: 'object', properties: { by: { type: 'string' } }, required: ['by'] };
  for (const { name, schema, expected } of [
    { name: 'nothing where anything may come', schema: undefined, expected: [] },
    { name: 'nothing where nothing has to come', schema: { type: ['object', 'null'] }, expected: [] },
    { name: 'what has to come', schema: needed, expected: ['--payload', '{"by":"…"}'] },
    {
      name: 'a file where it is not known',
      schema: { not: { type: ['null', 'string'] } },
      expected: ['--payload', '@payload.json'],
    },
  ]) {
    it(`has ${name}`, () => assert.deepEqual(payloadWords(schema), expected));
  }
});

describe('approvalReport', () => {
  it('is everything about an approval, as JSON', () => {
    const answers = [{ choice: 'send', by: 'ada', at: START, comment: 'fine' }];
    assert.deepEqual(approvalReport({ ...ASKED, answers, edit: { inline: 'Dear' }, answer: true }), {
      step: 'approve',
      message: 'Send this?\nDear Ada',
      to: ['leads'],
      options: ['send', 'reject'],
      edit: { value: 'Dear' },
      answer_schema: true,
      quorum: 1,
      asked_at: '2026-01-02T03:04:05.000Z',
      deadline: '2026-01-02T04:04:05.000Z',
      answers: [{ choice: 'send', by: 'ada', comment: 'fine', at: '2026-01-02T03:04:05.000Z' }],
      reminders: 0,
      is_escalated: false,
    });
  });
  it('names a long text, and has null where there is no limit', () => {
    const { deadline: _, ...open } = ASKED;
    const artifact = { sha256: 'ff', bytes: 20_000, preview: '"aaa' };
    const { edit, deadline } = approvalReport({ ...open, edit: { artifact } });
    assert.deepEqual({ edit, deadline }, { edit: { artifact }, deadline: null });
  });
});

describe('waitReport', () => {
  it('says what an event has to bring', () => {
    assert.deepEqual(waitReport({ step: 'scan', event: 'scanned', schema: { type: 'string' } }), {
      step: 'scan',
      event: 'scanned',
      payload_schema: { type: 'string' },
      until: null,
    });
  });
});

describe('changesBetween', () => {
  const asking: RunView = { ...VIEW, approvals: [ASKED] };
  it('tells what is asked once', () => {
    assert.equal(tellings(VIEW, asking).length, 3);
    assert.deepEqual(tellings(asking, asking), []);
  });
  it('tells again what has changed about it', () => {
    assert.equal(tellings(asking, { ...VIEW, approvals: [{ ...ASKED, reminders: 1 }] }).length, 3);
  });
});

describe('runScreen', () => {
  it('shows what is asked under the steps, with commands that are whole', () => {
    assert.deepEqual(runScreen(askingTimes(1), { now: START, spinner: '*' }, screen(24)).slice(-3), [
      '? ask0: Send this? Dear Ada',
      '  asked: leads; send or reject; until 2026-01-02T04:04:05.0…',
      "  orchestrator runs approve 'run 1' ask0 --choice send --group leads",
    ]);
  });
  it('needs no line for facts where there are none', () => {
    const budget = { ...BUDGET, asks: [{ missing: { nanoUsd: 0, tokens: 7 } }] };
    assert.deepEqual(runScreen({ ...VIEW, budget }, { now: START, spinner: '*' }, screen(24)).slice(-2), [
      '? budget: the next call may take 7 tokens more than is left',
      "  orchestrator runs top-up 'run 1' --tokens 7",
    ]);
  });
  it('names what there is no room for', () => {
    const lines = runScreen(askingTimes(5), { now: START, spinner: '*' }, screen(24));
    assert.deepEqual(lines.slice(-2), [
      "  orchestrator runs approve 'run 1' ask1 --choice send --group leads",
      "? waits for 3 more: orchestrator runs show 'run 1'",
    ]);
    assert.ok(lines.length < 24);
  });
  it('has one line for all of it on a small screen', () => {
    const lines = runScreen(askingTimes(2), { now: START, spinner: '*' }, screen(7));
    assert.equal(lines.at(-1), "? waits for 2 more: orchestrator runs show 'run 1'");
    assert.equal(lines.length, 4);
  });
});

describe('filledIn', () => {
  const form = {
    edit: 'Dear Ada',
    answer: {
      type: 'object',
      properties: { reason: { type: 'string' }, score: { type: 'number' }, sure: { type: 'boolean' } },
    },
  };
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-test-'));
    await writeFile(join(folder, 'letter.txt'), 'Dear Grace');
    await writeFile(join(folder, 'form.yaml'), 'reason: from a file\nscore: 1\n');
    await writeFile(join(folder, 'list.yaml'), '- 1\n');
  });
  after(() => rm(folder, { recursive: true }));

  for (const { name, options, expected } of [
    { name: 'nothing when nothing is said', options: {}, expected: {} },
    { name: 'a changed text', options: { edited: 'Dear Bob' }, expected: { edited: 'Dear Bob' } },
    {
      name: 'fields by their schemas',
      options: { answer: ['reason=5', 'score=0.5', 'sure=true', 'other=x', 'more={"a":1}'] },
      expected: { answer: { reason: '5', score: 0.5, sure: true, other: 'x', more: { a: 1 } } },
    },
    {
      name: 'a field that does not fit, for the run to refuse',
      options: { answer: ['score=high'] },
      expected: { answer: { score: 'high' } },
    },
  ]) {
    it(`reads ${name}`, () => assert.deepEqual(filledIn(form, options), expected));
  }
  it('reads files', () => {
    const options = { edited: `@${join(folder, 'letter.txt')}`, answerFile: join(folder, 'form.yaml') };
    assert.deepEqual(filledIn(form, { ...options, answer: ['score=2'] }), {
      edited: 'Dear Grace',
      answer: { reason: 'from a file', score: 2 },
    });
  });
  it('reads JSON in place of what is no text', () => {
    assert.deepEqual(filledIn({ edit: { a: 1 } }, { edited: '{"a":2}' }), { edited: { a: 2 } });
  });
  it('reads a form without a schema as it looks', () => {
    assert.deepEqual(filledIn({}, { edited: 'x', answer: ['a=1', 'b=x'] }), { edited: 'x', answer: { a: 1, b: 'x' } });
    assert.deepEqual(filledIn({ answer: true }, { answer: ['a=1'] }), { answer: { a: 1 } });
  });
  it('says how a field is written', () => {
    assert.throws(() => filledIn(form, { answer: ['reason'] }), {
      code: 'USAGE',
      message: 'Cannot read the answer "reason": write --answer name=value',
    });
  });
  it('says that a file holds no map', () => {
    assert.throws(() => filledIn(form, { answerFile: join(folder, 'list.yaml') }), { code: 'INPUT_INVALID' });
  });
});

describe('textOf and jsonOf', () => {
  it('read what is written', () => {
    assert.equal(textOf('a'), 'a');
    assert.deepEqual(jsonOf('--payload', '{"a":[1]}'), { a: [1] });
  });
  it('say how a text is written as JSON', () => {
    assert.throws(() => jsonOf('--payload', 'hello'), {
      code: 'USAGE',
      message: /^Cannot read --payload as JSON: .*; a text is written '"text"'$/u,
    });
  });
  it('say that a file is not there', () => {
    assert.throws(() => jsonOf('--payload', '@/no/such/file'), { code: 'FILE_UNREADABLE' });
  });
});

describe('questionLines', () => {
  it('shows all that somebody has to know', () => {
    const answers = [{ choice: 'send', by: 'ada', at: START }];
    assert.deepEqual(questionLines({ ...ASKED, answers }, 'Dear Ada\nBye', plain), [
      'approve  asked: leads; send or reject; until 2026-01-02T04:04:05.000Z',
      '',
      'Send this?',
      'Dear Ada',
      '',
      'You may change this:',
      '  Dear Ada',
      '  Bye',
      '',
      'ada said send',
      '  1  send',
      '  2  reject',
    ]);
  });
  it('offers no change where nothing may be changed', () => {
    assert.deepEqual(questionLines(ASKED, undefined, plain).slice(2), [
      'Send this?',
      'Dear Ada',
      '',
      '  1  send',
      '  2  reject',
    ]);
  });
  it('shows what is no text as JSON', () => {
    assert.deepEqual(questionLines(ASKED, { a: 1 }, plain).slice(5, 9), [
      'You may change this:',
      '  {',
      '    "a": 1',
      '  }',
    ]);
  });
});

describe('answerOfPerson', () => {
  const schema = {
    type: 'object',
    properties: { reason: { type: 'string' }, mood: { enum: ['good', 'bad'] }, any: true },
  };
  it('asks for a choice until it gets one, by name or by number', async () => {
    const { answer, prompts } = await talk(['maybe', '', '3', '2', ''], {});
    assert.deepEqual(answer, { choice: 'reject' });
    assert.deepEqual(prompts, ['Choice: ', 'Choice: ', 'Choice: ', 'Choice: ', 'Comment (Enter for none): ']);
    assert.deepEqual((await talk(['send', 'fine'], {})).answer, { choice: 'send', comment: 'fine' });
  });
  it('asks for another text and for every field of the form', async () => {
    const said = ['1', 'Dear Bob', 'because', '', '7', ''];
    const { answer, prompts } = await talk(said, { edit: 'Dear Ada', answer: schema });
    assert.deepEqual(answer, { choice: 'send', edited: 'Dear Bob', answer: { reason: 'because', any: 7 } });
    assert.deepEqual(prompts.slice(1, 5), [
      'Another text, or @file (Enter keeps it): ',
      'reason: ',
      'mood (good, bad): ',
      'any: ',
    ]);
  });
});
