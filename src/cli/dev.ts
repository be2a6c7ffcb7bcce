import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { SMALL_MODEL } from '../local/model.ts';
import { stopLocal } from '../local/stop.ts';
import { startTemporal } from '../local/temporal-server.ts';
import { stopWorkers } from './background-worker.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruption } from './interruption.ts';
import { selfCommand } from './self.ts';
import { ensureOllama, progressOf } from './servers.ts';
import type { Lines } from './screen/terminal.ts';
import type { Act, Session } from './session.ts';

export function addDev(program: Command, act: Act): void {
  const dev = program
    .command('dev')
    .description('Start what a run needs (Temporal, Ollama with a small model) and work on runs until Ctrl-C.')
    .action(act(develop));
  dev
    .command('stop')
    .description('Stop what was started in the background: workers, Temporal, Ollama.')
    .action(act(stop));
}

async function develop({ terminal, config: given }: Session): Promise<ExitCode> {
  const { runWorker } = await import('../worker.ts');
  const { openWorkerLog } = await import('./worker-log.ts');
  const { loadOwnParts } = await import('../own-parts/load.ts');
  const session = { terminal, config: await loadOwnParts(given, '.') };
  const server = await startTemporal(session.config, progressOf(session));
  const url = await ensureOllama(session, [SMALL_MODEL]);
  const config = { ...session.config, providers: { ...session.config.providers, ollama: { baseUrl: url } } };
  openWorkerLog();
  await runWorker(config, {
    address: server.address,
    signal: interruption(),
    onReady: () => sayReady(session, { ...server, ollama: url }),
  });
  session.terminal.note([`The servers go on in the background; stop them with: ${selfCommand(process.env)} dev stop`]);
  return EXIT.DONE;
}

interface Addresses {
  readonly address: string;
  readonly webUi?: string;
  readonly ollama: string;
}

function sayReady({ config, terminal }: Session, addresses: Addresses): void {
  const { namespace, taskQueue } = config;
  const { address, webUi, ollama } = addresses;
  terminal.answer({ event: 'ready', address, namespace, task_queue: taskQueue, web_ui: webUi, ollama }, () =>
    addressLines(config, addresses),
  );
}

export function addressLines({ namespace, taskQueue }: Config, { address, webUi, ollama }: Addresses): Lines {
  return [
    `Temporal  ${address} (namespace "${namespace}", task queue "${taskQueue}")`,
    ...(webUi === undefined ? [] : [`Web UI    ${webUi}`]),
    `Ollama    ${ollama}`,
    'Working on runs. Ctrl-C stops this worker.',
  ];
}

async function stop({ config, terminal }: Session): Promise<ExitCode> {
  const workers = await stopWorkers(config);
  const stopped = [...Array.from({ length: workers }, () => 'a worker'), ...(await stopLocal(config))];
  terminal.answer({ event: 'stopped', stopped }, () => [
    stopped.length === 0 ? 'Nothing was running in the background' : `Stopped ${stopped.join(', ')}`,
  ]);
  return EXIT.DONE;
}
