import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { asActivity } from '../../../activities/failure.ts';
import { ERROR_CODES, isErrorCode, PipelineError } from '../../../src/errors.ts';
import { backoffMs, retryOf } from '../../../src/pipeline/retry.ts';
import { quietRuntime } from '../../worker.ts';

/** Runs work as Temporal runs an activity: `MockActivityEnvironment` is Temporal's own context for one. */
async function failureOf(error: Error): Promise<unknown> {
  const environment = new MockActivityEnvironment({ attempt: 3 });
  return environment
    .run(() => asActivity(() => Promise.reject(error)))
    .then(
      () => assert.fail('it did not fail'),
      (failure: unknown) => failure,
    );
}

describe('asActivity', () => {
  before(quietRuntime);

  for (const { name, error, expected } of [
    {
      name: 'lets Temporal repeat what cost nothing, after the pause that was asked for',
      error: new PipelineError('PROVIDER_RATE_LIMITED', 'Too many', { retryAfterMs: 1500 }),
      expected: {
        type: 'PROVIDER_RATE_LIMITED',
        message: 'Too many',
        nonRetryable: false,
        nextRetryDelay: 1500,
        details: [{ attempt: 3, retryAfterMs: 1500 }],
      },
    },
    {
      name: 'gives back to the workflow what may have been billed, with what it used',
      error: new PipelineError('OUTPUT_INVALID', 'No JSON', {
        facts: { usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 }, costNanoUsd: 7 },
      }),
      expected: {
        type: 'OUTPUT_INVALID',
        message: 'No JSON',
        nonRetryable: true,
        nextRetryDelay: undefined,
        details: [{ attempt: 3, usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 }, costNanoUsd: 7 }],
      },
    },
    {
      name: 'keeps to itself what an unexpected error says',
      error: new TypeError('secret of a library'),
      expected: {
        type: 'INTERNAL',
        message: 'Cannot finish the call: an unexpected error, which the log of the worker shows',
        nonRetryable: true,
        nextRetryDelay: undefined,
        details: [{ attempt: 3 }],
      },
    },
  ] as const) {
    it(name, async () => {
      const failure = await failureOf(error);
      assert.ok(failure instanceof ApplicationFailure);
      const { type, message, nonRetryable, nextRetryDelay, details, stack } = failure;
      assert.deepEqual({ type, message, nonRetryable: nonRetryable === true, nextRetryDelay, details }, expected);
      assert.equal(stack, '', 'no file of this host enters history');
    });
  }

  it('is cancelled when Temporal cancels it, whatever the call then throws', async () => {
    const environment = new MockActivityEnvironment();
    const running = environment.run(() =>
      asActivity(async () => {
        environment.cancel();
        throw new Error('aborted');
      }),
    );
    await assert.rejects(running, CancelledFailure);
  });

  it('says of a cancelled call, too, what it bought', async () => {
    const environment = new MockActivityEnvironment({ attempt: 2 });
    const purchases = [{ model: 'p/m', attempt: 2, reason: 'failure', costNanoUsd: null }] as const;
    const running = environment.run(() =>
      asActivity(async () => {
        environment.cancel();
        throw new PipelineError('WORKER_LOST', 'Stopped', { facts: { costNanoUsd: null, purchases } });
      }),
    );
    await assert.rejects(running, { details: [{ attempt: 2, costNanoUsd: null, purchases }] });
  });
});

describe('retryOf', () => {
  it('repeats only what its table names', () => {
    const repeated = ERROR_CODES.filter((code) => retryOf(code) === 'temporal');
    assert.deepEqual(repeated.toSorted(), [
      'MCP_UNAVAILABLE',
      'NETWORK_FAILED',
      'PROVIDER_OVERLOADED',
      'PROVIDER_RATE_LIMITED',
      'PROVIDER_UNAVAILABLE',
      'STORE_UNAVAILABLE',
      'TOOL_FAILED',
      'TOOL_HTTP_UNAVAILABLE',
    ]);
    assert.equal(retryOf('WORKER_LOST'), 'workflow');
    assert.equal(retryOf('MODEL_NOT_FOUND'), 'never');
  });
});

describe('backoffMs', () => {
  for (const [attempt, expected] of [
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 500],
    [30, 500],
  ] as const) {
    it(`is ${expected} after attempt ${attempt}`, () => {
      assert.equal(backoffMs({ backoffMs: 100, maxBackoffMs: 500 }, attempt), expected);
    });
  }
});

describe('isErrorCode', () => {
  it('knows a code from other text', () => {
    assert.equal(isErrorCode('INTERNAL'), true);
    assert.equal(isErrorCode('internal'), false);
    assert.equal(isErrorCode(7), false);
  });
});
