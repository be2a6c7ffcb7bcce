import assert from 'node:assert/strict';
import { cardsFor } from '../../src/cards.ts';
import { startRun } from '../../src/client.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import type { PipelineSpec } from '../../src/pipeline/spec.ts';
import type { RunView, StepView } from '../../src/pipeline/view.ts';
import { outputsOf, runYaml, stepOf, untilEnd, type TestGround } from '../runs.ts';
import { useScene } from '../scene.ts';
import type { WebServer } from '../web-server.ts';

interface Row {
  readonly name: string;
  readonly yaml: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs: Record<string, Json>;
}

const ROWS: readonly Row[] = [
  {
    name: 'a group gives its outputs, and its steps see those around it',
    yaml: `steps:
  first: { set: 1 }
  both:
    steps:
      second: { set: "\${{ steps.first.output + 1 }}" }
      third: { set: "\${{ steps.second.output + 1 }}" }
    outputs: { sum: "\${{ steps.first.output + steps.second.output + steps.third.output }}" }
outputs: { sum: "\${{ steps.both.output.sum }}" }
`,
    outputs: { sum: 6 },
  },
  {
    name: 'a group without outputs gives those of its steps by id',
    yaml: `steps:
  both: { steps: { one: { set: 1 }, none: { if: false, set: 2 } } }
outputs: { all: "\${{ steps.both.output }}" }
`,
    outputs: { all: { one: 1, none: null } },
  },
  {
    name: 'a switch runs the case whose name is the value, and says which',
    yaml: `inputs: { n: { type: integer } }
steps:
  route:
    switch: "\${{ inputs.n }}"
    cases:
      "1": { set: one }
      "2": { steps: { inner: { set: two } }, outputs: { text: "\${{ steps.inner.output }}" } }
    default: { set: many }
outputs: { value: "\${{ steps.route.output }}", case: "\${{ steps.route.case }}" }
`,
    inputs: { n: 2 },
    outputs: { value: { text: 'two' }, case: '2' },
  },
  {
    name: 'a switch without a case for the value runs its default',
    yaml: `steps:
  route: { switch: "\${{ 'x' }}", cases: { y: { set: 1 } }, default: { set: 2 } }
outputs: { value: "\${{ steps.route.output }}", case: "\${{ steps.route.case }}" }
`,
    outputs: { value: 2, case: 'default' },
  },
  {
    name: 'rounds go on until their condition holds, and read the round before',
    yaml: `steps:
  grow:
    repeat: { until: "\${{ size(steps.text.output) >= 3 }}", max: 10 }
    steps:
      text: { set: "\${{ coalesce(previous.text.output, '') + 'x' }}" }
    outputs: { text: "\${{ steps.text.output }}" }
outputs: { text: "\${{ steps.grow.output.text }}", rounds: "\${{ steps.grow.rounds }}", stopped: "\${{ steps.grow.stopped }}" }
`,
    outputs: { text: 'xxx', rounds: 3, stopped: 'until' },
  },
  {
    name: 'a single step is repeated too, and reads its last round',
    yaml: `steps:
  count:
    repeat: { until: "\${{ steps.count.output == 4 }}", max: 3 }
    set: "\${{ coalesce(previous.count.output, 0) + 1 }}"
outputs: { n: "\${{ steps.count.output }}", stopped: "\${{ steps.count.stopped }}" }
`,
    outputs: { n: 3, stopped: 'max' },
  },
  {
    name: 'more than 20 rounds run in a part with a history of its own',
    yaml: `vars: { step: 2 }
steps:
  base: { set: 5 }
  count:
    repeat: { until: "\${{ steps.n.output >= 65 }}", max: 50 }
    steps: { n: { set: "\${{ coalesce(previous.n.output, steps.base.output) + vars.step }}" } }
outputs: { n: "\${{ steps.count.output.n }}", rounds: "\${{ steps.count.rounds }}" }
`,
    outputs: { n: 65, rounds: 30 },
  },
  {
    name: 'items give a list in their order, whatever ends first',
    yaml: `inputs: { words: { type: array, items: { type: string } } }
steps:
  each:
    for_each: "\${{ inputs.words }}"
    as: word
    concurrency: 2
    set: "\${{ string(index) + ' ' + word }}"
outputs: { all: "\${{ steps.each.output }}", status: "\${{ steps.each.items[1].status }}" }
`,
    inputs: { words: ['a', 'b', 'c'] },
    outputs: { all: ['0 a', '1 b', '2 c'], status: 'done' },
  },
  {
    name: 'items with a key give a map',
    yaml: `steps:
  each:
    for_each: "\${{ ['a', 'b'] }}"
    key: "\${{ item + '!' }}"
    set: "\${{ item + item }}"
outputs: { all: "\${{ steps.each.output }}" }
`,
    outputs: { all: { 'a!': 'aa', 'b!': 'bb' } },
  },
  {
    name: 'no items give an empty list',
    yaml: `inputs: { none: { type: array, default: [] } }
steps: { each: { for_each: "\${{ inputs.none }}", set: 1 } }
outputs: { all: "\${{ steps.each.output }}" }
`,
    outputs: { all: [] },
  },
  {
    name: 'an item that fails is null in its place when it may',
    yaml: `steps:
  each:
    for_each: "\${{ [1, 0, 2] }}"
    on_item_error: continue
    set: "\${{ 6 / item }}"
outputs: { all: "\${{ steps.each.output }}", why: "\${{ steps.each.items[1].error.code }}" }
`,
    outputs: { all: [6, null, 3], why: 'EXPRESSION_FAILED' },
  },
  {
    name: 'more than 100 items run in parts',
    yaml: `vars: { by: 3 }
steps:
  base: { set: 1 }
  each:
    for_each: "\${{ range(250) }}"
    concurrency: 40
    set: "\${{ item * vars.by + steps.base.output }}"
outputs: { count: "\${{ size(steps.each.output) }}", last: "\${{ steps.each.output[249] }}", sum: "\${{ sum(steps.each.output) }}" }
`,
    outputs: { count: 250, last: 748, sum: 93_625 },
  },
  {
    name: 'long lists in the items of a list share the places of the run, and go through every item',
    yaml: `steps:
  rows:
    for_each: "\${{ range(4) }}"
    as: row
    steps:
      cells: { for_each: "\${{ range(101) }}", as: cell, index: c, concurrency: 101, set: "\${{ row + cell }}" }
    outputs: { sum: "\${{ sum(steps.cells.output) }}" }
outputs: { sums: "\${{ steps.rows.output.map(row, row.sum) }}" }
`,
    outputs: { sums: [5050, 5151, 5252, 5353] },
  },
  {
    name: 'an error is replaced by a value, which may say what it was',
    yaml: `steps:
  wrong: { set: "\${{ 1 / 0 }}", on_error: { value: "\${{ steps.wrong.error.code }}" } }
outputs: { value: "\${{ steps.wrong.output }}", status: "\${{ steps.wrong.status }}" }
`,
    outputs: { value: 'EXPRESSION_FAILED', status: 'done' },
  },
  {
    name: 'an error is dealt with by steps',
    yaml: `steps:
  wrong:
    set: "\${{ 1 / 0 }}"
    on_error: { steps: { note: { set: "\${{ 'saw ' + steps.wrong.error.code }}" } }, outputs: { text: "\${{ steps.note.output }}" } }
outputs: { text: "\${{ steps.wrong.output.text }}" }
`,
    outputs: { text: 'saw EXPRESSION_FAILED' },
  },
  {
    name: 'who joins what has settled runs, whatever became of it',
    yaml: `steps:
  wrong: { set: "\${{ 1 / 0 }}", on_error: continue }
  off: { if: false, set: 1 }
  after: { needs: [wrong, off], join: settled, set: "\${{ [steps.wrong.status, steps.off.status] }}" }
outputs: { seen: "\${{ steps.after.output }}" }
`,
    outputs: { seen: ['failed', 'skipped'] },
  },
  {
    name: 'forms stand inside forms',
    yaml: `steps:
  outer:
    for_each: "\${{ [1, 2] }}"
    as: row
    index: r
    steps:
      cells:
        for_each: "\${{ [10, 20] }}"
        as: cell
        index: c
        switch: "\${{ cell > 10 ? 'big' : 'small' }}"
        cases:
          big: { repeat: { max: 2 }, set: "\${{ coalesce(previous.big.output, 0) + row * cell }}" }
          small: { set: "\${{ r + c }}" }
    outputs: { row: "\${{ steps.cells.output }}" }
outputs: { all: "\${{ steps.outer.output }}" }
`,
    outputs: { all: [{ row: [0, 40] }, { row: [1, 80] }] },
  },
  {
    name: 'a short wait goes by',
    yaml: `steps:
  pause: { wait: 50ms }
  after: { needs: pause, set: 1 }
outputs: { n: "\${{ steps.after.output }}" }
`,
    outputs: { n: 1 },
  },
];

function flat(steps: readonly StepView[]): readonly StepView[] {
  return steps.flatMap((step) => [step, ...flat(step.steps ?? [])]);
}

function around(steps: PipelineSpec['steps'], outputs: PipelineSpec['outputs'] = {}): PipelineSpec {
  return { name: 'around', vars: { word: 'not seen inside' }, steps, outputs };
}

describe('control forms', () => {
  let ground: TestGround;
  let web: WebServer;
  useScene((scene) => ({ ground, web } = scene));

  const run = (yaml: string, inputs: Record<string, unknown> = {}): Promise<RunView> =>
    runYaml(ground, `name: forms\n${yaml.replaceAll('WEB', web.url)}`, inputs);

  async function runSpec(spec: PipelineSpec): Promise<RunView> {
    const text = JSON.stringify(spec).replaceAll('WEB', web.url);
    const { plan } = makePlan(JSON.parse(text) as PipelineSpec, cardsFor(ground.config));
    return untilEnd(ground.connection, (await startRun(ground.connection, { plan })).runId);
  }

  for (const { name, yaml, inputs, outputs } of ROWS) {
    it(name, async () => assert.deepEqual(await outputsOf(ground, await run(yaml, inputs)), outputs));
  }

  const failures: readonly (readonly [name: string, yaml: string, code: string, message: RegExp, at?: string])[] = [
    ['fail says its reason', 'steps: { no: { fail: "not for ${{ run.id }}" } }', 'STEP_REFUSED', /^not for forms-/],
    [
      'a switch without a case fails',
      'steps: { route: { switch: "${{ \'z\' }}", cases: { a: { set: 1 } } } }',
      'SWITCH_NO_CASE',
      /the value is z, there are a$/,
    ],
    [
      'rounds that do not get there fail when they must',
      'steps: { up: { repeat: { until: "${{ false }}", max: 2, on_max: fail }, set: 1 } }',
      'REPEAT_MAX',
      /within 2 rounds$/,
    ],
    [
      'what is no list has no items',
      'inputs: { x: { default: 1 } }\nsteps: { each: { for_each: "${{ inputs.x }}", set: 1 } }',
      'ITEMS_INVALID',
      /gives a number, a list is needed$/,
    ],
    [
      'a list that is too long is refused',
      'steps: { each: { for_each: "${{ [1, 2, 3] }}", max: 2, set: 1 } }',
      'ITEMS_TOO_MANY',
      /there are 3, at most 2/,
    ],
    [
      'two items with one key are refused',
      'steps: { each: { for_each: "${{ [1, 1] }}", key: "${{ item }}", set: 1 } }',
      'ITEM_KEY_DUPLICATE',
      /item 1 by its key/,
    ],
    [
      'an item that fails fails the step, and says which it was',
      'steps: { each: { for_each: "${{ [1, 0] }}", set: "${{ 1 / item }}" } }',
      'EXPRESSION_FAILED',
      /./,
      'each[1]',
    ],
    [
      'a group fails with its step',
      'steps: { all: { steps: { bad: { set: "${{ 1 / 0 }}" }, later: { needs: bad, set: 1 } } } }',
      'EXPRESSION_FAILED',
      /./,
      'all/bad',
    ],
    [
      'a step that waits for nothing that can be fails',
      'inputs: { at: { type: string, default: soon } }\nsteps: { rest: { wait: "${{ inputs.at }}" } }',
      'WAIT_INVALID',
      /Cannot wait for "soon"/,
    ],
    [
      'an event that does not come fails the step',
      'steps: { rest: { wait: { event: scanned, timeout: 50ms } } }',
      'EVENT_TIMEOUT',
      /event "scanned": it did not come within 50 ms$/,
    ],
    [
      'a group that takes too long is stopped',
      'steps: { all: { timeout: 100ms, steps: { rest: { wait: 1h } } } }',
      'STEP_TIMEOUT',
      /longer than its timeout of 100 ms$/,
    ],
  ];
  for (const [name, yaml, code, message, at] of failures) {
    it(name, async () => {
      const { status, error } = await run(`${yaml}\n`);
      assert.deepEqual([status, error?.code, error?.at], ['failed', code, at]);
      assert.match(error?.message ?? '', message);
    });
  }

  it('tries a group again as a whole', async () => {
    const view = await run(`steps:
  all:
    retry: { attempts: 3, backoff: 10ms }
    steps:
      ask: { tool: http.request, with: { url: "WEB/flaky?times=2&key=group" }, retry: { attempts: 1 } }
outputs: { status: "\${{ steps.all.output.ask.status }}", attempts: "\${{ steps.all.attempts }}" }
`);
    assert.deepEqual(await outputsOf(ground, view), { status: 200, attempts: 3 });
  });

  it('shows what is inside', async () => {
    const view = await run(`steps:
  all:
    steps:
      loop: { repeat: { max: 2 }, steps: { n: { set: 1 } } }
      route: { switch: "\${{ 'a' }}", cases: { a: { set: 2 }, b: { set: 3 } } }
`);
    assert.deepEqual(
      flat(view.steps).map(({ id, kind, status }) => `${id} ${kind} ${status}`),
      ['all steps done', 'loop steps done', 'n set done', 'route switch done', 'a set done'],
    );
    const loop = stepOf(view, 'all').steps?.[0];
    assert.equal(loop?.round, 2);
  });

  describe('a pipeline inside a pipeline', () => {
    const greet: PipelineSpec = {
      name: 'greet',
      inputs: { who: { type: 'string' }, mark: { type: 'string', default: '!' } },
      vars: { word: 'Hello' },
      steps: {
        text: {
          set: '${{ vars.word + " " + inputs.who + inputs.mark }}',
          compensate: {
            tool: 'http.request',
            with: { url: 'WEB/ungreet', query: { text: '${{ steps.text.output }}' } },
          },
        },
        check: { if: '${{ inputs.who == "nobody" }}', fail: 'nobody is there' },
      },
      outputs: { text: '${{ steps.text.output }}' },
    };
    it('gets its inputs, and gives its outputs', async () => {
      const view = await runSpec(
        around(
          { each: { for_each: '${{ ["Ada", "Bob"] }}', pipeline: greet, with: { who: '${{ item }}' } } },
          { texts: '${{ steps.each.output }}' },
        ),
      );
      assert.deepEqual(await outputsOf(ground, view), { texts: [{ text: 'Hello Ada!' }, { text: 'Hello Bob!' }] });
    });

    it('still shows what was inside when it has ended', async () => {
      const view = await runSpec(
        around({
          greet: { pipeline: greet, with: { who: 'Dan' } },
          loop: {
            repeat: { max: 30, until: '${{ steps.n.output == 22 }}' },
            steps: { n: { set: '${{ coalesce(previous.n.output, 0) + 1 }}' } },
          },
        }),
      );
      assert.deepEqual(
        flat(view.steps).map(({ id, path, status }) => `${path ?? id} ${status}`),
        ['greet done', 'greet/text done', 'greet/check skipped', 'loop done', 'loop#22/n done'],
      );
    });

    it('undoes what it did when it fails, and the step fails with its error', async () => {
      const view = await runSpec(around({ greet: { pipeline: greet, with: { who: 'nobody' } } }));
      assert.deepEqual(
        [view.error?.code, view.error?.message, view.error?.at],
        ['STEP_REFUSED', 'nobody is there', 'greet/check'],
      );
      assert.deepEqual(
        view.compensations?.map(({ step, status }) => `${step} ${status}`),
        ['greet/text done'],
      );
    });

    it('is undone when the pipeline around it fails later', async () => {
      const view = await runSpec(
        around({ greet: { pipeline: greet, with: { who: 'Cleo' } }, end: { needs: 'greet', fail: 'over' } }),
      );
      assert.deepEqual(
        view.compensations?.map(({ step, status }) => `${step} ${status}`),
        ['greet/text done'],
      );
      assert.ok(web.requests.some((request) => decodeURIComponent(request).includes('ungreet?text=Hello Cleo!')));
    });

    it('is refused inputs that only the run finds wrong', async () => {
      const spec = around({
        name: { tool: 'text.template', with: { template: '[1]', data: {} } },
        greet: { pipeline: greet, with: { who: '${{ parse_json(steps.name.output) }}' } },
      });
      const view = await runSpec(spec);
      assert.equal(view.error?.code, 'INPUT_INVALID');
    });
  });
});
