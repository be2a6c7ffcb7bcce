import { CONVERSATION_CASES } from './conversation-cases.ts';
import { FORM_CASES } from './form-cases.ts';
import { LADDER_CASES } from './ladder-cases.ts';
import { MONEY_CASES } from './money-cases.ts';
import { cancelled, pausedAndResumed, signalled, type Act } from './history-acts.ts';

/** Runs whose histories are committed: every kind of step, every way to end, every message. `WEB` and `MODEL` are filled in. */
export interface HistoryCase {
  readonly name: string;
  readonly yaml: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** What somebody does to the run while it waits. */
  readonly act?: Act;
  /** Pipelines that `yaml` names, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly renewAfterEvents?: number;
  /** The history that is committed is that of a fork of the run. */
  readonly isForked?: true;
  /** Other histories of the run that are committed, too, as `<name>.<key>.json`: where they are found. */
  readonly also?: Readonly<Record<string, OtherHistory>>;
}

/** That of a part, by its path, or the first one of a run that went on in new ones. */
export type OtherHistory = { readonly part: string } | { readonly first: true };

/** The names of the committed files, without their ending. */
export function historyNames({ name, also = {} }: HistoryCase): readonly string[] {
  return [name, ...Object.keys(also).map((key) => `${name}.${key}`)];
}

const WAIT = '{ tool: http.request, with: { url: "WEB/wait?ms=500" } }';

export const HISTORY_CASES: readonly HistoryCase[] = [
  {
    name: 'every-kind',
    inputs: { who: 'Ada' },
    yaml: `name: every_kind
inputs: { who: { type: string } }
models: { small: { use: ollama/MODEL, max_output_tokens: 6, accept: [length] } }
steps:
  ask: { model: small, prompt: "Greet \${{ inputs.who }}", checks: [{ length: { min: 1 } }] }
  pick:
    model: ollama/MODEL
    prompt: Pick one.
    output: { type: object, properties: { label: { enum: [a, b] } }, required: [label] }
  text: { tool: text.template, with: { template: "{{a}}", data: { a: "\${{ steps.pick.output.label }}" } } }
  look: { check: { value: "\${{ steps.text.output }}", length: { min: 1 }, matches: "^[ab]$" } }
  all: { set: ["\${{ steps.ask.output }}", "\${{ steps.look.output }}"] }
outputs: { all: "\${{ steps.all.output }}" }
`,
  },
  {
    name: 'conditions',
    yaml: `name: conditions
steps:
  no: { if: "\${{ 1 > 2 }}", set: never }
  instead: { if: "\${{ false }}", else: [], set: never }
  after: { set: "\${{ steps.no.output }}" }
  asks: { set: "\${{ steps.no.status }}" }
  ordered: { needs: asks, tool: text.template, with: { template: x, data: {} } }
outputs: { asks: "\${{ steps.asks.output }}" }
`,
  },
  {
    name: 'tolerated-failure',
    yaml: `name: tolerated
steps:
  broken: { tool: http.request, with: { url: "WEB/status?code=404" }, on_error: continue }
  reason: { set: "\${{ steps.broken.error.code }}" }
outputs: { reason: "\${{ steps.reason.output }}" }
`,
  },
  {
    name: 'failure',
    yaml: `name: failure
steps:
  slow: ${WAIT}
  broken: { tool: http.request, with: { url: "WEB/status?code=400" } }
  never: { set: "\${{ steps.slow.output.status }}" }
`,
  },
  {
    name: 'refused-by-a-check',
    yaml: 'name: refused\nsteps:\n  text: { check: { value: too long, length: { max: 3 } } }\n',
  },
  {
    name: 'judged',
    yaml: `name: judged
models: { small: { use: ollama/MODEL, max_output_tokens: 300 } }
steps:
  text:
    set: The sky is blue.
    checks:
      - judge: { model: small, rubric: Is it about the sky?, votes: 2, pass: 0 }
      - grounded_in: { model: small, sources: ["By day the sky is blue."], pass: 0 }
      - tool: { tool: text.template, with: { template: "no \${{ output }}", data: {} } }
`,
  },
  {
    name: 'retries',
    yaml: `name: retries
steps:
  patient: { tool: http.request, with: { url: "WEB/flaky?times=2&key=CASE" }, retry: { attempts: 3, backoff: 10ms } }
  slow: { tool: http.request, with: { url: "WEB/wait?ms=2000" }, timeout: 200ms, retry: { attempts: 2, backoff: 10ms }, on_error: continue }
`,
  },
  {
    name: 'fallback',
    yaml: `name: fallback
models: { small: { use: ollama/MODEL, max_output_tokens: 4, accept: [length] } }
steps:
  ask: { model: [ollama/no-such-model, small], prompt: Hi }
`,
  },
  {
    name: 'long-values',
    yaml: `name: long_values
steps:
  get: { tool: http.request, with: { url: "WEB/bytes?count=100000" } }
  size: { set: "\${{ size(steps.get.output.body) }}" }
  digits: { set: "\${{ steps.get.output.body.matches('[0-9]') }}" }
outputs: { size: "\${{ steps.size.output }}", body: "\${{ steps.get.output.body }}" }
`,
  },
  {
    name: 'fan-out',
    yaml: `name: fan_out
concurrency: 8
steps:
${Array.from({ length: 20 }, (_, index) => `  s${index}: { tool: text.template, with: { template: "${index}", data: {} } }`).join('\n')}
outputs: { last: "\${{ steps.s19.output }}" }
`,
  },
  { name: 'run-timeout', yaml: `name: run_timeout\ntimeout: 200ms\nsteps:\n  slow: ${WAIT}\n` },
  { name: 'paused', act: pausedAndResumed, yaml: pausing('paused') },
  { name: 'signalled', act: signalled, yaml: pausing('signalled') },
  {
    name: 'cancelled',
    act: cancelled,
    yaml: `name: cancelled\nsteps:\n  slow: ${WAIT}\n  after: { needs: slow, set: 1 }\n`,
  },
  {
    name: 'failed-output',
    yaml: 'name: failed_output\nsteps:\n  s: { set: 0 }\noutputs: { n: "${{ 1 / int(steps.s.output) }}" }\n',
  },
  ...FORM_CASES,
  ...CONVERSATION_CASES,
  ...LADDER_CASES,
  ...MONEY_CASES,
];

function pausing(name: string): string {
  return `name: ${name}\nsteps:\n  first: ${WAIT}\n  second: { needs: first, tool: text.template, with: { template: x, data: {} } }\n`;
}
