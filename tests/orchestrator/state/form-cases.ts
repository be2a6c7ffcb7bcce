import type { HistoryCase } from './history-cases.ts';
import {
  answered,
  cancelledInAPart,
  cancelledWhileWaiting,
  pausedInAPart,
  retried,
  skipped,
  skippedAhead,
  told,
} from './history-acts.ts';

const GET = (name: string): string => `tool: http.request, with: { url: "WEB/${name}" }`;
const UNDONE = (name: string): string => `${GET(name)}, compensate: { ${GET(`undo-${name}`)} }`;
const FLAKY = 'tool: http.request, with: { url: "WEB/flaky?times=1&key=CASE" }, retry: { attempts: 1 }';
const PAUSE = '{ tool: http.request, with: { url: "WEB/wait?ms=500" } }';

const INNER = `name: inner
inputs: { text: { type: string } }
steps:
  ask: { ${UNDONE('inner')} }
  both: { set: "\${{ inputs.text + steps.ask.output.body }}" }
outputs: { both: "\${{ steps.both.output }}" }
`;

/** Control forms, failures and people. */
export const FORM_CASES: readonly HistoryCase[] = [
  {
    name: 'groups',
    yaml: `name: groups
steps:
  one: { set: 1 }
  all:
    steps:
      two: { ${GET('two')} }
      wrong: { set: "\${{ 1 / (steps.one.output - 1) }}", on_error: continue }
      deep: { needs: two, steps: { three: { ${GET('three')} } }, outputs: { body: "\${{ steps.three.output.body }}" } }
      after: { needs: [wrong, deep], join: settled, set: "\${{ steps.wrong.status }}" }
    checks: [{ matches: failed }]
    outputs: { text: "\${{ steps.after.output + steps.deep.output.body }}" }
outputs: { text: "\${{ steps.all.output.text }}" }
`,
  },
  {
    name: 'group-tried-again',
    yaml: `name: again
steps:
  all: { retry: { attempts: 2, backoff: 10ms }, steps: { one: { ${GET('one')} }, flaky: { needs: one, ${FLAKY} } } }
`,
  },
  { name: 'group-timeout', yaml: 'name: late\nsteps: { all: { timeout: 100ms, steps: { rest: { wait: 1h } } } }\n' },
  {
    name: 'switches',
    yaml: `name: switches
steps:
  route: { switch: "\${{ 'b' }}", cases: { a: { set: 1 }, b: { steps: { ask: { ${GET('b')} } } } } }
  other: { switch: "\${{ 'z' }}", cases: { a: { set: 1 } }, default: { ${GET('other')} } }
  none: { switch: "\${{ 'z' }}", cases: { a: { set: 1 } }, on_error: continue }
outputs: { cases: "\${{ [steps.route.case, steps.other.case] }}" }
`,
  },
  {
    name: 'rounds',
    yaml: `name: rounds
steps:
  loop:
    repeat: { max: 5, until: "\${{ steps.n.output == 3 }}" }
    steps:
      n: { set: "\${{ coalesce(previous.n.output, 0) + 1 }}" }
      ask: { ${GET('round-${{ steps.n.output }}')} }
  once_more: { repeat: { max: 2 }, ${GET('again')} }
outputs: { rounds: "\${{ steps.loop.rounds }}" }
`,
  },
  {
    name: 'rounds-in-a-part',
    yaml: `name: long_rounds
steps:
  base: { set: 5 }
  loop:
    repeat: { max: 30, until: "\${{ steps.n.output == 7 }}" }
    steps:
      n: { set: "\${{ coalesce(previous.n.output, steps.base.output) + 1 }}" }
      ask: { ${UNDONE('round-${{ steps.n.output }}')} }
outputs: { rounds: "\${{ steps.loop.rounds }}" }
`,
    also: { part: { part: 'loop' } },
  },
  {
    name: 'items',
    yaml: `name: items
steps:
  each:
    for_each: "\${{ ['a', 'b', 'c'] }}"
    key: "\${{ item }}"
    concurrency: 2
    on_item_error: continue
    steps:
      ask: { ${GET('item-${{ item }}')} }
      no: { needs: ask, if: "\${{ item == 'b' }}", fail: "not \${{ item }}" }
outputs: { why: "\${{ steps.each.items[1].error.code }}" }
`,
  },
  {
    name: 'items-in-parts',
    yaml: `name: many_items
steps:
  base: { set: 1 }
  each:
    for_each: "\${{ range(102) }}"
    steps: { n: { set: "\${{ item + steps.base.output }}" }, ask: { if: "\${{ item >= 100 }}", ${GET('item-${{ item }}')} } }
    outputs: { n: "\${{ steps.n.output }}" }
outputs: { sum: "\${{ sum(steps.each.output.map(one, one.n)) }}" }
`,
    also: { first: { part: 'each[0-99]' }, last: { part: 'each[100-101]' } },
  },
  {
    name: 'pipeline',
    yaml: `name: outer
steps:
  one: { set: a }
  sub: { pipeline: ./inner.yaml, with: { text: "\${{ steps.one.output }}" } }
  end: { needs: sub, fail: over }
`,
    files: { 'inner.yaml': INNER },
    also: { part: { part: 'sub' } },
  },
  {
    name: 'wait-for-a-time',
    yaml: `name: nap\nsteps:\n  rest: { wait: 300ms }\n  after: { needs: rest, ${GET('after')} }\n`,
  },
  {
    name: 'wait-for-an-event',
    yaml: `name: scan
steps:
  scan: { wait: { event: scanned, match: "\${{ event.id == 2 }}", schema: { type: object, properties: { id: { type: integer } } } } }
  late: { wait: { event: never, timeout: 100ms, on_timeout: { value: nothing } } }
  after: { needs: [scan, late], ${GET('after')} }
outputs: { id: "\${{ steps.scan.output.id }}", late: "\${{ steps.late.output }}" }
`,
    act: told({ name: 'scanned', payload: { id: 1 } }, { name: 'scanned', payload: { id: 2 } }),
  },
  {
    name: 'wait-skipped',
    yaml: `name: nap\nsteps:\n  rest: { wait: 1h }\n  after: { set: "\${{ steps.rest.output }}" }\n`,
    act: skipped('rest', 'awake'),
  },
  {
    name: 'approval',
    yaml: `name: approval
steps:
  ask:
    approve:
      message: Send it?
      to: [support]
      options: [send, reject]
      edit: "\${{ 'text' }}"
      answer: { type: object, properties: { why: { type: string } }, required: [why] }
      quorum: 2
      notify: { ${GET('told-${{ event.kind }}')} }
  after: { needs: ask, ${GET('after')} }
outputs: { by: "\${{ steps.ask.output.by }}" }
`,
    act: answered(
      { step: 'ask', choice: 'send', by: 'ada', groups: ['support'], answer: { why: 'good' } },
      { step: 'ask', choice: 'reject', by: 'bob', groups: ['support'], answer: { why: 'bad' } },
      { step: 'ask', choice: 'send', by: 'support', answer: { why: 'yes' }, edited: 'better', comment: 'at last' },
    ),
  },
  {
    name: 'approval-timeout',
    yaml: `name: nobody
steps:
  ask:
    approve:
      message: Well?
      to: [ada]
      remind: 300ms
      escalate: { after: 450ms, to: [bob] }
      timeout: 800ms
      on_timeout: reject
      notify: { ${GET('told-${{ event.kind }}')} }
outputs: { choice: "\${{ steps.ask.output.choice }}" }
`,
  },
  { name: 'fail', yaml: 'name: refused\nsteps: { no: { fail: "not for ${{ run.id }}" } }\n' },
  {
    name: 'held-and-retried',
    yaml: `name: held
timeout: 1h
steps:
  ask: { ${FLAKY}, on_error: hold }
  after: { needs: ask, ${GET('after')} }
`,
    act: retried('ask'),
  },
  {
    name: 'held-group-retried',
    yaml: `name: held_group
steps:
  all: { on_error: hold, steps: { one: { ${GET('one')} }, flaky: { needs: one, ${FLAKY} } } }
`,
    act: retried('all'),
  },
  {
    name: 'held-and-skipped',
    yaml: `name: held\nsteps:\n  ask: { ${GET('status?code=404')}, on_error: hold }\n  after: { set: "\${{ steps.ask.output }}" }\n`,
    act: skipped('ask', 'given'),
  },
  {
    name: 'error-handled',
    yaml: `name: handled
steps:
  value: { ${GET('status?code=404')}, on_error: { value: "\${{ steps.value.error.code }}" } }
  steps_: { fail: not so, on_error: { steps: { note: { ${GET('note')} } }, outputs: { code: "\${{ steps.steps_.error.code }}" } } }
outputs: { value: "\${{ steps.value.output }}", code: "\${{ steps.steps_.output.code }}" }
`,
  },
  {
    name: 'undone',
    yaml: `name: undone
steps:
  one: { ${UNDONE('one')} }
  two: { needs: one, ${GET('two')}, compensate: { steps: { ask: { ${GET('undo-two')} }, no: { needs: ask, fail: "cannot" } } } }
  end: { needs: two, fail: over }
`,
  },
  {
    name: 'cancelled-and-undone',
    yaml: `name: undone
steps:
  one: { ${UNDONE('one')} }
  rest: { needs: one, wait: 1h }
`,
    act: cancelledWhileWaiting,
  },
  {
    name: 'cancelled-part',
    yaml: `name: stopped
steps:
  loop: { repeat: { max: 30 }, steps: { ask: { ${UNDONE('ask')} }, rest: { needs: ask, wait: 1h } } }
`,
    act: cancelledInAPart,
    also: { part: { part: 'loop' } },
  },
  {
    name: 'paused-part',
    yaml: `name: paused_part
steps:
  loop: { repeat: { max: 30, until: "\${{ true }}" }, steps: { slow: ${PAUSE}, after: { needs: slow, ${GET('after')} } } }
`,
    act: pausedInAPart,
    also: { part: { part: 'loop' } },
  },
  {
    name: 'event-for-a-part',
    yaml: `name: ticks
steps:
  loop:
    repeat: { max: 30, until: "\${{ steps.tick.output.id == 2 }}" }
    steps: { tick: { wait: { event: tick } } }
    outputs: { id: "\${{ steps.tick.output.id }}" }
outputs: { id: "\${{ steps.loop.output.id }}" }
`,
    act: told({ name: 'tick', payload: { id: 1 } }, { name: 'tick', payload: { id: 2 } }),
    also: { part: { part: 'loop' } },
  },
  {
    name: 'event-for-one-of-two-parts',
    yaml: `name: scans
steps:
${['one', 'two'].map((id) => `  ${id}: { pipeline: { name: inner, steps: { scan: { wait: { event: scanned } }, more: { needs: scan, ${GET('more')} } } } }`).join('\n')}
`,
    act: told({ name: 'scanned', payload: { id: 1 } }, { name: 'scanned', payload: { id: 2 } }),
    also: { part: { part: 'two' } },
  },
  {
    name: 'pending-skipped',
    yaml: `name: ahead\nsteps:\n  first: ${PAUSE}\n  ask: { needs: first, ${GET('ask')} }\n`,
    act: skippedAhead('ask'),
  },
  {
    name: 'run-timeout-reached',
    yaml: `name: too_long\ntimeout: 500ms\nsteps:\n  one: { ${UNDONE('one')} }\n  rest: { needs: one, wait: 1h }\n`,
  },
  {
    name: 'continued',
    yaml: `name: continued
steps:
${Array.from({ length: 4 }, (_, n) => `  s${n}: { ${n === 0 ? '' : `needs: s${n - 1}, `}${UNDONE(`s${n}`)} }`).join('\n')}
  scan: { wait: { event: scanned } }
  end: { needs: [s3, scan], fail: over }
`,
    renewAfterEvents: 15,
    act: told({ name: 'scanned', payload: null }),
    also: { first: { first: true } },
  },
  {
    name: 'fork',
    yaml: `name: forked
steps:
  text: { tool: text.template, with: { template: hello, data: {} }, checks: [{ length: { min: 1 } }] }
  all: { steps: { again: { tool: text.template, with: { template: "{{t}}", data: { t: "\${{ steps.text.output }}" } } } } }
outputs: { all: "\${{ steps.all.output }}" }
`,
    isForked: true,
  },
  {
    name: 'saved-file',
    yaml: `name: saved
steps:
  text: { set: { a: 1 }, save_to: { path: out/text.json, value: "\${{ steps.text.output }}" } }
  wrong: { set: 1, save_to: { path: "\${{ '../' + run.id }}", value: x }, on_error: continue }
`,
  },
];
