import { z } from 'zod';
import type { Page } from 'playwright-core';
import { addressesOf } from '../browser/exit.ts';
import { lookAtPage } from '../browser/look-at-page.ts';
import { openPage } from '../browser/open-page.ts';
import { withBrowser } from '../browser/with-browser.ts';
import type { BrowserLimits } from '../browser/within-limits.ts';
import { FileOutput } from './file-output.ts';
import { parseUrl, type Resolve, resolveBySystem } from './network-guard.ts';
import { defineTool, type ToolContext } from './tool.ts';

const BrowserInput = z.strictObject({
  url: z.string().min(1).describe('http or https'),
  wait_for: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('A CSS selector of what must be seen before the page is read'),
  screenshot: z
    .enum(['screen', 'page'])
    .optional()
    .describe('A PNG of the first screen (1280 by 800), or of the page down to 10,000 pixels'),
  pdf: z.boolean().default(false).describe('The page as it would be printed'),
});
export type BrowserInput = z.infer<typeof BrowserInput>;

const BrowserOutput = z.strictObject({
  url: z.string().describe('Where the page is, after redirects'),
  title: z.string(),
  text: z.string().describe('What is seen of it, without markup'),
  screenshot: FileOutput.nullable(),
  pdf: FileOutput.nullable(),
});
type BrowserOutput = z.infer<typeof BrowserOutput>;

/** How long and how much; tests are less patient. */
export interface BrowserPatience extends BrowserLimits {
  readonly answerMs: number;
  readonly appearMs: number;
  readonly loadMs: number;
}

const PATIENCE: BrowserPatience = {
  timeMs: 90_000,
  memoryMib: 1024,
  bytesMax: 50 * 1024 * 1024,
  answerMs: 30_000,
  appearMs: 30_000,
  loadMs: 10_000,
};

export const browserOpen = defineTool({
  name: 'browser.open',
  description: 'Opens a web page in a browser, with its scripts, and reads what is seen; as a picture and a PDF too.',
  effect: 'reads',
  input: BrowserInput,
  output: BrowserOutput,
  timeoutMs: 120_000,
  usesNetwork: true,
  isInWorkspace: true,
  run: (input, context) => openInBrowser(input, context, { resolve: resolveBySystem, patience: PATIENCE }),
});

/** Opens a page with a resolver and limits of the caller's choice. */
export async function openInBrowser(
  input: BrowserInput,
  context: ToolContext,
  { resolve, patience }: { resolve: Resolve; patience: BrowserPatience },
): Promise<BrowserOutput> {
  const asked = parseUrl(input.url);
  // What would be refused needs no browser.
  await addressesOf(asked, context, resolve);
  return withBrowser({ context, resolve, limits: patience }, async (open) => {
    const page = await openPage(open, { ...patience, url: asked.href, waitFor: input.wait_for });
    const { url, title, text, height } = await lookAtPage(page);
    const screenshot = input.screenshot && (await pictureOf(page, input.screenshot, height));
    // Printing changes the page, so it comes last.
    const pdf = input.pdf && (await page.pdf({ format: 'A4', printBackground: true }));
    return {
      url,
      title,
      text,
      screenshot: screenshot ? await context.keepFile('screenshot.png', screenshot) : null,
      pdf: pdf ? await context.keepFile('page.pdf', pdf) : null,
    };
  });
}

const HEIGHT_MAX = 10_000;
const WIDTH = 1280;

async function pictureOf(page: Page, what: 'screen' | 'page', height: number): Promise<Buffer> {
  if (what === 'screen') return page.screenshot();
  const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(height, HEIGHT_MAX) };
  return page.screenshot({ fullPage: true, clip });
}
