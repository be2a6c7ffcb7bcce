import type { Page } from 'playwright-core';
import { PipelineError } from '../../src/errors.ts';
import { durationText } from '../../src/pipeline/duration.ts';
import { quote } from '../quote.ts';
import { statusFailure } from '../tools/http-failure.ts';
import type { OpenBrowser } from './with-browser.ts';

export interface PageCall {
  readonly url: string;
  /** A CSS selector of what must be seen. */
  readonly waitFor: string | undefined;
  /** How long a page may take to answer. */
  readonly answerMs: number;
  /** How long what is waited for may take to be seen. */
  readonly appearMs: number;
  /** How long its pictures, frames and scripts are waited for; a page is read without those that come later. */
  readonly loadMs: number;
}

/** Opens a page and waits until it is there. Throws `NETWORK_REFUSED`, `NETWORK_FAILED` and others. */
export async function openPage({ browser, exit }: OpenBrowser, call: PageCall): Promise<Page> {
  const page = browser.pages()[0] as Page;
  // What it opens besides is guarded alike, and not read.
  browser.on('page', (other) => void other.close().catch(() => undefined));
  const { promise: crashed, reject } = Promise.withResolvers<never>();
  page.once('crash', () => reject(unreadable('it crashed, or needs too much memory')));
  // A browser shows a page of its own where nothing came: what counts is where it was going.
  let last = call.url;
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) last = request.url();
  });
  const failure = await Promise.race([goTo(page, call), crashed]).catch((error: Error) =>
    error instanceof PipelineError ? error : failureOf(error, last),
  );
  const fault = exit.faultOf(String(URL.parse(last)?.origin)) ?? failure;
  if (fault !== undefined) throw fault;
  return page;
}

async function goTo(page: Page, { url, waitFor, answerMs, appearMs, loadMs }: PageCall): Promise<void> {
  const response = await page.goto(url, { waitUntil: 'domcontentloaded', timeout: answerMs });
  if (response !== null && response.status() >= 400) {
    const hop = { method: 'GET', url: new URL(response.url()), headers: {}, body: null } as const;
    throw await statusFailure(hop, { status: response.status(), headers: response.headers(), bytes: Buffer.alloc(0) });
  }
  await page.waitForLoadState('load', { timeout: loadMs }).catch(() => undefined);
  if (waitFor === undefined) return;
  try {
    await page.locator(`css=${waitFor}`).first().waitFor({ timeout: appearMs });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'TimeoutError') throw unreadable(`${quote(waitFor)} is not seen within ${durationText(appearMs)}`);
    if (!/selector/i.test(message)) throw error;
    throw new PipelineError('TOOL_INPUT_INVALID', `Cannot wait for ${quote(waitFor)}: it is no CSS selector`);
  }
}

function failureOf({ message }: Error, url: string): PipelineError {
  if (message.includes('Download is starting')) {
    return unreadable('it is a file to download; fetch it with "http.request" and "save_as"');
  }
  const reason = /net::ERR_\w+|Timeout \d+ms exceeded/.exec(message)?.[0] ?? String(message.split('\n')[0]);
  const { origin, pathname } = new URL(url);
  return new PipelineError('NETWORK_FAILED', `Cannot open ${(origin + pathname).slice(0, 200)}: ${reason}`);
}

export function unreadable(reason: string): PipelineError {
  return new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read the page: ${reason}`);
}
