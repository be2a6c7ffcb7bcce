import type { Ceilings } from '../activities/spending/above-runs.ts';
import { PipelineError } from './errors.ts';
import type { Ceiling } from './pipeline/ceiling.ts';
import type { Limits } from './pipeline/ledger.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `ORCHESTRATOR_CEILING_*` and `ORCHESTRATOR_TENANT_CEILING_*`. Throws `CONFIG_INVALID`. */
export function readCeilings(environment: Environment): Ceilings {
  return {
    all: ceilingOf(
      {
        ORCHESTRATOR_CEILING_DAY_USD: environment['ORCHESTRATOR_CEILING_DAY_USD'],
        ORCHESTRATOR_CEILING_DAY_TOKENS: environment['ORCHESTRATOR_CEILING_DAY_TOKENS'],
        ORCHESTRATOR_CEILING_MONTH_USD: environment['ORCHESTRATOR_CEILING_MONTH_USD'],
        ORCHESTRATOR_CEILING_MONTH_TOKENS: environment['ORCHESTRATOR_CEILING_MONTH_TOKENS'],
      },
      'ORCHESTRATOR_CEILING',
    ),
    tenant: ceilingOf(
      {
        ORCHESTRATOR_TENANT_CEILING_DAY_USD: environment['ORCHESTRATOR_TENANT_CEILING_DAY_USD'],
        ORCHESTRATOR_TENANT_CEILING_DAY_TOKENS: environment['ORCHESTRATOR_TENANT_CEILING_DAY_TOKENS'],
        ORCHESTRATOR_TENANT_CEILING_MONTH_USD: environment['ORCHESTRATOR_TENANT_CEILING_MONTH_USD'],
        ORCHESTRATOR_TENANT_CEILING_MONTH_TOKENS: environment['ORCHESTRATOR_TENANT_CEILING_MONTH_TOKENS'],
      },
      'ORCHESTRATOR_TENANT_CEILING',
    ),
  };
}

function ceilingOf(values: Environment, name: string): Ceiling {
  return { day: limitsOf(values, `${name}_DAY`), month: limitsOf(values, `${name}_MONTH`) };
}

function limitsOf(values: Environment, name: string): Limits {
  const usd = numberOf(`${name}_USD`, values[`${name}_USD`]);
  const tokens = numberOf(`${name}_TOKENS`, values[`${name}_TOKENS`]);
  return {
    ...(usd === undefined ? {} : { nanoUsd: Math.round(usd * 1e9) }),
    ...(tokens === undefined ? {} : { tokens: Math.floor(tokens) }),
  };
}

function numberOf(variable: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/u.test(text) && Number(text) <= 1e12) return Number(text);
  const message = `Cannot use ${variable}: it is "${text}", a number from 0 to 1000000000000 is allowed`;
  throw new PipelineError('CONFIG_INVALID', message);
}
