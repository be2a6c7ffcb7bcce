import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { DEPLOYMENT } from '../activities/spending/growing-list.ts';
import type { ProviderSettings } from '../activities/models/provider.ts';
import { secretsOfDatabase } from '../activities/tools/database.ts';
import type { ToolSettings } from '../activities/tools/tool.ts';
import { PipelineError } from './errors.ts';
import type { Ceilings } from '../activities/spending/above-runs.ts';
import { readCeilings } from './ceilings.ts';
import type { OwnParts } from './own-parts/parts.ts';
import { readPaces, type Paces } from './pace.ts';
import { readServed, readToolPermissions, type ToolPermissions } from './tool-permissions.ts';

/** Everything that the environment decides, parsed once. `docs/configuration.md` lists every variable. */
export interface Config {
  readonly temporal:
    | { readonly kind: 'embedded' }
    /** `TEMPORAL_ADDRESS` and the other `TEMPORAL_*` variables, or a profile of `temporal.toml`. */
    | {
        readonly kind: 'given';
        readonly address: string;
        readonly connection: ClientConnectConfig['connectionOptions'];
      };
  /** `TEMPORAL_NAMESPACE`, default `default`. */
  readonly namespace: string;
  /** `ORCHESTRATOR_TASK_QUEUE`, default `orchestrator`. */
  readonly taskQueue: string;
  /** `ORCHESTRATOR_TENANT`, default `default`. */
  readonly tenant: string;
  /**
   * `ORCHESTRATOR_DEPLOYMENT` and `ORCHESTRATOR_BUILD_ID`: which version of the code a worker is, so that a run stays
   * on the version that it began with. Absent: workers have no versions.
   */
  readonly deployment?: WorkerVersion;
  readonly folders: {
    /** Programs and models that can be fetched again: `$XDG_CACHE_HOME/orchestrator`. */
    readonly cache: string;
    /** The embedded server's database, logs, process ids: `$XDG_STATE_HOME/orchestrator`. */
    readonly state: string;
    /** `ORCHESTRATOR_ARTIFACTS`, default `<state>/artifacts`. */
    readonly artifacts: string;
  };
  /** By provider name: `OLLAMA_HOST`, `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_API`, `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`. */
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** `ORCHESTRATOR_MODELS`: the file that describes models of one's own; default: `models.yaml` beside the pipeline. */
  readonly modelsFile?: string;
  /** `ORCHESTRATOR_CONCURRENCY_<PROVIDER>` and `ORCHESTRATOR_RATE_<PROVIDER>`, by provider name. */
  readonly paces: Paces;
  /** `ORCHESTRATOR_CEILING_*` and `ORCHESTRATOR_TENANT_CEILING_*`: what stands above the budgets of all runs. */
  readonly ceilings: Ceilings;
  /** `ORCHESTRATOR_SECRET_<NAME>` → what `${{ secrets.NAME }}` stands for. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `ORCHESTRATOR_SERVE`: with `tools` a worker makes the calls of the tools that it allows, and does nothing else. */
  readonly serves: 'all' | 'tools';
  /** `ORCHESTRATOR_BROWSER`, `ORCHESTRATOR_SEARCH_URL`, and what tools are allowed (`readToolPermissions`). */
  readonly tools: ToolSettings & ToolPermissions;
  /** `ORCHESTRATOR_ALLOWED_HOSTS`: comma-separated hosts that network tools may reach although they are private. */
  readonly allowedHosts: readonly string[];
  /** `ORCHESTRATOR_CONFIG`: the file with tools, checks, models and MCP servers of one's own. */
  readonly ownFile?: string;
  /** What that file says, or one that was found in a folder: `loadOwnParts` reads it. */
  readonly own?: OwnParts;
}

/** A version of the workers' code, in Temporal's terms. */
export interface WorkerVersion {
  readonly name: string;
  readonly buildId: string;
}

/** The task queue where none is named. */
export const DEFAULT_TASK_QUEUE = 'orchestrator';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the configuration from an environment (normally `process.env`). Throws `CONFIG_INVALID`. */
export function loadConfig(given: Environment): Config {
  const environment = withoutEmpty(given);
  const state = join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'orchestrator');
  const server = givenServer(environment);
  return {
    temporal: serverOf(server),
    namespace: server.namespace ?? 'default',
    taskQueue: environment['ORCHESTRATOR_TASK_QUEUE'] ?? DEFAULT_TASK_QUEUE,
    tenant: tenantOf(environment['ORCHESTRATOR_TENANT'] ?? 'default'),
    ...workerVersion(environment),
    folders: {
      cache: join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'orchestrator'),
      state,
      artifacts: environment['ORCHESTRATOR_ARTIFACTS'] ?? join(state, 'artifacts'),
    },
    providers: {
      ollama: settings(environment['OLLAMA_HOST'] ?? 'http://127.0.0.1:11434', undefined),
      openai: {
        ...settings(environment['OPENAI_BASE_URL'], environment['OPENAI_API_KEY']),
        ...(environment['OPENAI_API'] && { api: environment['OPENAI_API'] }),
      },
      anthropic: settings(environment['ANTHROPIC_BASE_URL'], environment['ANTHROPIC_API_KEY']),
    },
    ...(environment['ORCHESTRATOR_MODELS'] && { modelsFile: environment['ORCHESTRATOR_MODELS'] }),
    paces: readPaces(environment),
    ceilings: readCeilings(environment),
    secrets: secretsOf(environment),
    serves: readServed(environment),
    tools: {
      ...readToolPermissions(environment),
      ...(environment['ORCHESTRATOR_BROWSER'] && { browser: environment['ORCHESTRATOR_BROWSER'] }),
      ...(environment['ORCHESTRATOR_SEARCH_URL'] && { searchUrl: searchUrl(environment['ORCHESTRATOR_SEARCH_URL']) }),
    },
    ...(environment['ORCHESTRATOR_CONFIG'] && { ownFile: environment['ORCHESTRATOR_CONFIG'] }),
    allowedHosts: (environment['ORCHESTRATOR_ALLOWED_HOSTS'] ?? '')
      .split(',')
      .map((host) => host.trim())
      .filter(Boolean),
  };
}

/** A variable that is set to nothing counts as not set: `OPENAI_API_KEY= orchestrator run …`. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** What belongs to no tenant is kept under a name of its own. */
function tenantOf(name: string): string {
  if (name !== DEPLOYMENT) return name;
  throw new PipelineError(
    'CONFIG_INVALID',
    `Cannot use ORCHESTRATOR_TENANT "${name}": this name is kept for what belongs to all tenants`,
  );
}

function givenServer(environment: Environment): ClientConnectConfig {
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(defined) });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new PipelineError('CONFIG_INVALID', `Cannot read the connection to Temporal: ${reason}`, { cause });
  }
}

function serverOf({ connectionOptions }: ClientConnectConfig): Config['temporal'] {
  const { address } = connectionOptions;
  return address === undefined ? { kind: 'embedded' } : { kind: 'given', address, connection: connectionOptions };
}

/** Temporal puts the name and the build id into one text, and keeps what begins with "__" to itself. */
const VERSION_PARTS = {
  ORCHESTRATOR_DEPLOYMENT: {
    pattern: /^(?!__)[^.:]+$/u,
    allowed: 'a text without "." and ":", not beginning with "__"',
  },
  ORCHESTRATOR_BUILD_ID: { pattern: /^(?!__)/u, allowed: 'a text that does not begin with "__"' },
} as const;

function workerVersion(environment: Environment): Pick<Config, 'deployment'> {
  const name = versionPart('ORCHESTRATOR_DEPLOYMENT', environment['ORCHESTRATOR_DEPLOYMENT']);
  const buildId = versionPart('ORCHESTRATOR_BUILD_ID', environment['ORCHESTRATOR_BUILD_ID']);
  if (name !== undefined && buildId !== undefined) return { deployment: { name, buildId } };
  if (name === undefined && buildId === undefined) return {};
  const [set, missing] = name === undefined ? ['BUILD_ID', 'DEPLOYMENT'] : ['DEPLOYMENT', 'BUILD_ID'];
  const is = `ORCHESTRATOR_${set} is set and ORCHESTRATOR_${missing} is not`;
  throw new PipelineError('CONFIG_INVALID', `Cannot tell the version of this worker: ${is}, set both or none`);
}

function versionPart(variable: keyof typeof VERSION_PARTS, value: string | undefined): string | undefined {
  const { pattern, allowed } = VERSION_PARTS[variable];
  if (value === undefined || pattern.test(value)) return value;
  const is = `${variable} is "${value}", ${allowed} is allowed`;
  throw new PipelineError('CONFIG_INVALID', `Cannot tell the version of this worker: ${is}`);
}

function searchUrl(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol === 'http:' || protocol === 'https:') return text;
  const is = `ORCHESTRATOR_SEARCH_URL is "${text}", a URL such as "https://searx.example" is allowed`;
  throw new PipelineError('CONFIG_INVALID', `Cannot tell where to search: ${is}`);
}

function settings(baseUrl: string | undefined, apiKey: string | undefined): ProviderSettings {
  return { ...(baseUrl === undefined ? {} : { baseUrl }), ...(apiKey === undefined ? {} : { apiKey }) };
}

const SECRET_PREFIX = 'ORCHESTRATOR_SECRET_';

function secretsOf(environment: Environment): Record<string, string> {
  const names = Object.keys(environment).filter((name) => name.startsWith(SECRET_PREFIX));
  return Object.fromEntries(names.map((name) => [name.slice(SECRET_PREFIX.length), environment[name] ?? '']));
}

/** Every value of a configuration that must be told to nobody. */
export function secretsIn({ secrets, providers, temporal, tools }: Config): readonly string[] {
  const server = temporal.kind === 'given' ? temporal.connection : {};
  const keys = [
    ...Object.values(tools.databases).flatMap(secretsOfDatabase),
    ...Object.values(providers).map(({ apiKey }) => apiKey),
    server.apiKey,
    server.metadata?.['authorization'],
  ];
  return [...Object.values(secrets), ...keys.filter((key) => typeof key === 'string')];
}
