import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from './children.ts';
import { ENGINES, type EngineName } from './engines/engines.ts';
import type { EngineClient, Place } from './engines/engine.ts';
import { startServer, type ProfileName, type Server } from './profiles.ts';

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

/** What was started for a bench. Everything is ended and removed by `close`. */
export interface Ground {
  readonly folder: string;
  /** The lane with its server, its worker and its client, all started when they are first asked for. */
  lane(id: LaneId): Promise<Lane>;
  server(profile: ProfileName): Promise<Server>;
  /** A task queue of its own, and folders, on a server. */
  place(server: Server): Promise<Place>;
  startWorker(engine: EngineName, place: Place, code: WorkerCode): Promise<Child>;
  close(): Promise<void>;
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
export async function openGround({ parent, program, servers = {}, workerFlags = [] }: GroundOptions): Promise<Ground> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'bench-'));
  const started = new Map<ProfileName, Promise<Server>>();
  const lanes = new Map<LaneId, Promise<Lane>>();
  const workers: Child[] = [];
  const clients: EngineClient[] = [];
  let isClosed = false;

  const ground: Ground = {
    folder,
    server(profile) {
      const given = servers[profile];
      if (given !== undefined) return Promise.resolve(given);
      if (isClosed) return Promise.reject(new Error('the bench has ended'));
      return remember(started, profile, () => startServer(profile, program, join(folder, profile)));
    },
    lane(id) {
      return remember(lanes, id, async () => {
        const [engine, profile] = id.split('@') as [EngineName, ProfileName];
        const server = await ground.server(profile);
        const place = await ground.place(server);
        const worker = await ground.startWorker(engine, place, { kind: 'sources' });
        const client = await ENGINES[engine].connect(place);
        clients.push(client);
        await worker.ready;
        return { id, engine, server, client, worker };
      });
    },
    async place({ address }) {
      const taskQueue = `bench-${randomUUID()}`;
      const state = join(folder, taskQueue);
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
    },
    async startWorker(engine, place, code) {
      if (isClosed) throw new Error('the bench has ended');
      const worker = await startChild({
        program: process.execPath,
        args: [...process.execArgv, ...workerFlags, ...workerArguments(engine, code)],
        env: place.environment,
        log: join(folder, `${engine}-${workers.length}.log`),
      });
      workers.push(worker);
      return worker;
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(clients.map((client) => client.close()));
      await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));
      await Promise.allSettled([...started.values()].map(async (server) => (await server).stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return ground;
}

const PRODUCT = { sources: '../../src/worker.ts', built: '../../dist/src/worker.js' } as const;

function workerArguments(engine: EngineName, code: WorkerCode): string[] {
  const [entry, product] = ['./worker.ts', PRODUCT[code.kind]].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return [entry as string, engine, product as string, ...(code.kind === 'built' ? [code.rawBundle] : [])];
}

function remember<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}
