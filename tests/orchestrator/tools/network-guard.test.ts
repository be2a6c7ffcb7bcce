import assert from 'node:assert/strict';
import { allowedAddresses, checkHost, parseUrl, resolveBySystem } from '../../../activities/tools/network-guard.ts';
import { startNameServer } from './name-server.ts';

describe('parseUrl', () => {
  for (const { url, reason } of [
    { url: '', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'example.com', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: '/path', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'http://', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'http://1.1.1.1.1/', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'http://256.0.0.1/', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'http://[fe80::1%25eth0]/', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'http://example.com:99999/', reason: 'it is not a whole URL such as "https://example.com/path"' },
    { url: 'file:///etc/passwd', reason: 'only http and https are allowed' },
    { url: 'ftp://example.com/', reason: 'only http and https are allowed' },
    { url: 'gopher://127.0.0.1:6379/_FLUSHALL', reason: 'only http and https are allowed' },
    { url: 'data:text/plain,hello', reason: 'only http and https are allowed' },
    { url: 'javascript:alert(1)', reason: 'only http and https are allowed' },
    { url: 'unix:/var/run/docker.sock', reason: 'only http and https are allowed' },
    { url: 'ws://example.com/', reason: 'only http and https are allowed' },
    {
      url: 'http://good.example\\@evil.example/',
      reason: 'a URL holds neither control characters nor backslashes; put text into "query"',
    },
    {
      url: 'http:\\\\127.0.0.1',
      reason: 'a URL holds neither control characters nor backslashes; put text into "query"',
    },
    {
      url: 'http://exa\tmple.com/',
      reason: 'a URL holds neither control characters nor backslashes; put text into "query"',
    },
    {
      url: 'http://example.com/\r\nHost: evil',
      reason: 'a URL holds neither control characters nor backslashes; put text into "query"',
    },
    {
      url: 'http://example.com/\0',
      reason: 'a URL holds neither control characters nor backslashes; put text into "query"',
    },
  ]) {
    it(`refuses ${JSON.stringify(url)}`, () => {
      assert.throws(() => parseUrl(url), {
        code: 'NETWORK_REFUSED',
        message: `Cannot call ${JSON.stringify(url)}: ${reason}`,
      });
    });
  }

  it('refuses credentials without showing them', () => {
    for (const url of [
      'http://user:hunter2@example.com/',
      'http://hunter2@example.com/',
      'http://:hunter2@example.com',
    ]) {
      assert.throws(() => parseUrl(url), {
        code: 'NETWORK_REFUSED',
        message:
          'Cannot call "example.com": a URL may not hold a user name or password; send an "authorization" header',
      });
    }
  });

  it('refuses what is too long, and shows its beginning', () => {
    assert.throws(() => parseUrl(`http://example.com/${'a'.repeat(8192)}`), {
      code: 'NETWORK_REFUSED',
      message: /^Cannot call "http:\/\/example\.com\/a{181}" …: a URL has at most 8192 characters$/,
    });
  });

  it('reads any port, and the target of a redirect from where it came', () => {
    assert.equal(parseUrl('https://example.com:8443/a?b=c').port, '8443');
    assert.equal(parseUrl('../b', new URL('https://example.com/a/c')).href, 'https://example.com/b');
    assert.equal(parseUrl('//other.example/x', new URL('https://example.com/')).href, 'https://other.example/x');
  });
});

describe('allowedAddresses', () => {
  for (const { host, kind, shown = host } of [
    { host: '127.0.0.1', kind: 'loopback' },
    { host: '127.255.255.254', kind: 'loopback' },
    { host: '127.1', kind: 'loopback', shown: '127.0.0.1' },
    { host: '127.0.0.1.', kind: 'loopback', shown: '127.0.0.1' },
    { host: '2130706433', kind: 'loopback', shown: '127.0.0.1' },
    { host: '0x7f000001', kind: 'loopback', shown: '127.0.0.1' },
    { host: '0x7f.1', kind: 'loopback', shown: '127.0.0.1' },
    { host: '017700000001', kind: 'loopback', shown: '127.0.0.1' },
    { host: '0177.0.0.01', kind: 'loopback', shown: '127.0.0.1' },
    { host: '%31%32%37.0.0.1', kind: 'loopback', shown: '127.0.0.1' },
    { host: '①②⑦.0.0.1', kind: 'loopback', shown: '127.0.0.1' },
    { host: '127。0。0。1', kind: 'loopback', shown: '127.0.0.1' },
    { host: '0', kind: 'unspecified', shown: '0.0.0.0' },
    { host: '0.0.0.0', kind: 'unspecified' },
    { host: '0.1.2.3', kind: 'unspecified' },
    { host: '10.0.0.1', kind: 'private' },
    { host: '172.16.0.1', kind: 'private' },
    { host: '172.31.255.255', kind: 'private' },
    { host: '192.168.1.1', kind: 'private' },
    { host: '100.64.0.1', kind: 'private' },
    { host: '100.100.100.200', kind: 'private' },
    { host: '169.254.169.254', kind: 'link-local' },
    { host: '2852039166', kind: 'link-local', shown: '169.254.169.254' },
    { host: '168.63.129.16', kind: 'cloud-internal' },
    { host: '192.0.0.192', kind: 'reserved' },
    { host: '192.0.2.1', kind: 'reserved' },
    { host: '198.18.0.1', kind: 'reserved' },
    { host: '203.0.113.1', kind: 'reserved' },
    { host: '192.88.99.1', kind: 'reserved' },
    { host: '224.0.0.1', kind: 'multicast' },
    { host: '240.0.0.1', kind: 'reserved' },
    { host: '255.255.255.255', kind: 'broadcast' },
    { host: '[::1]', kind: 'loopback', shown: '::1' },
    { host: '[0:0:0:0:0:0:0:1]', kind: 'loopback', shown: '::1' },
    { host: '[::]', kind: 'unspecified', shown: '::' },
    { host: '[::ffff:127.0.0.1]', kind: 'reserved', shown: '::ffff:7f00:1' },
    { host: '[::ffff:a9fe:a9fe]', kind: 'reserved', shown: '::ffff:a9fe:a9fe' },
    { host: '[::ffff:0:127.0.0.1]', kind: 'reserved', shown: '::ffff:0:7f00:1' },
    { host: '[::127.0.0.1]', kind: 'reserved', shown: '::7f00:1' },
    { host: '[64:ff9b::7f00:1]', kind: 'reserved', shown: '64:ff9b::7f00:1' },
    { host: '[64:ff9b:1::a00:1]', kind: 'reserved', shown: '64:ff9b:1::a00:1' },
    { host: '[2002:7f00:1::]', kind: 'reserved', shown: '2002:7f00:1::' },
    { host: '[2001:0:7f00:1::]', kind: 'reserved', shown: '2001:0:7f00:1::' },
    { host: '[2001:db8::1]', kind: 'reserved', shown: '2001:db8::1' },
    { host: '[fc00::1]', kind: 'private', shown: 'fc00::1' },
    { host: '[fd00:ec2::254]', kind: 'private', shown: 'fd00:ec2::254' },
    { host: '[fe80::1]', kind: 'link-local', shown: 'fe80::1' },
    { host: '[fec0::1]', kind: 'reserved', shown: 'fec0::1' },
    { host: '[ff02::1]', kind: 'multicast', shown: 'ff02::1' },
    { host: '[100::1]', kind: 'reserved', shown: '100::1' },
    { host: '[4000::1]', kind: 'reserved', shown: '4000::1' },
  ]) {
    it(`refuses ${host}, which is ${kind}`, async () => {
      const url = parseUrl(`http://${host}:8080/x`);
      await assert.rejects(allowedAddresses(url, [], resolveBySystem), {
        code: 'NETWORK_REFUSED',
        message:
          `Cannot call ${url.origin}: ${shown} is a ${kind} address; allowed are public ones, ` +
          'and hosts that the operator of the worker lists in ORCHESTRATOR_ALLOWED_HOSTS',
      });
    });
  }

  it('refuses names that the system knows as loopback', async () => {
    for (const name of ['localhost', 'LOCALHOST']) {
      await assert.rejects(allowedAddresses(parseUrl(`http://${name}/`), [], resolveBySystem), {
        code: 'NETWORK_REFUSED',
        message: /^Cannot call http:\/\/localhost: localhost \((127\.0\.0\.1|::1)\) is a loopback address/,
      });
    }
  });

  it('refuses a name when one of its addresses is private, whatever the others are', async () => {
    const names = await startNameServer([['93.184.216.34', '10.0.0.7']]);
    try {
      await assert.rejects(allowedAddresses(parseUrl('https://mixed.example/'), [], names.resolve), {
        code: 'NETWORK_REFUSED',
        message: /mixed\.example \(10\.0\.0\.7\) is a private address/,
      });
    } finally {
      names.close();
    }
  });

  for (const host of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '[2606:4700:4700::1111]', '[2a00:1450::1]']) {
    it(`lets ${host} through, which is public`, async () => {
      const [only] = await allowedAddresses(parseUrl(`https://${host}/`), [], resolveBySystem);
      assert.equal(only?.address, host.replaceAll(/[[\]]/g, ''));
    });
  }

  for (const { entry, url, isAllowed } of [
    { entry: '127.0.0.1', url: 'http://127.0.0.1:8080/', isAllowed: true },
    { entry: '127.0.0.1:8080', url: 'http://127.0.0.1:8080/', isAllowed: true },
    { entry: '127.0.0.1:8080', url: 'http://127.0.0.1:8081/', isAllowed: false },
    { entry: '127.0.0.1:80', url: 'http://127.0.0.1/', isAllowed: true },
    { entry: '127.0.0.1:443', url: 'https://127.0.0.1/', isAllowed: true },
    { entry: '127.0.0.1:443', url: 'http://127.0.0.1/', isAllowed: false },
    { entry: 'LocalHost', url: 'http://localhost:1234/', isAllowed: true },
    { entry: 'localhost', url: 'http://127.0.0.1/', isAllowed: false },
    { entry: 'host', url: 'http://localhost/', isAllowed: false },
    { entry: '[::1]:8080', url: 'http://[::1]:8080/', isAllowed: true },
    { entry: '::1', url: 'http://[::1]:8080/', isAllowed: true },
    { entry: '', url: 'http://127.0.0.1/', isAllowed: false },
  ]) {
    it(`${isAllowed ? 'lets' : 'does not let'} "${entry}" in the operator's list open ${url}`, async () => {
      const addresses = allowedAddresses(parseUrl(url), [entry], resolveBySystem);
      if (isAllowed) assert.ok((await addresses).length > 0);
      else await assert.rejects(addresses, { code: 'NETWORK_REFUSED' });
    });
  }
});

describe('checkHost', () => {
  for (const { hosts, url, isAllowed } of [
    { hosts: undefined, url: 'https://a.example/x', isAllowed: true },
    { hosts: ['a.example'], url: 'https://a.example/x', isAllowed: true },
    { hosts: ['A.example'], url: 'https://a.example:8080/x', isAllowed: true },
    { hosts: ['a.example:443'], url: 'https://a.example/x', isAllowed: true },
    { hosts: ['a.example:443'], url: 'http://a.example/x', isAllowed: false },
    { hosts: ['b.example', 'a.example'], url: 'https://a.example/x', isAllowed: true },
    { hosts: ['example'], url: 'https://a.example/x', isAllowed: false },
    { hosts: ['a.example'], url: 'https://a.example.evil/x', isAllowed: false },
    { hosts: ['[::1]:80'], url: 'http://[::1]/x', isAllowed: true },
  ]) {
    const check = (): void => checkHost(new URL(url), hosts);
    it(`${isAllowed ? 'lets' : 'does not let'} a call to ${url} through with ${hosts?.join(', ') ?? 'no hosts'}`, () => {
      if (isAllowed) check();
      else assert.throws(check, { code: 'NETWORK_REFUSED' });
    });
  }
});
