import type { ModelCandidate } from './model-plan.ts';

/** Whose calls; without a tenant everybody's, without a provider those that are paid. */
export interface StopScope {
  readonly tenant?: string;
  readonly provider?: string;
}

/** Somebody has stopped calls of models. */
export interface SpendingStop extends StopScope {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
  readonly reason?: string;
}

/** What somebody did to the kill switch. */
export interface SpendingChange extends SpendingStop {
  readonly act: 'stop' | 'resume';
}

/** Whether a call is one of those that are stopped. Free models go on unless their provider is named. */
export function isStopped(
  stop: StopScope,
  { tenant, candidate }: { readonly tenant: string; readonly candidate: Pick<ModelCandidate, 'provider' | 'isPaid'> },
): boolean {
  if (stop.tenant !== undefined && stop.tenant !== tenant) return false;
  return stop.provider === undefined ? candidate.isPaid : stop.provider === candidate.provider;
}

/** `paid calls of tenant "acme"`. */
export function scopeText({ tenant, provider }: StopScope): string {
  const what = provider === undefined ? 'paid calls' : `calls of provider "${provider}"`;
  return tenant === undefined ? `${what} of all tenants` : `${what} of tenant "${tenant}"`;
}
