import type { Json } from '../../../../src/pipeline/json.ts';

/**
 * What somebody tries with a tool. In the input `{canary}` is the `host:port` of a web server that nobody is allowed to
 * reach, `{port}` its port, and `{open}` the `host:port` of one that is allowed and does what its path says.
 */
export interface Attack {
  readonly name: string;
  readonly tool: string;
  readonly input: Json;
  readonly code: string;
  readonly message?: RegExp;
}

const NOT_ALLOWED =
  /; allowed are public ones, and hosts that the operator of the worker lists in ORCHESTRATOR_ALLOWED_HOSTS$/;

const get = (url: string, more: { readonly [key: string]: Json } = {}): Json => ({ url, ...more });

/** Ways to write the address of this machine, or of another one that is not public. */
const addresses: readonly Attack[] = [
  ['this machine', 'http://{canary}/'],
  ['this machine by its name', 'http://localhost:{port}/'],
  ['this machine in short', 'http://127.1:{port}/'],
  ['this machine in decimal', 'http://2130706433:{port}/'],
  ['this machine in octal', 'http://0177.0.0.1:{port}/'],
  ['this machine in hexadecimal', 'http://0x7f.0.0.1:{port}/'],
  ['this machine in one hexadecimal number', 'http://0x7f000001:{port}/'],
  ['this machine in full-width digits', 'http://１２７.０.０.１:{port}/'],
  ['this machine in percent-encoding', 'http://%31%32%37.0.0.1:{port}/'],
  ['this machine behind ideographic dots', 'http://127。0。0。1:{port}/'],
  ['every address', 'http://0.0.0.0:{port}/'],
  ['every address in IPv6', 'http://[::]:{port}/'],
  ['this machine in IPv6', 'http://[::1]:{port}/'],
  ['IPv4 mapped into IPv6', 'http://[::ffff:127.0.0.1]:{port}/'],
  ['IPv4 mapped into IPv6, in hexadecimal', 'http://[::ffff:7f00:1]:{port}/'],
  ['IPv4 inside NAT64', 'http://[64:ff9b::7f00:1]:{port}/'],
  ['IPv4 inside 6to4', 'http://[2002:7f00:1::]:{port}/'],
  ['IPv4 inside Teredo', 'http://[2001:0:7f00:1::80ff:fffe]:{port}/'],
  ['a private network', 'http://192.168.0.1/'],
  ['the services of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['the services of a cloud in decimal', 'http://2852039166/latest/meta-data/'],
  ['the services of Azure', 'http://168.63.129.16/'],
  ['a neighbour in IPv6', 'http://[fe80::1]/'],
  ['a private network in IPv6', 'http://[fd00:ec2::254]/'],
].map(([name, url], index) => ({
  name: `calls ${name}`,
  tool: ['http.request', 'web.fetch', 'browser.open'][index % 3] as string,
  input: get(String(url)),
  code: 'NETWORK_REFUSED',
  message: NOT_ALLOWED,
}));

const urls: readonly Attack[] = [
  ['reads a file', 'file:///etc/passwd'],
  ['hands in a page of its own', 'data:text/html,<script>fetch("http://{canary}/")</script>'],
  ['runs a script', 'javascript:fetch("http://{canary}/")'],
  ['opens the settings of the browser', 'chrome://settings'],
  ['looks at the source of a file', 'view-source:file:///etc/passwd'],
  ['speaks another protocol', 'gopher://{canary}/_GET%20/'],
  ['hides the host behind a user name', 'http://example.com@{canary}/'],
  ['sends a password', 'http://user:password@{canary}/'],
  ['hides the host behind a backslash', 'http://example.com\\@{canary}/'],
  ['hides the host behind a tab', 'http://127.0.\t0.1:{port}/'],
  ['puts a header behind the URL', 'http://{canary}/ HTTP/1.1\r\nx-evil: 1\r\n\r\n'],
  ['leaves the zone of an address', 'http://[fe80::1%25lo]:{port}/'],
].map(([name, url], index) => ({
  name: `${name} by its URL`,
  tool: ['browser.open', 'http.request', 'web.fetch'][index % 3] as string,
  input: get(String(url)),
  code: 'NETWORK_REFUSED',
}));

const requests: readonly Attack[] = [
  {
    name: 'puts a line into a header',
    tool: 'http.request',
    input: get('http://{open}/', { headers: { 'x-a': 'b\r\nx-evil: 1' } }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'puts a line into the name of a header',
    tool: 'http.request',
    input: get('http://{open}/', { headers: { 'x-a: b\r\nx-evil': '1' } }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'names another host in a header',
    tool: 'http.request',
    input: get('http://{open}/', { headers: { Host: 'internal' } }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'smuggles a request',
    tool: 'http.request',
    input: get('http://{open}/', {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: '0\r\n\r\nGET /',
    }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'uses a method that nobody knows',
    tool: 'http.request',
    input: get('http://{open}/', { method: 'CONNECT' }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'brings a field that there is not',
    tool: 'http.request',
    input: get('http://{open}/', { allowedHosts: ['{canary}'] }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'allows itself a host',
    tool: 'browser.open',
    input: get('http://{canary}/', { hosts: ['{canary}'] }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'keeps an answer outside of the workspace',
    tool: 'http.request',
    input: get('http://{open}/', { save_as: '../../canary.txt' }),
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'searches with a server of its own',
    tool: 'web.search',
    input: { query: 'x', url: 'http://{canary}/' },
    code: 'TOOL_INPUT_INVALID',
  },
  {
    name: 'searches for far too much',
    tool: 'web.search',
    input: { query: 'x', limit: 1_000_000 },
    code: 'TOOL_INPUT_INVALID',
  },
];

/** What a server does that is allowed: the rest of the world is not. */
const answers: readonly Attack[] = [
  ['sends the call on to this machine', 'redirect?to=http://{canary}/', 'NETWORK_REFUSED', NOT_ALLOWED],
  ['sends the call on to a file', 'redirect?to=file:///etc/passwd', 'NETWORK_REFUSED', undefined],
  ['sends the call on with a password', 'redirect?to=http://a:b@{canary}/', 'NETWORK_REFUSED', undefined],
  ['sends the call on in a circle', 'circle', 'NETWORK_REFUSED', /at most 5 are followed$/],
  ['answers with a gzip bomb', 'bomb?by=gzip', 'TOOL_OUTPUT_INVALID', /unpacks to more than/],
  ['answers with a brotli bomb', 'bomb?by=br', 'TOOL_OUTPUT_INVALID', /unpacks to more than/],
  ['answers with a deflate bomb', 'bomb?by=deflate', 'TOOL_OUTPUT_INVALID', /unpacks to more than/],
  ['answers with a bomb in a bomb', 'bomb?by=gzip,%20gzip', 'TOOL_OUTPUT_INVALID', /is none of gzip, deflate, br$/],
  ['answers without end', 'endless', 'TOOL_OUTPUT_INVALID', /it has more than 10485760 bytes$/],
  ['floods the call with headers', 'headers', 'NETWORK_FAILED', /Headers Overflow/],
  ['claims what is no gzip', 'lie', 'TOOL_OUTPUT_INVALID', /says that it is gzip and is not$/],
  ['sends no page', 'redirect?to=http://{open}/binary', 'TOOL_OUTPUT_INVALID', undefined],
].map(([does, path, code, message], index) => ({
  name: `is given a server that ${String(does)}`,
  tool: path === 'redirect?to=http://{open}/binary' || index % 2 === 1 ? 'web.fetch' : 'http.request',
  input: get(`http://{open}/${String(path)}`),
  code: String(code),
  ...(message instanceof RegExp ? { message } : {}),
}));

/** In the workspace: `link` leads to a file outside, `folder` to its folder, `pipe` is a pipe, `own` a folder. */
const files: readonly Attack[] = [
  ['fs.read', '../canary.txt', 'PATH_REFUSED'],
  ['fs.read', 'own/../../canary.txt', 'PATH_REFUSED'],
  ['fs.read', '..', 'PATH_REFUSED'],
  ['fs.read', '/etc/passwd', 'PATH_REFUSED'],
  ['fs.read', 'C:/windows/win.ini', 'PATH_REFUSED'],
  ['fs.read', '..\\canary.txt', 'PATH_REFUSED'],
  ['fs.read', 'own\0/../../canary.txt', 'PATH_REFUSED'],
  ['fs.read', '%2e%2e/canary.txt', 'FILE_NOT_FOUND'],
  ['fs.read', '～/canary.txt', 'FILE_NOT_FOUND'],
  ['fs.read', 'file:///etc/passwd', 'FILE_NOT_FOUND'],
  ['fs.read', 'link', 'PATH_REFUSED'],
  ['fs.read', 'folder/canary.txt', 'PATH_REFUSED'],
  ['fs.read', 'pipe', 'PATH_REFUSED'],
  ['fs.read', 'device', 'PATH_REFUSED'],
  ['fs.read', 'own', 'PATH_REFUSED'],
  ['fs.read', 'x'.repeat(300), 'PATH_REFUSED'],
  ['fs.read', 'x/'.repeat(600), 'PATH_REFUSED'],
  ['pdf.read', '../canary.txt', 'PATH_REFUSED'],
  ['pdf.read', 'link', 'PATH_REFUSED'],
  ['fs.list', '../*', 'PATH_REFUSED'],
  ['fs.list', '/etc/*', 'PATH_REFUSED'],
  ['fs.write', '../canary.txt', 'PATH_REFUSED'],
  ['fs.write', '/tmp/canary.txt', 'PATH_REFUSED'],
  ['fs.write', 'link', 'PATH_REFUSED'],
  ['fs.write', 'folder/canary.txt', 'PATH_REFUSED'],
  ['fs.write', 'folder/new/canary.txt', 'PATH_REFUSED'],
  ['fs.write', 'pipe', 'PATH_REFUSED'],
  ['fs.write', 'own', 'PATH_REFUSED'],
].map(([tool, path, code]) => ({
  name: `takes ${JSON.stringify(String(path).slice(0, 40))} for a path`,
  tool: String(tool),
  input: { [tool === 'fs.list' ? 'pattern' : 'path']: String(path), ...(tool === 'fs.write' ? { text: 'mine' } : {}) },
  code: String(code),
}));

const dataInputs: readonly (readonly [string, string, Json])[] = [
  ['calls itself without end', 'data.query', { data: 1, expression: '($f := function($n) { $f($n + 1) + 1 }; $f(1))' }],
  ['makes a list of everything', 'data.query', { data: 1, expression: '[1..10000000]' }],
  ['asks for the time', 'data.query', { data: 1, expression: '$now()' }],
  ['asks for chance', 'data.query', { data: 1, expression: '$random()' }],
  ['reads a file with a template', 'text.template', { template: "{% include '/etc/passwd' %}" }],
  ['renders a file with a template', 'text.template', { template: "{% render '../canary.txt' %}" }],
  [
    'counts to a billion in a template',
    'text.template',
    { template: '{% for i in (1..1000000000) %}{{ i }}{% endfor %}' },
  ],
  ['reaches a constructor from a template', 'text.template', { template: '{{ a.constructor }}', data: { a: [1] } }],
  [
    'loads a module',
    'code.javascript',
    { code: "return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8')" },
  ],
  ['requires a module', 'code.javascript', { code: "return require('child_process').execSync('id').toString()" }],
  ['reads the environment', 'code.javascript', { code: 'return process.env' }],
  ['reaches out from code', 'code.javascript', { code: "return (await fetch('http://{canary}/')).status" }],
  [
    'looks for the host behind a constructor',
    'code.javascript',
    { code: "return (() => {}).constructor('return process.env')()" },
  ],
  ['calls itself without end in code', 'code.javascript', { code: 'const f = () => f() + 1; return f()' }],
  ['gives back a function', 'code.javascript', { code: 'return 10n' }],
];

const data: readonly Attack[] = dataInputs.map(([name, tool, input]) => ({
  name,
  tool,
  input,
  code: 'TOOL_INPUT_INVALID',
}));

/** Every attack on the tools of the network, of files and of data. */
export const webToolAttacks: readonly Attack[] = [...addresses, ...urls, ...requests, ...answers, ...files, ...data];
