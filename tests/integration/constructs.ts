import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { cardsFor } from '../../src/cards.ts';
import { startRun, type Connection } from '../../src/client.ts';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import type { PipelineSpec } from '../../src/pipeline/spec.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { answerApproval, retryStep, sendEvent, skipStep } from '../../src/steering.ts';
import { untilTrue, untilView, type TestGround } from '../runs.ts';
import type { WebServer } from '../web-server.ts';

/**
 * A run for each thing that the language can say. Its steps call the web server, each under a name of its own; in the
 * middle one call waits at a gate, or the run waits for somebody.
 */
export interface Construct {
  readonly name: string;
  readonly yaml: string;
  readonly renewAfterEvents?: number;
  /** The calls that have ended in the middle, and those that follow. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What somebody says before the middle, and after it. */
  readonly prepare?: Act;
  readonly act?: Act;
  /** Absent: the gate has been reached. */
  readonly isMiddle?: (view: RunView) => boolean;
  readonly status?: 'failed';
  readonly outputs?: Readonly<Record<string, Json>>;
  /** The steps that are undone when the run is cancelled in the middle, the newest first. */
  readonly undone: readonly string[];
  /** The parts that go on in the middle, by their paths. */
  readonly parts?: readonly string[];
}

type Act = (connection: Connection, runId: string) => Promise<unknown>;

const call = (name: string): string => `tool: http.request, with: { url: "URL/KEY/${name}" }`;
/** A call that is undone by another one. */
const kept = (name: string): string => `${call(name)}, compensate: { ${call(`undo-${name}`)} }`;
const GATE = 'tool: http.request, with: { url: "URL/gate?key=KEY" }';

export const CONSTRUCTS: readonly Construct[] = [
  {
    name: 'a group',
    yaml: `
steps:
  one: { ${kept('one')} }
  all:
    needs: one
    steps:
      two: { ${kept('two')} }
      gate: { needs: two, ${GATE} }
      three: { needs: gate, ${call('three')} }
    outputs: { body: "\${{ steps.two.output.body }}" }
outputs: { body: "\${{ steps.all.output.body }}" }
`,
    before: ['one', 'two'],
    after: ['three'],
    outputs: { body: '/KEY/two' },
    undone: ['all/two', 'one'],
  },
  {
    name: 'a group that is tried again',
    yaml: `
steps:
  all:
    retry: { attempts: 2, backoff: 10ms, retry_on: [STEP_REFUSED] }
    steps:
      first: { ${kept('first')} }
      gate: { needs: first, ${GATE} }
      flaky: { needs: gate, tool: http.request, with: { url: "URL/flaky?times=1&key=KEY" }, retry: { attempts: 1 }, on_error: continue }
      no: { if: "\${{ steps.flaky.status == 'failed' }}", fail: again }
outputs: { attempts: "\${{ steps.all.attempts }}" }
`,
    before: ['first'],
    after: ['first'],
    outputs: { attempts: 2 },
    undone: ['all/first'],
  },
  {
    name: 'a case of a switch',
    yaml: `
steps:
  route:
    switch: "\${{ 'b' }}"
    cases:
      a: { ${call('a')} }
      b:
        steps:
          one: { ${kept('one')} }
          gate: { needs: one, ${GATE} }
          two: { needs: gate, ${call('two')} }
outputs: { case: "\${{ steps.route.case }}" }
`,
    before: ['one'],
    after: ['two'],
    outputs: { case: 'b' },
    undone: ['route/b/one'],
  },
  {
    name: 'rounds',
    yaml: `
steps:
  loop:
    repeat: { max: 3 }
    steps:
      n: { set: "\${{ coalesce(previous.n.output, 0) + 1 }}" }
      ask: { ${kept('round-${{ steps.n.output }}')} }
      gate: { if: "\${{ steps.n.output == 2 }}", else: null, needs: ask, ${GATE} }
      then: { needs: gate, ${call('then-${{ steps.n.output }}')} }
    outputs: { n: "\${{ steps.n.output }}" }
outputs: { n: "\${{ steps.loop.output.n }}" }
`,
    before: ['round-1', 'then-1', 'round-2'],
    after: ['then-2', 'round-3', 'then-3'],
    outputs: { n: 3 },
    undone: ['loop#2/ask', 'loop#1/ask'],
  },
  {
    name: 'rounds in a part',
    yaml: `
steps:
  loop:
    repeat: { max: 30, until: "\${{ steps.n.output == 3 }}" }
    steps:
      n: { set: "\${{ coalesce(previous.n.output, 0) + 1 }}" }
      ask: { ${kept('round-${{ steps.n.output }}')} }
      gate: { if: "\${{ steps.n.output == 2 }}", else: null, needs: ask, ${GATE} }
      then: { needs: gate, ${call('then-${{ steps.n.output }}')} }
    outputs: { n: "\${{ steps.n.output }}" }
outputs: { n: "\${{ steps.loop.output.n }}" }
`,
    before: ['round-1', 'then-1', 'round-2'],
    after: ['then-2', 'round-3', 'then-3'],
    outputs: { n: 3 },
    undone: ['loop#2/ask', 'loop#1/ask'],
    parts: ['loop'],
  },
  {
    name: 'items',
    yaml: `
steps:
  each:
    for_each: "\${{ range(4) }}"
    concurrency: 1
    steps:
      ask: { ${kept('item-${{ item }}')} }
      gate: { if: "\${{ item == 2 }}", else: null, needs: ask, ${GATE} }
      then: { needs: gate, ${call('then-${{ item }}')} }
    outputs: { n: "\${{ item * 10 }}" }
outputs: { all: "\${{ steps.each.output.map(one, one.n) }}" }
`,
    before: ['item-0', 'then-0', 'item-1', 'then-1', 'item-2'],
    after: ['then-2', 'item-3', 'then-3'],
    outputs: { all: [0, 10, 20, 30] },
    undone: ['each[2]/ask', 'each[1]/ask', 'each[0]/ask'],
  },
  {
    name: 'items in parts',
    yaml: `
steps:
  each:
    for_each: "\${{ range(103) }}"
    concurrency: 1
    if: true
    steps:
      ask: { if: "\${{ item % 50 == 0 }}", ${kept('item-${{ item }}')} }
      gate: { if: "\${{ item == 100 }}", else: null, needs: ask, join: settled, ${GATE} }
      then: { if: "\${{ item >= 100 }}", needs: gate, ${call('then-${{ item }}')} }
outputs: { count: "\${{ size(steps.each.output) }}" }
`,
    before: ['item-0', 'item-50', 'item-100'],
    after: ['then-100', 'then-101', 'then-102'],
    outputs: { count: 103 },
    undone: ['each[100]/ask', 'each[50]/ask', 'each[0]/ask'],
    parts: ['each[100-102]'],
  },
  {
    name: 'a pipeline',
    yaml: `
steps:
  one: { ${kept('one')} }
  sub:
    pipeline:
      name: inner
      inputs: { body: { type: string } }
      steps:
        two: { ${kept('two')} }
        gate: { needs: two, ${GATE} }
        three: { needs: gate, ${call('three')} }
      outputs: { both: "\${{ inputs.body + steps.two.output.body }}" }
    with: { body: "\${{ steps.one.output.body }}" }
outputs: { both: "\${{ steps.sub.output.both }}" }
`,
    before: ['one', 'two'],
    after: ['three'],
    outputs: { both: '/KEY/one/KEY/two' },
    undone: ['sub/two', 'one'],
    parts: ['sub'],
  },
  {
    name: 'a wait for a time',
    yaml: `
steps:
  one: { ${kept('one')} }
  rest: { needs: one, wait: 1h }
  two: { needs: rest, ${call('two')} }
`,
    isMiddle: ({ waits }) => waits !== undefined,
    act: (connection, runId) => skipStep(connection, runId, { step: 'rest' }),
    before: ['one'],
    after: ['two'],
    undone: ['one'],
  },
  {
    name: 'a wait for an event',
    yaml: `
steps:
  one: { ${kept('one')} }
  scan: { needs: one, wait: { event: scanned, match: "\${{ event.id == 2 }}" } }
  two: { needs: scan, ${call('two')} }
outputs: { id: "\${{ steps.scan.output.id }}" }
`,
    prepare: async (connection, runId) => {
      await untilSeen(connection, runId, ({ waits }) => waits !== undefined);
      await sendEvent(connection, runId, { name: 'scanned', payload: { id: 1 } });
    },
    act: (connection, runId) => sendEvent(connection, runId, { name: 'scanned', payload: { id: 2 } }),
    isMiddle: ({ waits }) => waits !== undefined,
    before: ['one'],
    after: ['two'],
    outputs: { id: 2 },
    undone: ['one'],
  },
  {
    name: 'an approval',
    yaml: `
steps:
  one: { ${kept('one')} }
  ask:
    needs: one
    approve: { message: Go on?, quorum: 2, notify: { ${call('told-${{ event.kind }}')} } }
  two: { needs: ask, ${call('two')} }
outputs: { by: "\${{ steps.ask.output.by }}" }
`,
    prepare: async (connection, runId) => {
      await untilSeen(connection, runId, ({ approvals }) => approvals !== undefined);
      await answerApproval(connection, runId, { step: 'ask', choice: 'approve', by: 'ada' });
    },
    act: (connection, runId) => answerApproval(connection, runId, { step: 'ask', choice: 'approve', by: 'bob' }),
    isMiddle: ({ approvals }) => approvals?.[0]?.answers.length === 1,
    before: ['one', 'told-asked'],
    after: ['told-answered', 'two'],
    outputs: { by: 'bob' },
    undone: ['one'],
  },
  {
    name: 'steps that deal with an error',
    yaml: `
steps:
  wrong:
    tool: http.request
    with: { url: "URL/status?code=404&key=KEY" }
    on_error:
      steps:
        one: { ${kept('one')} }
        gate: { needs: one, ${GATE} }
        two: { needs: gate, ${call('two')} }
      outputs: { code: "\${{ steps.wrong.error.code }}" }
outputs: { code: "\${{ steps.wrong.output.code }}" }
`,
    before: ['one'],
    after: ['two'],
    outputs: { code: 'TOOL_HTTP_STATUS' },
    undone: ['wrong/on_error/one'],
  },
  {
    name: 'a step that is held',
    yaml: `
steps:
  one: { ${kept('one')} }
  all:
    needs: one
    on_error: hold
    steps:
      two: { ${kept('two')} }
      flaky: { needs: two, tool: http.request, with: { url: "URL/flaky?times=1&key=KEY" }, retry: { attempts: 1 } }
outputs: { body: "\${{ steps.all.output.flaky.body }}" }
`,
    isMiddle: ({ held }) => held !== undefined,
    act: (connection, runId) => retryStep(connection, runId, { step: 'all' }),
    before: ['one', 'two'],
    // A group is tried again as a whole.
    after: ['two'],
    outputs: { body: 'at last' },
    undone: ['all/two', 'one'],
  },
  {
    name: 'a run that undoes what it did',
    yaml: `
steps:
  one: { ${kept('one')} }
  two: { needs: one, ${call('two')}, compensate: { steps: { first: { ${call('undo-two')} }, gate: { needs: first, ${GATE} } } } }
  three: { needs: two, ${kept('three')} }
  end: { needs: three, fail: over }
`,
    before: ['one', 'two', 'three', 'undo-three', 'undo-two'],
    after: ['undo-one'],
    status: 'failed',
    undone: ['three', 'two', 'one'],
  },
  {
    name: 'a run in its third history',
    yaml: `
steps:
${Array.from({ length: 8 }, (_, n) => `  s${n}: { ${n === 0 ? '' : `needs: s${n - 1}, `}${kept(`s${n}`)} }`).join('\n')}
  gate: { needs: s7, ${GATE} }
  last: { needs: gate, ${call('last')} }
outputs: { first: "\${{ steps.s0.output.body }}" }
`,
    renewAfterEvents: 15,
    before: Array.from({ length: 8 }, (_, n) => `s${n}`),
    after: ['last'],
    outputs: { first: '/KEY/s0' },
    undone: Array.from({ length: 8 }, (_, n) => `s${7 - n}`),
  },
];

/** As long as a worker may be killed again and again. */
const PATIENCE_MS = 600_000;

/** A construct that runs. */
export interface Running {
  readonly construct: Construct;
  readonly runId: string;
  readonly key: string;
}

export async function startConstruct(
  { connection, config }: TestGround,
  web: WebServer,
  { construct, key = randomUUID() }: { readonly construct: Construct; readonly key?: string },
): Promise<Running> {
  const text = construct.yaml.replaceAll('URL', web.url).replaceAll('KEY', key);
  const spec = { name: `construct_${construct.name.replaceAll(' ', '_')}`, ...(parse(text) as object) };
  const { plan } = makePlan(spec as unknown as PipelineSpec, cardsFor(config));
  const { renewAfterEvents } = construct;
  const { runId } = await startRun(connection, {
    plan,
    ...(renewAfterEvents === undefined ? {} : { renewAfterEvents }),
  });
  return { construct, runId, key };
}

/** Brings a run to its middle: what comes before has been called, and nothing else can go on. */
export async function untilMiddle({ connection }: TestGround, web: WebServer, running: Running): Promise<void> {
  const { construct, runId, key } = running;
  await construct.prepare?.(connection, runId);
  const { name, isMiddle } = construct;
  const isAtGate = (): boolean => web.requests.some((request) => request.endsWith(`/gate?key=${key}`));
  if (isMiddle !== undefined) await untilSeen(connection, runId, isMiddle);
  else await untilTrue(`${name} reaches its gate`, isAtGate, PATIENCE_MS);
  assert.deepEqual(new Set(callsOf(web, running)), new Set([...construct.before].toSorted()), name);
}

/** As `untilView`; whoever kills workers must see what becomes of that. */
export async function untilSeen(...[connection, runId, looksRight]: Parameters<typeof untilView>): Promise<RunView> {
  for (;;) {
    try {
      return await untilView(connection, runId, looksRight, PATIENCE_MS);
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'WORKER_MISSING') throw error;
    }
  }
}

/** The names of the calls of a run, sorted. */
export function callsOf({ requests }: WebServer, { key }: Running): readonly string[] {
  const start = `GET /${key}/`;
  return requests.flatMap((each) => (each.startsWith(start) ? [each.slice(start.length)] : [])).toSorted();
}

/** Lets a run that is in its middle go on to its end. */
export async function goOn(
  { connection }: TestGround,
  web: WebServer,
  { construct, runId, key }: Running,
): Promise<void> {
  web.open(key);
  await construct.act?.(connection, runId);
}
