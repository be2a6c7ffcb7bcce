import type { Json } from './json.ts';
import type { StepResult, Usage } from './result.ts';
import type { Scope, StoredValue } from './value.ts';

/** Everything that expressions of a run may read. */
export interface RunValues {
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly vars: Readonly<Record<string, Json>>;
  readonly results: ReadonlyMap<string, StepResult>;
  readonly run: { readonly id: string; readonly startedAt: number; readonly costNanoUsd: number };
}

/** The values behind root paths, no more than these. What does not exist (yet) is null. */
export function scopeOf(reads: readonly string[], values: RunValues): Scope {
  return Object.fromEntries(reads.map((path) => [path, valueAt(path, values)]));
}

/** The values of a scope by path, or undefined when one of them lives in the artifact store. */
export function inlineValues(scope: Scope): Readonly<Record<string, Json>> | undefined {
  const entries: [string, Json][] = [];
  for (const [path, value] of Object.entries(scope)) {
    if ('artifact' in value) return undefined;
    entries.push([path, value.inline]);
  }
  return Object.fromEntries(entries);
}

function valueAt(path: string, values: RunValues): StoredValue {
  const [root, name = '', field = ''] = path.split('.');
  switch (root) {
    case 'inputs':
      return values.inputs[name] ?? { inline: null };
    case 'vars':
      return { inline: values.vars[name] ?? null };
    case 'steps':
      return stepField(values.results.get(name), field);
    case 'run':
      return { inline: runField(name, values.run) };
    default:
      throw new RangeError(`No value at "${path}"`);
  }
}

function runField(name: string, run: RunValues['run']): Json {
  switch (name) {
    case 'id':
      return run.id;
    case 'started_at':
      return new Date(run.startedAt).toISOString();
    case 'cost_usd':
      return run.costNanoUsd / 1e9;
    default:
      throw new RangeError(`No value at "run.${name}"`);
  }
}

function stepField(result: StepResult | undefined, field: string): StoredValue {
  if (field === 'output') return result?.status === 'done' ? result.output : { inline: null };
  return { inline: result === undefined ? null : plainField(result, field) };
}

function plainField(result: StepResult, field: string): Json {
  if (field === 'status') return result.status;
  if (field === 'error') return result.status === 'failed' ? { ...result.error } : null;
  if (result.status === 'skipped' || result.status === 'cancelled') return null;
  switch (field) {
    case 'model':
      return result.model ?? null;
    case 'usage':
      return result.usage === undefined ? null : usageField(result.usage);
    case 'cost_usd':
      return result.costNanoUsd === null ? null : result.costNanoUsd / 1e9;
    case 'attempts':
      return result.attempts;
    case 'checks':
      return result.checks.map((verdict) => ({ ...verdict }));
    default:
      throw new RangeError(`No value at "steps.*.${field}"`);
  }
}

function usageField(usage: Usage): Json {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
  };
}
