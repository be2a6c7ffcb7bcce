import assert from 'node:assert/strict';
import { queryData } from '../../../activities/threads/query-data.ts';
import { runInThread } from '../../../activities/threads/run-in-thread.ts';
import { runJavascript } from '../../../activities/threads/run-javascript.ts';
import { replyTo } from '../../../activities/threads/works.ts';
import { codeJavascript } from '../../../activities/tools/code-javascript.ts';
import { dataQuery } from '../../../activities/tools/data-query.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { toolContext } from './surroundings.ts';

const DATA = {
  orders: [
    { id: 1, price: 10, tag: 'a' },
    { id: 2, price: 5, tag: 'b' },
  ],
  text: 'x',
};

describe('data.query', () => {
  for (const { expression, value } of [
    { expression: '$sum(orders.price)', value: 15 },
    { expression: 'orders[price > 6].id', value: 1 },
    { expression: 'orders.id', value: [1, 2] },
    { expression: 'orders{tag: price}', value: { a: 10, b: 5 } },
    { expression: 'orders^(price).{"n": id}', value: [{ n: 2 }, { n: 1 }] },
    { expression: 'nothing', value: null },
    { expression: '$', value: DATA },
    { expression: '$fromMillis(0)', value: '1970-01-01T00:00:00.000Z' },
    { expression: 'text.constructor.constructor("return process")()', value: null },
    { expression: '__proto__', value: null },
    { expression: '$lookup($, "constructor")', value: null },
    { expression: '$sum.implementation', value: null },
  ] satisfies { expression: string; value: Json }[]) {
    it(`gives the value of ${expression}`, async () => {
      assert.deepEqual(await queryData({ data: DATA, expression }), value);
    });
  }

  for (const { expression, reason } of [
    { expression: '1 +', reason: 'Unexpected end of expression (character 3)' },
    { expression: '$foo()', reason: 'Attempted to invoke a non-function (character 5)' },
    {
      expression: '$now()',
      reason: '$now is not there, since the same input must give the same value (character 5)',
    },
    {
      expression: '$eval("$random()")',
      reason:
        'Dynamic error evaluating the expression passed to function eval: "$random is not there, since the same input must give the same value" (character 6)',
    },
    {
      expression: '($f := function($n){ $n + $f($n + 1) }; $f(1))',
      reason:
        'Stack overflow. Check for non-terminating recursive function. Consider rewriting as tail-recursive (character 29)',
    },
    {
      expression: '$map([1..1500000], function($i){$i})',
      reason: 'The maximum sequence length of 1500000 was exceeded (character 9)',
    },
    { expression: '$pad("a", 1e9)', reason: 'Invalid string length (character 5)' },
    // Of some errors JSONata does not say where they are.
    {
      expression: '"\\uD800" ~> $encodeUrl',
      reason: 'Malformed URL passed to $encodeUrl(): "\\ud800"',
    },
  ]) {
    it(`refuses ${expression}`, async () => {
      await assert.rejects(queryData({ data: DATA, expression }), {
        code: 'TOOL_INPUT_INVALID',
        message: `Cannot evaluate the expression: ${reason}`,
      });
    });
  }

  for (const { expression, reason } of [
    { expression: '$sum', reason: 'it holds a function, which is no data' },
    { expression: '/a/', reason: 'it holds a function, which is no data' },
    { expression: '"a" ~> /a/', reason: 'it holds a function, which is no data' },
    { expression: '{"f": function($x){$x}}', reason: 'it holds a function, which is no data' },
    { expression: '1 / 0', reason: 'it holds Infinity, which is no data' },
    {
      expression: '$pad("", 10485761)',
      reason: 'it has 10485763 characters as JSON, at most 10485760 are allowed',
    },
  ]) {
    it(`refuses the value of ${expression}`, async () => {
      await assert.rejects(queryData({ data: DATA, expression }), {
        code: 'TOOL_OUTPUT_INVALID',
        message: `Cannot use the value of the expression: ${reason}`,
      });
    });
  }

  it('stops expressions that never end while the worker goes on', async () => {
    let beats = 0;
    const timer = setInterval(() => (beats += 1), 100);
    const endless = ['$match($pad("", 40, "a") & "b", /^(a+)+$/)', '($f := function($n){ $f($n + 1) }; $f(1))'];
    await Promise.all(
      endless.map((expression) =>
        assert.rejects(dataQuery.run({ data: null, expression }, toolContext('')), {
          code: 'TOOL_INPUT_INVALID',
          message: 'Cannot evaluate the expression: it takes longer than 5s',
        }),
      ),
    );
    clearInterval(timer);
    assert.ok(beats > 20, `${beats} beats`);
  });
});

const run = (code: string, input: Json = null) => runJavascript({ input, code });

describe('code.javascript', () => {
  for (const { code, input = null, value } of [
    { code: 'return input.a + 1', input: { a: 1 }, value: 2 },
    { code: 'const x = 1;', value: null },
    { code: 'return await Promise.resolve([1, "ü"])', value: [1, 'ü'] },
    { code: 'return new Date("2020-02-30T00:00:00Z") > new Date(0)', value: true },
    { code: 'return [new Date(0), Date.UTC(1970, 0, 2)]', value: ['1970-01-01T00:00:00.000Z', 86_400_000] },
    {
      code: 'return ["process", "require", "fetch", "console", "setTimeout", "WebAssembly", "Deno"].filter((name) => name in globalThis)',
      value: [],
    },
    { code: 'JSON.stringify = () => "7"; Promise.prototype.then = () => 5; return 1', value: 1 },
    {
      code: 'return "__proto__" in {} && JSON.parse(\'{"__proto__": 1}\')',
      value: JSON.parse('{"__proto__": 1}') as Json,
    },
  ] satisfies { code: string; input?: Json; value: Json }[]) {
    it(`gives what ${code} returns`, async () => assert.deepEqual(await run(code, input), value));
  }

  for (const { code, reason } of [
    { code: 'x.y', reason: "ReferenceError: 'x' is not defined (line 1)" },
    { code: '\n\nthrow new TypeError("a\\n b")', reason: 'TypeError: a b (line 3)' },
    { code: 'return 1 +', reason: "SyntaxError: unexpected token in expression: '}' (line 1)" },
    { code: 'throw "x"', reason: 'it threw "x"' },
    { code: 'throw null', reason: 'it threw "null"' },
    { code: 'throw { a: 1 }', reason: 'it threw "{\\"a\\":1}"' },
    { code: 'await new Promise(() => {})', reason: 'it waits for what never comes' },
    { code: 'return 1n', reason: 'TypeError: Do not know how to serialize a BigInt' },
    { code: 'const o = {}; o.o = o; return o', reason: 'TypeError: circular reference' },
    { code: 'return import("node:fs")', reason: "ReferenceError: could not load module 'node:fs'" },
    {
      code: 'return Math.random()',
      reason: 'TypeError: Math.random is not there, since the same input must give the same value (line 1)',
    },
    ...['Date.now()', 'new Date()', 'Date()', 'new (new Date(0)).constructor()'].map((clock) => ({
      code: clock,
      reason: 'TypeError: The clock is not there, since the same input must give the same value (line 1)',
    })),
    { code: 'const f = () => f(); f()', reason: 'InternalError: stack overflow (line 1)' },
    { code: 'new ArrayBuffer(1e9)', reason: 'it needs more than 64 MiB of memory' },
    { code: 'let s = "x"; for (;;) s += s', reason: /^(InternalError: string too long|it needs more)/ },
    { code: 'try { for (;;); } catch { return 1 }', reason: 'it takes longer than 3s' },
    {
      code: 'const deep = "[".repeat(5e5) + "]".repeat(5e5); return JSON.parse(deep)',
      reason: 'RangeError: Maximum call stack size exceeded',
    },
  ]) {
    it(`refuses ${JSON.stringify(code)}`, async () => {
      const message =
        typeof reason === 'string'
          ? `Cannot run the code: ${reason}`
          : new RegExp(`^Cannot run the code: ${reason.source.slice(1)}`);
      await assert.rejects(run(code), { code: 'TOOL_INPUT_INVALID', message });
    });
  }

  it('refuses a value of more than 10 Mi characters', async () => {
    await assert.rejects(run('return "x".repeat(10485760)'), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot use the value of the code: it has 10485762 characters as JSON, at most 10485760 are allowed',
    });
  });

  for (const { code, message } of [
    { code: 'for (;;) await null', message: 'it takes longer than 3s' },
    {
      code: 'let d = 0; for (let i = 0; i < 1e6; i += 1) d = [d]; return d',
      message: /(stack|takes longer|needs more)/,
    },
    { code: 'return /^(a+)+$/.test("a".repeat(50) + "b")', message: 'it takes longer than 3s' },
  ]) {
    it(`is ended from outside at ${code}`, async () => {
      await assert.rejects(codeJavascript.run({ input: null, code }, toolContext('')), {
        code: 'TOOL_INPUT_INVALID',
        message: typeof message === 'string' ? `Cannot run the code: ${message}` : message,
      });
    });
  }

  it('is ended from outside when it is given more than its thread can hold', async () => {
    const input = 'x'.repeat(100 * 1024 * 1024);
    await assert.rejects(codeJavascript.run({ input, code: 'return input' }, toolContext('')), {
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot run the code: it needs more than 256 MiB of memory',
    });
  });

  it('reads dates in one zone, whatever that of the machine is', async () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      const code = 'return new Date(2020, 0, 1)';
      assert.equal(await codeJavascript.run({ input: null, code }, toolContext('')), '2020-01-01T00:00:00.000Z');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

const limits = (facts: object = {}) => ({
  signal: new AbortController().signal,
  timeMs: 10_000,
  memoryMib: 256,
  refuse: (reason: string) => new PipelineError('TOOL_FAILED', reason),
  ...facts,
});

describe('runInThread', () => {
  const endless = { input: null, code: 'for (;;);' };

  it('ends when it is cancelled, and leaves its place to others', async () => {
    const work = Array.from({ length: 6 }, () =>
      runInThread('runJavascript', endless, limits({ signal: AbortSignal.timeout(300) })),
    );
    const results = await Promise.allSettled(work);
    assert.deepEqual(
      results.map(({ status }) => status),
      Array.from({ length: 6 }, () => 'rejected'),
    );
    assert.equal(await runInThread('runJavascript', { input: 1, code: 'return input' }, limits()), 1);
  });

  it('lets those wait who come when all places are taken', async () => {
    const work = Array.from({ length: 5 }, (_, input) =>
      runInThread('queryData', { data: input, expression: '$' }, limits()),
    );
    assert.deepEqual(await Promise.all(work), [0, 1, 2, 3, 4]);
  });

  it('does not begin for who is cancelled already', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await assert.rejects(runInThread('runJavascript', endless, limits({ signal })), { message: 'cancelled' });
  });

  it('hands on what breaks in the thread', async () => {
    await assert.rejects(runInThread('runJavascript', null as never, limits()), { name: 'TypeError' });
  });

  it('says that the heap is full', async () => {
    const expression = '($s := function($a){ $s($append($a, [1..1000])) }; $s([]))';
    await assert.rejects(runInThread('queryData', { data: null, expression }, limits({ memoryMib: 16 })), {
      code: 'TOOL_FAILED',
      message: 'it needs more than 16 MiB of memory',
    });
  });

  it('knows nothing of the environment', async () => {
    process.env['ORCHESTRATOR_SECRET_PROBE'] = 'hunter2';
    const expression = '$$.constructor.constructor("return process.env")()';
    assert.equal(await runInThread('queryData', { data: 'x', expression }, limits()), null);
    delete process.env['ORCHESTRATOR_SECRET_PROBE'];
  });
});

const reply = (name: string, input: unknown) => replyTo({ name, input } as unknown as Parameters<typeof replyTo>[0]);

describe('replyTo', () => {
  for (const { name, input, output } of [
    { name: 'queryData', input: { data: { a: 1 }, expression: 'a' }, output: 1 },
    { name: 'runJavascript', input: { input: 2, code: 'return input * 2' }, output: 4 },
    {
      name: 'readPage',
      input: { html: '<title>T</title><p>x', url: 'https://example.com/' },
      output: { title: 'T', markdown: 'x' },
    },
  ]) {
    it(`gives what ${name} gives`, async () => {
      assert.deepEqual(await reply(name, input), { isDone: true, output });
    });
  }

  it('says how work has failed', async () => {
    assert.deepEqual(await reply('queryData', { data: null, expression: '1 +' }), {
      isDone: false,
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot evaluate the expression: Unexpected end of expression (character 3)',
    });
  });

  it('lets what is broken go on as it is', async () => {
    await assert.rejects(reply('readPdf', null), TypeError);
  });
});
