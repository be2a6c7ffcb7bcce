import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { loadConfig, type Config } from '../../../src/config.ts';
import { PipelineError } from '../../../src/errors.ts';
import { loadFault } from '../../../src/own-parts/fault.ts';
import { loadOwnParts } from '../../../src/own-parts/load.ts';
import { ownCheck } from '../../../src/own-parts/own-check.ts';
import { validate, validateWithServers } from '../../../src/validate.ts';
import { removeFolder, temporaryFolder, toolContext } from './surroundings.ts';

const IMPORTS = `import { defineCheck, defineConfig, defineTool, secret } from 'orchestrator';
import { z } from 'zod';
`;
const TOOL = `{ name: 'text.shout', description: 'Loud.', effect: 'pure', input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }), run: ({ text }: { text: string }) => ({ text: text.toUpperCase() }) }`;
const CHECK = `{ name: 'polite', description: 'Says please.', options: z.literal(true),
  run: (subject) => ({ passed: String(subject).includes('please'), score: 0.5, reason: 'because' }) }`;

let folder: string;
let count = 0;

before(async () => {
  folder = await temporaryFolder();
});
after(() => removeFolder(folder));

/** Modules are loaded once in a process, so each file has a folder of its own. */
async function written(text: string, name = 'orchestrator.config.ts'): Promise<string> {
  count += 1;
  const place = join(folder, String(count));
  await mkdir(place);
  await writeFile(join(place, name), text);
  return place;
}

async function loaded(content: string, environment: Readonly<Record<string, string>> = {}): Promise<Config> {
  const place = await written(`${IMPORTS}export default defineConfig({ ${content} });\n`);
  return loadOwnParts(loadConfig(environment), place);
}

async function refusal(work: Promise<unknown>): Promise<PipelineError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    return error;
  }
  throw new Error('it was not refused');
}

describe('loadOwnParts', () => {
  it('reads tools, checks and models from TypeScript, where nothing is installed', async () => {
    const { own } = await loaded(
      `tools: [defineTool(${TOOL})], checks: [defineCheck(${CHECK})], models: { 'openai/mine': { context_tokens: 9 } }`,
    );
    assert.deepEqual(
      own?.tools.map(({ name, timeoutMs }) => ({ name, timeoutMs })),
      [{ name: 'text.shout', timeoutMs: 60_000 }],
    );
    assert.deepEqual(await own?.tools[0]?.run({ text: 'a' }, toolContext(folder)), { text: 'A' });
    assert.deepEqual(
      own?.checks.map(({ name, readsOutput, example }) => ({ name, readsOutput, example })),
      [{ name: 'polite', readsOutput: false, example: null }],
    );
    assert.deepEqual(own?.models, [{ provider: 'openai', model: 'mine', contextTokens: 9 }]);
  });

  for (const name of ['orchestrator.config.js', 'orchestrator.config.mjs']) {
    it(`finds ${name}`, async () => {
      const place = await written(
        `import { defineConfig } from 'orchestrator';\nexport default defineConfig({});\n`,
        name,
      );
      const { own } = await loadOwnParts(loadConfig({}), join(folder, 'nowhere'), place);
      assert.equal(own?.file, join(place, name));
    });
  }

  it('takes the file that ORCHESTRATOR_CONFIG names, whatever its name', async () => {
    const place = await written('export default {};\n', 'mine.mjs');
    const environment = { ORCHESTRATOR_CONFIG: join(place, 'mine.mjs') };
    assert.equal((await loadOwnParts(loadConfig(environment), folder)).own?.file, join(place, 'mine.mjs'));
    const absent = { ORCHESTRATOR_CONFIG: join(place, 'absent.ts') };
    assert.equal((await refusal(loadOwnParts(loadConfig(absent)))).code, 'FILE_UNREADABLE');
  });

  it('leaves the configuration as it is where there is no file', async () => {
    const config = loadConfig({});
    assert.equal(await loadOwnParts(config, folder), config);
  });

  it('gives each file a queue of its own on the embedded server, and there alone', async () => {
    const queues = [await loaded(''), await loaded('')].map(({ taskQueue }) => taskQueue);
    for (const queue of queues) assert.match(queue, /^orchestrator-\d+-[0-9a-f]{8}$/u);
    assert.notEqual(queues[0], queues[1]);
    assert.equal((await loaded('', { TEMPORAL_ADDRESS: '127.0.0.1:1' })).taskQueue, 'orchestrator');
    assert.equal((await loaded('', { ORCHESTRATOR_TASK_QUEUE: 'mine' })).taskQueue, 'mine');
  });

  for (const { name, file = 'orchestrator.config.ts', text, line, column, message } of [
    {
      name: 'a mistake of syntax',
      text: 'const a = 1;\nconst = 2;\n',
      line: 2,
      column: 7,
      message: /^Cannot load ".*orchestrator\.config\.ts": /u,
    },
    {
      name: 'what throws',
      text: "\nfunction f() {\n  throw new TypeError('no');\n}\nf();\n",
      line: 3,
      column: 9,
      message: /: no$/u,
    },
    {
      name: 'a package that is not there',
      text: "\nimport { x } from 'no-such-package-anywhere';\nconsole.log(x);\n",
      line: 2,
      column: 20,
      message: /Cannot find package 'no-such-package-anywhere'/u,
    },
    {
      name: 'a mistake of syntax in JavaScript',
      file: 'orchestrator.config.mjs',
      text: "import { defineConfig } from 'orchestrator';\nconst = 2;\n",
      line: 2,
      column: 7,
      message: /Unexpected token/u,
    },
    {
      name: 'what reads a text that is none',
      text: "\nJSON.parse('{');\n",
      line: 2,
      column: 6,
      message: /in JSON at position 1/u,
    },
    {
      name: 'an error that does not tell where it comes from',
      text: "throw Object.assign(new Error('no'), { stack: undefined });\n",
      line: 1,
      column: 1,
      message: /: no$/u,
    },
    { name: 'what throws no error', text: "throw 'a text';\n", line: 1, column: 1, message: /: a text$/u },
  ]) {
    it(`says where in the file the fault is: ${name}`, async () => {
      const place = await written(text, file);
      const { code, findings, message: sentence } = await refusal(loadOwnParts(loadConfig({}), place));
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(sentence, message);
      assert.deepEqual(findings[0]?.position, { file: join(place, file), line, column });
    });
  }

  it('says where the file calls a package that throws', async () => {
    const place = await written("import { f } from 'loud';\nf();\n", 'orchestrator.config.mjs');
    const loud = join(place, 'node_modules', 'loud');
    await mkdir(loud, { recursive: true });
    await writeFile(join(loud, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    await writeFile(join(loud, 'index.js'), "export function f() {\n  throw new Error('no');\n}\n");
    const { findings } = await refusal(loadOwnParts(loadConfig({}), place));
    assert.deepEqual(findings[0]?.position, { file: join(place, 'orchestrator.config.mjs'), line: 2, column: 1 });
  });

  it('names the package that a file beside it wants', async () => {
    const place = await written("import './beside.mjs';\n", 'orchestrator.config.mjs');
    await writeFile(join(place, 'beside.mjs'), "import 'no-such-package-anywhere';\n");
    const { message, findings } = await refusal(loadOwnParts(loadConfig({}), place));
    assert.match(message, /Cannot find package 'no-such-package-anywhere'/u);
    assert.equal(findings[0]?.position?.line, 1);
  });

  it('names a file as people write it from where they are', () => {
    const { message, findings } = loadFault(resolve('package.json'), 'no');
    assert.equal(message, 'Cannot load "package.json": no');
    assert.equal(findings[0]?.position?.file, 'package.json');
  });

  for (const { content, message } of [
    { content: 'tolls: []', message: /no such key as "tolls", allowed are "tools", "checks", "models", "mcp"/u },
    { content: `tools: [${TOOL}, ${TOOL}]`, message: /there are two tools "text\.shout"/u },
    { content: `tools: [{ ...${TOOL}, name: 'fs.read' }]`, message: /the name of tool "fs\.read" is taken/u },
    {
      content: `tools: [{ ...${TOOL}, name: 'Shout' }]`,
      message: /"tools\[0\]\.name": allowed are words of small letters/u,
    },
    { content: `tools: [{ ...${TOOL}, name: 'mcp:a/b' }]`, message: /"tools\[0\]\.name"/u },
    { content: `tools: [{ ...${TOOL}, effect: 'none' }]`, message: /"tools\[0\]\.effect": allowed are pure, reads/u },
    {
      content: `tools: [{ ...${TOOL}, input: { type: 'string' } }]`,
      message: /"tools\[0\]\.input": a schema of zod 4/u,
    },
    {
      content: `tools: [{ ...${TOOL}, input: z.object({ a: z.date() }) }]`,
      message: /"tools\[0\]\.input": Date cannot be/u,
    },
    { content: `tools: [{ ...${TOOL}, run: 1 }]`, message: /"tools\[0\]\.run": a function is allowed/u },
    { content: `checks: [{ ...${CHECK}, name: 'value' }]`, message: /the name of check "value" is taken/u },
    { content: `checks: [{ ...${CHECK}, name: 'matches' }]`, message: /the name of check "matches" is taken/u },
    { content: `models: { mine: {} }`, message: /Cannot use "mine" as a model: it is not written provider\/model/u },
    { content: `mcp: { a: {} }`, message: /"mcp\.a": either "command" or "url" is needed/u },
    { content: `mcp: { a: { url: 'https://a.example', env: {} } }`, message: /"env" and "cwd" belong to a "command"/u },
    { content: `mcp: { a: { command: ['a'], headers: {} } }`, message: /"headers" belong to a "url"/u },
    { content: `mcp: { 'a/b': { command: ['a'] } }`, message: /a name is small letters/u },
    { content: `mcp: { a: { command: ['a'], env: { A: 1 } } }`, message: /a text is allowed/u },
    { content: `mcp: { a: { command: ['a'], env: { A: {} } } }`, message: /a text is allowed/u },
  ]) {
    it(`refuses ${content.slice(0, 60)}`, async () => {
      const { code, message: sentence } = await refusal(loaded(content));
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(sentence, message);
      assert.match(sentence, /^Cannot use ".*orchestrator\.config\.ts": /u);
    });
  }

  it('refuses a file that exports nothing', async () => {
    const place = await written('export const a = 1;\n');
    const { message } = await refusal(loadOwnParts(loadConfig({}), place));
    assert.match(message, /it exports no configuration/u);
  });

  it('takes secrets as they are written in TypeScript', async () => {
    const { own } = await loaded(
      `mcp: { a: { url: 'https://a.example', headers: { one: secret('ONE'), two: \`Bearer \${secret('TWO')}\` } } }`,
    );
    const { message } = await refusal(own?.mcp.cards('a', new AbortController().signal) as Promise<unknown>);
    assert.match(message, /set ORCHESTRATOR_SECRET_ONE/u);
  });
});

describe("validate with parts of one's own", () => {
  const pipeline = `name: own
steps:
  loud: { tool: text.shout, with: { text: please }, checks: [{ polite: true }] }
outputs: { text: "\${{ steps.loud.output.text }}" }
`;
  let config: Config;

  before(async () => {
    config = await loaded(`tools: [${TOOL}], checks: [${CHECK}], models: { 'openai/mine': {} }`);
  });

  it('knows the tools and checks, and writes down that not every worker has them', () => {
    const { plan } = validate(pipeline, { config });
    assert.deepEqual(plan.needs, { tools: ['text.shout'], checks: ['polite'] });
  });

  it('writes down those of pipelines inside, and nothing where all is built in', () => {
    const inner = pipeline.replaceAll('\n', '\n        ');
    const outer = `name: outer\nsteps:\n  inside:\n    pipeline:\n        ${inner}\n`;
    assert.deepEqual(validate(outer, { config }).plan.needs, { tools: ['text.shout'], checks: ['polite'] });
    assert.equal(validate('name: a\nsteps:\n  b: { set: 1 }\n', { config }).plan.needs, undefined);
  });

  for (const { name, from, to, code } of [
    { name: 'input', from: 'text: please', to: 'txt: please', code: 'VALUE_INVALID' },
    { name: 'options', from: 'polite: true', to: 'polite: 3', code: 'VALUE_INVALID' },
    { name: 'output', from: 'output.text', to: 'output.words', code: 'EXPRESSION_TYPE' },
    { name: 'name of a tool', from: 'text.shout', to: 'text.shot', code: 'TOOL_UNKNOWN' },
    { name: 'name of a check', from: 'polite:', to: 'rude:', code: 'CHECK_UNKNOWN' },
  ]) {
    it(`refuses a wrong ${name}`, async () => {
      const { findings } = await refusal(
        Promise.resolve().then(() => validate(pipeline.replace(from, to), { config })),
      );
      assert.ok(
        findings.some((finding) => finding.severity === 'error'),
        JSON.stringify(findings),
      );
      if (code.endsWith('UNKNOWN')) assert.equal(findings[0]?.code, code);
    });
  }

  it('refuses tools of MCP servers that nobody configured', async () => {
    const wrong = 'name: a\nsteps:\n  b: { tool: "mcp:nobody/echo", with: {} }\n';
    const { findings } = await refusal(validateWithServers(wrong, { config }));
    assert.match(findings[0]?.message ?? '', /no tool of an MCP server "nobody" is known/u);
  });
});

/** What a check that does so says. */
async function judged(run: () => unknown): Promise<unknown> {
  const check = ownCheck({
    name: 'mine',
    description: 'Mine.',
    options: z.unknown(),
    readsOutput: false,
    example: null,
    run: run as () => { passed: boolean; score: number; reason: string },
  });
  return check.run('subject', {}, { signal: new AbortController().signal });
}

describe('ownCheck', () => {
  it('gives the verdict', async () => {
    const verdict = { passed: true, score: 1, reason: 'good' };
    assert.deepEqual(await judged(() => verdict), verdict);
  });

  for (const { name, run, code, message } of [
    {
      name: 'a throw',
      run: () => {
        throw new TypeError('no');
      },
      code: 'TOOL_FAILED',
      message: 'Cannot run check "mine": no',
    },
    {
      name: 'a throw of anything',
      run: () => {
        throw 'a text';
      },
      code: 'TOOL_FAILED',
      message: 'Cannot run check "mine": a text',
    },
    {
      name: 'a fault of ours',
      run: () => {
        throw new PipelineError('NETWORK_FAILED', 'Cannot');
      },
      code: 'NETWORK_FAILED',
      message: 'Cannot',
    },
    { name: 'no verdict', run: () => true, code: 'TOOL_FAILED', message: /what it gave is no verdict/u },
    {
      name: 'a score of 3',
      run: () => ({ passed: true, score: 3, reason: '' }),
      code: 'TOOL_FAILED',
      message: /"score"/u,
    },
  ]) {
    it(`says of ${name} that it could not judge`, () => assert.rejects(judged(run), { code, message }));
  }
});
