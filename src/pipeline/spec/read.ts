import { plainJson } from '../plain-json.ts';
import { type Problem, findingsOf, placeText, refusal } from '../problem.ts';
import type { PipelineSpec } from '../spec.ts';
import { specProblems } from './problems.ts';

/** Reads a spec that was built in TypeScript. Throws `PIPELINE_INVALID`. */
export function readSpec(built: unknown): PipelineSpec {
  const { value, faults } = plainJson(built);
  const problems: readonly Problem[] = faults.map(({ code, path, at, message }) => {
    return { severity: 'error', code, path, at, message: `Cannot read ${placeText(path)}: ${message}` };
  });
  const findings = findingsOf(problems.length > 0 ? problems : specProblems(value), () => undefined);
  if (findings.length > 0) throw refusal('built in TypeScript', findings);
  return value as PipelineSpec;
}
