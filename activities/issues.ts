import { z } from 'zod';

type Issue = z.core.$ZodIssue;

const ISSUES_MAX = 3;

/** Where a value does not fit its schema, and what is allowed there. The value is not shown: it may hold a secret. */
export function issuesText(issues: readonly Issue[], schema: z.ZodType): string {
  const shown = issues.slice(0, ISSUES_MAX).map((issue) => `${placeOf(issue)}${reasonOf(issue, schema)}`);
  const more = issues.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function placeOf({ path }: Issue): string {
  if (path.length === 0) return '';
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${JSON.stringify(text.replace(/^\./, '').slice(0, 100))}: `;
}

function reasonOf(issue: Issue, schema: z.ZodType): string {
  if (issue.code === 'unrecognized_keys') return `no such key as ${listed(issue.keys)}${allowedKeys(issue, schema)}`;
  const { message } = issue.code === 'invalid_key' ? (issue.issues[0] as Issue) : issue;
  return message.replace(/^Invalid (input|option): /, '');
}

function allowedKeys({ path }: Issue, schema: z.ZodType): string {
  return path.length === 0 && schema instanceof z.ZodObject ? `, allowed are ${listed(Object.keys(schema.shape))}` : '';
}

function listed(keys: readonly string[]): string {
  return keys.map((key) => JSON.stringify(key)).join(', ');
}
