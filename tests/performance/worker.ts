import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { loadConfig, type Config } from '../../src/config.ts';
import type * as Product from '../../src/worker.ts';
import { rawActivities } from './engines/raw-activities.ts';
import { RAW_BUNDLE_OPTIONS } from './engines/raw-bundle.ts';

export interface BenchWorkerOptions {
  /** A ready bundle of the raw workflows. */
  readonly bundle?: string;
  readonly cachedRuns?: number;
}

/**
 * A worker of an engine, run by the harness as a process of its own: `worker.ts <engine> <module of the
 * product's worker> <options as JSON>`. It says `ready` over its channel when it takes work, and ends with
 * SIGTERM, or with the process that started it.
 */
const [engine, modulePath = '', optionsText = '{}'] = process.argv.slice(2);
const { bundle, cachedRuns } = JSON.parse(optionsText) as BenchWorkerOptions;
// The product's worker from its sources, or as it was built.
const product = (await import(modulePath)) as Pick<typeof Product, 'runWorker' | 'workerOptions'>;

const config = loadConfig(process.env);
const address = config.temporal.kind === 'given' ? config.temporal.address : '';
const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
process.once('SIGINT', () => stopped.abort());
process.once('disconnect', () => process.exit(1));

const run = engine === 'orchestrator' && cachedRuns === undefined ? product.runWorker : runBenchWorker;
await run(config, { address, signal: stopped.signal, onReady: () => process.send?.('ready') });
process.disconnect();

interface Running {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly onReady: () => void;
}

async function runBenchWorker(given: Config, { address: server, signal, onReady }: Running): Promise<void> {
  const connection = await NativeConnection.connect({ address: server });
  const ofProduct = await product.workerOptions(given, connection);
  const options = engine === 'orchestrator' ? ofProduct : rawOptions(ofProduct);
  const worker = await Worker.create({
    ...options,
    ...(cachedRuns === undefined ? {} : { maxCachedWorkflows: cachedRuns }),
  });
  const running = worker.run();
  onReady();
  signal.addEventListener('abort', () => worker.shutdown(), { once: true });
  await running;
  await connection.close();
}

/** The product's options, with other workflows and activities. */
function rawOptions(ofProduct: WorkerOptions): WorkerOptions {
  const { workflowBundle: _bundle, workflowsPath: _path, bundlerOptions: _options, ...options } = ofProduct;
  const code = bundle === undefined ? RAW_BUNDLE_OPTIONS : { workflowBundle: { codePath: bundle } };
  return { ...options, ...code, activities: rawActivities };
}
