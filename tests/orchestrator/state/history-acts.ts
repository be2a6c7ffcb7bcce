import { cancelRun } from '../../../src/runs.ts';
import {
  answerApproval,
  pauseRun,
  resumeRun,
  retryStep,
  sendEvent,
  skipStep,
  topUpRun,
} from '../../../src/steering.ts';
import type { AnswerMessage } from '../../../workflows/messages.ts';
import type { RunView } from '../../../src/pipeline/view.ts';
import { stepOf, untilView, type TestGround } from '../../runs.ts';

/** What somebody does to a run that goes on. */
export type Act = (ground: TestGround, runId: string) => Promise<void>;

const isRunning = (view: RunView): boolean => view.steps.some((step) => step.status === 'running');
const isFirstDone = (view: RunView): boolean => stepOf(view, 'first').status === 'done';

export const cancelled: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, isRunning);
  await cancelRun(connection, runId);
};

export const pausedAndResumed: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, isRunning);
  await pauseRun(connection, runId);
  await untilView(connection, runId, isFirstDone);
  await resumeRun(connection, runId);
};

export const signalled: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, isRunning);
  const handle = connection.client.workflow.getHandle(runId);
  await handle.signal('pause');
  await untilView(connection, runId, isFirstDone);
  await handle.signal('resume');
};

/** Once somebody is asked for more. */
export const toppedUp: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, ({ budget }) => budget?.asks !== undefined);
  await topUpRun(connection, runId, { tokens: 5000 });
};

/** Once a part goes on. */
export const pausedInAPart: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, ({ children }) => children !== undefined);
  await pauseRun(connection, runId);
  await resumeRun(connection, runId);
};

export const cancelledInAPart: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, ({ waits }) => waits !== undefined);
  await cancelRun(connection, runId);
};

export const cancelledWhileWaiting: Act = cancelledInAPart;

/** Once a person is asked. */
export const cancelledWhileAsked: Act = async ({ connection }, runId) => {
  await untilView(connection, runId, ({ approvals }) => approvals !== undefined);
  await cancelRun(connection, runId);
};

export const told =
  (...events: readonly { readonly name: string; readonly payload: null | { readonly id: number } }[]): Act =>
  async ({ connection }, runId) => {
    await untilView(connection, runId, ({ waits }) => waits !== undefined);
    for (const event of events) await sendEvent(connection, runId, event);
  };

export const answered =
  (...answers: readonly AnswerMessage[]): Act =>
  async ({ connection }, runId) => {
    for (const answer of answers) {
      await untilView(connection, runId, ({ approvals = [] }) => approvals.some(({ step }) => step === answer.step));
      await answerApproval(connection, runId, answer);
    }
  };

export const retried =
  (step: string): Act =>
  async ({ connection }, runId) => {
    await untilView(connection, runId, ({ held }) => held !== undefined);
    await retryStep(connection, runId, { step });
  };

/** A step that has not started. */
export const skippedAhead =
  (step: string): Act =>
  async ({ connection }, runId) => {
    await untilView(connection, runId, isRunning);
    await skipStep(connection, runId, { step });
  };

export const skipped =
  (step: string, output?: string): Act =>
  async ({ connection }, runId) => {
    await untilView(connection, runId, ({ held, waits }) => (held ?? waits) !== undefined);
    await skipStep(connection, runId, { step, ...(output === undefined ? {} : { output }) });
  };
