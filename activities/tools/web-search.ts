import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { type Answer, readBody } from './http-body.ts';
import { statusFailure } from './http-failure.ts';
import { firstHop } from './http-hop.ts';
import { HttpInput } from './http-input.ts';
import { lastAnswer } from './last-answer.ts';
import { type Resolve, resolveBySystem } from './network-guard.ts';
import { defineTool, type ToolContext } from './tool.ts';

const LIMIT_MAX = 20;
const SNIPPET_CHARACTERS_MAX = 1000;

const SearchInput = z.strictObject({
  query: z.string().trim().min(1).max(500),
  limit: z.int().min(1).max(LIMIT_MAX).default(10).describe('How many results at most'),
});

const SearchOutput = z.strictObject({
  results: z.array(z.strictObject({ title: z.string(), url: z.string(), snippet: z.string() })),
});
type SearchOutput = z.infer<typeof SearchOutput>;

export const webSearch = defineTool({
  name: 'web.search',
  description: 'Searches the web through the SearXNG server of the operator; the best results first.',
  effect: 'reads',
  input: SearchInput,
  output: SearchOutput,
  timeoutMs: 30_000,
  run: (input, context) => searchWeb(input, context, resolveBySystem),
});

/** What is used of an answer of SearXNG; it says much more. */
const SearxAnswer = z.object({
  results: z.array(z.object({ url: z.string(), title: z.string(), content: z.string().nullish() })),
  /** Names of engines, each with its reason. */
  unresponsive_engines: z.array(z.array(z.string())).default([]),
});

/** Searches, with a resolver of the caller's choice. Throws `TOOL_UNAVAILABLE` when there is no server. */
export async function searchWeb(
  { query, limit }: z.infer<typeof SearchInput>,
  context: ToolContext,
  resolve: Resolve,
): Promise<SearchOutput> {
  const server = serverOf(context);
  const url = new URL(server);
  url.pathname = url.pathname.replace(/\/?$/, '/search');
  const input = HttpInput.parse({ url: url.href, query: { q: query, format: 'json' } });
  // The operator named it, so it may be private; where it sends the question on to may not.
  const allowedHosts = [...context.allowedHosts, `${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`];
  const { hop, answer } = await lastAnswer(firstHop(input, context), { ...context, allowedHosts }, resolve);
  if (answer.status === 403)
    throw unavailable(`${url.origin} gives no JSON: its settings.yml must list "json" in search.formats`);
  if (answer.status >= 400) throw await statusFailure(hop, answer);
  return { results: (await resultsOf(answer, url.origin)).slice(0, limit) };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

function serverOf({ settings }: ToolContext): string {
  if (settings.searchUrl !== undefined) return settings.searchUrl;
  throw unavailable('set ORCHESTRATOR_SEARCH_URL to a SearXNG server where the worker runs');
}

async function resultsOf(answer: Answer, origin: string): Promise<SearchOutput['results']> {
  const { data } = SearxAnswer.safeParse(await readBody(answer));
  if (data === undefined) {
    throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot search: what ${origin} answers is not what SearXNG does`);
  }
  const silent = data.unresponsive_engines.map((engine) => engine.join(': ')).join(', ');
  if (data.results.length === 0 && silent !== '') {
    throw new PipelineError(
      'TOOL_FAILED',
      `Cannot search: ${origin} found nothing, and not all of its engines answered (${silent.slice(0, 300)})`,
    );
  }
  return data.results
    .filter(({ url }) => /^https?:\/\//.test(url))
    .map(({ url, title, content }) => ({ title, url, snippet: (content ?? '').slice(0, SNIPPET_CHARACTERS_MAX) }));
}

function unavailable(reason: string): PipelineError {
  return new PipelineError('TOOL_UNAVAILABLE', `Cannot search: ${reason}`);
}
