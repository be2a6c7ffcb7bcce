import { createHash } from 'node:crypto';
import type { Cards } from '../card.ts';
import { parseDuration } from '../duration.ts';
import { EXPRESSION_VERSION } from '../expression.ts';
import { type Json, type JsonSchema, canonicalJson } from '../json.ts';
import { PLAN_BYTES_MAX, PLAN_VERSION, type Plan } from '../plan.ts';
import { wrongValue } from '../problem.ts';
import { planBlock } from './block.ts';
import { type Family, type Lineage, type PlannedPipeline, planChild } from './child.ts';
import type { Draft } from './draft.ts';
import { hiddenSteps } from './hidden-steps.ts';
import { planInputs } from './inputs.ts';
import { planModels } from './models.ts';
import { planBudget } from './modifiers/budget.ts';
import { namesOf } from './names.ts';
import { planSchedule } from './schedule.ts';
import type { SchemaBook } from './schemas.ts';
import type { Source } from './source.ts';
import { planStep } from './step.ts';

/** What all pipelines of one plan are made with. */
export interface Workshop {
  readonly cards: Cards;
  readonly schemas: SchemaBook;
}

/** Compiles one pipeline, and those that its steps name. */
export function planPipeline(workshop: Workshop, line: readonly Source[], family: Family): PlannedPipeline {
  const source = line.at(-1) as Source;
  const { draft, lineage } = openDraft(workshop, line, family);
  const { content, output } = planOf(draft);
  const text = draft.problems.length > 0 ? '' : canonicalJson(content as unknown as Json);
  const bytes = Buffer.byteLength(text);
  refuseLarge(draft, bytes);
  return {
    plan: { ...content, hash: createHash('sha256').update(text).digest('hex') },
    output,
    depth: 1 + lineage.children.reduce((most, { depth }) => Math.max(most, depth), 0),
    bytes,
    findings: source.findingsOf([...draft.problems, ...draft.warnings]),
    isRefused: draft.problems.length > 0,
  };
}

function openDraft(
  workshop: Workshop,
  line: readonly Source[],
  family: Family,
): { readonly draft: Draft; readonly lineage: Lineage } {
  const { spec, texts } = line.at(-1) as Source;
  const plan: Lineage['plan'] = (longer) => planPipeline(workshop, longer, family);
  const needs = { tools: new Set<string>(), checks: new Set<string>() };
  const lineage: Lineage = { family, line, problems: [], children: [], needs, plan };
  const draft: Draft = {
    ...workshop,
    spec,
    texts,
    choices: new Map(),
    problems: lineage.problems,
    warnings: [],
    needs,
    planBlock,
    planStep,
    planChild: (path, written) => planChild(lineage, path, written),
    block: { path: [], index: new Map(), settledReads: [] },
    names: { schemas: namesOf(spec), whyHidden: hiddenSteps(spec) },
    waitFor: () => {},
  };
  return { draft, lineage };
}

function planOf(draft: Draft): { readonly content: Omit<Plan, 'hash'>; readonly output: JsonSchema } {
  const { spec } = draft;
  const inputs = planInputs(draft);
  planModels(draft);
  const outputs = { path: ['outputs'], value: spec.outputs ?? {} };
  const block = planBlock(draft, { path: ['steps'], steps: spec.steps, outputs });
  const timeoutMs = spec.timeout === undefined ? undefined : parseDuration(spec.timeout);
  const content = {
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
    limits: {
      concurrency: spec.concurrency ?? CONCURRENCY_DEFAULT,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(spec.budget === undefined ? {} : { budget: planBudget(spec.budget) }),
    },
    ...(spec.schedule && { schedule: planSchedule(draft, spec.schedule, inputs) }),
    ...needsOf(draft),
  };
  return { content, output: block.output };
}

const CONCURRENCY_DEFAULT = 100;

function needsOf({ needs }: Draft): Pick<Plan, 'needs'> {
  const [tools, checks] = [[...needs.tools].toSorted(), [...needs.checks].toSorted()];
  return tools.length + checks.length === 0 ? {} : { needs: { tools, checks } };
}

function refuseLarge({ problems }: Draft, bytes: number): void {
  if (bytes <= PLAN_BYTES_MAX) return;
  const message = `Cannot plan the pipeline: its plan is ${bytes} bytes long, at most ${PLAN_BYTES_MAX} are allowed`;
  problems.push(wrongValue('PLAN_TOO_LARGE', [], message));
}
