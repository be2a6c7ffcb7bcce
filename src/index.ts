/** The public API. People who write their own Temporal workflows find theirs in `orchestrator/workflow`. */
export { followAnswers, type AnswerPiece, type FollowAnswersOptions } from './answers.ts';
export { backfillSchedule, type Backfilled, type BackfillRequest } from './backfill.ts';
export { connect, loadValue, startRun, type Connection, type StartRequest } from './client.ts';
export { loadConfig, type Config, type WorkerVersion } from './config.ts';
export {
  ERROR_CODES,
  PipelineError,
  type ErrorCode,
  type Finding,
  type PipelineErrorOptions,
  type Position,
} from './errors.ts';
export { discoverModels } from './discover-models.ts';
export { exportRun } from './export.ts';
export { diffRuns, forkRun, type ForkOptions, type StartedFork } from './fork.ts';
export type { RecordedHistory } from './histories.ts';
export { readHistories, type ExportedHistory, type RunExport } from './history-file.ts';
export type { InputFile } from './input-files/find.ts';
export {
  defineCheck,
  defineConfig,
  defineTool,
  type OwnCheck,
  type OwnConfig,
  type OwnMcpServer,
  type OwnModelCard,
  type OwnTool,
} from './own-parts/define.ts';
export { loadOwnParts } from './own-parts/load.ts';
export type { CheckContext, CheckVerdict } from '../activities/quality/check.ts';
export type { ToolContext } from '../activities/tools/tool.ts';
export type { OwnParts } from './own-parts/parts.ts';
export { ensureModel } from './local/model.ts';
export { startOllama, type OllamaServer } from './local/ollama-server.ts';
export type { Progress } from './local/progress.ts';
export { startTemporal, type TemporalServer } from './local/temporal-server.ts';
export {
  expr,
  pipeline,
  secret,
  typed,
  type BuiltPipeline,
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
export type { Ability, ModelCard, PriceStep } from './pipeline/card.ts';
export type { ChangedStep, PlanComparison } from './pipeline/fork/compare-plans.ts';
export type { Json, JsonObject, JsonSchema } from './pipeline/json.ts';
export type { Plan, SchedulePlan, StepPlan } from './pipeline/plan.ts';
export type { QuotedClaim, StepError, StepResult, Usage, Verdict, Vote } from './pipeline/result.ts';
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
export { replayHistories, replayRuns, type Replayed, type ReplayRequest, type ReplayStatus } from './replay.ts';
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
export type { ScheduledRun, ScheduleSummary, ScheduleView } from './schedule-view.ts';
export {
  applySchedule,
  deleteSchedule,
  describeSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
} from './schedules.ts';
export { billOf } from './bill.ts';
export type { Bill, BillLine, BillSum, StepSum } from './pipeline/bill.ts';
export { qualityOf } from './quality.ts';
export type { JudgedStep, JudgedTry, Outcome, QualityCost, QualityReport } from './pipeline/quality-report.ts';
export { describeSpending, resumeSpending, stopSpending, type SpendingView, type StopRequest } from './spending.ts';
export {
  answerApproval,
  pauseRun,
  resumeRun,
  retryStep,
  sendEvent,
  skipStep,
  topUpRun,
  type Answer,
  type AnswerReceipt,
  type RunEvent,
  type StepRetry,
  type StepSkip,
  type TopUp,
  type TopUpReceipt,
} from './steering.ts';
export { validate, validateWithServers, type Validated, type ValidateOptions } from './validate.ts';
export { runWorker, type RunWorkerOptions } from './worker.ts';
export type { WorkflowCode } from './workflow-code.ts';
