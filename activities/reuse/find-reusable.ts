import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import type { Template } from '../../src/pipeline/plan.ts';
import type { CallRecord, StepResult } from '../../src/pipeline/result.ts';
import { readsOf, renderTemplate } from '../../src/pipeline/template.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, Reusable, ReuseCall } from '../calls.ts';
import { modelTemplates, offersOf } from '../../src/pipeline/model-templates.ts';
import { conversationKey } from '../../src/pipeline/call-key.ts';
import { prepareRequest } from '../models/completion-request.ts';
import { modelKey } from '../models/model-key.ts';
import type { Provider } from '../models/provider.ts';
import { checkKey } from '../quality/check-key.ts';
import { toolKey } from '../tools/tool-key.ts';
import { toolNamed, type Toolbox } from '../tools/toolbox.ts';
import { loadScope, loadValue } from '../values.ts';
import { openSeeds } from './seeds.ts';

export interface ReuseDeps extends Toolbox {
  readonly store: ArtifactStore;
  readonly connect: (provider: string) => Provider;
}

type Done = Extract<StepResult, { status: 'done' }>;

/** Makes the activity that finds what an earlier run gave for a call. Nothing is called but servers' lists of models. */
export function createFindReusable(deps: ReuseDeps): Activities['findReusable'] {
  const readSeed = openSeeds(deps.store);
  return async (call) => {
    const seed = await readSeed(call.tenant, call.fork.seed);
    const before = seed.at(call.path);
    for (const key of mayReuse(deps, call) ? await keysOf(deps, call, before) : []) {
      const found = seed.find(call.path, key)?.result;
      if (found?.status === 'done') return { result: reused(found, call), isEffectRepeat: false };
    }
    const turns = (await hasTurns(deps, call, before)) ? { hasTurns: true as const } : {};
    return { isEffectRepeat: isEffectRepeat(deps, call, before), ...turns };
  };
}

/** What reads the run itself, or the world, gives something else each time. */
function mayReuse(deps: ReuseDeps, { made, fork }: ReuseCall): boolean {
  if (templatesOf(made).some((template) => readsOf(template).some((path) => path.startsWith('run.')))) return false;
  if (made.kind !== 'tool') return true;
  return toolNamed(deps, made.tool).isInWorkspace !== true && (made.effect !== 'reads' || fork.reuseReads);
}

function templatesOf(made: Reusable): readonly Template[] {
  switch (made.kind) {
    case 'model':
      return modelTemplates(made);
    case 'tool':
      return [made.with];
    case 'check':
      return [made.options];
    case 'waiting':
      return [];
  }
}

/** The keys under which an earlier call may be found: several where several models may answer. */
async function keysOf(deps: ReuseDeps, call: ReuseCall, before: CallRecord | undefined): Promise<readonly string[]> {
  const { made, tenant } = call;
  if (made.kind === 'waiting') return [made.key];
  const values = await loadScope(deps.store, tenant, call.scope);
  if (made.kind === 'tool') {
    const given = made.given === undefined ? {} : { given: await loadValue(deps.store, tenant, made.given) };
    return [toolKey(toolNamed(deps, made.tool), { template: made.with, values, ...given })];
  }
  if (made.kind === 'model') {
    const keys = await modelKeys(deps, { made, values, call }, before);
    return made.tools === undefined ? keys : keys.map((key) => conversationKey(key, made, call.scope));
  }
  const isOutputRead = readsOf(made.options).includes('output');
  const output = isOutputRead ? { output: await loadValue(deps.store, tenant, made.subject) } : {};
  return [checkKey(made, renderTemplate(made.options, { ...values, ...output }, { host: hostFunctions }))];
}

interface ModelCallMade {
  readonly made: Extract<Reusable, { kind: 'model' }>;
  readonly values: Awaited<ReturnType<typeof loadScope>>;
  readonly call: ReuseCall;
}

/** How many turns there may be, and what tools may do, changes nothing of what was said. */
async function hasTurns(deps: ReuseDeps, call: ReuseCall, before: CallRecord | undefined): Promise<boolean> {
  const { made, tenant, scope } = call;
  const result = before?.result;
  if (made.kind !== 'model' || result?.status !== 'failed' || result.firstTurnKey === undefined) return false;
  if (!mayReuse(deps, call)) return false;
  const values = await loadScope(deps.store, tenant, scope);
  return (await modelKeys(deps, { made, values, call }, before)).includes(result.firstTurnKey);
}

/** Of a conversation, those of its first turn. */
async function modelKeys(
  { connect, store }: ReuseDeps,
  { made, values, call }: ModelCallMade,
  before: CallRecord | undefined,
): Promise<readonly string[]> {
  const answeredBy = before !== undefined && 'model' in before.result ? before.result.model : undefined;
  const keys = made.candidates.map(async (candidate) => {
    const isThatOne = answeredBy === `${candidate.provider}/${candidate.model}`;
    if (answeredBy !== undefined && !isThatOne) return undefined;
    const provider = connect(candidate.provider);
    const { tools } = made;
    const turn = tools === undefined ? {} : { turn: { number: 1, answers: [], ...offersOf(tools) } };
    const { tenant, runId } = call;
    const asked = prepareRequest({ store, provider, values }, { ...made, ...turn, tenant, runId, candidate }).then(
      ({ request }) => modelKey(provider, candidate, request),
    );
    // A server that is away for a moment must not make anybody buy again what hangs on this answer.
    return isThatOne ? asked : asked.catch(() => undefined);
  });
  return (await Promise.all(keys)).filter((key) => key !== undefined);
}

/** The result as the fork has it: nothing was spent for it, and it says where it is from. */
function reused(result: Done, { fork }: ReuseCall): Done {
  const { runId, costNanoUsd } = result.reused ?? { runId: fork.runId, costNanoUsd: result.costNanoUsd };
  return { ...result, costNanoUsd: 0, reused: { runId, costNanoUsd } };
}

function isEffectRepeat(deps: ReuseDeps, { made, fork }: ReuseCall, before: CallRecord | undefined): boolean {
  if (made.kind !== 'tool' || fork.allowEffects || before?.result.status !== 'done') return false;
  return toolNamed(deps, made.tool).isInWorkspace !== true && (made.effect === 'once' || made.effect === 'idempotent');
}
