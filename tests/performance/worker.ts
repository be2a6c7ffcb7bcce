import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { loadConfig, type Config } from '../../src/config.ts';
import type * as Product from '../../src/worker.ts';
import { rawActivities } from './engines/raw-activities.ts';
import { RAW_BUNDLE_OPTIONS } from './engines/raw-bundle.ts';

/**
 * A worker of an engine, run by the harness as a process of its own: `worker.ts <engine> <module of the
 * product's worker> [bundle of the raw workflows]`. It says `ready` over its channel when it takes work,
 * and ends with SIGTERM, or with the process that started it.
 */
const [engine, modulePath = '', bundlePath] = process.argv.slice(2);
// The product's worker from its sources, or as it was built.
const product = (await import(modulePath)) as Pick<typeof Product, 'runWorker' | 'workerOptions'>;

const config = loadConfig(process.env);
const address = config.temporal.kind === 'given' ? config.temporal.address : '';
const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
process.once('SIGINT', () => stopped.abort());
process.once('disconnect', () => process.exit(1));

const run = engine === 'orchestrator' ? product.runWorker : runRawWorker;
await run(config, { address, signal: stopped.signal, onReady: () => process.send?.('ready') });
process.disconnect();

interface Running {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly onReady: () => void;
}

async function runRawWorker(rawConfig: Config, { address: server, signal, onReady }: Running): Promise<void> {
  const connection = await NativeConnection.connect({ address: server });
  const worker = await Worker.create(await rawOptions(rawConfig, connection));
  const running = worker.run();
  onReady();
  signal.addEventListener('abort', () => worker.shutdown(), { once: true });
  await running;
  await connection.close();
}

/** The product's options, with other workflows and activities. */
async function rawOptions(rawConfig: Config, connection: NativeConnection): Promise<WorkerOptions> {
  const {
    workflowBundle: _bundle,
    workflowsPath: _path,
    bundlerOptions: _options,
    ...options
  } = await product.workerOptions(rawConfig, connection);
  const code = bundlePath === undefined ? RAW_BUNDLE_OPTIONS : { workflowBundle: { codePath: bundlePath } };
  return { ...options, ...code, activities: rawActivities };
}
