import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGround, type TestGround } from '../../runs.ts';
import { endStrays, eventsOf, runCli, startCli } from './cli-process.ts';

const EVERYTHING = join(
  import.meta.dirname,
  '../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);

let ground: TestGround;
let environment: Readonly<Record<string, string>>;

before(async () => {
  ground = await openGround({ ORCHESTRATOR_SECRET_TOKEN: 'tell-nobody' });
  const file = join(ground.folder, 'mine.mjs');
  const command = [process.execPath, EVERYTHING];
  const mcp = { everything: { command }, absent: { command: ['no-such-program-anywhere'] } };
  await writeFile(file, `export default { mcp: ${JSON.stringify(mcp)} };\n`);
  environment = { ...ground.environment, ORCHESTRATOR_CONFIG: file };
});

after(async () => {
  endStrays();
  await runCli(['dev', 'stop'], ground.environment);
  await ground.close();
});

describe('orchestrator tools', () => {
  it('lists tools, those of MCP servers too, and says which server does not answer', async () => {
    const { code, stdout, stderr } = await runCli(['tools'], environment);
    assert.equal(code, 0);
    assert.match(stdout, /^TOOL +EFFECT +DESCRIPTION\nhttp\.request +once +Calls an HTTP server/u);
    assert.match(stdout, /^mcp:everything\/echo +once +Echoes/mu);
    assert.match(stderr, /^Cannot reach MCP server "absent": .*ENOENT/mu);
  });

  it('lists them as JSON', async () => {
    const events = eventsOf(await runCli(['tools', 'list', '--json'], ground.environment));
    const read = events.find(({ name }) => name === 'fs.read');
    assert.deepEqual([read?.['event'], read?.['effect'], read?.['built_in']], ['tool', 'reads', true]);
  });

  it('describes one', async () => {
    const { stdout } = await runCli(['tools', 'describe', 'http.request'], ground.environment);
    assert.match(stdout, /^http\.request\nCalls an HTTP server/u);
    assert.match(stdout, /^Effect {3}once, by "method": reads for GET, .*, reads without it$/mu);
    assert.match(stdout, /^Limit {4}30000 ms for an attempt$/mu);
    const [card] = eventsOf(await runCli(['tools', 'describe', 'http.request', '--json'], ground.environment));
    assert.match(JSON.stringify(card?.['effect_by']), /^\{"field":"method",/u);
    const unknown = await runCli(['tools', 'describe', 'http.requst'], ground.environment);
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.stderr,
      /TOOL_UNKNOWN Cannot find tool "http\.requst": there is none: did you mean "http\.request"/u,
    );
  });

  it('calls one, with the secrets of the worker, in a workspace of its own', async () => {
    const input = '{"path":"note.txt","text":"${{ secrets.TOKEN }}"}';
    const args = ['tools', 'call', 'fs.write', '--input', input, '--json'];
    const [called] = eventsOf(await runCli(args, ground.environment));
    assert.deepEqual(called?.['output'], { path: 'note.txt', bytes: 11 });
    assert.equal(await readFile(join(String(called['workspace']), 'note.txt'), 'utf8'), 'tell-nobody');
  });

  it('takes the input from a file, and shows what the tool gave', async () => {
    const file = join(ground.folder, 'input.yaml');
    await writeFile(file, 'message: Hello\n');
    const { stdout } = await runCli(['tools', 'call', 'mcp:everything/echo', '--input-file', file], environment);
    assert.equal((JSON.parse(stdout) as { text: string }).text, 'Echo: Hello');
  });

  for (const { name, args, code, message } of [
    { name: 'input that is no JSON', args: ['fs.read', '-i', '{'], code: 2, message: /USAGE Cannot read --input: / },
    {
      name: 'expressions',
      args: ['fs.read', '-i', '{"path":"${{ inputs.a }}"}'],
      code: 2,
      message: /USAGE Cannot read the input: /,
    },
    { name: 'wrong input', args: ['fs.read', '-i', '{"pth":"a"}'], code: 1, message: /TOOL_INPUT_INVALID/ },
    {
      name: 'a private address',
      args: ['web.fetch', '-i', '{"url":"http://127.0.0.1:1"}'],
      code: 1,
      message: /NETWORK_REFUSED/,
    },
    {
      name: 'a missing secret',
      args: ['fs.read', '-i', '{"path":"${{ secrets.NO }}"}'],
      code: 1,
      message: /SECRET_MISSING/,
    },
  ]) {
    it(`refuses ${name}`, async () => {
      const ended = await runCli(['tools', 'call', ...args], ground.environment);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
    });
  }

  it('cancels a call by Ctrl-C', async () => {
    const args = ['tools', 'call', 'mcp:everything/trigger-long-running-operation', '-i', '{"duration":60}'];
    const cli = startCli(args, environment);
    await cli.until(/Calling mcp:everything/u);
    cli.send('SIGINT');
    const { code, stderr } = await cli.ended;
    assert.equal(code, 130);
    assert.match(stderr, /^Cancelled the call of mcp:everything\/trigger-long-running-operation$/mu);
  });

  it('gives a call no more time than the tool has', async () => {
    const file = join(ground.folder, 'slow.mjs');
    await writeFile(
      file,
      `import { z } from 'zod';
export default { tools: [{ name: 'slow', description: 'Waits.', effect: 'pure', input: z.strictObject({}), output: z.null(),
  timeoutMs: 50, run: (_, { signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))) }] };
`,
    );
    const { code, stderr } = await runCli(['tools', 'call', 'slow'], { ...environment, ORCHESTRATOR_CONFIG: file });
    assert.equal(code, 1);
    assert.match(stderr, /STEP_TIMEOUT Cannot finish the call of "slow": it took longer than its limit of 50 ms/u);
  });
});

describe('orchestrator init', () => {
  it('makes a project that runs at once, and overwrites nothing', async () => {
    const folder = join(ground.folder, 'new', 'project');
    const made = await runCli(['init', folder], ground.environment);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^Created .*pipeline\.yaml$/mu);
    const pipeline = join(folder, 'pipeline.yaml');
    const run = await runCli(['run', pipeline, '--input', 'text=One two three', '--json'], ground.environment);
    assert.equal(run.code, 0, run.stderr);
    const end = eventsOf(run).findLast(({ event }) => event === 'end')?.['run'] as { outputs: unknown };
    assert.deepEqual(end.outputs, { report: 'One two three: 3 words.' });
    const late = new Date(Date.now() + 60_000);
    await utimes(join(folder, 'orchestrator.config.ts'), late, late);
    const later = await runCli(['run', pipeline, '--detach'], ground.environment);
    assert.match(later.stderr, /orchestrator\.config\.ts has changed since a worker was started, /u);
    await writeFile(pipeline, 'mine\n');
    const [again] = eventsOf(await runCli(['init', folder, '--json'], ground.environment));
    assert.deepEqual(again?.['created'], []);
    assert.equal(await readFile(pipeline, 'utf8'), 'mine\n');
  });

  it('begins where it is started, and says what was there already', async () => {
    const folder = join(ground.folder, 'here');
    await mkdir(folder);
    const heads = async (): Promise<readonly string[]> => {
      const { code, stdout, stderr } = await runCli(['init'], ground.environment, folder);
      assert.equal(code, 0, stderr);
      return stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
    };
    const made = await heads();
    assert.deepEqual([...new Set(made)], ['Created', 'Run', '']);
    assert.equal((await readdir(folder)).length, made.length - 2);
    assert.deepEqual([...new Set(await heads())], ['Kept', 'Run', '']);
  });

  it('says where it cannot write', async () => {
    const file = join(ground.folder, 'file');
    await mkdir(ground.folder, { recursive: true });
    await writeFile(file, '');
    const { code, stderr } = await runCli(['init', join(file, 'in')], ground.environment);
    assert.equal(code, 2);
    assert.match(stderr, /FILE_UNWRITABLE Cannot write ".*\/file\/in\/\S+": /u);
  });
});
