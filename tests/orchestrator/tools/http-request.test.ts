import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { nextHop } from '../../../activities/tools/http-hop.ts';
import { HttpInput } from '../../../activities/tools/http-input.ts';
import { callServer, httpRequest } from '../../../activities/tools/http-request.ts';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { startNameServer } from './name-server.ts';
import { startServer, type TestServer, toolContext } from './surroundings.ts';

const MIB = 1024 * 1024;

describe('http.request', () => {
  let server: TestServer;
  let answer: RequestListener;
  const open: { close(): unknown }[] = [];

  beforeEach(async () => {
    server = await startServer((request, response) => answer(request, response));
    open.push(server);
    answer = (_, response) => response.end();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  const call = (input: object, facts: Partial<ToolContext> = {}) =>
    httpRequest.run(
      HttpInput.parse({ url: server.url, ...input }),
      toolContext('', { allowedHosts: [server.host], ...facts }),
    );

  describe('request', () => {
    it('is a GET by default, with nothing but its own headers', async () => {
      await call({ url: `${server.url}/path?a=b` });
      const [seen] = server.seen;
      assert.equal(seen?.method, 'GET');
      assert.equal(seen?.url, '/path?a=b');
      assert.deepEqual(seen?.headers, {
        accept: '*/*',
        'accept-encoding': 'gzip, deflate, br',
        connection: 'keep-alive',
        host: server.host,
        'user-agent': 'orchestrator',
      });
    });

    for (const { name, url = '', query, expected } of [
      {
        name: 'percent-encodes its query',
        query: { q: 'a&admin=1 ü/?#' },
        expected: '/?q=a%26admin%3D1%20%C3%BC%2F%3F%23',
      },
      { name: 'adds its query to that of the URL', url: '/p?a=1', query: { 'b c': 2 }, expected: '/p?a=1&b%20c=2' },
      {
        name: 'repeats a name for a list, and leaves null out',
        query: { t: ['x', null, true], n: null },
        expected: '/?t=x&t=true',
      },
      {
        name: 'encodes half a surrogate as the replacement character',
        query: { q: '\uD800' },
        expected: '/?q=%EF%BF%BD',
      },
      { name: 'sends no question mark for an empty query', query: {}, expected: '/' },
      { name: 'does not send the fragment', url: '/p#secret', query: { a: 1 }, expected: '/p?a=1' },
    ]) {
      it(name, async () => {
        await call({ url: server.url + url, query });
        assert.equal(server.seen[0]?.url, expected);
      });
    }

    for (const { name, body, headers = {}, type, text } of [
      { name: 'a map as JSON', body: { a: [1, null] }, type: 'application/json', text: '{"a":[1,null]}' },
      { name: 'a number as JSON', body: 0, type: 'application/json', text: '0' },
      { name: 'false as JSON', body: false, type: 'application/json', text: 'false' },
      { name: 'text as it is', body: 'plain ü', type: 'text/plain; charset=utf-8', text: 'plain ü' },
      { name: 'empty text as it is', body: '', type: 'text/plain; charset=utf-8', text: '' },
      {
        name: 'text under a type of the pipeline',
        body: '<a/>',
        headers: { 'Content-Type': 'text/xml' },
        type: 'text/xml',
        text: '<a/>',
      },
      { name: 'nothing for null', body: null, type: undefined, text: '' },
    ]) {
      it(`sends ${name}`, async () => {
        await call({ method: 'PUT', body, headers });
        assert.equal(server.seen[0]?.headers['content-type'], type);
        assert.equal(server.seen[0]?.body, text);
      });
    }

    it('sends headers of the pipeline, whatever their case, and leaves null out', async () => {
      await call({ headers: { 'X-Count': 5, 'User-Agent': 'mine', 'x-none': null } });
      const { headers } = server.seen[0] as { headers: Record<string, string> };
      assert.equal(headers['x-count'], '5');
      assert.equal(headers['user-agent'], 'mine');
      assert.equal('x-none' in headers, false);
    });

    it('carries a key that stays the same when its effect is once, unless the pipeline gives one', async () => {
      await call({ method: 'POST' }, { effect: 'once' });
      await call({ method: 'POST', headers: { 'Idempotency-Key': 'own' } }, { effect: 'once' });
      await call({ method: 'PUT' }, { effect: 'idempotent' });
      const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
      assert.deepEqual(keys, ['key-1', 'own', undefined]);
    });

    for (const name of [
      'Host',
      'content-length',
      'Transfer-Encoding',
      'connection',
      'upgrade',
      'te',
      'expect',
      'Proxy-Authorization',
    ]) {
      it(`refuses to set the header "${name}"`, async () => {
        await assert.rejects(
          call({ headers: { [name]: 'x' } }),
          refused(
            'TOOL_INPUT_INVALID',
            `Cannot call "http.request": the header "${name.toLowerCase()}" belongs to the connection`,
          ),
        );
      });
    }

    it('refuses a body where none is sent', async () => {
      for (const method of ['GET', 'HEAD']) {
        await assert.rejects(
          call({ method, body: 'x' }),
          refused(
            'TOOL_INPUT_INVALID',
            `Cannot call "http.request": ${method} sends no "body"; use "query", or another method`,
          ),
        );
      }
    });

    it('refuses a body of more than 10 MiB', async () => {
      await assert.rejects(
        call({ method: 'POST', body: 'x'.repeat(10 * MIB + 1) }),
        refused('TOOL_INPUT_INVALID', 'Cannot call "http.request": "body" has at most 10485760 bytes'),
      );
      assert.equal(server.seen.length, 0);
    });
  });

  describe('answer', () => {
    for (const { name, type, bytes, body } of [
      { name: 'JSON', type: 'application/json', bytes: '{"a":[1,null]}', body: { a: [1, null] } },
      { name: 'JSON of a kind of its own', type: 'application/problem+json; charset=utf-8', bytes: '"x"', body: 'x' },
      { name: 'text/json', type: 'text/json', bytes: '1', body: 1 },
      { name: 'text', type: 'text/plain', bytes: 'grüß', body: 'grüß' },
      { name: 'text that looks like JSON', type: 'text/plain', bytes: '{"a":1}', body: '{"a":1}' },
      { name: 'XML', type: 'application/atom+xml', bytes: '<a/>', body: '<a/>' },
      {
        name: 'text in another charset',
        type: 'text/plain; charset=ISO-8859-1',
        bytes: Buffer.from('grüß', 'latin1'),
        body: 'grüß',
      },
      {
        name: 'text in a quoted charset',
        type: 'text/plain; charset="utf-16le"',
        bytes: Buffer.from('hi', 'utf16le'),
        body: 'hi',
      },
      {
        name: 'text in a charset that nobody knows',
        type: 'text/plain; charset=klingon',
        bytes: 'Qapla',
        body: 'Qapla',
      },
      { name: 'broken text', type: 'text/plain', bytes: Buffer.from([0x61, 0xff]), body: 'a\uFFFD' },
      { name: 'binary', type: 'image/png', bytes: Buffer.from([0, 255]), body: 'AP8=' },
      { name: 'untyped text', type: undefined, bytes: 'hello', body: 'hello' },
      { name: 'untyped bytes', type: undefined, bytes: Buffer.from([0xff, 0xfe]), body: '//4=' },
      { name: 'untyped text with a zero', type: undefined, bytes: 'a\0', body: 'YQA=' },
      { name: 'nothing, though it says JSON,', type: 'application/json', bytes: '', body: null },
    ]) {
      it(`gives ${name} as ${JSON.stringify(body)}`, async () => {
        answer = (_, response) => {
          if (type !== undefined) response.setHeader('content-type', type);
          response.end(bytes);
        };
        const { status, body: given } = await call({});
        assert.equal(status, 200);
        assert.deepEqual(given, body);
      });
    }

    it('gives its headers in lower case, several of one name as one', async () => {
      answer = (_, response) => {
        response.setHeader('X-One', 'a').setHeader('Set-Cookie', ['a=1', 'b=2']).end();
      };
      const { headers } = await call({});
      assert.equal(headers['x-one'], 'a');
      assert.equal(headers['set-cookie'], 'a=1, b=2');
    });

    it('to HEAD has no body', async () => {
      answer = (_, response) => {
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 10, 'content-encoding': 'gzip' })
          .end();
      };
      assert.equal((await call({ method: 'HEAD' })).body, null);
    });

    for (const { encoding, bytes } of [
      { encoding: 'gzip', bytes: gzipSync('hello') },
      { encoding: 'X-GZIP', bytes: gzipSync('hello') },
      { encoding: 'deflate', bytes: deflateSync('hello') },
      { encoding: 'br', bytes: brotliCompressSync('hello') },
      { encoding: 'identity', bytes: Buffer.from('hello') },
    ]) {
      it(`is unpacked from ${encoding}`, async () => {
        answer = (_, response) => response.setHeader('content-encoding', encoding).end(bytes);
        assert.equal((await call({})).body, 'hello');
      });
    }

    for (const { name, encoding, bytes, reason } of [
      {
        name: 'a gzip bomb',
        encoding: 'gzip',
        bytes: gzipSync(Buffer.alloc(100 * MIB)),
        reason: 'it unpacks to more than 10485760 bytes',
      },
      {
        name: 'a brotli bomb',
        encoding: 'br',
        bytes: brotliCompressSync(Buffer.alloc(100 * MIB)),
        reason: 'it unpacks to more than 10485760 bytes',
      },
      {
        name: 'what is not gzip',
        encoding: 'gzip',
        bytes: Buffer.from('hello'),
        reason: 'it says that it is gzip and is not',
      },
      {
        name: 'half of a gzip',
        encoding: 'gzip',
        bytes: gzipSync('hello').subarray(0, 15),
        reason: 'it says that it is gzip and is not',
      },
      {
        name: 'an encoding in two layers',
        encoding: 'gzip, gzip',
        bytes: gzipSync(gzipSync('hello')),
        reason: 'its content-encoding "gzip, gzip" is none of gzip, deflate, br',
      },
      {
        name: 'an unknown encoding',
        encoding: 'constructor',
        bytes: Buffer.from('x'),
        reason: 'its content-encoding "constructor" is none of gzip, deflate, br',
      },
    ]) {
      it(`of ${name} is refused`, async () => {
        answer = (_, response) => response.setHeader('content-encoding', encoding).end(bytes);
        await assert.rejects(call({}), refused('TOOL_OUTPUT_INVALID', `Cannot read the answer: ${reason}`));
      });
    }

    it('that says JSON and is not is refused, with its beginning', async () => {
      answer = (_, response) => response.setHeader('content-type', 'application/json').end(`<html>${'x'.repeat(1000)}`);
      await assert.rejects(
        call({}),
        refused(
          'TOOL_OUTPUT_INVALID',
          `Cannot read the answer: it says that it is JSON and is not: "<html>${'x'.repeat(194)}" …`,
        ),
      );
    });

    it('that never ends is cut off at 10 MiB', async () => {
      let isCut = false;
      answer = (_, response) => {
        const chunk = Buffer.alloc(MIB);
        const send = (): void => {
          if (!response.destroyed) response.write(chunk, () => setImmediate(send));
        };
        response.on('close', () => {
          isCut = true;
        });
        send();
      };
      await assert.rejects(
        call({}),
        refused('TOOL_OUTPUT_INVALID', 'Cannot read the answer: it has more than 10485760 bytes'),
      );
      while (!isCut) await new Promise(setImmediate);
    });

    it('of exactly 10 MiB is read', async () => {
      answer = (_, response) => response.setHeader('content-type', 'text/plain').end('x'.repeat(10 * MIB));
      assert.equal(((await call({})).body as string).length, 10 * MIB);
    });

    it('with headers that are too long is refused', async () => {
      answer = (_, response) => response.setHeader('x-long', 'x'.repeat(20_000)).end();
      await assert.rejects(
        call({}),
        refused('NETWORK_FAILED', /^Cannot call GET http:\/\/127\.0\.0\.1:\d+\/: Headers Overflow Error$/),
      );
    });
  });

  describe('status', () => {
    for (const { status, code } of [
      { status: 400, code: 'TOOL_HTTP_STATUS' },
      { status: 401, code: 'TOOL_HTTP_STATUS' },
      { status: 404, code: 'TOOL_HTTP_STATUS' },
      { status: 408, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 425, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 429, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 500, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 501, code: 'TOOL_HTTP_STATUS' },
      { status: 502, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 503, code: 'TOOL_HTTP_UNAVAILABLE' },
      { status: 504, code: 'TOOL_HTTP_UNAVAILABLE' },
    ]) {
      it(`${status} fails with ${code}, unless it is allowed`, async () => {
        answer = (_, response) => {
          response.statusCode = status;
          response.end();
        };
        await assert.rejects(call({}), {
          code,
          message: new RegExp(`^Cannot call GET ${server.url}/: it answered ${status} [A-Z]`),
        });
        assert.equal((await call({ allow_status: [418, status] })).status, status);
      });
    }

    for (const status of [200, 204, 206, 300, 304, 399]) {
      it(`${status} is an answer like any other`, async () => {
        answer = (_, response) => {
          response.statusCode = status;
          response.end();
        };
        assert.deepEqual((await call({})).status, status);
      });
    }

    for (const { name, type, bytes, said } of [
      { name: 'its text', type: 'text/plain', bytes: 'no such "thing"\n', said: ': "no such \\"thing\\"\\n"' },
      {
        name: 'its JSON',
        type: 'application/json',
        bytes: '{ "error": "gone" }',
        said: ': "{\\"error\\":\\"gone\\"}"',
      },
      {
        name: 'no more than its beginning',
        type: 'text/html',
        bytes: 'x'.repeat(5000),
        said: `: "${'x'.repeat(300)}" …`,
      },
      { name: 'nothing that cannot be read', type: 'application/json', bytes: '{', said: '' },
    ]) {
      it(`quotes ${name} when it fails`, async () => {
        answer = (_, response) => response.writeHead(404, { 'content-type': type }).end(bytes);
        await assert.rejects(
          call({ url: `${server.url}/a/b?token=c` }),
          refused('TOOL_HTTP_STATUS', `Cannot call GET ${server.url}/a/b: it answered 404 Not Found${said}`),
        );
      });
    }

    it('without a name is shown alone', async () => {
      answer = (_, response) => {
        response.statusCode = 499;
        response.end();
      };
      await assert.rejects(call({}), refused('TOOL_HTTP_STATUS', `Cannot call GET ${server.url}/: it answered 499`));
    });

    for (const { header, expected } of [
      { header: '7', expected: 7000 },
      { header: '0', expected: 0 },
      { header: '999999999', expected: 3_600_000 },
      { header: 'Wed, 21 Oct 2015 07:28:00 GMT', expected: 0 },
      { header: 'soon', expected: undefined },
      { header: undefined, expected: undefined },
    ]) {
      it(`hands on "Retry-After: ${header}" as ${expected} ms`, async () => {
        answer = (_, response) => {
          if (header !== undefined) response.setHeader('retry-after', header);
          response.statusCode = 503;
          response.end();
        };
        await assert.rejects(call({}), (error: PipelineError) => {
          assert.equal(error.retryAfterMs, expected);
          return true;
        });
      });
    }

    it('hands on a date in the future as the time until then', async () => {
      answer = (_, response) => {
        response.writeHead(429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
      };
      await assert.rejects(
        call({}),
        ({ retryAfterMs = 0 }: PipelineError) => retryAfterMs > 50_000 && retryAfterMs <= 60_000,
      );
    });
  });

  describe('redirects', () => {
    for (const { status, method, arrives, body } of [
      { status: 301, method: 'GET', arrives: 'GET', body: undefined },
      { status: 302, method: 'HEAD', arrives: 'HEAD', body: undefined },
      { status: 301, method: 'POST', arrives: 'GET', body: 'x' },
      { status: 302, method: 'POST', arrives: 'GET', body: 'x' },
      { status: 303, method: 'POST', arrives: 'GET', body: 'x' },
      { status: 303, method: 'PUT', arrives: 'GET', body: 'x' },
      { status: 303, method: 'HEAD', arrives: 'HEAD', body: undefined },
      { status: 302, method: 'PUT', arrives: 'PUT', body: 'x' },
      { status: 307, method: 'POST', arrives: 'POST', body: 'x' },
      { status: 308, method: 'DELETE', arrives: 'DELETE', body: undefined },
    ]) {
      it(`of ${method} with ${status} arrive as ${arrives}`, async () => {
        answer = redirectTo('/end', status);
        await call({ method, body, headers: { authorization: 'Bearer x' } });
        const [, last] = server.seen;
        assert.equal(last?.method, arrives);
        assert.equal(last?.body, arrives === method ? (body ?? '') : '');
        assert.equal(last?.headers.authorization, 'Bearer x');
      });
    }

    it('are followed five times, and refused the sixth time', async () => {
      answer = (request, response) => {
        const left = Number(request.url?.slice(1));
        if (left === 0) response.end('end');
        else response.writeHead(302, { location: `/${left - 1}` }).end();
      };
      assert.equal((await call({ url: `${server.url}/5` })).body, 'end');
      await assert.rejects(
        call({ url: `${server.url}/6` }),
        refused('NETWORK_REFUSED', `Cannot follow a redirect of ${server.url}: at most 5 are followed`),
      );
    });

    it('without a location, or with a status that is no redirect, are answers', async () => {
      answer = (_, response) => response.writeHead(302).end();
      assert.equal((await call({})).status, 302);
      answer = (_, response) => response.writeHead(201, { location: '/elsewhere' }).end();
      assert.equal((await call({})).status, 201);
      assert.equal(server.seen.length, 2);
    });

    for (const { location, message } of [
      {
        location: 'http://169.254.169.254/latest/meta-data/',
        message: /^Cannot call http:\/\/169\.254\.169\.254: 169\.254\.169\.254 is a link-local address/,
      },
      { location: 'http://[::1]:1/', message: /::1 is a loopback address/ },
      { location: 'http://2130706433/', message: /127\.0\.0\.1 is a loopback address/ },
      { location: '//10.0.0.1/', message: /10\.0\.0\.1 is a private address/ },
      { location: 'file:///etc/passwd', message: 'Cannot call "file:///etc/passwd": only http and https are allowed' },
      { location: 'gopher://127.0.0.1:6379/_x', message: /only http and https are allowed/ },
      { location: 'http://user:pass@example.com/', message: /a URL may not hold a user name or password/ },
      { location: 'http:\\\\127.0.0.1', message: /neither control characters nor backslashes/ },
      { location: 'http://', message: /it is not a whole URL/ },
    ]) {
      it(`to ${location} are refused`, async () => {
        answer = redirectTo(location);
        await assert.rejects(call({}), refused('NETWORK_REFUSED', message));
        assert.equal(server.seen.length, 1);
      });
    }

    it('from https to http are refused', () => {
      const hop = { method: 'GET', url: new URL('https://a.example/'), headers: {}, body: null } as const;
      assert.throws(() => nextHop(hop, { status: 302, headers: { location: 'http://a.example/' } }, 0), {
        code: 'NETWORK_REFUSED',
        message: 'Cannot follow a redirect of https://a.example: http://a.example is not encrypted',
      });
      assert.equal(nextHop(hop, { status: 302, headers: { location: '/b' } }, 0)?.url.href, 'https://a.example/b');
    });

    it('to another port of an allowed host need that port to be allowed', async () => {
      const other = await startServer((_, response) => response.end('reached'));
      open.push(other);
      answer = redirectTo(other.url);
      await assert.rejects(call({}), { code: 'NETWORK_REFUSED' });
      assert.equal(other.seen.length, 0);
      assert.equal((await call({}, { allowedHosts: [server.host, other.host] })).body, 'reached');
    });

    it('to another origin carry nothing that could be a key', async () => {
      const other = await startServer((_, response) => response.end());
      open.push(other);
      answer = redirectTo(other.url, 307);
      const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'k', 'accept-language': 'de' };
      await call(
        { method: 'POST', body: { a: 1 }, headers },
        { effect: 'once', allowedHosts: [server.host, other.host] },
      );
      const [seen] = other.seen;
      assert.equal(seen?.body, '{"a":1}');
      assert.deepEqual(Object.keys(seen?.headers ?? {}).toSorted(), [
        'accept',
        'accept-encoding',
        'accept-language',
        'connection',
        'content-length',
        'content-type',
        'host',
        'idempotency-key',
        'user-agent',
      ]);
    });
  });

  describe('addresses', () => {
    it('that are private are refused before anything is sent', async () => {
      await assert.rejects(call({}, { allowedHosts: [] }), {
        code: 'NETWORK_REFUSED',
        message: /127\.0\.0\.1 is a loopback address; allowed are public ones/,
      });
      assert.equal(server.seen.length, 0);
    });

    it('of a name that changes them are asked for once: the checked one is connected to', async () => {
      const names = await startNameServer([['127.0.0.1'], ['10.0.0.1']]);
      open.push(names);
      const input = HttpInput.parse({ url: server.url.replace('127.0.0.1', 'rebinding.example') });
      await callServer(input, toolContext('', { allowedHosts: ['rebinding.example'] }), names.resolve);
      assert.equal(names.asked(), 1);
      assert.match(server.seen[0]?.headers.host ?? '', /^rebinding\.example:\d+$/);
    });

    it('that a redirect asks for anew are checked anew', async () => {
      const names = await startNameServer([['127.0.0.1'], ['10.0.0.1']]);
      open.push(names);
      const { port } = new URL(server.url);
      answer = (_, response) => response.writeHead(302, { location: `http://second.example:${port}/` }).end();
      const context = toolContext('', { allowedHosts: ['first.example'] });
      await assert.rejects(
        callServer(HttpInput.parse({ url: `http://first.example:${port}/` }), context, names.resolve),
        {
          code: 'NETWORK_REFUSED',
          message: /second\.example \(10\.0\.0\.1\) is a private address/,
        },
      );
    });

    it('that nobody knows fail, and may be tried again', async () => {
      const names = await startNameServer([[]]);
      open.push(names);
      const input = HttpInput.parse({ url: 'http://unknown.example/x' });
      await assert.rejects(callServer(input, toolContext('', { effect: 'once' }), names.resolve), {
        code: 'NETWORK_FAILED',
        message: 'Cannot call GET http://unknown.example/x: queryA ENODATA unknown.example',
      });
    });
  });

  describe('connection', () => {
    it('that is refused fails, and may be tried again whatever the effect', async () => {
      const { url, host } = server;
      await server.close();
      for (const effect of ['reads', 'once'] as const) {
        await assert.rejects(call({ url, method: 'POST' }, { effect, allowedHosts: [host] }), {
          code: 'NETWORK_FAILED',
          message: `Cannot call POST ${url}/: connect ECONNREFUSED ${host}`,
        });
      }
    });

    it('that is refused at every address of a name tells all of them', async () => {
      const { port } = new URL(server.url);
      await server.close();
      const names = await startNameServer([['127.0.0.1', '127.0.0.2']]);
      open.push(names);
      const input = HttpInput.parse({ url: `http://two.example:${port}/` });
      await assert.rejects(callServer(input, toolContext('', { allowedHosts: ['two.example'] }), names.resolve), {
        code: 'NETWORK_FAILED',
        message:
          /^Cannot call GET http:\/\/two\.example:\d+\/: connect E\w+ 127\.0\.0\.1:\d+; connect E\w+ 127\.0\.0\.2:\d+$/,
      });
    });

    for (const { name, onData, reason } of [
      { name: 'closed without an answer', onData: (socket: Socket) => socket.end(), reason: 'other side closed' },
      { name: 'reset', onData: (socket: Socket) => socket.resetAndDestroy(), reason: 'read ECONNRESET' },
      {
        name: 'cut in the middle of an answer',
        onData: (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
        reason: 'other side closed',
      },
      {
        name: 'answered in another language',
        onData: (socket: Socket) => socket.end('220 smtp.example ESMTP\r\n'),
        reason: 'Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)',
      },
    ]) {
      it(`that is ${name} fails, but leaves the outcome of a once call unknown`, async () => {
        const raw = await startRaw(onData);
        open.push(raw);
        const { url, host } = raw;
        await assert.rejects(call({ url }, { allowedHosts: [host] }), {
          code: 'NETWORK_FAILED',
          message: `Cannot call GET ${url}/: ${reason}`,
        });
        await assert.rejects(call({ url, method: 'POST', body: 'x' }, { effect: 'once', allowedHosts: [host] }), {
          code: 'TOOL_OUTCOME_UNKNOWN',
          message: `Cannot tell whether POST ${url}/ took effect: ${reason}; it is not repeated, since its effect is "once"`,
        });
      });
    }

    it('that is lost after a redirect of a once call leaves its outcome unknown', async () => {
      const raw = await startRaw((socket) => socket.end());
      open.push(raw);
      const { url, host } = raw;
      answer = (_, response) => response.writeHead(303, { location: url }).end();
      await assert.rejects(call({ method: 'POST' }, { effect: 'once', allowedHosts: [server.host, host] }), {
        code: 'TOOL_OUTCOME_UNKNOWN',
      });
    });

    it('to a server without TLS fails under https', async () => {
      const url = server.url.replace('http:', 'https:');
      await assert.rejects(call({ url, method: 'POST' }, { effect: 'once' }), { code: 'NETWORK_FAILED' });
      assert.equal(server.seen.length, 0);
    });
  });

  describe('cancellation', () => {
    it('before the call sends nothing', async () => {
      const signal = AbortSignal.abort(new Error('cancelled'));
      await assert.rejects(call({}, { signal }), { message: 'cancelled' });
      assert.equal(server.seen.length, 0);
    });

    it('does not wait for a name', async () => {
      const silent = await startNameServer([]);
      open.push(silent);
      const started = performance.now();
      const input = HttpInput.parse({ url: 'http://silent.example/' });
      const context = toolContext('', { signal: AbortSignal.timeout(50) });
      await assert.rejects(callServer(input, context, silent.resolve), { name: 'TimeoutError' });
      assert.ok(performance.now() - started < 30_000);
    });

    for (const { name, begin } of [
      { name: 'a server that never answers', begin: () => undefined },
      {
        name: 'an answer that comes byte by byte',
        begin: (response: ServerResponse) => {
          const timer = setInterval(() => response.write('x'), 5);
          response.on('close', () => clearInterval(timer));
        },
      },
    ]) {
      it(`ends ${name}, and the server sees it go`, async () => {
        const cancelled = new AbortController();
        const gone = new Promise<void>((resolve) => {
          answer = (_, response) => {
            response.on('close', resolve);
            begin(response);
            setTimeout(() => cancelled.abort(new Error('cancelled')), 30);
          };
        });
        await assert.rejects(call({ method: 'POST' }, { effect: 'once', signal: cancelled.signal }), {
          message: 'cancelled',
        });
        await gone;
      });
    }
  });

  it('leaves no open connection behind', async () => {
    for (let at = 0; at < 5; at += 1) await call({});
    while ((await server.connections()) > 0) await new Promise(setImmediate);
  });

  it('asks the resolver of the system when it runs as a tool', async () => {
    const url = server.url.replace('127.0.0.1', 'localhost');
    assert.equal((await call({ url }, { allowedHosts: ['localhost'] })).status, 200);
    assert.ok((await resolveBySystem('localhost')).length > 0);
  });
});

function refused(code: string, message: string | RegExp) {
  return { code, message };
}

function redirectTo(location: string, status = 302): RequestListener {
  return (request, response) => {
    if (request.url === '/end') response.end('end');
    else response.writeHead(status, { location }).end();
  };
}

/** A server that speaks TCP and no HTTP. */
async function startRaw(onData: (socket: Socket) => void) {
  const raw = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => onData(socket));
  });
  raw.listen(0, '127.0.0.1');
  await once(raw, 'listening');
  const host = `127.0.0.1:${(raw.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, close: () => raw.close() };
}
