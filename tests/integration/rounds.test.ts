import assert from 'node:assert/strict';
import { cardsFor } from '../../src/cards.ts';
import { startRun } from '../../src/client.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { makePlan } from '../../src/pipeline/make-plan.ts';
import type { PipelineSpec } from '../../src/pipeline/spec.ts';
import { sendEvent } from '../../src/steering.ts';
import { openGround, outputsOf, stepOf, untilEnd, untilView, type TestGround } from '../runs.ts';
import { startTestWorker } from '../worker.ts';

const NEXT: PipelineSpec = {
  name: 'next',
  inputs: { n: { type: 'integer' } },
  steps: { more: { set: '${{ inputs.n + 1 }}' } },
  outputs: { n: '${{ steps.more.output }}' },
};

interface Row {
  readonly name: string;
  readonly step: object;
  readonly output: Json;
}

/** Each goes through three rounds, and reads itself: what it gave, and what it gives now. */
const ROWS: readonly Row[] = [
  {
    name: 'a switch',
    step: {
      repeat: { max: 5, until: '${{ steps.loop.output >= 3 }}' },
      switch: "${{ 'a' }}",
      cases: { a: { set: '${{ coalesce(previous.loop.output, 0) + 1 }}' } },
    },
    output: 3,
  },
  {
    name: 'another pipeline',
    step: {
      repeat: { max: 5, until: '${{ steps.loop.output.n >= 3 }}' },
      pipeline: NEXT,
      with: { n: '${{ previous.loop.output.?n.orValue(0) }}' },
    },
    output: { n: 3 },
  },
  {
    name: 'a check',
    step: {
      repeat: { max: 3, until: '${{ steps.loop.output == "xxxx" }}' },
      check: { value: '${{ coalesce(previous.loop.output, "") + "x" }}', matches: 'x' },
    },
    output: 'xxx',
  },
  {
    name: 'a group whose rounds are tried again',
    step: {
      repeat: { max: 3 },
      retry: { attempts: 2, backoff: '1ms', retry_on: ['STEP_REFUSED'] },
      on_error: 'continue',
      steps: { n: { set: '${{ coalesce(previous.n.output, 0) + 1 }}' } },
    },
    output: { n: 3 },
  },
];

describe('rounds', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker.stop();
    await ground.close();
  });

  async function start(steps: object, rest: object = {}): Promise<string> {
    const spec = { name: 'rounds', ...rest, steps } as unknown as PipelineSpec;
    return (await startRun(ground.connection, { plan: makePlan(spec, cardsFor(ground.config)).plan })).runId;
  }

  for (const { name, step, output } of ROWS) {
    it(`of ${name} read what it gave in the round before, and in this one`, async () => {
      const outputs = { output: '${{ steps.loop.output }}', rounds: '${{ steps.loop.rounds }}' };
      const view = await untilEnd(ground.connection, await start({ loop: step }, { outputs }));
      assert.deepEqual(await outputsOf(ground, view), { output, rounds: 3 });
    });
  }

  it('of steps that wait keep no place from others, in a part neither', async () => {
    const runId = await start(
      {
        loop: { repeat: { max: 30, until: '${{ true }}' }, steps: { tick: { wait: { event: 'tick' } } } },
        other: { needs: [], tool: 'text.template', with: { template: 'x', data: {} } },
      },
      { concurrency: 1 },
    );
    const { connection } = ground;
    await untilView(connection, runId, (view) => view.waits !== undefined && stepOf(view, 'other').status === 'done');
    await sendEvent(connection, runId, { name: 'tick', payload: null });
    assert.equal((await untilEnd(connection, runId)).status, 'done');
  });
});
