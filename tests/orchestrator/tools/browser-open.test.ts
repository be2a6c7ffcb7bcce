import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { findBrowser } from '../../../activities/browser/find-browser.ts';
import { makeHome } from '../../../activities/browser/with-browser.ts';
import {
  type BrowserInput,
  type BrowserPatience,
  browserOpen,
  openInBrowser,
} from '../../../activities/tools/browser-open.ts';
import { resolveBySystem, type Resolve } from '../../../activities/tools/network-guard.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import { server as testServer } from '../../servers.ts';
import { startNameServer } from './name-server.ts';
import { hostilePage, html, PAGE, REFUSED_PAGES } from './pages.ts';
import { removeFolder, startServer, temporaryFolder, type TestServer, toolContext } from './surroundings.ts';

/** Patient with a busy machine; each test is impatient about one thing. */
const PATIENCE: BrowserPatience = {
  timeMs: 120_000,
  memoryMib: 4096,
  bytesMax: 50_000_000,
  answerMs: 60_000,
  appearMs: 60_000,
  loadMs: 60_000,
};

interface Facts {
  readonly context?: Partial<ToolContext>;
  readonly patience?: Partial<BrowserPatience>;
  readonly resolve?: Resolve;
}

describe('browser.open', () => {
  let folder: string;
  let web: TestServer;
  /** Nobody is allowed to reach it. */
  let canary: TestServer;
  let answer: RequestListener;

  before(async () => {
    folder = await temporaryFolder();
    web = await startServer((request, response) => answer(request, response));
    canary = await startServer((_, response) => response.end('canary'));
  });
  after(async () => {
    await web.close();
    await canary.close();
    await removeFolder(folder);
  });
  beforeEach(() => web.seen.splice(0));
  afterEach(() => {
    assert.deepEqual(canary.seen, []);
    assert.deepEqual(browsersOf(), []);
  });

  const open = (input: Partial<BrowserInput>, { context, patience, resolve = resolveBySystem }: Facts = {}) =>
    openInBrowser(
      { url: web.url, pdf: false, ...input },
      toolContext(folder, { allowedHosts: [web.host], settings: { browser: testServer('browser') }, ...context }),
      { resolve, patience: { ...PATIENCE, ...patience } },
    );
  const show = (text: string): void => {
    answer = (_, response) => html(text)(response, '');
  };

  it('reads a page as its scripts made it, and keeps a picture and a print of it', async () => {
    answer = (request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to?a=b' }).end();
      else response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE);
    };
    const input = { url: `${web.url}/from`, wait_for: '#late:not(:empty)', screenshot: 'page', pdf: true } as const;
    const { screenshot, pdf, ...page } = await open(input);
    assert.deepEqual(page, { url: `${web.url}/to?a=b`, title: 'Prices – ü', text: 'Apples\n\nlate 2' });
    const picture = await readFile(
      join(folder, 'default', String(await workspaceOf(folder)), String(screenshot?.path)),
    );
    assert.equal(picture.toString('latin1', 1, 4), 'PNG');
    assert.equal(picture.readUInt32BE(16), 1280);
    assert.ok(picture.readUInt32BE(20) > 2000, 'all of the page is in the picture');
    assert.equal(screenshot?.media_type, 'image/png');
    assert.equal(pdf?.name, 'page.pdf');
    assert.equal(pdf.media_type, 'application/pdf');
  });

  it('lets a page reach nothing that is not allowed, whatever it tries', async () => {
    show(hostilePage(canary.host));
    const { text, url, screenshot } = await open({ wait_for: '#done:not(:empty)', screenshot: 'screen' });
    assert.equal(url, `${web.url}/`);
    assert.deepEqual(text.split('\n').slice(0, 5), [
      'image refused',
      'fetch refused',
      'socket refused',
      'worker refused',
      'peers 0',
    ]);
    const picture = await readFile(
      join(folder, 'default', String(await workspaceOf(folder)), String(screenshot?.path)),
    );
    assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [1280, 800]);
  });

  describe('refuses', () => {
    let results: readonly PromiseSettledResult<unknown>[];
    before(async () => {
      answer = (request, response) =>
        REFUSED_PAGES.find(({ path }) => path === request.url)?.respond(response, canary.host);
      // As many at a time as there are places.
      results = await Promise.allSettled(
        REFUSED_PAGES.map(({ path, input, patience = {} }) => open({ url: web.url + path, ...input }, { patience })),
      );
    });
    for (const [index, { name, code, message }] of REFUSED_PAGES.entries()) {
      it(name, async () => {
        const result = results[index] as PromiseSettledResult<unknown>;
        await assert.rejects(result.status === 'fulfilled' ? Promise.resolve() : Promise.reject(result.reason), {
          code,
          message,
        });
      });
    }
  });

  it('refuses a page that crashes', async () => {
    answer = (request, response) => {
      if (request.url === '/now') killRenderers();
      else html('<p>a</p><script>addEventListener("load", () => fetch("/now"))</script>')(response, '');
    };
    await assert.rejects(open({ wait_for: '#never' }), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot read the page: it crashed, or needs too much memory',
    });
  });

  it('fails when its browser ends by itself', async () => {
    answer = () => {
      for (const { group } of browsersOf()) process.kill(-group, 'SIGKILL');
    };
    await assert.rejects(open({}), {
      code: 'NETWORK_FAILED',
      message: /^Cannot open http:\S+\/: .* has been closed$/,
    });
  });

  it('reads a page without the pictures that do not come', async () => {
    answer = (request, response) => {
      if (request.url === '/') response.setHeader('content-type', 'text/html').end('<p>there</p><img src="/never">');
    };
    assert.equal((await open({}, { patience: { loadMs: 500 } })).text, 'there');
  });

  it('follows a name to no other address than the one that was checked', async () => {
    const names = await startNameServer([['93.184.216.34'], ['127.0.0.1']]);
    try {
      const port = canary.host.split(':')[1];
      await assert.rejects(open({ url: `http://rebinding.test:${port}/` }, { resolve: names.resolve }), {
        code: 'NETWORK_REFUSED',
        message: /^Cannot call http:\/\/rebinding\.test:\d+: rebinding\.test \(127\.0\.0\.1\) is a loopback address/,
      });
      assert.equal(names.asked(), 2);
    } finally {
      names.close();
    }
  });

  it('ends the browser at once when it is cancelled, and does not begin afterwards', async () => {
    const cancelling = new AbortController();
    answer = () => cancelling.abort(new Error('cancelled'));
    await assert.rejects(open({}, { context: { signal: cancelling.signal } }), { message: 'cancelled' });
    await assert.rejects(open({}, { context: { signal: cancelling.signal } }), { message: 'cancelled' });
    assert.equal(web.seen.length, 1);
  });

  it('says that a host has no address', async () => {
    await assert.rejects(open({ url: 'http://nowhere.invalid/' }), {
      code: 'NETWORK_FAILED',
      message: /^Cannot call GET http:\/\/nowhere\.invalid\/: getaddrinfo /,
    });
  });

  for (const { name, context, code, message } of [
    {
      name: 'a host that the step does not let it reach',
      context: { hosts: ['docs.example'] },
      code: 'NETWORK_REFUSED',
      message: /the step lets this call reach docs\.example, and no other host$/,
    },
    {
      name: 'a browser that is not there',
      context: { settings: { browser: '/nowhere/chromium' } },
      code: 'TOOL_UNAVAILABLE',
      message:
        'Cannot start a browser: ORCHESTRATOR_BROWSER is "/nowhere/chromium", which is no program that may be run; ' +
        'install Chromium where the worker runs, or set ORCHESTRATOR_BROWSER to the path of one',
    },
    {
      name: 'a browser that is none',
      context: { settings: { browser: '/bin/false' } },
      code: 'TOOL_UNAVAILABLE',
      message: /^Cannot start the browser \/bin\/false: .+; see whether it starts for the user of the worker, or set /s,
    },
  ]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(open({}, { context }), { code, message });
    });
  }

  it('refuses what is no page of the web before there is a browser', async () => {
    const context = toolContext(folder, { settings: { browser: '/nowhere' } });
    for (const url of [
      'file:///etc/passwd',
      'data:text/html,hi',
      'chrome://version',
      'view-source:http://a.example/',
    ]) {
      await assert.rejects(browserOpen.run({ url, pdf: false }, context), { code: 'NETWORK_REFUSED' });
    }
  });
});

describe('makeHome', () => {
  for (const { parent, made } of [
    { parent: '/var/tmp', made: '/var/tmp/orchestrator-browser-' },
    { parent: `/var/tmp/${'long/'.repeat(10)}`, made: '/tmp/orchestrator-browser-' },
  ]) {
    it(`leaves room for the socket of a browser: ${parent}`, async () => {
      const home = await makeHome(parent);
      await removeFolder(home);
      assert.ok(home.startsWith(made), home);
    });
  }
});

describe('findBrowser', () => {
  it('takes the first folder of PATH that has one which may be run', async () => {
    const folder = await temporaryFolder();
    for (const [name, mode] of [
      ['chromium', 0o644],
      ['google-chrome', 0o755],
    ] as const) {
      await writeFile(join(folder, name), '', { mode });
    }
    assert.equal(await findBrowser(undefined, `/nowhere::${folder}`), join(folder, 'google-chrome'));
    await removeFolder(folder);
  });

  it('looks on PATH', async () => {
    await assert.rejects(findBrowser(undefined, '/nowhere'), {
      code: 'TOOL_UNAVAILABLE',
      message:
        /^Cannot start a browser: chromium, chromium-browser, google-chrome, google-chrome-stable are not on PATH; /,
    });
  });
});

async function workspaceOf(folder: string): Promise<string | undefined> {
  return readdirSync(join(folder, 'default')).find((name) => name.startsWith('run-'));
}

interface Running {
  readonly id: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

function processes(): readonly Running[] {
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id))
    .flatMap((id) => {
      try {
        const facts = readFileSync(`/proc/${id}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        const command = readFileSync(`/proc/${id}/cmdline`, 'latin1');
        // What has ended has no command any more.
        return command === '' ? [] : [{ id: Number(id), parent: Number(facts[1]), group: Number(facts[2]), command }];
      } catch {
        return [];
      }
    });
}

/** The browsers that this process has started, and that are still there. */
function browsersOf(): readonly Running[] {
  return processes().filter(
    ({ parent, command }) => parent === process.pid && command.includes('orchestrator-browser-'),
  );
}

function killRenderers(): void {
  const groups = browsersOf().map(({ id }) => id);
  for (const { id, group, command } of processes()) {
    if (groups.includes(group) && command.includes('--type=renderer')) process.kill(id, 'SIGKILL');
  }
}
