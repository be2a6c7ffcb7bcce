import type { Database } from '../activities/tools/database.ts';
import type { ToolSettings } from '../activities/tools/tool.ts';
import { PipelineError } from './errors.ts';
import { GUARDED_TOOLS, type GuardedTool, isGuarded } from './pipeline/tool-queue.ts';

/** What the operator of a worker allows to tools there. */
export type ToolPermissions = Required<Pick<ToolSettings, 'allowedTools' | 'databases'>>;

type Environment = Readonly<Record<string, string | undefined>>;

const DATABASE_PREFIX = 'ORCHESTRATOR_DATABASE_';

/**
 * What a worker's operator allows to tools: `ORCHESTRATOR_ALLOW_TOOLS`, `ORCHESTRATOR_DATABASE_<NAME>` and
 * `ORCHESTRATOR_WRITABLE_DATABASES`. Throws `CONFIG_INVALID`, which tells no address of a database.
 */
export function readToolPermissions(environment: Environment): ToolPermissions {
  const allowedTools = namesIn(environment['ORCHESTRATOR_ALLOW_TOOLS']).map(guardedTool);
  return { allowedTools, databases: readDatabases(environment) };
}

/** `ORCHESTRATOR_SERVE`. */
export function readServed(environment: Environment): 'all' | 'tools' {
  const served = environment['ORCHESTRATOR_SERVE'] ?? 'all';
  if (served === 'all') return served;
  const is = served === 'tools' ? 'and ORCHESTRATOR_ALLOW_TOOLS names none' : 'all or tools is allowed';
  if (served === 'tools' && readToolPermissions(environment).allowedTools.length > 0) return served;
  throw new PipelineError('CONFIG_INVALID', `Cannot use ORCHESTRATOR_SERVE: it is "${served}", ${is}`);
}

function guardedTool(name: string): GuardedTool {
  if (isGuarded(name)) return name;
  const allowed = `${GUARDED_TOOLS.join(', ')} may be allowed, the other tools need no permission`;
  throw new PipelineError('CONFIG_INVALID', `Cannot use ORCHESTRATOR_ALLOW_TOOLS: it names "${name}", ${allowed}`);
}

function readDatabases(environment: Environment): Record<string, Database> {
  const writable = namesIn(environment['ORCHESTRATOR_WRITABLE_DATABASES']);
  const variables = Object.keys(environment).filter((name) => name.startsWith(DATABASE_PREFIX));
  const databases = variables.map((variable): [string, Database] => {
    const name = variable.slice(DATABASE_PREFIX.length).toLowerCase();
    return [name, { url: databaseUrl(environment, variable), isWritable: writable.includes(name) }];
  });
  for (const name of writable) refuseUnknown(name, databases);
  return Object.fromEntries(databases);
}

function databaseUrl(environment: Environment, variable: string): string {
  const url = String(environment[variable]);
  if (/^postgres(?:ql)?:$/u.test(URL.parse(url)?.protocol ?? '')) return url;
  const allowed = 'a URL such as "postgres://user:password@host/database" is allowed';
  throw new PipelineError('CONFIG_INVALID', `Cannot use ${variable}: it is no such URL, ${allowed}`);
}

function refuseUnknown(name: string, databases: readonly (readonly [string, Database])[]): void {
  if (databases.some(([known]) => known === name)) return;
  const is = `it names "${name}", and ${DATABASE_PREFIX}${name.toUpperCase()} is not set`;
  throw new PipelineError('CONFIG_INVALID', `Cannot use ORCHESTRATOR_WRITABLE_DATABASES: ${is}`);
}

function namesIn(text = ''): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}
