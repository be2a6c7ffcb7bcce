import { condition, sleep } from '@temporalio/workflow';

/** Temporal bears 2,000 pending activities; far fewer keep one workflow task small. */
const PENDING_MAX = 500;
/** The commands of one workflow task travel in one message, of which Temporal takes 4 MB. */
const COMMAND_BYTES_MAX = 1024 * 1024;

/** Keeps the number of pending calls, and the bytes that one workflow task sends, within what a server takes. */
export interface Gate {
  pass<T>(bytes: number, call: () => Promise<T>): Promise<T>;
  /**
   * Lets local activities through one at a time, in the order in which they ask. The results of several come in the
   * order of their ends at first and of their beginnings in a replay, which then takes one step's call for another's.
   */
  alone<T>(call: () => Promise<T>): Promise<T>;
}

export function openGate(): Gate {
  let pending = 0;
  let bytesSent = 0;
  let nextTask: Promise<void> | undefined;
  let waiting = 0;
  let lastTurn: Promise<unknown> = Promise.resolve();

  // A timer's answer arrives in a new workflow task, with a message of its own.
  async function waitForNextTask(): Promise<void> {
    nextTask ??= sleep(1).then(() => {
      bytesSent = 0;
      nextTask = undefined;
    });
    await nextTask;
  }

  return {
    async pass(bytes, call) {
      while (bytesSent > 0 && bytesSent + bytes > COMMAND_BYTES_MAX) await waitForNextTask();
      bytesSent += bytes;
      // Whoever was woken before may have taken what was free.
      while (pending >= PENDING_MAX) await condition(() => pending < PENDING_MAX);
      pending += 1;
      try {
        return await call();
      } finally {
        pending -= 1;
      }
    },
    async alone(call) {
      const turn = waiting === 0 ? call() : lastTurn.then(call);
      lastTurn = turn.catch(() => undefined);
      waiting += 1;
      try {
        return await turn;
      } finally {
        waiting -= 1;
      }
    },
  };
}
