import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import { searchWeb, webSearch } from '../../../activities/tools/web-search.ts';
import { startSearchServer } from './search-server.ts';
import { startServer, type TestServer, toolContext } from './surroundings.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

describe('web.search', () => {
  let files: TestServer;
  let other: TestServer;
  let answer: RequestListener;
  before(async () => {
    files = await startSearchServer(DOCS);
    other = await startServer((request, response) => answer(request, response));
  });
  after(async () => {
    await files.close();
    await other.close();
  });

  const search = (query: string, limit = 10, searchUrl = `${files.url}/sub/`) =>
    searchWeb({ query, limit }, toolContext('', { settings: { searchUrl } }), resolveBySystem);

  it('asks the server of the operator, though it is private, and gives the best results first', async () => {
    const { results } = await search('schedules backfill', 2);
    assert.equal(files.seen.at(-1)?.url, '/sub/search?q=schedules%20backfill&format=json');
    assert.equal(results.length, 2);
    assert.equal(results[0]?.title, 'Schedules');
    assert.equal(results[0]?.url, 'https://docs.example/schedules.md');
    assert.ok(results.every(({ snippet }) => snippet.length > 0 && snippet.length <= 1000));
  });

  it('percent-encodes the question', async () => {
    assert.deepEqual(await search('zzz&format=html#?'), { results: [] });
    assert.equal(files.seen.at(-1)?.url, '/sub/search?q=zzz%26format%3Dhtml%23%3F&format=json');
  });

  it('gives no result whose address is none of the web, and a snippet where there is one', async () => {
    const results = [
      { url: 'javascript:alert(1)', title: 'bad', content: 'x' },
      { url: 'https://good.example/', title: 'good', content: null },
    ];
    answer = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ results }));
    assert.deepEqual(await search('x', 10, other.url), {
      results: [{ url: 'https://good.example/', title: 'good', snippet: '' }],
    });
  });

  for (const { name, respond, code, message } of [
    {
      name: 'a server that gives no JSON',
      respond: (response) => response.writeHead(403).end(),
      code: 'TOOL_UNAVAILABLE',
      message: /^Cannot search: http:\S+ gives no JSON: its settings\.yml must list "json" in search\.formats$/,
    },
    {
      name: 'a server that has had too many questions',
      respond: (response) => response.writeHead(429).end(),
      code: 'TOOL_HTTP_UNAVAILABLE',
      message: /it answered 429 Too Many Requests$/,
    },
    {
      name: 'a server that is another one',
      respond: (response) => response.setHeader('content-type', 'application/json').end('{"hits":[]}'),
      code: 'TOOL_OUTPUT_INVALID',
      message: /^Cannot search: what http:\S+ answers is not what SearXNG does$/,
    },
    {
      name: 'to follow the server to a host that is not allowed',
      respond: (response) => response.writeHead(302, { location: `${files.url}/secret` }).end(),
      code: 'NETWORK_REFUSED',
      message: /is a loopback address/,
    },
  ] as { name: string; respond: (response: Parameters<RequestListener>[1]) => void; code: string; message: RegExp }[]) {
    it(`refuses ${name}`, async () => {
      answer = (_, response) => respond(response);
      await assert.rejects(search('x', 10, other.url), { code, message });
    });
  }

  it('fails when nothing is found and engines were silent', async () => {
    await assert.rejects(search('engine-fails'), {
      code: 'TOOL_FAILED',
      message:
        /^Cannot search: http:\S+ found nothing, and not all of its engines answered \(broken: HTTP connection error\)$/,
    });
  });

  it('says what to set when there is no server', async () => {
    await assert.rejects(webSearch.run({ query: 'x', limit: 1 }, toolContext('')), {
      code: 'TOOL_UNAVAILABLE',
      message: 'Cannot search: set ORCHESTRATOR_SEARCH_URL to a SearXNG server where the worker runs',
    });
  });

  it('asks at the port of the scheme when the URL names none', async () => {
    await assert.rejects(search('x', 1, 'http://127.0.0.1'), {
      code: 'NETWORK_FAILED',
      message: /ECONNREFUSED 127\.0\.0\.1:80/,
    });
  });
});
