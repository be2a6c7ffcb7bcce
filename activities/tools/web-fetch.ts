import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { runInThread } from '../threads/run-in-thread.ts';
import { decode, plainBytes } from './http-body.ts';
import { statusFailure } from './http-failure.ts';
import { firstHop } from './http-hop.ts';
import { HttpInput } from './http-input.ts';
import { lastAnswer } from './last-answer.ts';
import { type Resolve, resolveBySystem } from './network-guard.ts';
import { defineTool, type ToolContext } from './tool.ts';

const PageOutput = z.strictObject({
  url: z.string().describe('Where the page is, after redirects'),
  title: z.string(),
  markdown: z.string().describe('The article of the page, or all of it where there is none; plain text as it is'),
});
type PageOutput = z.infer<typeof PageOutput>;

export const webFetch = defineTool({
  name: 'web.fetch',
  description: 'Reads a web page as Markdown, without what stands around its article; scripts do not run.',
  effect: 'reads',
  input: z.strictObject({ url: z.string().min(1).describe('http or https') }),
  output: PageOutput,
  timeoutMs: 60_000,
  usesNetwork: true,
  run: ({ url }, context) => fetchPage(url, context, resolveBySystem),
});

/** Fetches a page, with a resolver of the caller's choice. */
export async function fetchPage(from: string, context: ToolContext, resolve: Resolve): Promise<PageOutput> {
  const input = HttpInput.parse({ url: from, headers: { accept: 'text/html, application/xhtml+xml, text/*;q=0.8' } });
  const { hop, answer } = await lastAnswer(firstHop(input, context), context, resolve);
  if (answer.status >= 400) throw await statusFailure(hop, answer);
  const type = (answer.headers['content-type'] ?? '').toLowerCase();
  const refuse = (reason: string): PipelineError =>
    new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read the page of ${hop.url.origin}: ${reason}`);
  if (!HTML_TYPE.test(type) && !PLAIN_TYPE.test(type)) {
    throw refuse(`its content type is ${quote(type)}, allowed are HTML and plain text`);
  }
  const bytes = await plainBytes(answer);
  const url = hop.url.href;
  if (PLAIN_TYPE.test(type)) return { url, title: '', markdown: decode(bytes, type) };
  const html = decode(bytes, type.includes('charset=') ? type : charsetInside(bytes));
  const page = await runInThread('readPage', { html, url }, { ...LIMITS, signal: context.signal, refuse });
  return { url, ...page };
}

const HTML_TYPE = /^(text\/html|application\/xhtml\+xml)\s*(;|$)/;
const PLAIN_TYPE = /^text\/(plain|markdown)\s*(;|$)/;
const LIMITS = { timeMs: 10_000, memoryMib: 512 };

/** What a page says of itself at its beginning, written like a content type: `; charset=utf-8`. */
function charsetInside(bytes: Buffer): string {
  const start = bytes.toString('latin1', 0, 2048);
  return `; charset=${/<meta\s[^>]*charset\s*=\s*["']?([^"'\s/>;]+)/i.exec(start)?.[1] ?? 'utf-8'}`;
}
