import type { Command } from 'commander';
import { SMALL_MODEL } from '../local/model.ts';
import { stopLocal } from '../local/stop.ts';
import { startTemporal } from '../local/temporal-server.ts';
import { runWorker } from '../worker.ts';
import { stopWorkers } from './background-worker.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruptible } from './interruption.ts';
import { selfCommand } from './self.ts';
import { progressOf, withOllama } from './servers.ts';
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

async function develop(session: Session): Promise<ExitCode> {
  const server = await startTemporal(session.config, progressOf(session));
  const ready = await withOllama(session, [SMALL_MODEL]);
  await interruptible((signal) =>
    runWorker(ready.config, { ...server, signal, onReady: () => sayAddresses(ready, server) }),
  );
  session.terminal.note([`The servers go on in the background; stop them with: ${selfCommand(process.env)} dev stop`]);
  return EXIT.DONE;
}

function sayAddresses({ config, terminal }: Session, server: { address: string; webUi?: string }): void {
  const { namespace, taskQueue, providers } = config;
  const ollama = providers['ollama']?.baseUrl ?? null;
  const { address, webUi } = server;
  terminal.answer({ event: 'ready', address, namespace, task_queue: taskQueue, web_ui: webUi ?? null, ollama }, () => [
    `Temporal  ${address} (namespace "${namespace}", task queue "${taskQueue}")`,
    ...(webUi === undefined ? [] : [`Web UI    ${webUi}`]),
    `Ollama    ${ollama}`,
    'Working on runs. Ctrl-C stops this worker.',
  ]);
}

async function stop({ config, terminal }: Session): Promise<ExitCode> {
  const workers = await stopWorkers(config);
  const stopped = [
    ...(workers === 0 ? [] : [`${workers} worker${workers === 1 ? '' : 's'}`]),
    ...(await stopLocal(config)),
  ];
  terminal.answer({ event: 'stopped', stopped }, () => [
    stopped.length === 0 ? 'Nothing was running in the background' : `Stopped ${stopped.join(', ')}`,
  ]);
  return EXIT.DONE;
}
