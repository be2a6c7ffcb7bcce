import { HandlerSpec, RetrySpec, failureKeys } from '../../../pipeline/spec/failure.ts';
import type { ModifierSection } from '../sections.ts';

/** What becomes of a step that fails. */
export const FAILURE_SECTIONS: readonly ModifierSection[] = [
  {
    title: 'Retry',
    name: 'retry',
    text: 'Whether a failure may be repeated is told by its [code](errors.md): a wrong key is not tried again, an overloaded server is. `retry_on` and `never_on` say otherwise, apart from calls that may have taken effect: these are never made again. A step that holds others, or waits, is tried once unless it has `retry`; a second try of it begins from the beginning.',
    shape: RetrySpec.shape,
    example: `
name: retry
steps:
  search:
    tool: http.request
    with: { url: https://tracker.example/search }
    timeout: 10s
    retry: { attempts: 5, backoff: 1s, max_backoff: 30s, within: 2m, never_on: [STEP_TIMEOUT] }
  import:
    retry: { attempts: 2, backoff: 1m, retry_on: [CHECK_FAILED] }
    steps:
      load:
        tool: http.request
        with: { url: https://tracker.example/export }
        checks: [{ expect: "\${{ output.status == 200 }}" }]
outputs:
  found: \${{ steps.search.output.body }}
`,
  },
  {
    title: 'When a step fails',
    name: 'on_error',
    text: 'After its last attempt a step fails, and with it the run, unless `on_error` says otherwise. `continue` goes on with those steps that do not need it. `hold` waits until a person tries it again, skips it, or gives its output (`orchestrator runs retry` and `skip`); the timeout of the run stands still meanwhile. A map makes it good: the step then counts as done. What is in the map may read `steps.<id>.error`, that is `{ code, message, attempts }`, of the step itself.',
    shape: HandlerSpec.shape,
    example: `
name: on-error
steps:
  search:
    tool: http.request
    with: { url: https://tracker.example/search }
    on_error: { value: { status: 0, body: "\${{ steps.search.error.message }}" } }
  publish:
    tool: http.request
    with: { method: POST, url: https://tracker.example/replies }
    on_error:
      steps:
        note:
          tool: fs.write
          with: { path: failed.txt, text: "\${{ steps.publish.error.code }}" }
      outputs: { status: 0, note: "\${{ steps.note.output.path }}" }
  ship:
    needs: publish
    tool: http.request
    with: { method: POST, url: https://tracker.example/orders }
    on_error: hold                              # a person decides
outputs:
  found: \${{ steps.search.output.body }}
`,
  },
  {
    title: 'Undoing a step',
    name: 'compensate',
    text: 'When a run fails, or is cancelled, the steps that are done are undone by what their `compensate` says, the last one first. It is a step, or a map with `steps`, and may read what the step gave. A step that a forked run took over is not undone, nor one that a person gave the output of. What cannot be undone is told, and the rest goes on; `orchestrator runs show` lists what became of each.',
    shape: { compensate: failureKeys.compensate },
    example: `
name: compensate
inputs:
  order: { type: string }
steps:
  reserve:
    tool: http.request
    with: { method: POST, url: https://stock.example/reservations, body: { order: "\${{ inputs.order }}" } }
    compensate:
      tool: http.request
      with: { method: DELETE, url: "https://stock.example/reservations/\${{ steps.reserve.output.body.id }}" }
  charge:
    needs: reserve
    tool: http.request
    with: { method: POST, url: https://bank.example/charges, body: { order: "\${{ inputs.order }}" } }
    compensate:
      steps:
        refund:
          tool: http.request
          with: { method: POST, url: "https://bank.example/refunds/\${{ steps.charge.output.body.id }}" }
        note:
          tool: fs.write
          with: { path: refund.json, text: "\${{ json(steps.refund.output.body) }}" }
outputs:
  charge: \${{ steps.charge.output.body }}
`,
  },
];
