import type { ServerResponse } from 'node:http';
import type { BrowserInput, BrowserPatience } from '../../../activities/tools/browser-open.ts';

type Respond = (response: ServerResponse, canary: string) => void;

export interface RefusedPage {
  readonly name: string;
  readonly path: string;
  readonly respond: Respond;
  readonly input?: Partial<BrowserInput>;
  readonly patience?: Partial<BrowserPatience>;
  readonly code: string;
  readonly message: string | RegExp;
}

export const html =
  (text: string): Respond =>
  (response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end(text);

/** Pages that no browser shows us, each at a path of its own. */
export const REFUSED_PAGES: readonly RefusedPage[] = [
  {
    name: 'a page that never comes to an end',
    path: '/endless',
    respond: html('<p>a</p><script>while (true) {}</script>'),
    patience: { timeMs: 1000 },
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: it takes longer than 1s',
  },
  {
    name: 'a page that takes too much memory',
    path: '/memory',
    respond: html('<script>const all = []; setInterval(() => all.push(new Uint8Array(5e7).fill(7)), 1)</script>'),
    patience: { memoryMib: 500 },
    input: { wait_for: '#never' },
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: it needs more than 500 MiB of memory',
  },
  {
    name: 'a page that lacks what is waited for',
    path: '/lacks',
    respond: html('<p>a</p>'),
    input: { wait_for: '#b' },
    patience: { appearMs: 100 },
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: "#b" is not seen within 100ms',
  },
  {
    name: 'to wait for what is no selector',
    path: '/selector',
    respond: html('<p>a</p>'),
    input: { wait_for: '##' },
    code: 'TOOL_INPUT_INVALID',
    message: 'Cannot wait for "##": it is no CSS selector',
  },
  {
    name: 'a page that goes where no page of the web is',
    path: '/blank',
    respond: html('<script>addEventListener("load", () => { location = "about:blank" })</script>'),
    input: { wait_for: 'html:not(:has(script))' },
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: it went on to about:blank, which is no page of the web',
  },
  {
    name: 'a page with too much text',
    path: '/long',
    respond: html('<pre></pre><script>document.querySelector("pre").textContent = "many words ".repeat(1e5)</script>'),
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: its text has more than 1048576 characters',
  },
  {
    name: 'a status that says no',
    path: '/status',
    respond: (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>gone</p>'),
    code: 'TOOL_HTTP_STATUS',
    message: /^Cannot call GET http:\S+\/status: it answered 404 Not Found$/,
  },
  {
    name: 'a file to download',
    path: '/file',
    respond: (response) => response.setHeader('content-type', 'application/zip').end('PK'),
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: it is a file to download; fetch it with "http.request" and "save_as"',
  },
  {
    name: 'a body without end',
    path: '/body',
    respond: (response) => {
      response.setHeader('content-type', 'text/html');
      const more = (): void => {
        while (response.write(' '.repeat(100_000)));
        response.once('drain', more);
      };
      more();
    },
    patience: { bytesMax: 5_000_000 },
    code: 'TOOL_OUTPUT_INVALID',
    message: 'Cannot read the page: it loads more than 5000000 bytes',
  },
  {
    name: 'a page of which nothing comes',
    path: '/nothing',
    respond: () => undefined,
    patience: { answerMs: 1000 },
    code: 'NETWORK_FAILED',
    message: /^Cannot open http:\S+\/nothing: Timeout 1000ms exceeded$/,
  },
  {
    name: 'a redirect to a host that is not allowed',
    path: '/redirect',
    respond: (response, canary) => response.writeHead(302, { location: `http://${canary}/secret` }).end(),
    code: 'NETWORK_REFUSED',
    message: /^Cannot call http:\/\/127\.0\.0\.1:\d+: 127\.0\.0\.1 is a loopback address/,
  },
];

/** A page that is not complete without its scripts. */
export const PAGE = `<!doctype html><title>Prices \n – ü</title><script>const hidden = 1</script>
<p>Apples</p><p id="late"></p><div style="height: 3000px"></div>
<script>setTimeout(() => { document.querySelector('#late').textContent = 'late ' + (1 + 1) }, 20)</script>`;

/** Tries to reach a host in every way that a page has, and says what came of it. */
export function hostilePage(host: string): string {
  return `<!doctype html><title>t</title><pre id="log"></pre><p id="done"></p>
<iframe src="http://${host}/frame" hidden></iframe><iframe src="file:///etc/passwd" hidden></iframe>
<link rel="dns-prefetch" href="//${host}"><link rel="preconnect" href="http://${host}"><link rel="prefetch" href="http://${host}/p">
<form id="form" action="http://${host}/form" method="post" target="_blank"></form><a id="file" download href="/download">x</a>
<script>
const say = (text) => { log.textContent += text + '\\n' };
const tried = (work) => new Promise((resolve, reject) => { work(resolve, reject); setTimeout(reject, 5000) });
(async () => {
  await tried((yes, no) => Object.assign(new Image(), { onload: yes, onerror: no, src: 'http://${host}/image' })).then(() => say('image came'), () => say('image refused'));
  await fetch('http://${host}/fetch').then(() => say('fetch came'), () => say('fetch refused'));
  await tried((yes, no) => Object.assign(new WebSocket('ws://${host}/socket'), { onopen: yes, onerror: no })).then(() => say('socket open'), () => say('socket refused'));
  await (navigator.serviceWorker?.register('/worker.js') ?? Promise.reject()).then((it) => say(it ? 'worker there' : 'worker refused'), () => say('worker refused'));
  const peers = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${host}' }, { urls: 'turn:${host}?transport=tcp', username: 'a', credential: 'b' }] });
  peers.createDataChannel('x');
  let found = 0;
  peers.onicecandidate = ({ candidate }) => { if (candidate?.candidate && !candidate.candidate.includes('.local')) found += 1 };
  await peers.setLocalDescription(await peers.createOffer());
  await new Promise((resolve) => setTimeout(resolve, 200));
  say('peers ' + found);
  navigator.sendBeacon('http://${host}/beacon', 'x');
  open('/popup'); form.submit(); file.click();
  done.textContent = 'all tried';
})();
</script>`;
}
