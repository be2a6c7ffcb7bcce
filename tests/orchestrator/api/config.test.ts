import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config.ts';

describe('loadConfig', () => {
  it('uses the embedded servers and the usual folders when nothing is set', () => {
    const config = loadConfig({});
    const state = join(homedir(), '.local', 'state', 'orchestrator');
    assert.deepEqual(config.temporal, { kind: 'embedded' });
    assert.deepEqual(config.folders, {
      cache: join(homedir(), '.cache', 'orchestrator'),
      state,
      artifacts: join(state, 'artifacts'),
    });
    const { namespace, taskQueue, tenant } = config;
    assert.deepEqual(
      { namespace, taskQueue, tenant },
      { namespace: 'default', taskQueue: 'orchestrator', tenant: 'default' },
    );
    assert.deepEqual(config.providers, { ollama: { baseUrl: 'http://127.0.0.1:11434' }, openai: {}, anthropic: {} });
  });

  it('takes what is set', () => {
    const config = loadConfig({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'team',
      ORCHESTRATOR_TASK_QUEUE: 'q',
      ORCHESTRATOR_TENANT: 't',
      ORCHESTRATOR_ARTIFACTS: '/artifacts',
      ORCHESTRATOR_ALLOWED_HOSTS: 'a.example, b.example:8080,',
      ORCHESTRATOR_BROWSER: '/opt/chromium',
      ORCHESTRATOR_SEARCH_URL: 'https://searx.example',
      ORCHESTRATOR_SECRET_TOKEN: 's3cret',
      XDG_STATE_HOME: '/state',
      XDG_CACHE_HOME: '/cache',
      OPENAI_API_KEY: 'key',
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
      OPENAI_API: 'responses',
    });
    assert.equal(config.temporal.kind === 'given' && config.temporal.address, 'temporal.example:7233');
    assert.deepEqual(config.folders, {
      cache: '/cache/orchestrator',
      state: '/state/orchestrator',
      artifacts: '/artifacts',
    });
    const openai = { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'key', api: 'responses' };
    assert.deepEqual(config.providers['openai'], openai);
    assert.deepEqual(config.allowedHosts, ['a.example', 'b.example:8080']);
    const { browser, searchUrl } = config.tools;
    assert.deepEqual([browser, searchUrl], ['/opt/chromium', 'https://searx.example']);
    assert.deepEqual(config.secrets, { TOKEN: 's3cret' });
    assert.deepEqual([config.namespace, config.taskQueue, config.tenant], ['team', 'q', 't']);
  });

  it('takes a variable that is set to nothing as not set', () => {
    const config = loadConfig({ TEMPORAL_ADDRESS: '', OPENAI_API_KEY: '', OLLAMA_HOST: '', ORCHESTRATOR_TENANT: '' });
    assert.deepEqual(config, loadConfig({}));
  });

  it('takes the version of the workers, both parts or none', () => {
    assert.equal(loadConfig({}).deployment, undefined);
    const version = { ORCHESTRATOR_DEPLOYMENT: 'triage', ORCHESTRATOR_BUILD_ID: 'v1.2:3' };
    assert.deepEqual(loadConfig(version).deployment, { name: 'triage', buildId: 'v1.2:3' });
  });

  for (const [environment, is] of [
    [
      { ORCHESTRATOR_DEPLOYMENT: 'triage' },
      'ORCHESTRATOR_DEPLOYMENT is set and ORCHESTRATOR_BUILD_ID is not, set both or none',
    ],
    [
      { ORCHESTRATOR_BUILD_ID: '1' },
      'ORCHESTRATOR_BUILD_ID is set and ORCHESTRATOR_DEPLOYMENT is not, set both or none',
    ],
    [
      { ORCHESTRATOR_DEPLOYMENT: 'a.b', ORCHESTRATOR_BUILD_ID: '1' },
      'ORCHESTRATOR_DEPLOYMENT is "a.b", a text without "." and ":", not beginning with "__" is allowed',
    ],
    [
      { ORCHESTRATOR_DEPLOYMENT: 'a', ORCHESTRATOR_BUILD_ID: '__1' },
      'ORCHESTRATOR_BUILD_ID is "__1", a text that does not begin with "__" is allowed',
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(environment)} as a version`, () => {
      assert.throws(() => loadConfig(environment), {
        code: 'CONFIG_INVALID',
        message: `Cannot tell the version of this worker: ${is}`,
      });
    });
  }

  it('takes the paces of providers, and has some for those of which nothing is said', () => {
    const paces = { anthropic: { concurrency: 100 }, openai: { concurrency: 100 }, ollama: { concurrency: 4 } };
    assert.deepEqual(loadConfig({}).paces, paces);
    const said = { ORCHESTRATOR_RATE_OPENAI: '0.5', ORCHESTRATOR_CONCURRENCY_OLLAMA: '0' };
    assert.deepEqual(loadConfig(said).paces, {
      ...paces,
      openai: { concurrency: 100, perSecond: 0.5 },
      ollama: { concurrency: 0 },
    });
  });

  for (const [variable, value, is] of [
    ['ORCHESTRATOR_CONCURRENCY_OLLAMA', '1.5', 'it is "1.5", a whole number from 0 to 1000 is allowed'],
    ['ORCHESTRATOR_CONCURRENCY_OLLAMA', '1001', 'it is "1001", a whole number from 0 to 1000 is allowed'],
    ['ORCHESTRATOR_RATE_OLLAMA', '0', 'it is "0", a number of calls a second from 0.001 is allowed'],
    ['ORCHESTRATOR_RATE_OLLAMA', '1/s', 'it is "1/s", a number of calls a second from 0.001 is allowed'],
    ['ORCHESTRATOR_RATE_OPENIA', '1', 'there is no provider of that name, only ANTHROPIC, OPENAI, OLLAMA'],
  ] as const) {
    it(`refuses ${variable}=${value}`, () => {
      assert.throws(() => loadConfig({ [variable]: value }), {
        code: 'CONFIG_INVALID',
        message: `Cannot use ${variable}: ${is}`,
      });
    });
  }

  for (const url of ['searx.example', 'ftp://searx.example', 'not a URL']) {
    it(`refuses to search at ${url}`, () => {
      assert.throws(() => loadConfig({ ORCHESTRATOR_SEARCH_URL: url }), {
        code: 'CONFIG_INVALID',
        message: `Cannot tell where to search: ORCHESTRATOR_SEARCH_URL is "${url}", a URL such as "https://searx.example" is allowed`,
      });
    });
  }

  it('says what is wrong with the file of connections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-config-'));
    const file = join(folder, 'temporal.toml');
    await writeFile(file, 'profile = [broken');
    try {
      assert.throws(() => loadConfig({ TEMPORAL_CONFIG_FILE: file }), {
        code: 'CONFIG_INVALID',
        message: /^Cannot read the connection to Temporal: /u,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
