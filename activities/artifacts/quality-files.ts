import { Buffer } from 'node:buffer';
import { innerSteps } from '../../src/pipeline/plan-steps.ts';
import type { StepPlan } from '../../src/pipeline/plan.ts';
import { qualityMarkdown } from '../../src/pipeline/quality-markdown.ts';
import { makeQualityReport, qualityJson } from '../../src/pipeline/quality-report.ts';
import type { CallRecord, RunRecord } from '../../src/pipeline/result.ts';
import type { SavedFile } from '../../src/pipeline/view.ts';
import { loadValue } from '../values.ts';
import type { ArtifactStore } from './store.ts';

/** The report of the quality of a run, among the files that people fetch. */
const MARKDOWN = 'quality/report.md';
const JSON_FILE = 'quality/report.json';

/** The record of a run with the report of its quality, where a gate ladder was there to be climbed. */
export async function withQualityFiles(store: ArtifactStore, tenant: string, record: RunRecord): Promise<RunRecord> {
  const { plan, view, calls = [], moreCalls = [] } = record;
  if (!plan.steps.some(hasLadder)) return record;
  const earlier = await Promise.all(moreCalls.map((list) => loadValue(store, tenant, list)));
  const { runId, status } = view;
  const all = [...(earlier.flat() as unknown as readonly CallRecord[]), ...calls];
  const report = makeQualityReport({ runId, pipeline: view.pipeline.name, status, plan, calls: all });
  const texts = {
    [MARKDOWN]: qualityMarkdown(report),
    [JSON_FILE]: `${JSON.stringify(qualityJson(report), null, 2)}\n`,
  };
  const { files = [] } = view;
  // What a step has saved under such a name is the user's.
  const free = Object.entries(texts).filter(([path]) => files.every((file) => file.path !== path));
  const kept = free.map(async ([path, text]): Promise<SavedFile> => {
    const bytes = Buffer.from(text);
    return { path, sha256: await store.put(tenant, bytes), bytes: bytes.length, step: 'the run' };
  });
  return { ...record, view: { ...view, files: [...files, ...(await Promise.all(kept))] } };
}

function hasLadder(step: StepPlan): boolean {
  return step.onCheckFail !== undefined || innerSteps(step).some(hasLadder);
}
