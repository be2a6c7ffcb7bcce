import assert from 'node:assert/strict';
import { planMermaid, planText } from '../../../src/pipeline/graph.ts';
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

describe('planText', () => {
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

  it('leaves out what there is not', () => {
    assert.equal(planText(planOf('name: x\nsteps: { a: { set: 1 } }')), 'x: 1 step, 100 at a time\n  a  set');
  });
});

describe('planMermaid', () => {
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

  it('lets no label end itself or become HTML', () => {
    const plan = planOf("name: x\nsteps: { a: { set: 1, if: \"${{ '\\\"]--><script>#35;&`é' != '' }}\" } }");
    const label = 'if #39;#34;#93;--#62;#60;script#62;#35;35#59;#38;#96;é#39; #33;= #39;#39;';
    assert.equal(planMermaid(plan).split('\n')[1], `  s0("a<br/>set<br/>${label}")`);
  });
});
