import assert from 'node:assert/strict';
import { textTemplate } from '../../../activities/tools/text-template.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import { toolContext } from './surroundings.ts';

const fill = (template: string, data: JsonObject = {}) => textTemplate.run({ template, data }, toolContext(''));

describe('text.template', () => {
  for (const { template, data, text } of [
    { template: '', data: {}, text: '' },
    { template: 'Hello {{ name }}!', data: { name: '<Ann> & "Bo"' }, text: 'Hello <Ann> & "Bo"!' },
    {
      template: '{% for i in items %}{{ forloop.index }}. {{ i.n }}\n{% endfor %}',
      data: { items: [{ n: 'a' }, { n: 'b' }] },
      text: '1. a\n2. b\n',
    },
    { template: '{% if n > 1 %}many{% else %}few{% endif %}', data: { n: 2 }, text: 'many' },
    {
      template: '{{ map }} {{ list }} {{ none }}|{{ yes }}|{{ n }}',
      data: { map: { a: 1 }, list: [1, 'b'], none: null, yes: true, n: 1.5 },
      text: '{"a":1} [1,"b"] |true|1.5',
    },
    {
      template: '{% for pair in map %}{{ pair[0] }}={{ pair[1] }};{% endfor %}',
      data: { map: { a: 1, b: 2 } },
      text: 'a=1;b=2;',
    },
    { template: '{{ list | join: ", " | upcase }}', data: { list: ['a', 'b'] }, text: 'A, B' },
    { template: '{{ missing | default: "none" }}{% if missing %}x{% endif %}', data: {}, text: 'none' },
    { template: '{% raw %}{{ x }}{% endraw %}', data: {}, text: '{{ x }}' },
    { template: '{{ text }}', data: { text: '{{ secret }}{% raw %}', secret: 's' }, text: '{{ secret }}{% raw %}' },
    { template: '{{ list.size }}{{ list.first }}', data: { list: [7, 8] }, text: '27' },
  ]) {
    it(`fills in ${JSON.stringify(template)}`, async () => assert.equal(await fill(template, data), text));
  }

  for (const { template, data = {}, reason } of [
    { template: '{{ missing }}', reason: 'undefined variable: missing, line:1, col:4' },
    { template: 'a\n  {{ map.b.c }}', data: { map: {} }, reason: 'undefined variable: map.b, line:2, col:6' },
    { template: '{{ open', reason: 'output "{{ open" not closed, line:1, col:1' },
    { template: '{% if x %}', reason: 'tag {% if x %} not closed, line:1, col:1' },
    { template: '{% unknown %}', reason: 'tag "unknown" not found, line:1, col:1' },
    { template: '{{ "a" | shout }}', reason: 'undefined filter: shout, line:1, col:1' },
    { template: '{% include "/etc/passwd" %}', reason: 'tag "include" not found, line:1, col:1' },
    { template: '{% render "../../etc/passwd" %}', reason: 'tag "render" not found, line:1, col:1' },
    { template: '{% layout "/etc/passwd" %}', reason: 'tag "layout" not found, line:1, col:1' },
    { template: '{% block a %}{% endblock %}', reason: 'tag "block" not found, line:1, col:1' },
    { template: '{{ "now" | date: "%Y" }}', reason: 'undefined filter: date, line:1, col:1' },
    { template: '{{ "1,2" | split: "," | sample }}', reason: 'undefined filter: sample, line:1, col:1' },
    { template: '{{ constructor }}', reason: 'undefined variable: constructor, line:1, col:4' },
    {
      template: '{{ text.constructor.constructor }}',
      data: { text: 'x' },
      reason: 'undefined variable: text.constructor, line:1, col:4',
    },
    { template: '{{ map.__proto__ }}', data: { map: {} }, reason: 'undefined variable: map.__proto__, line:1, col:4' },
    { template: '{{ list.map }}', data: { list: [] }, reason: 'undefined variable: list.map, line:1, col:4' },
  ]) {
    it(`refuses ${JSON.stringify(template)}`, async () => {
      await assert.rejects(async () => fill(template, data), {
        code: 'TOOL_INPUT_INVALID',
        message: `Cannot fill in the template: ${reason}`,
      });
    });
  }

  for (const { name, template, data = {}, reason } of [
    {
      name: 'long loops',
      template: `${'{% for a in l %}'.repeat(6)}${'{% endfor %}'.repeat(6)}`,
      data: { l: Array.from({ length: 100 }, (_, at) => at) },
      reason: /template render limit exceeded/,
    },
    {
      name: 'huge ranges',
      template: '{% for i in (1..1000000000) %}{% endfor %}',
      reason: /memory alloc limit exceeded/,
    },
    {
      name: 'texts that double',
      template: `{% assign s = "0123456789" %}${'{% assign s = s | append: s %}'.repeat(40)}`,
      reason: /memory alloc limit exceeded/,
    },
    { name: 'deep nesting', template: '{% if a %}'.repeat(50_000), reason: /Maximum call stack size exceeded/ },
  ]) {
    it(`ends ${name} soon`, async () => {
      const started = performance.now();
      await assert.rejects(async () => fill(template, data), { code: 'TOOL_INPUT_INVALID', message: reason });
      assert.ok(performance.now() - started < 60_000);
    });
  }

  it('refuses a text of more than 10 Mi characters', async () => {
    const data = { chunk: 'x'.repeat(1024 * 1024) };
    assert.equal((await fill('{% for i in (1..10) %}{{ chunk }}{% endfor %}', data)).length, 10 * 1024 * 1024);
    await assert.rejects(async () => fill('{% for i in (1..11) %}{{ chunk }}{% endfor %}', data), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot fill in the template: the text has 11534336 characters, at most 10485760 are allowed',
    });
  });
});
