import { EscalateSpec, NotifySpec } from '../../../pipeline/spec/asking.ts';
import { ApprovalSpec, WaitForEventSpec } from '../../../pipeline/spec/kinds/waiting.ts';
import type { KindSection } from '../sections.ts';

/** The kinds that wait, and the one that fails. */
export const WAITING_SECTIONS: readonly KindSection[] = [
  {
    kind: 'approve',
    title: 'Approvals',
    text: 'An approval asks people, and waits. Its output is `{ choice, edited, answer, by, at, comment, answers }`: `edited` is what `edit` offered, changed or not; `answer` is the form; `by` is who decided, and null when the time was over; `answers` lists everything that was said, by whom and when. Without `timeout` it waits as long as it takes. When the time is over and `on_timeout` is `fail`, the step fails with `APPROVAL_TIMEOUT`.',
    tables: [
      { text: 'The keys of `approve`:', shape: ApprovalSpec.shape },
      { text: 'Of its `escalate`:', shape: EscalateSpec.shape },
      {
        text: 'And of its `notify`. When that tool fails the approval goes on; the run says so in `ignored`.',
        shape: NotifySpec.shape,
      },
    ],
    example: `
name: approve-step
inputs:
  ticket: { type: string }
steps:
  draft:
    model: ollama/smollm2:135m
    prompt: "Answer this: \${{ inputs.ticket }}"
  ask:
    approve:
      message: "Send this? \${{ steps.draft.output }}"
      to: [support-leads]
      options: [send, reject]
      edit: \${{ steps.draft.output }}            # the person may change it
      answer: { type: object, properties: { reason: { type: string } } }
      quorum: 2
      remind: 1d
      escalate: { after: 2d, to: [head-of-support] }
      timeout: 3d
      on_timeout: reject
      notify:
        tool: http.request
        with: { method: POST, url: https://chat.example/hook, body: { text: "\${{ event.kind }}: \${{ event.message }}" } }
  publish:
    if: \${{ steps.ask.output.choice == "send" }}
    tool: fs.write
    with: { path: reply.md, text: "\${{ steps.ask.output.edited }}" }
outputs:
  by: \${{ steps.ask.output.by }}
`,
  },
  {
    kind: 'wait',
    title: 'Waits',
    text: 'A wait takes a duration, a time with its offset, or an expression that gives one of these or a number of milliseconds; its output is null. Or it waits for an event of a name, which `orchestrator runs send` or any other client sends: its output is then what the event brings. Events that came before are kept, and a wait takes the oldest one that fits. When the time for an event is over, the step fails with `EVENT_TIMEOUT`, unless `on_timeout` says otherwise.',
    tables: [{ text: 'The keys of a wait for an event:', shape: WaitForEventSpec.shape }],
    example: `
name: wait-step
inputs:
  order: { type: string }
  pause: { type: string, default: 10m }
steps:
  pause:
    wait: \${{ inputs.pause }}
  scanned:
    needs: pause
    wait:
      event: scanned
      match: \${{ event.order == inputs.order }}
      schema: { type: object, properties: { order: { type: string }, weight: { type: number } }, required: [order] }
      timeout: 3d
      on_timeout: { value: { order: none, weight: 0.0 } }
outputs:
  weight: \${{ steps.scanned.output.weight }}
`,
  },
  {
    kind: 'fail',
    title: 'Fail steps',
    text: 'A fail step fails with `STEP_REFUSED`, and so ends the run unless its `on_error` says otherwise. Most often it has an `if`, or stands in a switch.',
    example: `
name: fail-step
inputs:
  order: { type: object, properties: { id: { type: string }, lines: { type: array } } }
steps:
  empty:
    if: \${{ size(inputs.order.lines) == 0 }}
    fail: "Order \${{ inputs.order.id }} has no lines"
  pack:
    join: settled
    needs: empty
    set: \${{ inputs.order.lines }}
outputs:
  lines: \${{ steps.pack.output }}
`,
  },
];
