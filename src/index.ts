/** The public API. People who write their own Temporal workflows find theirs in `orchestrator/workflow`. */
export { connect, loadValue, startRun, type Connection, type StartRequest } from './client.ts';
export { loadConfig, type Config } from './config.ts';
export {
  ERROR_CODES,
  PipelineError,
  type ErrorCode,
  type Finding,
  type PipelineErrorOptions,
  type Position,
} from './errors.ts';
export { diffRuns, forkRun, type ForkOptions, type StartedFork } from './fork.ts';
export { ensureModel } from './local/model.ts';
export { startOllama, type OllamaServer } from './local/ollama-server.ts';
export type { Progress } from './local/progress.ts';
export { startTemporal, type TemporalServer } from './local/temporal-server.ts';
export {
  expr,
  pipeline,
  secret,
  typed,
  type Expr,
  type PipelineBuilder,
  type Ref,
  type Secret,
} from './pipeline/builder.ts';
export type {
  Pair,
  RunComparison,
  RunTotals,
  StepComparison,
  StepFacts,
  VerdictPair,
} from './pipeline/compare-runs.ts';
export type { ChangedStep, PlanComparison } from './pipeline/fork/compare-plans.ts';
export type { Json, JsonObject, JsonSchema } from './pipeline/json.ts';
export type { Plan, StepPlan } from './pipeline/plan.ts';
export type { StepError, StepResult, Usage, Verdict } from './pipeline/result.ts';
export type {
  ApprovalAnswer,
  ApprovalView,
  CompensationView,
  HeldView,
  ItemsProgress,
  RunStatus,
  RunView,
  SavedFile,
  StepView,
  ViewedValue,
  WaitView,
} from './pipeline/view.ts';
export type { PipelineSpec } from './pipeline/spec.ts';
export type { ArtifactRef, StoredValue } from './pipeline/value.ts';
export {
  cancelRun,
  describeRun,
  followRun,
  listRuns,
  loadFile,
  runLink,
  type RunFilter,
  type RunSummary,
} from './runs.ts';
export {
  answerApproval,
  pauseRun,
  resumeRun,
  retryStep,
  sendEvent,
  skipStep,
  type Answer,
  type AnswerReceipt,
  type RunEvent,
  type StepRetry,
  type StepSkip,
} from './steering.ts';
export { validate, type ValidateOptions } from './validate.ts';
export { runWorker, type RunWorkerOptions } from './worker.ts';
