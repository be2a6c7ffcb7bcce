import assert from 'node:assert/strict';
import { z } from 'zod';
import { runTool } from '../../../activities/tools/run-tool.ts';
import { tools } from '../../../activities/tools/tools.ts';
import { effectOf } from '../../../src/pipeline/card.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import { GUARDED_TOOLS } from '../../../src/pipeline/tool-queue.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import type { Effect, Template } from '../../../src/pipeline/plan.ts';
import { toolContext } from './surroundings.ts';

const EFFECTS: readonly Effect[] = ['pure', 'reads', 'idempotent', 'once'];
const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => z.toJSONSchema(schema, { io }) as JsonObject;

describe('tools', () => {
  it('are those of the documentation, each once', () => {
    assert.deepEqual(
      tools.map(({ name }) => name),
      [
        'http.request',
        'web.fetch',
        'web.search',
        'browser.open',
        'fs.read',
        'fs.write',
        'fs.list',
        'pdf.read',
        'data.query',
        'code.javascript',
        'text.template',
        'sql.query',
        'shell.run',
        'code.python',
      ],
    );
  });

  for (const tool of tools) {
    describe(tool.name, () => {
      it('says what it is in one sentence or two', () => {
        assert.match(tool.name, /^[a-z]+\.[a-z]+$/);
        assert.match(tool.description, /^[A-Z][^\n]{20,160}\.$/);
      });

      it('has an effect and a time limit', () => {
        assert.ok(EFFECTS.includes(tool.effect));
        assert.ok(tool.timeoutMs >= 1000 && tool.timeoutMs <= 600_000);
        const { effectBy } = tool;
        if (effectBy === undefined) return;
        assert.ok(effectBy.field in (schemaOf(tool.input, 'input')['properties'] as JsonObject));
        for (const effect of [effectBy.absent, ...Object.values(effectBy.values)]) {
          assert.ok(EFFECTS.indexOf(effect) <= EFFECTS.indexOf(tool.effect), `${effect} is worse than ${tool.effect}`);
        }
      });

      it('has JSON Schemas of its input and output', () => {
        const input = schemaOf(tool.input, 'input');
        assert.equal(input['type'], 'object');
        assert.equal(input['additionalProperties'], false);
        compileJsonSchema(input);
        compileJsonSchema(schemaOf(tool.output, 'output'));
      });

      it('describes every field of its input whose name does not', () => {
        const described = Object.values(schemaOf(tool.input, 'input')['properties'] as JsonObject);
        assert.ok(described.some((field) => 'description' in (field as JsonObject)));
      });

      for (const input of [null, [], 'text', 7, { no_such_key: 1 }, {}]) {
        it(`refuses the input ${JSON.stringify(input)} before it runs`, async () => {
          await assert.rejects(runTool(tool, input, toolContext('', { settings: { allowedTools: GUARDED_TOOLS } })), {
            code: 'TOOL_INPUT_INVALID',
            message: new RegExp(`^Cannot call tool "${tool.name.replace('.', '\\.')}": `),
          });
        });
      }
    });
  }
});

describe('effectOf', () => {
  const http = tools.find(({ name }) => name === 'http.request') as (typeof tools)[number];
  const expression: Template = {
    kind: 'expression',
    expression: { source: 'inputs.m', code: null, reads: ['inputs.m'], needsHost: false },
  };

  for (const { name, input, effect } of [
    { name: 'a method that is absent', input: { kind: 'literal', value: { url: 'x' } }, effect: 'reads' },
    { name: 'GET', input: { kind: 'literal', value: { method: 'GET' } }, effect: 'reads' },
    { name: 'HEAD', input: { kind: 'literal', value: { method: 'HEAD' } }, effect: 'reads' },
    { name: 'PUT', input: { kind: 'literal', value: { method: 'PUT' } }, effect: 'idempotent' },
    { name: 'DELETE', input: { kind: 'literal', value: { method: 'DELETE' } }, effect: 'idempotent' },
    { name: 'POST', input: { kind: 'literal', value: { method: 'POST' } }, effect: 'once' },
    { name: 'PATCH', input: { kind: 'literal', value: { method: 'PATCH' } }, effect: 'once' },
    {
      name: 'a method named like a part of every object',
      input: { kind: 'literal', value: { method: 'constructor' } },
      effect: 'once',
    },
    { name: 'a method that is no text', input: { kind: 'literal', value: { method: 7 } }, effect: 'once' },
    {
      name: 'GET beside an expression',
      input: { kind: 'map', entries: { method: { kind: 'literal', value: 'GET' }, url: expression } },
      effect: 'reads',
    },
    {
      name: 'an absent method beside an expression',
      input: { kind: 'map', entries: { url: expression } },
      effect: 'reads',
    },
    { name: 'a method that is an expression', input: { kind: 'map', entries: { method: expression } }, effect: 'once' },
    { name: 'an input that is an expression', input: expression, effect: 'once' },
    { name: 'no input at all', input: { kind: 'literal', value: null }, effect: 'once' },
  ] as const) {
    it(`of http.request for ${name} is ${effect}`, () => assert.equal(effectOf(http, input), effect));
  }

  it('of a tool without such a field is that of the tool', () => {
    assert.equal(effectOf({ effect: 'pure' }, expression), 'pure');
  });
});
