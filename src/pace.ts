import { PipelineError } from './errors.ts';
import { PROVIDER_NAMES, type ProviderName } from './pipeline/provider-queue.ts';

/** How fast the calls of one provider are made. */
export interface Pace {
  /** Calls at a time in one worker; 0: the worker makes none. */
  readonly concurrency: number;
  /** Calls a second that the server gives out to all workers together; absent: no limit. */
  readonly perSecond?: number;
}

export type Paces = Readonly<Record<ProviderName, Pace>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** One machine answers a few calls at a time; a vendor answers many, and says itself when it is too much. */
const CONCURRENCY: Readonly<Record<ProviderName, number>> = { anthropic: 100, openai: 100, ollama: 4 };
const CONCURRENCY_MAX = 1000;
const PER_SECOND_MIN = 0.001;

/** `ORCHESTRATOR_CONCURRENCY_<PROVIDER>` and `ORCHESTRATOR_RATE_<PROVIDER>`. Throws `CONFIG_INVALID`. */
export function readPaces(environment: Environment): Paces {
  refuseUnknown(Object.keys(environment));
  const paces = PROVIDER_NAMES.map((name) => [name, readPace(environment, name)] as const);
  return Object.fromEntries(paces) as Record<ProviderName, Pace>;
}

function readPace(environment: Environment, name: ProviderName): Pace {
  const concurrency = readNumber(environment, `ORCHESTRATOR_CONCURRENCY_${name.toUpperCase()}`, {
    isAllowed: (value) => Number.isInteger(value) && value <= CONCURRENCY_MAX,
    allowed: `a whole number from 0 to ${CONCURRENCY_MAX}`,
  });
  const perSecond = readNumber(environment, `ORCHESTRATOR_RATE_${name.toUpperCase()}`, {
    isAllowed: (value) => value >= PER_SECOND_MIN,
    allowed: `a number of calls a second from ${PER_SECOND_MIN}`,
  });
  return { concurrency: concurrency ?? CONCURRENCY[name], ...(perSecond === undefined ? {} : { perSecond }) };
}

function readNumber(
  environment: Environment,
  variable: string,
  { isAllowed, allowed }: { readonly isAllowed: (value: number) => boolean; readonly allowed: string },
): number | undefined {
  const text = environment[variable];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/u.test(text) && isAllowed(Number(text))) return Number(text);
  throw new PipelineError('CONFIG_INVALID', `Cannot use ${variable}: it is "${text}", ${allowed} is allowed`);
}

const VARIABLE = /^ORCHESTRATOR_(?:CONCURRENCY|RATE)_(?<provider>.+)$/u;

function refuseUnknown(variables: readonly string[]): void {
  const known: readonly string[] = PROVIDER_NAMES.map((name) => name.toUpperCase());
  for (const variable of variables) {
    const provider = VARIABLE.exec(variable)?.groups?.['provider'];
    if (provider === undefined || known.includes(provider)) continue;
    const is = `there is no provider of that name, only ${known.join(', ')}`;
    throw new PipelineError('CONFIG_INVALID', `Cannot use ${variable}: ${is}`);
  }
}
