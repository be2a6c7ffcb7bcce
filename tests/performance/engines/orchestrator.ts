import { cardsFor } from '../../../src/cards.ts';
import { connect, startRun } from '../../../src/client.ts';
import { loadConfig } from '../../../src/config.ts';
import { forkRun } from '../../../src/fork.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import type { Plan } from '../../../src/pipeline/plan.ts';
import { pipelineOf } from '../pipelines.ts';
import type { Engine, Job, StartedRun } from './engine.ts';

/** The product, as a user of its API starts runs. */
export const orchestrator: Engine = {
  async connect({ address, environment }) {
    const config = loadConfig(environment);
    const connection = await connect(config, { address });
    const plans = new Map<string, Plan>();
    const planOf = (job: Job): Plan => {
      const text = pipelineOf(job);
      const plan = plans.get(text) ?? makePlan(parsePipeline(text, 'bench.yaml'), cardsFor(config)).plan;
      plans.set(text, plan);
      return plan;
    };
    const started = ({ runId }: { runId: string }): StartedRun => ({
      runId,
      done: () => connection.client.workflow.getHandle(runId).result(),
    });
    return {
      temporal: connection.client,
      start: async (job) => started(await startRun(connection, { plan: planOf(job) })),
      again: async (runId) => started(await forkRun(connection, { runId })),
      close: () => connection.close(),
    };
  },
};
