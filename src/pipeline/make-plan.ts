import { createHash } from 'node:crypto';
import type { Finding } from '../errors.ts';
import type { Cards } from './card.ts';
import { parseDuration } from './duration.ts';
import { EXPRESSION_VERSION } from './expression.ts';
import { type Json, canonicalJson } from './json.ts';
import { planBlock } from './make-plan/block.ts';
import type { Draft } from './make-plan/draft.ts';
import { hiddenSteps } from './make-plan/hidden-steps.ts';
import { planInputs } from './make-plan/inputs.ts';
import { planModels } from './make-plan/models.ts';
import { namesOf } from './make-plan/names.ts';
import { openSchemaBook } from './make-plan/schemas.ts';
import { planSchedule } from './make-plan/schedule.ts';
import { planStep } from './make-plan/step.ts';
import type { ParsedPipeline } from './parse.ts';
import { PLAN_BYTES_MAX, PLAN_VERSION, type Plan } from './plan.ts';
import { findingsOf, type Locate, refusal, wrongValue } from './problem.ts';
import { readSpec } from './spec/read.ts';
import type { PipelineSpec } from './spec.ts';

/**
 * Turns a pipeline into what will run: names resolved, expressions compiled and checked, defaults filled in. A spec
 * that was built in TypeScript is checked first, as a file would be. Throws `PIPELINE_INVALID` with what is wrong;
 * `warnings` tell what is allowed and doubtful.
 */
export function makePlan(
  pipeline: ParsedPipeline | PipelineSpec,
  cards: Cards,
): { readonly plan: Plan; readonly warnings: readonly Finding[] } {
  const { spec, name, locate } = isParsed(pipeline) ? ofFile(pipeline) : ofObject(pipeline);
  const draft = openDraft(spec, cards);
  const content = planOf(draft);
  const text = draft.problems.length > 0 ? '' : canonicalJson(content as unknown as Json);
  refuseLarge(draft, text);
  const findings = findingsOf([...draft.problems, ...draft.warnings], locate);
  if (draft.problems.length > 0) throw refusal(name, findings);
  return { plan: { ...content, hash: createHash('sha256').update(text).digest('hex') }, warnings: findings };
}

interface Source {
  readonly spec: PipelineSpec;
  readonly name: string;
  readonly locate: Locate;
}

/** A spec may be anything, whatever its type says. */
function isParsed(pipeline: ParsedPipeline | PipelineSpec | undefined): pipeline is ParsedPipeline {
  return typeof pipeline === 'object' && pipeline !== null && 'positionOf' in pipeline;
}

function ofFile(parsed: ParsedPipeline): Source {
  return {
    spec: parsed.spec,
    name: parsed.file,
    locate: ({ path, at, offset }) => (at === 'key' ? parsed.keyPositionOf(path) : parsed.positionOf(path, offset)),
  };
}

function ofObject(value: PipelineSpec): Source {
  const spec = readSpec(value);
  return { spec, name: spec.name, locate: () => undefined };
}

function openDraft(spec: PipelineSpec, cards: Cards): Draft {
  return {
    spec,
    cards,
    choices: new Map(),
    schemas: openSchemaBook(),
    problems: [],
    warnings: [],
    planBlock,
    planStep,
    block: { path: [], index: new Map(), settledReads: [] },
    names: { schemas: namesOf(spec), whyHidden: hiddenSteps(spec) },
    waitFor: () => {},
  };
}

function planOf(draft: Draft): Omit<Plan, 'hash'> {
  const { spec } = draft;
  const inputs = planInputs(draft);
  planModels(draft);
  const outputs = { path: ['outputs'], value: spec.outputs ?? {} };
  const block = planBlock(draft, { path: ['steps'], steps: spec.steps, outputs });
  const timeoutMs = spec.timeout === undefined ? undefined : parseDuration(spec.timeout);
  return {
    planVersion: PLAN_VERSION,
    expressionVersion: EXPRESSION_VERSION,
    pipeline: {
      name: spec.name,
      ...(spec.description === undefined ? {} : { description: spec.description }),
      ...(spec.version === undefined ? {} : { version: spec.version }),
      tags: spec.tags ?? [],
    },
    inputs,
    vars: spec.vars ?? {},
    steps: block.plan.steps,
    outputs: block.outputs,
    ...(spec.schedule && { schedule: planSchedule(draft, spec.schedule, inputs) }),
    limits: { concurrency: spec.concurrency ?? CONCURRENCY_DEFAULT, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  };
}

const CONCURRENCY_DEFAULT = 100;

function refuseLarge({ problems }: Draft, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= PLAN_BYTES_MAX) return;
  const message = `Cannot plan the pipeline: its plan is ${bytes} bytes long, at most ${PLAN_BYTES_MAX} are allowed`;
  problems.push(wrongValue('PLAN_TOO_LARGE', [], message));
}
