import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isolationPrefix } from '../../../activities/processes/isolation.ts';
import { realPython } from '../../../activities/processes/python.ts';
import { codePython } from '../../../activities/tools/code-python.ts';
import { runTool } from '../../../activities/tools/run-tool.ts';
import type { ToolContext } from '../../../activities/tools/tool.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { startServer, toolContext } from './surroundings.ts';

const run = (code: string, input?: Json, facts: Partial<ToolContext> = {}): Promise<Json> => {
  const settings = { allowedTools: ['code.python'] as const };
  const given = { code, ...(input === undefined ? {} : { input }) };
  return runTool(codePython, given, toolContext('/', { settings, ...facts }));
};

describe('code.python', () => {
  it('is off until a worker allows it', async () => {
    await assert.rejects(run('return 1', null, { settings: {} }), { code: 'TOOL_NOT_ALLOWED' });
  });

  for (const { name, code, input, value } of [
    { name: 'a value of the input', code: 'return input["a"] + 1', input: { a: 1 }, value: 2 },
    { name: 'null when nothing is returned', code: 'x = input', value: null },
    { name: 'null for a comment', code: '# nothing', value: null },
    { name: 'letters of the world', code: 'return input[::-1]', input: 'ñ€😀', value: '😀€ñ' },
    { name: 'lines of text as they are', code: 'return """a\n  b"""', value: 'a\n  b' },
    { name: 'what a library computes', code: 'import statistics\nreturn statistics.median([3, 1, 2])', value: 2 },
    { name: 'a value beside what is printed', code: 'print("{")\nreturn {"a": None}', value: { a: null } },
    { name: 'no environment', code: 'import os\nreturn dict(os.environ)', value: {} },
    { name: 'no module of the folder that it starts in', code: 'import sys\nreturn "" in sys.path', value: false },
  ]) {
    it(`gives ${name}`, async () => assert.deepEqual(await run(code, input), value));
  }

  for (const { name, code, message } of [
    {
      name: 'is thrown',
      code: 'def f():\n  raise ValueError("no\\nway")\nf()',
      message: 'ValueError: no way (line 2)',
    },
    { name: 'is no Python', code: 'x = 1\nreturn (x', message: "SyntaxError: '(' was never closed (line 2)" },
    { name: 'ends the program', code: 'raise SystemExit(3)', message: 'SystemExit: 3 (line 1)' },
    { name: 'has no sentence', code: 'raise KeyboardInterrupt', message: 'KeyboardInterrupt (line 1)' },
    {
      name: 'kills the program',
      code: 'import os\nos.kill(os.getpid(), 9)',
      message: 'it ended with exit code 137 and without a value',
    },
    {
      name: 'ends the program before there is a value',
      code: 'import os\nos._exit(0)',
      message: 'it ended without a value',
    },
    {
      name: 'is no JSON',
      code: 'return float("nan")',
      message: 'ValueError: Out of range float values are not JSON compliant',
    },
  ]) {
    it(`says what ${name}`, async () => {
      await assert.rejects(run(code), { code: 'TOOL_INPUT_INVALID', message: `Cannot run the code: ${message}` });
    });
  }

  it('reads what the user of the worker may read', async () => {
    const path = import.meta.filename;
    assert.equal(await run('return open(input).read()', path), await readFile(path, 'utf8'));
  });

  it('reaches no network', async function isIsolated() {
    if ((await isolationPrefix(false)).length === 0) {
      console.log('Skipped: this system lets no process have a network of its own');
      return this.skip();
    }
    const server = await startServer((_, response) => response.end());
    const code = 'import urllib.request\nreturn urllib.request.urlopen(input).status';
    await assert.rejects(run(code, server.url), { message: /URLError: .*Network is unreachable/u });
    assert.equal(server.seen.length, 0);
    await server.close();
  });

  it('ends when it is cancelled', async () => {
    const signal = AbortSignal.timeout(300);
    await assert.rejects(run('while True: pass', null, { signal }), { name: 'TimeoutError' });
  });

  it('says that there is no Python', async () => {
    await assert.rejects(realPython(['/no/such/folder']), {
      code: 'TOOL_UNAVAILABLE',
      message: 'Cannot run the code: there is no python3 on the PATH of the worker',
    });
  });
});
