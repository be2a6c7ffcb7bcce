import { ScheduleAlreadyRunning, ScheduleNotFoundError, type ScheduleHandle } from '@temporalio/client';
import { RUN_PIPELINE } from '../workflows/run-request.ts';
import { callTemporal, type Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import { resolveInputs } from './pipeline/inputs.ts';
import type { Plan, SchedulePlan } from './pipeline/plan.ts';
import { ownership, startOptions } from './run-start.ts';
import { OVERLAP, scheduleIdOf, summaryOf, viewOf, type ScheduleSummary, type ScheduleView } from './schedule-view.ts';
import { quoted } from './visibility.ts';

/**
 * Makes a plan's `schedule` so: from now on Temporal starts runs of the plan as it is. A pipeline has one schedule in
 * its tenant; applying again replaces plan, times and inputs, and a paused one stays paused. Throws `PIPELINE_INVALID`
 * for a pipeline without a schedule, and what `resolveInputs` throws.
 */
export async function applySchedule(
  connection: Connection,
  plan: Plan,
): Promise<{ readonly isNew: boolean; readonly schedule: ScheduleView }> {
  const { name } = plan.pipeline;
  const options = await scheduleOptions(connection, plan);
  try {
    const isNew = await callTemporal(connection, () => createOrReplace(connection, name, options));
    return { isNew, schedule: await describeSchedule(connection, name) };
  } catch (error) {
    // Another server may know fewer time zones than this process. The client of Temporal makes this of its refusal.
    if (!(error instanceof TypeError)) throw error;
    const message = `Cannot schedule pipeline "${name}": Temporal does not take it: ${error.message}`;
    throw new PipelineError('PIPELINE_INVALID', message, { cause: error });
  }
}

type Options = Awaited<ReturnType<typeof scheduleOptions>>;

async function createOrReplace({ client, tenant }: Connection, name: string, options: Options): Promise<boolean> {
  const scheduleId = scheduleIdOf(tenant, name);
  try {
    await client.schedule.create({ scheduleId, ...options });
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...options, state }));
    return false;
  }
}

async function scheduleOptions(connection: Connection, plan: Plan) {
  const { pipeline } = plan;
  const schedule = requireSchedule(plan);
  const { cron, timezone, overlap, catchupMs } = schedule;
  const values = resolveInputs(plan, schedule.with);
  return {
    // Temporal keeps the times and forgets the text, except as the comment.
    spec: { cronExpressions: cron.map((text) => `${text} # ${text}`), timezone },
    policies: { overlap: OVERLAP[overlap], catchupWindow: catchupMs },
    action: {
      type: 'startWorkflow' as const,
      workflowType: RUN_PIPELINE,
      workflowId: scheduleIdOf(connection.tenant, pipeline.name),
      ...(await startOptions(connection, { plan, values })),
    },
    typedSearchAttributes: ownership(connection.tenant, pipeline.name),
  };
}

/** The schedule of a plan. Throws `PIPELINE_INVALID` when it has none. */
export function requireSchedule({ schedule, pipeline }: Plan): SchedulePlan {
  if (schedule !== undefined) return schedule;
  const advice = 'add the key "schedule", such as { cron: "0 6 * * 1", timezone: Europe/Berlin }';
  const message = `Cannot schedule pipeline "${pipeline.name}": it has no schedule, ${advice}`;
  throw new PipelineError('PIPELINE_INVALID', message);
}

/** The schedules of the connection's tenant, by name. One that was just changed may still look as it did. */
export async function listSchedules(connection: Connection): Promise<readonly ScheduleSummary[]> {
  const { tenant, client } = connection;
  return callTemporal(connection, async () => {
    const schedules: ScheduleSummary[] = [];
    for await (const found of client.schedule.list({ query: `OrchestratorTenant = ${quoted(tenant)}` }))
      schedules.push(summaryOf(tenant, found));
    return schedules.toSorted((one, other) => (one.pipeline < other.pipeline ? -1 : 1));
  });
}

/** Everything about the schedule of a pipeline. Throws `SCHEDULE_UNKNOWN`. */
export async function describeSchedule(connection: Connection, pipeline: string): Promise<ScheduleView> {
  const found = await withSchedule(connection, pipeline, (handle) => handle.describe());
  return viewOf(connection.tenant, found);
}

/** Starts nothing more until it is resumed; runs that go on are left alone. Throws `SCHEDULE_UNKNOWN`. */
export function pauseSchedule(connection: Connection, pipeline: string, note = 'Paused'): Promise<void> {
  return withSchedule(connection, pipeline, (handle) => handle.pause(note));
}

/** Starts runs again. What was missed meanwhile stays missed: `backfillSchedule`. Throws `SCHEDULE_UNKNOWN`. */
export function resumeSchedule(connection: Connection, pipeline: string, note = 'Resumed'): Promise<void> {
  return withSchedule(connection, pipeline, (handle) => handle.unpause(note));
}

/** Forgets a schedule; the runs that it has started are left alone. Throws `SCHEDULE_UNKNOWN`. */
export function deleteSchedule(connection: Connection, pipeline: string): Promise<void> {
  return withSchedule(connection, pipeline, (handle) => handle.delete());
}

/** Works on the schedule of a pipeline. Throws `SCHEDULE_UNKNOWN`. */
export async function withSchedule<T>(
  connection: Connection,
  pipeline: string,
  act: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  const { client, tenant } = connection;
  try {
    return await callTemporal(connection, () => act(client.schedule.getHandle(scheduleIdOf(tenant, pipeline))));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    const message = `Cannot find the schedule of pipeline "${pipeline}": no such schedule, \`orchestrator schedules list\` shows those there are`;
    throw new PipelineError('SCHEDULE_UNKNOWN', message, { cause: error });
  }
}
