import { type ErrorCode, type Finding, PipelineError } from '../../errors.ts';
import type { JsonSchema } from '../json.ts';
import { PIPELINE_DEPTH_MAX, linkFault } from '../linked-files.ts';
import { PLAN_BYTES_MAX, type Plan } from '../plan.ts';
import { type Path, type Problem, placeText, wrongValue } from '../problem.ts';
import type { Draft } from './draft.ts';
import { type Source, sourceInside, sourceOfFile } from './source.ts';

/** A pipeline whose plan has been made, as far as that can be. */
export interface PlannedPipeline {
  readonly plan: Plan;
  /** What it gives. */
  readonly output: JsonSchema;
  /** How many pipelines stand in one another here, itself counted. */
  readonly depth: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  readonly isRefused: boolean;
}

/** What the pipelines of one plan share. */
export interface Family {
  readonly planned: Map<object, PlannedPipeline>;
  /** Of all but the first, whose steps name the others. */
  readonly findings: Finding[];
  /** Files that cannot be used, told once. */
  readonly told: Set<PipelineError>;
}

/** Where in a family a plan is made. */
export interface Lineage {
  readonly family: Family;
  /** From the first pipeline to this one. */
  readonly line: readonly Source[];
  readonly problems: Problem[];
  /** Those that its steps name. */
  readonly children: PlannedPipeline[];
  readonly needs: Draft['needs'];
  readonly plan: (line: readonly Source[]) => PlannedPipeline;
}

/** The plan of the pipeline that a step names, or that stands in it; undefined when it has none, which is reported. */
export function planChild(lineage: Lineage, path: Path, written: string | object): PlannedPipeline | undefined {
  const { family, line, children } = lineage;
  const source = typeof written === 'string' ? linked(lineage, path, written) : inside(lineage, path, written);
  if (source === undefined || isCircle(lineage, path, source)) return undefined;
  const known = family.planned.get(source.identity);
  if (isTooDeep(lineage, path, { source, depth: known?.depth ?? 1 })) return undefined;
  const planned = known ?? lineage.plan([...line, source]);
  if (known === undefined) {
    family.planned.set(source.identity, planned);
    family.findings.push(...planned.findings);
  }
  if (isTooLarge(lineage, planned)) return undefined;
  children.push(planned);
  for (const name of planned.plan.needs?.tools ?? []) lineage.needs.tools.add(name);
  for (const name of planned.plan.needs?.checks ?? []) lineage.needs.checks.add(name);
  return planned.isRefused ? undefined : planned;
}

function linked(lineage: Lineage, path: Path, written: string): Source | undefined {
  const fault = linkFault(written);
  if (fault !== undefined) return refuse(lineage, path, { code: 'VALUE_INVALID', is: fault });
  const link = (lineage.line.at(-1) as Source).links.get(written);
  if (link === undefined)
    return refuse(lineage, path, { code: 'FILE_UNREADABLE', is: 'no folder is known to look for it in' });
  if (!(link instanceof PipelineError)) return sourceOfFile(link);
  if (link.findings.length === 0) return refuse(lineage, path, { code: link.code, is: withoutCapital(link.message) });
  if (!lineage.family.told.has(link)) lineage.family.findings.push(...link.findings);
  lineage.family.told.add(link);
  return undefined;
}

function withoutCapital(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

function inside({ family, line }: Lineage, path: Path, written: object): Source | undefined {
  const found = sourceInside(line.at(-1) as Source, path, written);
  if ('source' in found) return found.source;
  family.findings.push(...found.findings);
  return undefined;
}

function isCircle(lineage: Lineage, path: Path, { identity, name }: Source): boolean {
  const start = lineage.line.findIndex((source) => source.identity === identity);
  if (start < 0) return false;
  const circle = [...lineage.line.slice(start).map((source) => source.name), name].join(' → ');
  refuse(lineage, path, { code: 'PIPELINE_CYCLE', is: `it leads back to where it began: ${circle}` });
  return true;
}

function isTooDeep(lineage: Lineage, path: Path, { source, depth }: { source: Source; depth: number }): boolean {
  if (lineage.line.length + depth - 1 <= PIPELINE_DEPTH_MAX) return false;
  const row = [...lineage.line, source].map(({ name }) => name).join(' → ');
  const is = `pipelines name one another more than ${PIPELINE_DEPTH_MAX} deep: ${row}`;
  refuse(lineage, path, { code: 'PIPELINE_DEPTH', is });
  return true;
}

/** A pipeline that is used often stands in the plan as often. It must not grow before anybody looks at how long it is. */
function isTooLarge({ children, problems }: Lineage, planned: PlannedPipeline): boolean {
  const before = children.reduce((sum, { bytes }) => sum + bytes, 0);
  if (before + planned.bytes <= PLAN_BYTES_MAX) return false;
  const is = `with the plans of the pipelines that its steps name, its plan has more than the ${PLAN_BYTES_MAX} bytes that are allowed`;
  const isTold = problems.some(({ code }) => code === 'PLAN_TOO_LARGE');
  if (!isTold) problems.push(wrongValue('PLAN_TOO_LARGE', [], `Cannot plan the pipeline: ${is}`));
  return true;
}

function refuse({ problems }: Lineage, path: Path, { code, is }: { code: ErrorCode; is: string }): undefined {
  problems.push(wrongValue(code, path, `Cannot use ${placeText(path)}: ${is}`));
}
