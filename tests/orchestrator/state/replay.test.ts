import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { WorkflowCode } from '../../../src/workflow-code.ts';
import { productCode } from '../../test-bundle.ts';
import { quietRuntime } from '../../worker.ts';
import { HISTORY_CASES, historyNames } from './history-cases.ts';

const FOLDER = join(import.meta.dirname, 'histories');

interface JsonHistory {
  events: {
    eventType: string;
    workflowExecutionStartedEventAttributes?: { workflowId: string };
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  }[];
}

const NAMES = HISTORY_CASES.flatMap(historyNames);

function historyOf(name: string): JsonHistory {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as JsonHistory;
}

describe('the histories of past runs', () => {
  let code: WorkflowCode;

  // Not the bundle of the test run: that one counts what it executes, and replaying says nothing about coverage.
  before(async () => {
    quietRuntime();
    code = await productCode();
  });

  async function replay(history: JsonHistory): Promise<void> {
    // The parts of a run are named after it.
    const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
    await Worker.runReplayHistory(code, history, workflowId);
  }

  it('cover every case, and nothing else', () => {
    const names = readdirSync(FOLDER).map((file) => file.replace('.json', ''));
    assert.deepEqual(names.toSorted(), NAMES.toSorted());
  });

  for (const name of NAMES) {
    it(`replay with today's workflow: ${name}`, () => replay(historyOf(name)));
  }

  it('do not replay when the workflow would do something else', async () => {
    const history = historyOf('fan-out');
    const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined);
    assert.ok(scheduled?.activityTaskScheduledEventAttributes);
    scheduled.activityTaskScheduledEventAttributes.activityType.name = 'invokeModel';
    await assert.rejects(replay(history), DeterminismViolationError);
  });
});
