import assert from 'node:assert/strict';
import { parseTime } from '../../../src/pipeline/duration.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan, StepPlan, Template } from '../../../src/pipeline/plan.ts';
import { readsOfStep } from '../../../src/pipeline/reads.ts';
import { readsOf } from '../../../src/pipeline/template.ts';
import { cards } from './cards.ts';

function planOf(text: string): Plan {
  return makePlan(parsePipeline(`name: x\n${text}`, 'p.yaml'), cards).plan;
}

function stepOf<K extends StepPlan['kind']>(kind: K, text: string): Extract<StepPlan, { kind: K }> {
  const step = planOf(text).steps.find(({ id }) => id === 's');
  assert.equal(step?.kind, kind);
  return step as Extract<StepPlan, { kind: K }>;
}

function literal(value: unknown): unknown {
  return { kind: 'literal', value };
}

/** Checks that steps may say something of the output of `s`; a wrong type or field would be refused. */
function accepts(step: string, ...expressions: readonly string[]): void {
  const uses = expressions.map((expression, index) => `  u${index}: { set: "\${{ ${expression} }}" }\n`);
  assert.equal(planOf(`steps:\n  s: ${step}\n${uses.join('')}`).steps.length, 1 + expressions.length);
}

const DAY = 86_400_000;

describe('an approval in a plan', () => {
  it('has defaults for everything but its message', () => {
    const {
      id: _,
      dependsOn: __,
      tolerates: ___,
      checks: ____,
      retry,
      onError,
      ...rest
    } = stepOf('approve', 'steps: { s: { approve: { message: Send? } } }');
    assert.equal(retry.attempts, 1);
    assert.deepEqual(onError, { kind: 'fail' });
    assert.deepEqual(rest, {
      kind: 'approve',
      message: literal('Send?'),
      to: literal([]),
      options: ['approve', 'reject'],
      quorum: 1,
      onTimeout: { kind: 'fail' },
    });
  });

  it('has times in milliseconds, and people as lists', () => {
    const step = stepOf(
      'approve',
      'steps: { s: { approve: { message: x, to: leads, options: [send, no], quorum: 2, remind: 1d, escalate: { after: 2d, to: [head, "${{ run.id }}"] }, timeout: 3d, on_timeout: no, answer: { type: string } } } }',
    );
    assert.deepEqual(step.to, literal(['leads']));
    assert.deepEqual([step.remindMs, step.escalate?.afterMs, step.answerWithinMs], [DAY, 2 * DAY, 3 * DAY]);
    assert.equal(step.escalate?.to.kind, 'list');
    assert.deepEqual(step.onTimeout, { kind: 'choose', option: 'no' });
    assert.deepEqual([step.quorum, step.options, step.answer], [2, ['send', 'no'], { type: 'string' }]);
  });

  for (const { name, to, kind } of [
    { name: 'one name that is known in the run', to: '${{ run.id }}', kind: 'list' },
    { name: 'a text around one', to: 'team-${{ run.id }}', kind: 'list' },
    { name: 'a list', to: '${{ inputs.names }}', kind: 'expression' },
    { name: 'what only the run tells', to: '${{ inputs.any }}', kind: 'expression' },
  ] as const) {
    it(`asks ${name}`, () => {
      const inputs = 'inputs: { names: { type: array, items: { type: string } }, any: {} }';
      assert.equal(
        stepOf('approve', `${inputs}\nsteps: { s: { approve: { message: x, to: "${to}" } } }`).to.kind,
        kind,
      );
    });
  }

  for (const { name, edit, schema } of [
    { name: 'a text', edit: 'Hello', schema: { type: 'string' } },
    { name: 'what a model gives', edit: '${{ steps.a.output }}', schema: { type: 'object', properties: { n: {} } } },
    { name: 'anything where only the run tells more', edit: '${{ steps.b.output }}', schema: undefined },
    { name: 'anything where nothing is known', edit: '${{ inputs.any }}', schema: undefined },
  ]) {
    it(`says of a changed value that it must be ${name}`, () => {
      const step = stepOf(
        'approve',
        `inputs: { any: {}, labels: { type: array } }
steps:
  a: { model: ollama/m, prompt: x, output: { type: object, properties: { n: {} } } }
  b: { model: ollama/m, prompt: x, output: { enum: "\${{ inputs.labels }}" } }
  s: { approve: { message: x, edit: "${edit}" } }
`,
      );
      assert.deepEqual(step.editSchema, schema);
      assert.notEqual(step.edit, undefined);
    });
  }

  it('tells people by the call of a tool, which may read what happens', () => {
    const { notify } = stepOf(
      'approve',
      `steps:
  a: { set: hook }
  s: { approve: { message: x, notify: { tool: http.request, with: { method: POST, url: "https://x.example/\${{ steps.a.output }}", body: { text: "\${{ event.kind }} \${{ secrets.TOKEN }}" } } } } }
`,
    );
    assert.deepEqual([notify?.tool, notify?.effect, notify?.timeoutMs], ['http.request', 'once', 30_000]);
    assert.deepEqual(readsOf(notify?.with as Template), ['event', 'steps.a.output']);
  });

  it('waits for the steps that anything in it reads', () => {
    const text = `steps:
  a: { set: x }
  b: { set: [y] }
  c: { set: z }
  d: { set: w }
  s: { approve: { message: "\${{ steps.a.output }}", to: "\${{ steps.b.output }}", edit: "\${{ steps.c.output }}", notify: { tool: http.request, with: { url: "\${{ steps.d.output }}" } } } }
`;
    assert.deepEqual(stepOf('approve', text).dependsOn, ['a', 'b', 'c', 'd']);
  });

  it('gives the choice, what was edited, the form, and who said so when', () => {
    accepts(
      '{ approve: { message: x, options: [send, no], edit: [a, b], answer: { type: object, properties: { n: { type: integer } } } } }',
      "steps.s.output.choice == 'send'",
      'steps.s.output.edited[0] + steps.s.output.at + steps.s.output.by + steps.s.output.comment',
      'steps.s.output.answer.n + 1',
    );
  });
});

describe('a wait in a plan', () => {
  for (const { name, wait } of [
    { name: 'a duration', wait: '2h' },
    { name: 'a time', wait: '2027-01-31T09:00:00+01:00' },
  ]) {
    it(`takes ${name}`, () => {
      const step = stepOf('wait', `steps: { s: { wait: "${wait}" } }`);
      assert.deepEqual(step.wait, { kind: 'time', at: literal(wait) });
      assert.deepEqual([step.retry.attempts, step.timeoutMs], [1, undefined]);
    });
  }

  for (const wait of [
    '${{ inputs.n }}',
    '${{ inputs.t }}',
    '${{ inputs.n }}h',
    '${{ inputs.any }}',
    '${{ duration("1h") }}',
  ]) {
    it(`takes an expression: ${wait}`, () => {
      const inputs = 'inputs: { n: { type: integer }, t: { type: string }, any: {} }';
      const step = stepOf('wait', `${inputs}\nsteps: { s: { wait: '${wait}' } }`);
      assert.equal(step.wait.kind, 'time');
    });
  }

  it('takes an event, whatever it brings and however long it takes', () => {
    const step = stepOf('wait', 'steps: { s: { wait: { event: scanned } } }');
    assert.deepEqual(step.wait, { kind: 'event', event: 'scanned', onTimeout: { kind: 'fail' } });
  });

  it('takes an event that matches, of a form, in time', () => {
    const step = stepOf(
      'wait',
      'inputs: { n: { type: integer } }\nsteps: { s: { wait: { event: e, match: "${{ event.n == inputs.n }}", schema: { type: object }, timeout: 1d, on_timeout: continue } } }',
    );
    assert.ok(step.wait.kind === 'event');
    assert.deepEqual(step.wait.match?.reads, ['event', 'inputs.n']);
    assert.deepEqual([step.wait.schema, step.wait.withinMs], [{ type: 'object' }, DAY]);
    assert.deepEqual(step.wait.onTimeout, { kind: 'continue' });
  });

  it('reads what its match and the value in place of the event read', () => {
    const step = stepOf(
      'wait',
      'inputs: { n: {}, m: {} }\nsteps: { s: { wait: { event: e, match: "${{ event.id == inputs.n }}", timeout: 1d, on_timeout: { value: "${{ inputs.m }}" } } } }',
    );
    assert.deepEqual(readsOfStep(step), ['event', 'inputs.n', 'inputs.m']);
  });

  it('gives what the event brings, or the value in its place', () => {
    accepts(
      '{ wait: { event: e, schema: { type: object, properties: { n: { type: integer } }, additionalProperties: false }, timeout: 1d, on_timeout: { value: { n: 0 } } } }',
      'steps.s.output.n + 1',
    );
    accepts(
      '{ wait: { event: e, schema: { type: object, properties: { n: { type: integer } } }, timeout: 1d, on_timeout: continue } }',
      'steps.s.output.n + 1',
    );
    accepts('{ wait: { event: e } }', 'steps.s.output.anything');
    accepts('{ wait: 2h }', 'steps.s.output == null');
  });
});

describe('parseTime', () => {
  for (const [text, ms] of [
    ['2027-01-31T09:00:00Z', Date.UTC(2027, 0, 31, 9)],
    ['2027-01-31T09:00+01:30', Date.UTC(2027, 0, 31, 7, 30)],
    ['2027-01-31T09:00:00.250Z', Date.UTC(2027, 0, 31, 9) + 250],
    ['2027-01-31T09:00:00', undefined],
    ['2027-01-31', undefined],
    ['2027-13-31T09:00:00Z', undefined],
    ['31.1.2027', undefined],
    ['', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${ms}`, () => assert.equal(parseTime(text), ms));
  }
});

describe('a refusal in a plan', () => {
  it('has its reason, and is tried once', () => {
    const step = stepOf('fail', 'steps: { s: { fail: "no ${{ run.id }}" } }');
    assert.equal(step.reason.kind, 'text');
    assert.equal(step.retry.attempts, 1);
    accepts('{ fail: no, on_error: { value: 3 } }', 'steps.s.output');
  });
});

describe('what becomes of a step that fails, in a plan', () => {
  for (const kind of ['fail', 'continue', 'hold'] as const) {
    it(`may be ${kind}`, () => {
      assert.deepEqual(stepOf('set', `steps: { s: { set: 1, on_error: ${kind} } }`).onError, { kind });
    });
  }

  it('may be a value, which may read why', () => {
    const { onError, dependsOn } = stepOf(
      'set',
      'steps: { s: { set: 1, on_error: { value: "${{ steps.s.error.code }}" } } }',
    );
    assert.ok(onError.kind === 'value');
    assert.deepEqual(readsOf(onError.value), ['steps.s.error']);
    assert.deepEqual(dependsOn, []);
  });

  it('may be steps, which give their outputs in its place', () => {
    const text =
      'steps: { a: { set: 2 }, s: { set: 1, on_error: { steps: { h: { set: "${{ steps.s.error.attempts + steps.a.output }}" } }, outputs: { n: "${{ steps.h.output }}" } } } }';
    const { onError, dependsOn } = stepOf('set', text);
    assert.ok(onError.kind === 'steps');
    assert.deepEqual([onError.body.steps.map(({ id }) => id), dependsOn], [['h'], ['a']]);
    accepts(
      '{ set: { n: 1 }, on_error: { steps: { h: { set: 2 } }, outputs: { n: "${{ steps.h.output }}" } } }',
      'steps.s.output.n + 1',
    );
    accepts('{ set: 1, on_error: { value: 2 } }', 'steps.s.output + 1');
  });

  it('may be that it is tried again, as it says', () => {
    const retry =
      '{ attempts: 3, backoff: 1s, max_backoff: 2s, within: 1m, retry_on: [NETWORK_FAILED], never_on: [CHECK_FAILED] }';
    assert.deepEqual(stepOf('set', `steps: { s: { set: 1, retry: ${retry} } }`).retry, {
      attempts: 3,
      backoffMs: 1000,
      maxBackoffMs: 2000,
      withinMs: 60_000,
      retryOn: ['NETWORK_FAILED'],
      neverOn: ['CHECK_FAILED'],
    });
  });

  for (const { name, step, attempts } of [
    { name: 'five times for a call', step: '{ set: 1 }', attempts: 5 },
    { name: 'once for what holds steps', step: '{ steps: { a: { set: 1 } } }', attempts: 1 },
    {
      name: 'five times for what holds steps and has "retry"',
      step: '{ steps: { a: { set: 1 } }, retry: {} }',
      attempts: 5,
    },
    { name: 'as often as it says', step: '{ wait: 1h, retry: { attempts: 2 } }', attempts: 2 },
  ]) {
    it(`is tried ${name}`, () => assert.equal(planOf(`steps: { s: ${step} }`).steps[0]?.retry.attempts, attempts));
  }
});

describe('what undoes a step, in a plan', () => {
  it('is one step, called "undo", which reads what the step gave', () => {
    const { compensate, dependsOn } = stepOf(
      'set',
      'steps: { a: { set: 1 }, s: { set: 1, compensate: { set: ["${{ steps.s.output + steps.a.output }}"] } } }',
    );
    assert.deepEqual(
      compensate?.steps.map(({ id, kind, dependsOn: waits }) => [id, kind, waits]),
      [['undo', 'set', []]],
    );
    assert.deepEqual(compensate?.outputs, { kind: 'map', entries: {} });
    assert.deepEqual(dependsOn, ['a']);
  });

  it('is several steps, in their order', () => {
    const { compensate } = stepOf(
      'set',
      'steps: { s: { set: 1, compensate: { x-why: "so", steps: { b: { set: "${{ steps.a.output }}" }, a: { set: "${{ steps.s.output + 1 }}" } } } } }',
    );
    assert.deepEqual(
      compensate?.steps.map(({ id }) => id),
      ['a', 'b'],
    );
  });

  it('is one step that holds others when more is said of them', () => {
    const { compensate } = stepOf(
      'set',
      'steps: { s: { set: 1, compensate: { if: "${{ steps.s.output > 0 }}", steps: { a: { set: 1 } } } } }',
    );
    assert.deepEqual(
      compensate?.steps.map(({ id, kind }) => [id, kind]),
      [['undo', 'steps']],
    );
  });

  it('reads the item that the step was made for, and what it gave for that', () => {
    const { compensate, saveTo } = stepOf(
      'tool',
      `inputs: { urls: { type: array, items: { type: string } } }
steps:
  s:
    for_each: "\${{ inputs.urls }}"
    as: url
    tool: http.request
    with: { url: "\${{ url }}" }
    compensate: { tool: http.request, with: { url: "\${{ url + steps.s.output.body }}" } }
    save_to: { path: "\${{ index }}.txt", value: "\${{ steps.s.output.body + url }}" }
`,
    );
    const undo = compensate?.steps[0];
    assert.ok(undo?.kind === 'tool');
    assert.deepEqual(readsOf(undo.with), ['steps.s.output', 'url']);
    assert.deepEqual(readsOf(saveTo?.value as Template), ['steps.s.output', 'url']);
  });
});

describe('what is kept of a step, in a plan', () => {
  it('is a file', () => {
    const { saveTo, reuse } = stepOf(
      'set',
      'steps: { s: { set: 1, save_to: { path: a/b.md, value: "${{ steps.s.output }}" } } }',
    );
    assert.deepEqual(saveTo?.path, literal('a/b.md'));
    assert.equal(saveTo?.value.kind, 'expression');
    assert.equal(reuse, undefined);
  });

  it('may be nothing for a fork', () => {
    assert.equal(stepOf('set', 'steps: { s: { set: 1, reuse: never } }').reuse, 'never');
  });
});

describe('a schedule in a plan', () => {
  it('has defaults for everything but its times', () => {
    assert.deepEqual(planOf('schedule: { cron: "0 6 * * 1" }\nsteps: { s: { set: 1 } }').schedule, {
      cron: ['0 6 * * 1'],
      timezone: 'UTC',
      overlap: 'skip',
      catchupMs: 3_600_000,
      with: {},
    });
  });

  it('has all that it says', () => {
    const text = `inputs: { tone: { enum: [warm, formal] }, n: { type: integer, optional: true } }
schedule: { cron: ["0 6 * * mon", "0 9 * * sat"], timezone: Europe/Berlin, overlap: buffer_one, catchup: 10m, with: { tone: warm, n: null } }
steps: { s: { set: 1 } }`;
    assert.deepEqual(planOf(text).schedule, {
      cron: ['0 6 * * mon', '0 9 * * sat'],
      timezone: 'Europe/Berlin',
      overlap: 'buffer_one',
      catchupMs: 600_000,
      with: { tone: 'warm', n: null },
    });
  });
});
