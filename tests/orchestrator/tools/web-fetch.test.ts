import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { readPage } from '../../../activities/threads/read-page.ts';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { fetchPage, webFetch } from '../../../activities/tools/web-fetch.ts';
import { startNameServer } from './name-server.ts';
import { startServer, type TestServer, toolContext } from './surroundings.ts';

const URL_OF_PAGE = 'https://example.com/a/b.html';
const PARAGRAPH = `<p>${'Some text, with commas, and more of it. '.repeat(20)}</p>`;
const markdownOf = (html: string) => readPage({ html, url: URL_OF_PAGE }).markdown;

describe('readPage', () => {
  it('gives the article of a page, without what stands around it', () => {
    const html = `<!doctype html><html><head><title>The\n  title</title></head><body>
      <nav><a href="/">Home</a></nav><article><h1>The title</h1>${PARAGRAPH}<h2>Part</h2>${PARAGRAPH}</article>
      <footer>Imprint</footer></body></html>`;
    const { title, markdown } = readPage({ html, url: URL_OF_PAGE });
    assert.equal(title, 'The title');
    assert.match(markdown, /^(## The title\n\n)?Some text, with commas[^]+## Part\n\nSome text/);
    assert.doesNotMatch(markdown, /Home|Imprint/);
  });

  for (const { base, url, address } of [
    { base: 'https://example.org/c/', url: URL_OF_PAGE, address: 'https://example.org/c/d' },
    { base: '../e/', url: URL_OF_PAGE, address: 'https://example.com/e/d' },
    { base: 'http://[', url: URL_OF_PAGE, address: 'https://example.com/a/d' },
  ]) {
    it(`lets links start at ${base}`, () => {
      const html = `<html><head><base href="${base}"></head><body><p><a href="d">x</a></p></body></html>`;
      assert.equal(readPage({ html, url }).markdown, `[x](${address})`);
    });
  }

  it('reads a page whose own address is none, without its links', () => {
    assert.equal(readPage({ html: '<p><a href="d">x</a>', url: 'nowhere' }).markdown, 'x');
  });

  for (const { html, markdown } of [
    { html: '', markdown: '' },
    { html: 'only text', markdown: 'only text' },
    { html: '<p>a<p>b', markdown: 'a\n\nb' },
    { html: '<html><head><title>t</title></head><p>no body', markdown: 'no body' },
    {
      html: '<p>a</p><script>evil()</script><style>p{}</style><noscript>n</noscript><template>t</template>',
      markdown: 'a',
    },
    { html: '<a href="../k?x=1">k</a>', markdown: '[k](https://example.com/k?x=1)' },
    { html: '<base href="/base/"><a href="k">k</a>', markdown: '[k](https://example.com/base/k)' },
    { html: '<a href="javascript:alert(1)">k</a>', markdown: 'k' },
    { html: '<a href="mailto:a@b.example">k</a>', markdown: '[k](mailto:a@b.example)' },
    { html: '<img src="data:image/png;base64,AAAA" alt="x">', markdown: '' },
    { html: '<img src="i.png" alt="x">', markdown: '![x](https://example.com/a/i.png)' },
    { html: '<ul><li>one<li>two</ul>', markdown: '-   one\n-   two' },
    { html: '<pre><code>a\n b</code></pre>', markdown: '```\na\n b\n```' },
    { html: '&lt;script&gt; *x* [y](z)', markdown: '<script\\> \\*x\\* \\[y\\](z)' },
    {
      html: '<table><caption>c</caption><tr><th>A</th><th>B</th></tr><tr><td>1<br>2</td><td>3|4</td></tr></table>',
      markdown: 'c\n| A | B |\n| --- | --- |\n| 1 2 | 3\\|4 |',
    },
    { html: '<table></table>', markdown: '' },
  ]) {
    it(`turns ${JSON.stringify(html).slice(0, 60)} into Markdown`, () => assert.equal(markdownOf(html), markdown));
  }

  it('refuses what has too many elements', () => {
    assert.throws(() => markdownOf('<p>x</p>'.repeat(50_001)), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot read the page: it has 50003 elements, at most 50000 are allowed',
    });
  });
});

const page = (
  type: string | undefined,
  body: string | Buffer,
  headers: Record<string, string> = {},
): RequestListener => {
  return (_, response) => {
    if (type !== undefined) response.setHeader('content-type', type);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(body);
  };
};

describe('web.fetch', () => {
  let server: TestServer;
  let answer: RequestListener;
  const open: { close(): unknown }[] = [];

  beforeEach(async () => {
    server = await startServer((request, response) => answer(request, response));
    open.push(server);
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  const call = (path = '/', facts: Partial<ToolContext> = {}) =>
    webFetch.run({ url: server.url + path }, toolContext('', { allowedHosts: [server.host], ...facts }));

  it('gives the address after redirects, the title and the Markdown', async () => {
    answer = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else page('text/html', '<title>T</title><body><p>x <a href="c">y</a>')(request, response);
    };
    assert.deepEqual(await call('/a'), { url: `${server.url}/b`, title: 'T', markdown: `x [y](${server.url}/c)` });
    assert.match(server.seen[0]?.headers.accept ?? '', /^text\/html/);
  });

  for (const { name, type, body, headers = {}, markdown } of [
    { name: 'plain text as it is', type: 'text/plain', body: '<b>a</b>', markdown: '<b>a</b>' },
    { name: 'Markdown as it is', type: 'Text/Markdown; charset=utf-8', body: '# ü', markdown: '# ü' },
    { name: 'XHTML', type: 'application/xhtml+xml', body: '<html><body><p>a</p></body></html>', markdown: 'a' },
    {
      name: 'what is compressed',
      type: 'text/html',
      body: gzipSync('<p>a'),
      headers: { 'content-encoding': 'gzip' },
      markdown: 'a',
    },
    {
      name: 'the charset of the header',
      type: 'text/html; charset=iso-8859-1',
      body: Buffer.from('<p>\xfc', 'latin1'),
      markdown: 'ü',
    },
    {
      name: 'the charset that the page names',
      type: 'text/html',
      body: Buffer.from('<meta charset="windows-1252"><p>\xfc', 'latin1'),
      markdown: 'ü',
    },
    {
      name: 'the charset of an old page',
      type: 'text/html',
      body: Buffer.from('<meta http-equiv=x content="text/html; charset=latin1"><p>\xfc', 'latin1'),
      markdown: 'ü',
    },
  ]) {
    it(`reads ${name}`, async () => {
      answer = page(type, body, headers);
      assert.equal((await call()).markdown, markdown);
    });
  }

  for (const { name, type, body = 'x', reason } of [
    {
      name: 'a picture',
      type: 'image/png',
      reason: 'its content type is "image/png", allowed are HTML and plain text',
    },
    {
      name: 'a PDF',
      type: 'application/pdf',
      reason: 'its content type is "application/pdf", allowed are HTML and plain text',
    },
    {
      name: 'what says nothing of itself',
      type: undefined,
      reason: 'its content type is "", allowed are HTML and plain text',
    },
    {
      name: 'a page that takes too long',
      type: 'text/html',
      body: '<div>'.repeat(20_000),
      reason: 'it takes longer than 10s',
    },
  ]) {
    it(`refuses ${name}`, async () => {
      answer = page(type, body);
      await assert.rejects(call(), (error: Error & { code: string }) => {
        assert.equal(error.code, 'TOOL_OUTPUT_INVALID');
        assert.equal(error.message, `Cannot read the page of ${server.url}: ${reason}`);
        return true;
      });
    });
  }

  it('refuses more than 10 MiB, packed or not', async () => {
    answer = page('text/plain', Buffer.alloc(10 * 1024 * 1024 + 1, 'x'));
    await assert.rejects(call(), { code: 'TOOL_OUTPUT_INVALID', message: /more than 10485760 bytes/ });
    answer = page('text/plain', gzipSync(Buffer.alloc(10 * 1024 * 1024 + 1)), { 'content-encoding': 'gzip' });
    await assert.rejects(call(), { code: 'TOOL_OUTPUT_INVALID', message: /unpacks to more than 10485760 bytes/ });
  });

  it('fails with the status of an error, whatever is on its page', async () => {
    answer = (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Not here');
    await assert.rejects(call(), {
      code: 'TOOL_HTTP_STATUS',
      message: `Cannot call GET ${server.url}/: it answered 404 Not Found: "<p>Not here"`,
    });
  });

  it('refuses private addresses, also behind a redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    await assert.rejects(call('/', { allowedHosts: [] }), {
      code: 'NETWORK_REFUSED',
      message: /is a loopback address/,
    });
    assert.equal(server.seen.length, 0);
    await assert.rejects(call(), { code: 'NETWORK_REFUSED', message: /169\.254\.169\.254 is a link-local address/ });
  });

  it('reaches no other host than the step allows', async () => {
    await assert.rejects(call('/', { hosts: ['status.example'] }), { code: 'NETWORK_REFUSED' });
  });

  it('connects to the address that was checked', async () => {
    const names = await startNameServer([['127.0.0.1'], ['10.0.0.1']]);
    open.push(names);
    answer = page('text/plain', 'x');
    const url = server.url.replace('127.0.0.1', 'rebinding.example');
    await fetchPage(url, toolContext('', { allowedHosts: ['rebinding.example'] }), names.resolve);
    assert.equal(names.asked(), 1);
  });

  it('ends when it is cancelled', async () => {
    answer = () => undefined;
    await assert.rejects(call('/', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
    const signal = AbortSignal.abort(new Error('cancelled'));
    await assert.rejects(fetchPage(server.url, toolContext('', { signal }), resolveBySystem), { message: 'cancelled' });
  });
});
