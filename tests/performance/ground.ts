import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from './children.ts';
import type { EngineClient, Place } from './engines/engine.ts';
import { ENGINES, type EngineName } from './engines/engines.ts';
import { startServer, type ProfileName, type Server } from './profiles.ts';
import type { BenchWorkerOptions } from './worker.ts';

/** `<engine>@<profile>`; the engine alone for work without a server. */
export type LaneId = EngineName | `${EngineName}@${ProfileName}`;

/** An engine on a server: what one figure is about. */
export interface Lane {
  readonly id: LaneId;
  readonly engine: EngineName;
  readonly server: Server;
  readonly client: EngineClient;
  readonly worker: Child;
}

/** Which code a worker runs: the sources, bundled when it starts, or the build with its ready bundle. */
export type WorkerCode = { readonly kind: 'sources' } | { readonly kind: 'built'; readonly rawBundle: string };

export interface WorkerSetup {
  readonly code: WorkerCode;
  /** So many runs stay in the worker's memory; without it as many as in the product. */
  readonly cachedRuns?: number;
}

export interface GroundOptions {
  /** Everything is put into a new folder in this one: it has to lie on a real disk. */
  readonly parent: string;
  /** Path of Temporal's CLI; not needed when servers are given. */
  readonly program: string;
  /** Servers that run already; they are left as they are. */
  readonly servers?: Partial<Record<ProfileName, Server>>;
  /** For node, when it runs workers: `--cpu-prof` and the like. */
  readonly workerFlags?: readonly string[];
}

/** Opens a ground; nothing is started before it is asked for. */
export async function openGround(options: GroundOptions): Promise<Ground> {
  await mkdir(options.parent, { recursive: true });
  return new Ground(options, await mkdtemp(join(options.parent, 'bench-')));
}

/**
 * Everything that a bench starts. Servers and workers are ended by `close`, and their folder is removed. Clients of
 * lanes end with the process: to close one whose call waits for its next try throws out of a timer of the SDK.
 */
export class Ground {
  readonly folder: string;
  readonly #options: GroundOptions;
  readonly #servers = new Map<ProfileName, Promise<Server>>();
  readonly #lanes = new Map<LaneId, Promise<Lane>>();
  readonly #workers: Child[] = [];
  #isClosed = false;

  constructor(options: GroundOptions, folder: string) {
    this.#options = options;
    this.folder = folder;
  }

  /** The server of a profile, started when it is first asked for. */
  async server(profile: ProfileName): Promise<Server> {
    const given = this.#options.servers?.[profile];
    if (given !== undefined) return given;
    this.#refuseClosed();
    return remember(this.#servers, profile, () =>
      startServer(profile, this.#options.program, join(this.folder, profile)),
    );
  }

  /** The lane with its server, its worker and its client, all started when they are first asked for. */
  lane(id: LaneId): Promise<Lane> {
    return remember(this.#lanes, id, () => this.openLane(id, { code: { kind: 'sources' } }));
  }

  /** The same with a worker of its own, which has done nothing yet. Whoever opens it stops the worker and closes the client. */
  async openLane(id: LaneId, setup: WorkerSetup): Promise<Lane> {
    const [engine, profile] = id.split('@') as [EngineName, ProfileName];
    const server = await this.server(profile);
    const place = await this.place(server);
    const worker = await this.startWorker(engine, place, setup);
    await worker.ready;
    return { id, engine, server, worker, client: await ENGINES[engine].connect(place) };
  }

  /** A task queue of its own, and folders, on a server. */
  async place({ address }: Server): Promise<Place> {
    const taskQueue = `bench-${randomUUID()}`;
    const state = join(this.folder, taskQueue);
    await mkdir(state);
    return {
      address,
      environment: {
        TEMPORAL_ADDRESS: address,
        ORCHESTRATOR_TASK_QUEUE: taskQueue,
        ORCHESTRATOR_ALLOWED_HOSTS: '127.0.0.1',
        XDG_STATE_HOME: state,
      },
    };
  }

  async startWorker(engine: EngineName, place: Place, setup: WorkerSetup): Promise<Child> {
    this.#refuseClosed();
    const worker = await startChild({
      program: process.execPath,
      args: [...process.execArgv, ...(this.#options.workerFlags ?? []), ...workerArguments(engine, setup)],
      env: place.environment,
      log: join(this.folder, `${engine}-${this.#workers.length}.log`),
    });
    this.#workers.push(worker);
    return worker;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#workers.map((worker) => worker.stop('SIGTERM')));
    await Promise.allSettled([...this.#servers.values()].map(async (server) => (await server).stop()));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What an interrupted measurement would still start, nobody would stop. */
  #refuseClosed(): void {
    if (this.#isClosed) throw new Error('the bench has ended');
  }
}

const PRODUCT = { sources: '../../src/worker.ts', built: '../../dist/src/worker.js' } as const;

function workerArguments(engine: EngineName, { code, cachedRuns }: WorkerSetup): string[] {
  const [entry, product] = ['./worker.ts', PRODUCT[code.kind]].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const options = {
    ...(code.kind === 'built' ? { bundle: code.rawBundle } : {}),
    ...(cachedRuns === undefined ? {} : { cachedRuns }),
  } satisfies BenchWorkerOptions;
  return [entry as string, engine, product as string, JSON.stringify(options)];
}

function remember<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
