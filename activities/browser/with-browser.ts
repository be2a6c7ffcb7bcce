import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserType, CDPSession } from 'playwright-core';
import { PipelineError } from '../../src/errors.ts';
import { sendSignal } from '../processes/send-signal.ts';
import { createPlaces } from '../threads/places.ts';
import type { Resolve } from '../tools/network-guard.ts';
import type { ToolContext } from '../tools/tool.ts';
import { createExit, type Exit } from './exit.ts';
import { findBrowser } from './find-browser.ts';
import { type GuardProxy, startGuardProxy } from './guard-proxy.ts';
import { type BrowserLimits, withinLimits } from './within-limits.ts';

export interface BrowserCall {
  readonly context: ToolContext;
  readonly resolve: Resolve;
  readonly limits: BrowserLimits;
}

/** What a piece of work with a browser gets. */
export interface OpenBrowser {
  readonly browser: BrowserContext;
  readonly exit: Exit;
}

/** A browser takes several processes and hundreds of MiB. */
const places = createPlaces(availableParallelism());
const LAUNCH_MS = 30_000;

/**
 * Does one piece of work in a browser of its own: a new profile, no way out but the guarded one, nothing of the worker's
 * environment. It is killed, with everything that it started, when the work is done, cancelled, or over a limit.
 */
export async function withBrowser<T>(call: BrowserCall, work: (open: OpenBrowser) => Promise<T>): Promise<T> {
  const { signal, settings } = call.context;
  const program = await findBrowser(settings.browser);
  await places.take(signal);
  try {
    const home = await makeHome(tmpdir());
    try {
      return await workIn({ program, home }, call, work);
    } finally {
      await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
  } finally {
    places.leave();
  }
}

async function workIn<T>(
  { program, home }: { readonly program: string; readonly home: string },
  call: BrowserCall,
  work: (open: OpenBrowser) => Promise<T>,
): Promise<T> {
  const exit = createExit(call.context, call.resolve);
  const proxy = await startGuardProxy(exit);
  try {
    call.context.signal.throwIfAborted();
    const launched = await launch(program, home, proxy);
    try {
      return await withinLimits(
        { ...call, signal: call.context.signal, session: launched.session, exit },
        work({ browser: launched.browser, exit }),
      );
    } finally {
      await killAll(launched);
    }
  } finally {
    proxy.close();
  }
}

type LaunchOptions = NonNullable<Parameters<BrowserType['launchPersistentContext']>[1]>;

/** A browser that has started, and what is needed to watch and to end it. */
interface Launched {
  readonly browser: BrowserContext;
  readonly session: CDPSession;
  /** The process that leads a group of its own, in which all others are. */
  readonly main: number;
}

async function launch(executablePath: string, home: string, proxy: GuardProxy): Promise<Launched> {
  // Only a worker that opens pages needs it.
  const { chromium } = await import('playwright-core');
  try {
    const options = { ...optionsOf(home, proxy), executablePath };
    const browser = await chromium.launchPersistentContext(join(home, 'profile'), options);
    const session = await (browser.browser() as Browser).newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const { id: main } = processInfo.find(({ type }) => type === 'browser') as { id: number };
    return { browser, session, main };
  } catch (cause) {
    const reason = reasonOf((cause as Error).message);
    const advice = 'see whether it starts for the user of the worker, or set ORCHESTRATOR_BROWSER to another one';
    const message = `Cannot start the browser ${executablePath}: ${reason}; ${advice}`;
    throw new PipelineError('TOOL_UNAVAILABLE', message, { cause });
  }
}

/** What it says of its end, or what is known of it without. */
function reasonOf(message: string): string {
  const fatal = /\bFATAL:\S+ (.+)/.exec(message)?.[1];
  return (fatal ?? String(message.split('\n')[0])).slice(0, 300);
}

/** Chromium puts a socket below its home, whose whole path may have 107 characters. */
const PARENT_CHARACTERS_MAX = 30;

/** A new folder for everything that one browser writes. */
export async function makeHome(parent: string): Promise<string> {
  const short = parent.length > PARENT_CHARACTERS_MAX ? '/tmp' : parent;
  return mkdtemp(join(short, 'orchestrator-browser-'));
}

function optionsOf(home: string, { url, username, password }: GuardProxy): LaunchOptions {
  return {
    // The sandbox of Chromium does not work for root.
    chromiumSandbox: process.getuid?.() !== 0,
    env: { PATH: String(process.env['PATH']), HOME: home, TMPDIR: home, LANG: 'C.UTF-8' },
    proxy: { server: url, username, password },
    acceptDownloads: false,
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 800 },
    timeout: LAUNCH_MS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      // Nothing but the proxy finds hosts, and nothing goes around it.
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
      '--proxy-bypass-list=<-loopback>',
      '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
      '--disable-quic',
      '--js-flags=--max-old-space-size=512',
    ],
  };
}

async function killAll({ browser, main }: Launched): Promise<void> {
  const isThere = (browser.browser() as Browser).isConnected();
  const closed = new Promise((resolve) => browser.once('close', resolve));
  sendSignal(-main, 'SIGKILL');
  if (isThere) await closed;
}
