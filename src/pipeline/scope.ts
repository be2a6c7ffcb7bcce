import type { Json } from './json.ts';
import type { StepResult, Usage } from './result.ts';
import type { Scope, StoredValue } from './value.ts';

/** Names of one place in a pipeline; what is not found there is looked for around it. */
export interface Names {
  /** By step id. */
  readonly results: ReadonlyMap<string, StepResult>;
  /** By root path: the item and its index, an event, and whatever a part was given of the values around it. */
  readonly locals?: Scope;
  /** The steps of the round before; absent in the first. */
  readonly previous?: ReadonlyMap<string, StepResult>;
  readonly outer?: Names;
}

/** Everything that expressions of a run may read. */
export interface RunValues {
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly vars: Readonly<Record<string, Json>>;
  readonly names: Names;
  readonly run: { readonly id: string; readonly startedAt: number; readonly costNanoUsd: number };
}

/** The values behind root paths, no more than these. What does not exist (yet) is null. */
export function scopeOf(reads: readonly string[], values: RunValues): Scope {
  return Object.fromEntries(reads.map((path) => [path, valueAt(path, values)]));
}

/** As `scopeOf`, without what is not known here, and without what every part of a run knows by itself: `run`. */
export function knownScope(reads: readonly string[], values: RunValues): Scope {
  const known = reads.flatMap((path): [string, StoredValue][] => {
    const value = path.startsWith('run.') ? undefined : found(path, values);
    return value === undefined ? [] : [[path, value]];
  });
  return Object.fromEntries(known);
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

const NOTHING: StoredValue = { inline: null };
const ROOTS: ReadonlySet<string> = new Set(['inputs', 'vars', 'steps', 'previous', 'run']);

function valueAt(path: string, values: RunValues): StoredValue {
  const value = found(path, values);
  if (value === undefined && !ROOTS.has(path.split('.', 1)[0] as string)) throw new RangeError(`No value at "${path}"`);
  return value ?? NOTHING;
}

function found(path: string, values: RunValues): StoredValue | undefined {
  const [root, name = '', field = ''] = path.split('.');
  switch (root) {
    case 'vars':
      return local(path, values.names) ?? { inline: values.vars[name] ?? null };
    case 'run':
      return { inline: runField(name, values.run) };
    case 'inputs':
      return local(path, values.names) ?? values.inputs[name];
    case 'steps':
      return around(values.names, (names) => stepField(names.results.get(name), field) ?? names.locals?.[path]);
    case 'previous':
      return around(values.names, (names) => stepField(names.previous?.get(name), field) ?? names.locals?.[path]);
    default:
      return local(path, values.names);
  }
}

function local(path: string, names: Names): StoredValue | undefined {
  return around(names, ({ locals }) => locals?.[path]);
}

function around(names: Names, look: (names: Names) => StoredValue | undefined): StoredValue | undefined {
  for (let at: Names | undefined = names; at !== undefined; at = at.outer) {
    const value = look(at);
    if (value !== undefined) return value;
  }
  return undefined;
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

function stepField(result: StepResult | undefined, field: string): StoredValue | undefined {
  if (result === undefined) return undefined;
  if (field === 'output') return result.status === 'done' ? result.output : NOTHING;
  if (field === 'items') return (result.status === 'done' ? result.items : undefined) ?? NOTHING;
  return { inline: plainField(result, field) };
}

function plainField(result: StepResult, field: string): Json {
  if (field === 'status') return result.status;
  if (field === 'error') return errorField(result);
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
    case 'case':
    case 'rounds':
    case 'stopped':
      return (result.status === 'done' ? result[field] : undefined) ?? null;
    default:
      throw new RangeError(`No value at "steps.*.${field}"`);
  }
}

function errorField(result: StepResult): Json {
  const error = result.status === 'failed' ? result.error : result.status === 'done' ? result.handled : undefined;
  return error === undefined ? null : { code: error.code, message: error.message, attempts: error.attempts };
}

function usageField(usage: Usage): Json {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
  };
}
