import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { Activities, ToolCall, ToolCallResult } from '../../../activities/calls.ts';
import { createCallTool, type ToolDeps } from '../../../activities/tools/call-tool.ts';
import { defineTool } from '../../../activities/tools/tool.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { keepValue, loadValue } from '../../../activities/values.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Scope } from '../../../src/pipeline/value.ts';
import {
  activityEnvironment,
  removeFolder,
  startServer,
  template,
  temporaryFolder,
  type TestServer,
} from './surroundings.ts';

const SECRET = 'hunter2/+ü"';

/** A tool as a user writes one: it does what it is told. */
const probe = defineTool({
  name: 'own.probe',
  description: 'Does what its input says.',
  effect: 'once',
  input: z.strictObject({
    does: z.enum(['echo', 'context', 'fail', 'refuse', 'throw', 'nest']),
    value: z.unknown().optional(),
  }),
  output: z.unknown(),
  timeoutMs: 1000,
  run({ does, value }, context) {
    switch (does) {
      case 'echo':
        return Promise.resolve(value);
      case 'context':
        context.heartbeat({ done: 7 });
        return Promise.resolve({ key: context.idempotencyKey, effect: context.effect, hosts: context.allowedHosts });
      case 'fail':
        throw new TypeError(`Failed with ${String(value)}`);
      case 'refuse':
        throw new PipelineError('TOOL_HTTP_UNAVAILABLE', `Refused ${String(value)}`, { retryAfterMs: 5, cause: value });
      case 'throw':
        throw value;
      case 'nest':
        return Promise.resolve(JSON.parse(`${'['.repeat(Number(value))}${']'.repeat(Number(value))}`));
      default:
        return does satisfies never;
    }
  },
});

const strict = defineTool({
  name: 'own.strict',
  description: 'Gives a number.',
  effect: 'pure',
  input: z.strictObject({ value: z.unknown() }),
  output: z.strictObject({ count: z.int() }),
  timeoutMs: 1000,
  run: ({ value }) => Promise.resolve(value as { count: number }),
});

describe('callTool', () => {
  let folder: string;
  let store: ArtifactStore;
  let server: TestServer;
  let environment: MockActivityEnvironment;
  let deps: ToolDeps;

  before(async () => {
    server = await startServer((request, response) => {
      if (request.url === '/wait') return;
      const isRefused = request.url === '/refuse';
      response.writeHead(isRefused ? 503 : 200, {
        'content-type': 'application/json',
        'x-echo': request.headers['x-key'] ?? '',
      });
      response.end(JSON.stringify({ seen: { ...request.headers, url: request.url } }));
    });
  });
  after(() => server.close());
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(join(folder, 'store'));
    environment = activityEnvironment({ attempt: 3 });
    const secrets = { KEY: SECRET, constructor: 'x' };
    const workspaces = join(folder, 'workspaces');
    deps = { store, tools: [...tools, probe, strict], secrets, workspaces, allowedHosts: [server.host], settings: {} };
  });
  afterEach(() => removeFolder(folder));

  const call = async (tool: string, input: Json, facts: Partial<ToolCall> = {}) => {
    const scope = facts.scope ?? {};
    const request: ToolCall = {
      tenant: 'default',
      runId: 'run-1',
      path: 'step',
      effect: 'once',
      ...facts,
      tool,
      scope,
      with: template(input, scope),
    };
    return environment.run<[ToolCall], ToolCallResult, Activities['callTool']>(createCallTool(deps), request);
  };
  const outputOf = async (tool: string, input: Json, scope: Scope = {}): Promise<Json> =>
    loadValue(store, 'default', (await call(tool, input, { scope })).output);

  it('fills in the input, runs the tool, and tells the attempt', async () => {
    const scope = { 'inputs.name': { inline: 'Ann' }, 'steps.a.output': { inline: [1, 2] } };
    const input = {
      template: 'Hi {{ who }}: {{ n }}',
      data: { who: '${{ inputs.name }}', n: '${{ steps.a.output }}' },
    };
    const { output, attempt } = await call('text.template', input, { scope });
    assert.deepEqual({ output, attempt }, { output: { inline: 'Hi Ann: [1,2]' }, attempt: 3 });
  });

  it('reads values from the store, and keeps a long output there', async () => {
    const long = 'x'.repeat(100_000);
    const scope = { 'inputs.long': await keepValue(store, 'default', long) };
    const { output } = await call(
      'text.template',
      { template: '{{ a }}{{ a }}', data: { a: '${{ inputs.long }}' } },
      { scope },
    );
    assert.ok('artifact' in output);
    assert.equal(output.artifact.bytes, 200_002);
    assert.equal(await loadValue(store, 'default', output), long + long);
  });

  it('says what it waits for in the store', async () => {
    const scope = { 'inputs.gone': { artifact: { sha256: 'a'.repeat(64), bytes: 1, preview: '' } } };
    await assert.rejects(call('text.template', { template: '${{ inputs.gone }}' }, { scope }), {
      code: 'ARTIFACT_MISSING',
    });
  });

  it('gives each run a workspace of its own, made when it is needed', async () => {
    await call('text.template', { template: '' });
    assert.deepEqual(await readdir(folder), []);
    await call('fs.write', { path: 'a.txt', text: 'one' });
    await assert.rejects(call('fs.read', { path: 'a.txt' }, { runId: 'run-2' }), { code: 'FILE_NOT_FOUND' });
    assert.deepEqual(await outputOf('fs.read', { path: 'a.txt' }), { path: 'a.txt', text: 'one' });
  });

  it('gives a call a key that depends on tenant, run and path alone', async () => {
    const first = (await call('own.probe', { does: 'context' })).output;
    const { key } = (first as { inline: { key: string } }).inline;
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.deepEqual(first, { inline: { key, effect: 'once', hosts: [server.host] } });
    assert.deepEqual((await call('own.probe', { does: 'context' })).output, first);
    for (const facts of [{ tenant: 'other' }, { runId: 'run-2' }, { path: 'step/2' }]) {
      const { output } = await call('own.probe', { does: 'context' }, facts);
      assert.notEqual((output as { inline: { key: string } }).inline.key, key);
    }
  });

  it('beats with the counters of the tool', async () => {
    environment = activityEnvironment({ heartbeatTimeoutMs: 40 });
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    const slow = defineTool({
      ...strict,
      name: 'own.slow',
      run: async (_, { heartbeat }) => {
        heartbeat({ done: 7 });
        while (beats.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        return { count: 1 };
      },
    });
    deps = { ...deps, tools: [slow] };
    await call('own.slow', { value: null });
    assert.deepEqual(beats[0], { done: 7 });
  });

  for (const { name, tool, input, code, message } of [
    {
      name: 'a tool that it lacks',
      tool: 'fs.reed',
      input: {},
      code: 'TOOL_UNKNOWN',
      message: /^Cannot call tool "fs.reed": this worker has http.request, .*, own.probe, own.strict$/,
    },
    {
      name: 'a missing field',
      tool: 'fs.read',
      input: {},
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "fs.read": "path": expected string, received undefined',
    },
    {
      name: 'a wrong type',
      tool: 'fs.read',
      input: { path: 7 },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "fs.read": "path": expected string, received number',
    },
    {
      name: 'an unknown key',
      tool: 'fs.read',
      input: { path: 'a', encoding: 'x' },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "fs.read": no such key as "encoding", allowed are "path"',
    },
    {
      name: 'no map at all',
      tool: 'fs.read',
      input: 'a',
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "fs.read": expected object, received string',
    },
    {
      name: 'a method in lower case',
      tool: 'http.request',
      input: { url: 'x', method: 'get' },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "http.request": "method": expected one of "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"',
    },
    {
      name: 'an injected header',
      tool: 'http.request',
      input: { url: 'x', headers: { a: 'b\r\nHost: evil' } },
      code: 'TOOL_INPUT_INVALID',
      message:
        'Cannot call tool "http.request": "headers.a": one line of Latin-1 text, a number, true, false or null is allowed',
    },
    {
      name: 'a header name with a line break',
      tool: 'http.request',
      input: { url: 'x', headers: { 'a\r\nb': 'c' } },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "http.request": "headers.a\\r\\nb": this is no name of a header',
    },
    {
      name: 'a wrong status in a list',
      tool: 'http.request',
      input: { url: 'x', allow_status: [404, 200] },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot call tool "http.request": "allow_status[1]": Too small: expected number to be >=400',
    },
    {
      name: 'a map in the query',
      tool: 'http.request',
      input: { url: 'x', query: { q: { a: 1 } } },
      code: 'TOOL_INPUT_INVALID',
      message:
        'Cannot call tool "http.request": "query.q": text, a number, true, false, null or a list of these is allowed',
    },
    {
      name: 'many faults at once',
      tool: 'http.request',
      input: { url: 1, method: 2, query: 3, headers: 4, allow_status: 5 },
      code: 'TOOL_INPUT_INVALID',
      message: /^(?:[^;]*; ){3}and 2 more$/,
    },
    {
      name: 'a failing expression',
      tool: 'fs.read',
      input: { path: '${{ [1][5] }}' },
      code: 'EXPRESSION_FAILED',
      message: /./,
    },
    {
      name: 'a secret that is not set',
      tool: 'fs.read',
      input: { path: '${{ secrets.NONE }}' },
      code: 'SECRET_MISSING',
      message: 'Cannot fill in the secret "NONE": set ORCHESTRATOR_SECRET_NONE where the worker runs',
    },
    {
      name: 'a secret named like a part of every object',
      tool: 'fs.read',
      input: { path: '${{ secrets.toString }}' },
      code: 'SECRET_MISSING',
      message: /"toString"/,
    },
    {
      name: 'a failing tool',
      tool: 'own.probe',
      input: { does: 'fail', value: 'x' },
      code: 'TOOL_FAILED',
      message: 'Cannot call tool "own.probe": Failed with x',
    },
    {
      name: 'a tool that throws no error',
      tool: 'own.probe',
      input: { does: 'throw', value: 'a text' },
      code: 'TOOL_FAILED',
      message: 'Cannot call tool "own.probe": a text',
    },
    {
      name: 'an output of the wrong shape',
      tool: 'own.strict',
      input: { value: { count: 'x' } },
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot use what tool "own.strict" gave: "count": expected number, received string',
    },
    {
      name: 'an output with more than was declared',
      tool: 'own.strict',
      input: { value: { count: 1, extra: 2 } },
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot use what tool "own.strict" gave: no such key as "extra", allowed are "count"',
    },
    {
      name: 'an output that is nested too deep',
      tool: 'own.probe',
      input: { does: 'nest', value: 202 },
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot use what tool "own.probe" gave: it is nested more than 200 deep',
    },
    {
      name: 'an output that would overflow a stack',
      tool: 'own.probe',
      input: { does: 'nest', value: 1_000_000 },
      code: 'TOOL_OUTPUT_INVALID',
      message: /nested more than 200 deep/,
    },
  ] as const) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(call(tool, input), { name: 'PipelineError', code, message });
    });
  }

  it('takes an output that is nested as deep as is allowed', async () => {
    await call('own.probe', { does: 'nest', value: 201 });
  });

  describe('secrets', () => {
    it('reach the server, and leave no trace in the output', async () => {
      const { headers, body } = (await outputOf('http.request', {
        url: `${server.url}/x`,
        query: { token: '${{ secrets.KEY }}' },
        headers: { 'x-key': 'Bearer ${{ secrets.KEY }}' },
      })) as { headers: Record<string, string>; body: { seen: Record<string, string> } };
      assert.equal(server.seen.at(-1)?.headers['x-key'], Buffer.from(`Bearer ${SECRET}`, 'latin1').toString('latin1'));
      assert.equal(headers['x-echo'], 'Bearer [secret]');
      assert.equal(body.seen['x-key'], 'Bearer [secret]');
      assert.equal(body.seen['url'], '/x?token=[secret]');
    });

    for (const { name, path } of [
      { name: 'plain', path: '/x' },
      { name: 'in what a refusing server says', path: '/refuse' },
    ]) {
      it(`are not in a value that is kept or thrown: ${name}`, async () => {
        const input = {
          url: server.url + path,
          method: 'POST',
          body: { a: '${{ secrets.KEY }}' },
          headers: { 'x-key': '${{ secrets.KEY }}' },
        };
        const given: unknown = await call('http.request', input).catch((error: unknown) => error);
        const shown = given instanceof Error ? given.message + String(given.stack) : JSON.stringify(given);
        assert.match(shown, /\[secret\]/);
        assert.ok(!shown.includes('hunter2'));
      });
    }

    it('are not in an error, which keeps its code and pause and loses its cause', async () => {
      const value = '${{ secrets.KEY }} and more';
      await assert.rejects(call('own.probe', { does: 'refuse', value }), (error: PipelineError) => {
        assert.deepEqual(
          [error.code, error.message, error.retryAfterMs, error.cause],
          ['TOOL_HTTP_UNAVAILABLE', 'Refused [secret] and more', 5, undefined],
        );
        return true;
      });
      await assert.rejects(call('own.probe', { does: 'fail', value }), {
        code: 'TOOL_FAILED',
        message: 'Cannot call tool "own.probe": Failed with [secret] and more',
        retryAfterMs: undefined,
      });
    });

    it('that were not used are not looked for', async () => {
      assert.equal(await outputOf('own.probe', { does: 'echo', value: SECRET }), SECRET);
    });
  });

  it('ends a call that is cancelled', async () => {
    const running = call('http.request', { url: `${server.url}/wait`, method: 'POST' });
    const before = server.seen.length;
    while (server.seen.length === before) await new Promise(setImmediate);
    environment.cancel();
    await assert.rejects(running, (error) => !(error instanceof PipelineError));
  });
});
