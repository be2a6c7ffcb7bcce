import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import type { Provider } from './provider.ts';

export interface BreakerLimits {
  /** So many failures, and no answer between them, open the circuit. */
  readonly failures: number;
  /** So long nothing is asked then, in milliseconds; twice as long after each try that fails again. */
  readonly openMs: number;
  readonly openMsMax: number;
}

const LIMITS: BreakerLimits = { failures: 5, openMs: 10_000, openMsMax: 120_000 };

/** What tells that a server is in trouble; after any other failure the next call may well succeed. */
export const OUTAGES: readonly ErrorCode[] = [
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_OVERLOADED',
  'PROVIDER_ERROR',
  'PROVIDER_TIMEOUT',
  'PROVIDER_CONNECTION_LOST',
  'PROVIDER_RESPONSE_INVALID',
];

/**
 * The provider, whose models are left alone for a while when they fail again and again: then `complete` throws
 * `PROVIDER_UNAVAILABLE` at once, with the time until the model is tried again.
 */
export function withCircuitBreaker(name: string, provider: Provider, limits = LIMITS): Provider {
  const circuits = new Map<string, Circuit>();
  const circuitOf = (model: string): Circuit => {
    const circuit = circuits.get(model) ?? circuitFor(`${name}/${model}`, limits);
    circuits.set(model, circuit);
    return circuit;
  };
  return {
    ...provider,
    complete: (request, signal, onDelta) => circuitOf(request.model)(() => provider.complete(request, signal, onDelta)),
  };
}

type Circuit = <T>(call: () => Promise<T>) => Promise<T>;

function circuitFor(model: string, { failures, openMs, openMsMax }: BreakerLimits): Circuit {
  /** When the model is tried again. */
  let triedAt = 0;
  const pause = (duration: number): IBackoff<unknown> => {
    triedAt = Date.now() + duration;
    return { duration, next: () => pause(Math.min(duration * 2, openMsMax)) };
  };
  const breaker = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: { next: () => pause(openMs) },
    breaker: new ConsecutiveBreaker(failures),
  });
  const unavailable = (retryAfterMs: number): PipelineError => {
    // Nothing else opens it.
    const { error } = breaker.lastFailure as { readonly error: PipelineError };
    const is = `its server has failed ${failures} times in a row, with ${error.code} at last`;
    const message = `Cannot call model "${model}": ${is}, and is not asked for now`;
    return new PipelineError('PROVIDER_UNAVAILABLE', message, { retryAfterMs });
  };
  return async (call) => {
    // The library would let the others wait for the one call that tries the model.
    if (breaker.state === CircuitState.HalfOpen) throw unavailable(openMs);
    try {
      return await breaker.execute(call);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? unavailable(Math.max(triedAt - Date.now(), 1)) : error;
    }
  };
}

function isOutage(error: Error): boolean {
  return error instanceof PipelineError && OUTAGES.includes(error.code);
}
