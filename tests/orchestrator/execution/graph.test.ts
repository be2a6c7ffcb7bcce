import assert from 'node:assert/strict';
import { planMermaid } from '../../../src/pipeline/graph/mermaid.ts';
import { planText } from '../../../src/pipeline/graph.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { cards } from './cards.ts';

function planOf(text: string): Plan {
  return makePlan(parsePipeline(text, 'p.yaml'), cards).plan;
}

const LARGE = planOf(`
name: triage
version: "3"
timeout: 90s
concurrency: 20
steps:
  classify: { model: [ollama/a, ollama/b], prompt: x, checks: [{ expect: "\${{ output != '' }}" }, { contains: a }] }
  search:
    if: "\${{ steps.classify.output ==
      'bug' }}"
    else: []
    tool: http.request
    with: { url: x }
    on_error: continue
  report: { set: "\${{ steps.search.status }}", needs: classify }
  end: { check: { value: "\${{ steps.report.output }}", length: { max: 3 } } }
outputs:
  text: \${{ steps.report.output }}
  again: \${{ steps.report.output }}
`);

const NESTED = planOf(`
name: nested
inputs: { parts: { type: array, items: { type: object } }, kind: { type: string } }
steps:
  drafts:
    for_each: "\${{ inputs.parts }}"
    as: part
    concurrency: 4
    set: "\${{ part }}"
  refine:
    needs: drafts
    repeat: { until: "\${{ steps.review.output }}", max: 4 }
    steps:
      rewrite: { set: 1 }
      review: { set: "\${{ steps.rewrite.output == 1 }}" }
  route:
    switch: "\${{ inputs.kind }} of \${{ steps.drafts.status }}"
    cases:
      bug: { steps: { find: { tool: text.template, with: { template: a, data: 1 } } } }
    default: { set: 1, repeat: { max: 2 } }
  both: { for_each: [north, south, "the west, from the sea up to the mountains, and everything between"], set: 1 }
  more: { for_each: ["\${{ inputs.kind }}", x], set: 1 }
`);

const FAILING = planOf(`
name: failing
steps:
  send:
    tool: http.request
    with: { url: x }
    on_error: { steps: { note: { set: 1 }, stop: { fail: "no \${{ steps.note.output }}" } } }
    compensate: { steps: { back: { set: 1 } } }
  ask: { approve: { message: "Send?", options: ["yes", "no"] }, on_error: hold }
  pause: { wait: 2h, needs: ask, on_error: { value: 1 } }
  scan: { wait: { event: scanned }, save_to: { path: a.txt, value: "\${{ run.id }}" } }
`);

describe('planText', () => {
  it('shows what comes when a step fails, is undone, or is done', () => {
    assert.deepEqual(planText(FAILING).split('\n'), [
      'failing: 4 steps (7 with those inside), 100 at a time',
      '  send          tool http.request',
      '    on error:',
      '      note      set',
      '      stop      fail: no ${{ steps.note.output }}  after note',
      '    undone by:',
      '      back      set',
      '  ask           approve: yes or no                 held when it fails',
      '  pause         wait 2h                            after ask; has a value for its failure',
      '  scan          wait for event scanned             saves a.txt',
    ]);
  });

  it('shows each step with what it does and what it waits for', () => {
    assert.deepEqual(planText(LARGE).split('\n'), [
      'triage (version 3): 4 steps, 20 at a time, at most 90s',
      '  classify  model ollama/a, else ollama/b  checks expect, contains',
      "  search    tool http.request              after classify; if steps.classify.output == 'bug'; has an else; may fail",
      '  report    set                            after classify, search (however it ends)',
      '  end       check                          after report; checks length',
      '  gives text, again',
    ]);
  });

  it('shows the steps inside a step below it, and how often they are made', () => {
    assert.deepEqual(planText(NESTED).split('\n'), [
      'nested: 5 steps (10 with those inside), 100 at a time',
      '  drafts      set                                                      for each part of inputs.parts, 4 at a time, at most 1000',
      '  refine      group                                                    after drafts; at most 4 rounds until steps.review.output',
      '    rewrite   set',
      '    review    set                                                      after rewrite',
      '  route       switch ${{ inputs.kind }} of ${{ steps.drafts.status }}  after drafts (however it ends)',
      '    case bug  group',
      '      find    tool text.template',
      '    default   set                                                      2 rounds',
      '  both        set                                                      for each item of a list of 3, 10 at a time, at most 1000',
      '  more        set                                                      for each item of a list, 10 at a time, at most 1000',
    ]);
  });

  it('shows the steps of another pipeline, and of long texts the beginning', () => {
    const plan = planOf(`
name: x
inputs: { kind: { type: string } }
steps:
  other: { pipeline: { name: child, steps: { first: { set: 1 } } } }
  long:
    switch: "\${{ inputs.kind }} and \${{ inputs.kind }} and \${{ inputs.kind }}"
    cases: { one: { set: 1 } }
`);
    assert.deepEqual(planText(plan).split('\n').slice(1), [
      '  other       pipeline child',
      '    first     set',
      '  long        switch ${{ inputs.kind }} and ${{ inputs.kind }} and ${{ inputs.kin…',
      '    case one  set',
    ]);
  });

  it('leaves out what there is not', () => {
    assert.equal(planText(planOf('name: x\nsteps: { a: { set: 1 } }')), 'x: 1 step, 100 at a time\n  a  set');
  });
});

describe('planMermaid', () => {
  it('draws beside a step what comes when it fails or is undone', () => {
    assert.deepEqual(planMermaid(FAILING).split('\n'), [
      'flowchart TD',
      '  s0[["send<br/>tool http.request"]]',
      '  subgraph s4["on error"]',
      '    s5("note<br/>set")',
      '    s6>"stop<br/>fail: no #36;#123;#123; steps.note.output #125;#125;"]',
      '    s5 --> s6',
      '  end',
      '  s0 -.-> s4',
      '  subgraph s7["undone by"]',
      '    s8("back<br/>set")',
      '  end',
      '  s0 -.-> s7',
      '  s1[/"ask<br/>approve: yes or no"/]',
      '  s2(["pause<br/>wait 2h"])',
      '  s3(["scan<br/>wait for event scanned"])',
      '  s1 --> s2',
    ]);
  });

  it('draws a shape for each kind of step, and a dotted arrow where any end will do', () => {
    assert.deepEqual(planMermaid(LARGE).split('\n'), [
      'flowchart TD',
      '  s0["classify<br/>model ollama/a, else ollama/b"]',
      '  s1[["search<br/>tool http.request<br/>if steps.classify.output == #39;bug#39;"]]',
      '  s2("report<br/>set")',
      '  s3{{"end<br/>check"}}',
      '  s0 --> s1',
      '  s0 --> s2',
      '  s1 -.-> s2',
      '  s2 --> s3',
    ]);
  });

  it('draws a step that holds others around them', () => {
    assert.deepEqual(planMermaid(NESTED).split('\n'), [
      'flowchart TD',
      '  s0("drafts<br/>set<br/>for each part of inputs.parts, 4 at a time, at most 1000")',
      '  subgraph s1["refine<br/>group<br/>at most 4 rounds until steps.review.output"]',
      '    s5("rewrite<br/>set")',
      '    s6("review<br/>set")',
      '    s5 --> s6',
      '  end',
      '  subgraph s2["route<br/>switch #36;#123;#123; inputs.kind #125;#125; of #36;#123;#123; steps.drafts.status #125;#125;"]',
      '    subgraph s7["case bug<br/>group"]',
      '      s9[["find<br/>tool text.template"]]',
      '    end',
      '    s8("default<br/>set<br/>2 rounds")',
      '  end',
      '  s3("both<br/>set<br/>for each item of a list of 3, 10 at a time, at most 1000")',
      '  s4("more<br/>set<br/>for each item of a list, 10 at a time, at most 1000")',
      '  s0 --> s1',
      '  s0 -.-> s2',
    ]);
  });

  it('lets no label end itself or become HTML', () => {
    const plan = planOf("name: x\nsteps: { a: { set: 1, if: \"${{ '\\\"]--><script>#35;&`é' != '' }}\" } }");
    const label = 'if #39;#34;#93;--#62;#60;script#62;#35;35#59;#38;#96;é#39; #33;= #39;#39;';
    assert.equal(planMermaid(plan).split('\n')[1], `  s0("a<br/>set<br/>${label}")`);
  });
});
