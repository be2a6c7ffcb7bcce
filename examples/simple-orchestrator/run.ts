import {
  connect,
  ensureModel,
  followRun,
  loadConfig,
  loadValue,
  runLink,
  runWorker,
  startOllama,
  startRun,
  startTemporal,
  validate,
} from 'orchestrator';
import { simpleOrchestrator } from './pipeline.ts';

// Everything that is needed is found or started: Temporal, Ollama, the model, and a worker in this very process.
const settings = loadConfig(process.env);
const server = await startTemporal(settings, console.error);
const { url } = await startOllama(settings, console.error);
await ensureModel(url, 'smollm2:135m', console.error);
const config = loadConfig({ ...process.env, OLLAMA_HOST: url });

const stop = new AbortController();
const working = runWorker(config, { address: server.address, signal: stop.signal });

const connection = await connect(config, server);
const { plan } = validate(simpleOrchestrator, { config });
const { runId } = await startRun(connection, { plan, inputs: { topic: process.argv[2] ?? 'the moon' } });
console.log(runId, runLink(connection, runId) ?? '');

for await (const view of followRun(connection, runId)) {
  const done = view.steps.filter(({ status }) => status === 'done').length;
  console.log(`${view.status}: ${done} of ${view.steps.length} steps done`);
  for (const [name, value] of Object.entries(view.outputs ?? {})) {
    console.log(name, await loadValue(connection, value));
  }
}

await connection.close();
stop.abort();
await working;
