import { PipelineError } from '../../../src/errors.ts';
import type { McpSettings } from './settings.ts';

/** What servers may be given, and where they may be. */
export interface McpSurroundings {
  /** By name, as in `${{ secrets.NAME }}`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly allowedHosts: readonly string[];
}

const SECRET = /\$\{\{\s*secrets\.(\w+)\s*\}\}/gu;

/** The variables or headers of a server with the secrets that they name. Throws `SECRET_MISSING`. */
export function filledIn({ name, reach }: McpSettings, secrets: McpSurroundings['secrets']): Record<string, string> {
  const fill = (_: string, secret: string): string => {
    const value = Object.hasOwn(secrets, secret) ? secrets[secret] : undefined;
    if (value !== undefined) return value;
    const message = `Cannot reach MCP server "${name}": set ORCHESTRATOR_SECRET_${secret} where the worker runs`;
    throw new PipelineError('SECRET_MISSING', message);
  };
  const given = Object.entries(valuesOf(reach)).map(([key, value]) => [key, value.replaceAll(SECRET, fill)]);
  return Object.fromEntries(given);
}

/** The names of the secrets that a server is given. */
export function secretsOf({ reach }: McpSettings): readonly string[] {
  return Object.values(valuesOf(reach)).flatMap((text) =>
    Array.from(text.matchAll(SECRET), (match) => match[1] as string),
  );
}

function valuesOf(reach: McpSettings['reach']): Readonly<Record<string, string>> {
  return reach.kind === 'program' ? reach.env : reach.headers;
}
