import { globSync } from 'node:fs';

/**
 * Files that take long, the longest first: several processes end at about the same time when no long file begins late.
 * Each run tells which took the longest.
 */
const LONGEST_FIRST: readonly string[] = [
  'tests/integration/conversation.test.ts',
  'tests/integration/judges.test.ts',
  'tests/integration/budget.test.ts',
  'tests/integration/journal.test.ts',
  'tests/integration/ladder.test.ts',
  'tests/integration/docs/further-pages.test.ts',
  'tests/integration/docs/first-pages.test.ts',
  'tests/integration/durability.test.ts',
  'tests/integration/eval.test.ts',
  'tests/integration/conversation-durability.test.ts',
  'tests/orchestrator/api/cli-worker.test.ts',
  'tests/integration/failover.test.ts',
  'tests/integration/whole-requests.test.ts',
  'tests/integration/examples/quality-control.test.ts',
  'tests/integration/examples/research-with-sources.test.ts',
  'tests/integration/examples/evaluation.test.ts',
  'tests/orchestrator/api/cli.test.ts',
  'tests/orchestrator/tools/browser-open.test.ts',
  'tests/integration/own-parts.test.ts',
  'tests/orchestrator/api/cli-servers.test.ts',
  'tests/integration/examples/approval-over-days.test.ts',
  'tests/integration/examples/error-handling.test.ts',
  'tests/orchestrator/api/cli-run.test.ts',
  'tests/orchestrator/api/cli-replay.test.ts',
  'tests/integration/renewal.test.ts',
  'tests/integration/parts.test.ts',
  'tests/orchestrator/state/worker-versions.test.ts',
  'tests/orchestrator/api/cli-schedules.test.ts',
  'tests/integration/fork.test.ts',
  'tests/orchestrator/api/cli-steering.test.ts',
  'tests/integration/steering.test.ts',
  'tests/integration/examples/map-over-documents.test.ts',
  'tests/integration/examples/refinement-loop.test.ts',
  'tests/integration/lost-worker.test.ts',
  'tests/integration/generated.test.ts',
  'tests/integration/examples/agent-with-tools.test.ts',
  'tests/orchestrator/api/cli-fork.test.ts',
  'tests/integration/local/program.test.ts',
  'tests/integration/local/servers.test.ts',
  'tests/orchestrator/api/builder-forms.types.test.ts',
  'tests/integration/examples/simple-orchestrator.test.ts',
  'tests/orchestrator/api/cli-asks.test.ts',
  'tests/orchestrator/state/replay.test.ts',
  'tests/integration/crash.test.ts',
  'tests/integration/cancel.test.ts',
  'tests/integration/time.test.ts',
  'tests/integration/forms.test.ts',
];

/** The files that the patterns name, in the order in which they are to begin. */
export function inOrder(patterns: readonly string[], root: string): string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
  return files.toSorted((one, other) => rank(one) - rank(other));
}

function rank(file: string): number {
  const at = LONGEST_FIRST.indexOf(file);
  return at === -1 ? LONGEST_FIRST.length : at;
}
