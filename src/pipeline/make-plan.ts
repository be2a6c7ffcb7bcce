import type { Finding } from '../errors.ts';
import type { Cards } from './card.ts';
import type { Family } from './make-plan/child.ts';
import { planPipeline } from './make-plan/pipeline.ts';
import { openSchemaBook } from './make-plan/schemas.ts';
import { sourceOf } from './make-plan/source.ts';
import type { ParsedPipeline } from './parse.ts';
import type { Plan } from './plan.ts';
import { refusal, sortFindings } from './problem.ts';
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
  const source = sourceOf(pipeline);
  const family: Family = { planned: new Map(), findings: [], told: new Set() };
  const { plan, findings } = planPipeline({ cards, schemas: openSchemaBook() }, [source], family);
  const all = fileByFile([...findings, ...family.findings]);
  if (all.some(({ severity }) => severity === 'error')) throw refusal(source.name, all);
  return { plan, warnings: all };
}

/** The first pipeline's, then those of each other file. */
function fileByFile(findings: readonly Finding[]): readonly Finding[] {
  return [...Map.groupBy(findings, ({ position }) => position?.file).values()].flatMap(sortFindings);
}
