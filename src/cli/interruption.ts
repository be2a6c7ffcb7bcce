import { EXIT } from './exit-code.ts';

/** From now on Ctrl-C and SIGTERM fire this signal; a second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}
