import type { CDPSession, Page } from 'playwright-core';
import { unreadable } from './open-page.ts';

/** What a page shows, as a person would see it. */
export interface SeenPage {
  readonly url: string;
  readonly title: string;
  readonly text: string;
  /** In pixels. */
  readonly height: number;
}

const TEXT_CHARACTERS_MAX = 1024 * 1024;
const TITLE_CHARACTERS_MAX = 1000;

// Cut inside the browser: nothing longer enters the worker.
const LOOK = `({
  url: location.href,
  title: document.title.slice(0, ${TITLE_CHARACTERS_MAX}),
  text: (document.body?.innerText ?? '').slice(0, ${TEXT_CHARACTERS_MAX + 1}),
  height: document.documentElement.scrollHeight,
})`;

/** Looks at a page from a world of its own, in which the page's scripts have changed nothing. Throws `TOOL_OUTPUT_INVALID`. */
export async function lookAtPage(page: Page): Promise<SeenPage> {
  const session = await page.context().newCDPSession(page);
  const seen = await evaluated(session);
  if (!/^https?:/.test(seen.url))
    throw unreadable(`it went on to ${seen.url.slice(0, 60)}, which is no page of the web`);
  if (seen.text.length <= TEXT_CHARACTERS_MAX) return seen;
  throw unreadable(`its text has more than ${TEXT_CHARACTERS_MAX} characters`);
}

async function evaluated(session: CDPSession): Promise<SeenPage> {
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const options = { contextId: executionContextId, expression: LOOK, returnByValue: true };
  const { result } = await session.send('Runtime.evaluate', options);
  return result.value as SeenPage;
}
