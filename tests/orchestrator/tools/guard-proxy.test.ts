import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { createExit, type Exit } from '../../../activities/browser/exit.ts';
import { type GuardProxy, startGuardProxy } from '../../../activities/browser/guard-proxy.ts';
import { resolveBySystem } from '../../../activities/tools/network-guard.ts';
import { startServer, type TestServer, toolContext } from './surroundings.ts';

describe('createExit', () => {
  for (const { url, port } of [
    { url: 'http://127.0.0.99/', port: 80 },
    { url: 'https://127.0.0.99/', port: 443 },
  ]) {
    it(`leads to the usual port of ${url}`, async () => {
      const exit = createExit(toolContext('', { allowedHosts: ['127.0.0.99'] }), resolveBySystem);
      const reached = await exit.connect(new URL(url)).then(
        (socket) => String(socket.remotePort),
        ({ message }: Error) => message,
      );
      exit.close();
      assert.match(reached, new RegExp(`\\b${port}$`, 'u'));
    });
  }
});

describe('startGuardProxy', () => {
  let web: TestServer;
  let canary: TestServer;
  let exit: Exit;
  let proxy: GuardProxy;

  before(async () => {
    web = await startServer((asked, response) => {
      if (asked.url === '/cut') response.writeHead(200, { 'content-length': 10 }).write('x');
      if (asked.url === '/cut' || asked.url === '/silent') response.socket?.destroy();
      else response.setHeader('set-cookie', ['a=1', 'b=2']).end('here');
    });
    canary = await startServer((_, response) => response.end());
    exit = createExit(toolContext('', { allowedHosts: [web.host] }), resolveBySystem);
    proxy = await startGuardProxy(exit);
  });
  after(async () => {
    proxy.close();
    await web.close();
    await canary.close();
  });
  beforeEach(() => web.seen.splice(0));
  afterEach(() => assert.deepEqual(canary.seen, []));

  const credentials = (): string => `Basic ${btoa(`${proxy.username}:${proxy.password}`)}`;

  async function get(path: string, headers: Record<string, string> = { 'proxy-authorization': credentials() }) {
    const { hostname: host, port } = new URL(proxy.url);
    const sent = request({ host, port, path, headers, agent: false }).end();
    const [answer] = await once(sent, 'response');
    let body = '';
    for await (const chunk of answer) body += String(chunk);
    return { status: answer.statusCode as number, headers: answer.headers, body };
  }

  /** What a proxy says when it is asked to connect. */
  async function tunnel(target: string, head = `proxy-authorization: ${credentials()}\r\n`): Promise<string> {
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${head}\r\n`);
    const [said] = await once(socket, 'data');
    socket.destroy();
    return String(said).split('\r\n')[0] as string;
  }

  it('lets nobody through who does not know its password', async () => {
    assert.equal((await get(`${web.url}/`, {})).status, 407);
    assert.equal((await get(`${web.url}/`, { 'proxy-authorization': 'Basic eDp5' })).status, 407);
    assert.equal(await tunnel(web.host, ''), 'HTTP/1.1 407 Unknown');
    assert.deepEqual(web.seen, []);
  });

  it('sends a request on, without what belongs to the way, to the host of the URL', async () => {
    const { status, headers, body } = await get(`${web.url}/a?b=c`, {
      'proxy-authorization': credentials(),
      host: canary.host,
      'x-own': '1',
    });
    assert.deepEqual([status, body, headers['set-cookie']], [200, 'here', ['a=1', 'b=2']]);
    assert.equal(web.seen[0]?.url, '/a?b=c');
    assert.deepEqual(web.seen[0]?.headers, { connection: 'close', host: web.host, 'x-own': '1' });
  });

  it('connects to what is allowed, and counts what comes', async () => {
    const before = exit.bytesRead();
    assert.equal(await tunnel(web.host), 'HTTP/1.1 200 Connected');
    await get(`${web.url}/`);
    assert.ok(exit.bytesRead() > before);
  });

  it('refuses the rest, and keeps the reason until the host is reached', async () => {
    assert.equal((await get(`${canary.url}/`)).status, 403);
    assert.equal(await tunnel(canary.host), 'HTTP/1.1 403 Refused');
    assert.equal(exit.faultOf(canary.url)?.code, 'NETWORK_REFUSED');
    assert.equal(exit.faultOf(`https://${canary.host}`)?.code, 'NETWORK_REFUSED');
    assert.equal(exit.faultOf(web.url), undefined);
  });

  it('says why a host cannot be reached', async () => {
    const own = createExit(toolContext('', { allowedHosts: ['127.0.0.1'] }), resolveBySystem);
    await assert.rejects(own.connect(new URL('http://127.0.0.1:1/')), {
      code: 'NETWORK_FAILED',
      message: 'Cannot call GET http://127.0.0.1:1/: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  for (const path of ['/silent', '/cut']) {
    it(`ends when the other side ends too soon: ${path}`, async () => {
      await assert.rejects(get(web.url + path), { code: 'ECONNRESET' });
    });
  }

  it('refuses what is no address', async () => {
    await assert.rejects(get('/path'), { code: 'ECONNRESET' });
    assert.equal(await tunnel('user@host:1'), 'HTTP/1.1 403 Refused');
  });
});
