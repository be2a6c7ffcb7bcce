import type { Purchase, Usage } from './pipeline/result.ts';

/** Where a finding stands in a pipeline file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong, or doubtful, in what a user wrote. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: ErrorCode;
  /** "Cannot do what to which: what is, what is allowed"; no full stop. The position is not repeated in it. */
  readonly message: string;
  readonly position?: Position;
  /** Where it stands in the pipeline: `steps.draft.needs[0]`; all there is when no file was read. */
  readonly path?: string;
}

/** The closed list of codes. `docs/errors.md` explains every one; a test holds the two together. */
export const ERROR_CODES = [
  // What a user wrote
  'FILE_UNREADABLE',
  'FILE_UNWRITABLE',
  'FILE_ENCODING',
  'YAML_SYNTAX',
  'YAML_LIMIT',
  'YAML_UNSUPPORTED',
  'KEY_DUPLICATE',
  'KEY_FORBIDDEN',
  'KEY_UNKNOWN',
  'KEY_MISSING',
  'VALUE_INVALID',
  'ID_INVALID',
  'STEP_KIND',
  'REFERENCE_UNKNOWN',
  'REFERENCE_CYCLE',
  'NAME_SHADOWED',
  'PIPELINE_CYCLE',
  'PIPELINE_DEPTH',
  'EXPRESSION_SYNTAX',
  'EXPRESSION_TYPE',
  'EXPRESSION_MISPLACED',
  'SECRET_MISPLACED',
  'SCHEMA_INVALID',
  'MODEL_UNKNOWN',
  'MODEL_UNUSABLE',
  'MODEL_UNSUITABLE',
  'MODELS_INVALID',
  'TOOL_UNKNOWN',
  'CHECK_UNKNOWN',
  'INPUT_MISSING',
  'INPUT_UNKNOWN',
  'INPUT_INVALID',
  'OUTPUT_MAY_BE_NULL',
  'PIPELINE_INVALID',
  'PLAN_TOO_LARGE',
  'PLAN_VERSION_UNKNOWN',
  'USAGE',
  'CONFIG_INVALID',
  // Models
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_OVERLOADED',
  'PROVIDER_ERROR',
  'PROVIDER_TIMEOUT',
  'PROVIDER_CONNECTION_LOST',
  'PROVIDER_AUTH',
  'PROVIDER_REQUEST_REFUSED',
  'PROVIDER_RESPONSE_INVALID',
  'QUEUE_TIMEOUT',
  'MODEL_NOT_FOUND',
  'CONTEXT_OVERFLOW',
  'OUTPUT_TRUNCATED',
  'OUTPUT_REFUSED',
  'OUTPUT_INVALID',
  'TURNS_EXCEEDED',
  'ATTACHMENT_REFUSED',
  // Tools and checks
  'TOOL_FAILED',
  'TOOL_INPUT_INVALID',
  'TOOL_OUTPUT_INVALID',
  // A status that stays (400, 404, …), and one that may pass (408, 425, 429, 500, 502, 503, 504).
  'TOOL_HTTP_STATUS',
  'TOOL_HTTP_UNAVAILABLE',
  'TOOL_OUTCOME_UNKNOWN',
  'TOOL_REFUSED',
  'TOOL_UNAVAILABLE',
  'TOOL_NOT_ALLOWED',
  'MCP_UNAVAILABLE',
  'NETWORK_REFUSED',
  'NETWORK_FAILED',
  'PATH_REFUSED',
  'FILE_NOT_FOUND',
  'CHECK_FAILED',
  'SECRET_MISSING',
  // Control forms, money, people and events
  'BUDGET_EXCEEDED',
  'PRICE_UNKNOWN',
  'SPENDING_STOPPED',
  'CEILING_REACHED',
  'STEP_REFUSED',
  'SWITCH_NO_CASE',
  'ITEMS_INVALID',
  'ITEMS_TOO_MANY',
  'ITEM_KEY_DUPLICATE',
  'REPEAT_MAX',
  'WAIT_INVALID',
  'EVENT_TIMEOUT',
  'APPROVAL_TIMEOUT',
  // Expressions and values while a run goes on
  'EXPRESSION_FAILED',
  'EXPRESSION_LIMIT',
  'ARTIFACT_MISSING',
  'ARTIFACT_TOO_LARGE',
  'STORE_UNAVAILABLE',
  // Runs
  'STEP_TIMEOUT',
  'RUN_TIMEOUT',
  'WORKER_LOST',
  'RUN_UNKNOWN',
  'RUN_EXISTS',
  'RUN_ENDED',
  'RUN_TERMINATED',
  'RUN_OPEN',
  'STEP_UNKNOWN',
  'STEP_STATE',
  'ANSWER_REFUSED',
  'EVENT_REFUSED',
  'TOP_UP_REFUSED',
  'EFFECT_REPEATED',
  'SCHEDULE_UNKNOWN',
  'SCHEDULE_BUSY',
  'REPLAY_FAILED',
  'WORKER_MISSING',
  'TEMPORAL_UNAVAILABLE',
  'SETUP_FAILED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface PipelineErrorOptions {
  readonly cause?: unknown;
  /** Every fault of a refused pipeline file, in file order. */
  readonly findings?: readonly Finding[];
  /** How long the other side asked us to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What a failed model call used all the same. */
  readonly facts?: {
    readonly usage?: Usage;
    readonly costNanoUsd: number | null;
    readonly purchases?: readonly Purchase[];
  };
}

/** The one error class. Callers branch on `code`, never on the text. */
export class PipelineError extends Error {
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];
  readonly retryAfterMs: number | undefined;
  readonly facts: PipelineErrorOptions['facts'];

  constructor(code: ErrorCode, message: string, options: PipelineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PipelineError';
    this.code = code;
    this.findings = options.findings ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.facts = options.facts;
  }
}

/** Tells whether a string that came over a boundary is one of our codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (ERROR_CODES as readonly string[]).includes(value);
}
