import { createHash } from 'node:crypto';
import { PipelineError } from '../../src/errors.ts';

/** Lower case, so that two tenants stay apart on file systems that do not tell case. */
const TENANT = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const SEGMENT = /^[A-Za-z0-9_~%=@+-][A-Za-z0-9._~%=@+-]{0,199}$/;
const SEGMENTS_MAX = 8;

/** Throws `CONFIG_INVALID` unless the tenant's name can be the name of a folder of its own. */
export function checkTenant(tenant: string): void {
  if (TENANT.test(tenant)) return;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot use tenant ${JSON.stringify(tenant.slice(0, 80))}: a tenant is 1 to 64 lower-case letters, digits, "_" and "-", the first a letter or digit`,
  );
}

/** Throws `INTERNAL` unless the name of an entry stays inside its tenant: `records/<id>.json`. */
export function checkEntryName(name: string): void {
  const segments = name.split('/');
  if (segments.length <= SEGMENTS_MAX && segments.every((segment) => SEGMENT.test(segment))) return;
  throw new PipelineError(
    'INTERNAL',
    `Cannot name an entry ${JSON.stringify(name.slice(0, 80))}: allowed are 1 to ${SEGMENTS_MAX} parts divided by "/", each of 1 to 200 characters out of letters, digits and "._~%=@+-", none beginning with "."`,
  );
}

/** What stands for a run in the names of entries and logs: its id may hold anything. */
export function runName(runId: string): string {
  return createHash('sha256').update(runId).digest('hex');
}
