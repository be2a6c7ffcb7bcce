import assert from 'node:assert/strict';
import { parsePipeline } from '../../../src/pipeline/parse.ts';

const TEXT = `# A comment
name: x
vars:
  base: &base [one, two]
  copy: *base
steps:
  draft:
    model: [ollama/a, ollama/b]
    prompt: |
      Read this:

        \${{ inputs.a }}
      \${{ inputs.b }}
    system: "tab\\tand \\"quote\\" \\U0001F600\\u00e9\\ud83d\\ude00 here"
  folded:
    set: >-
      one
      two three
  single: { set: 'it''s here' }
  empty:
    set:
  plain:
    set: one
      two three
`;

const parsed = parsePipeline(TEXT, 'p.yaml');

/** The rest of the line where a position is. */
function at({ line, column }: { line: number; column: number }): string {
  return (TEXT.split('\n')[line - 1] as string).slice(column - 1);
}

describe('parsePipeline', () => {
  for (const { name, file, spec } of [
    { name: 'reads YAML', file: 'name: x\nsteps: { a: { set: 1 } }', spec: { name: 'x', steps: { a: { set: 1 } } } },
    {
      name: 'reads JSON',
      file: '{"name":"x","steps":{"a":{"set":[1,null]}}}',
      spec: { name: 'x', steps: { a: { set: [1, null] } } },
    },
    {
      name: 'reads JSON that is indented with tabs',
      file: '{\n\t"name": "x",\n\t"steps": {\n\t\t"a": { "set": true }\n\t}\n}\n',
      spec: { name: 'x', steps: { a: { set: true } } },
    },
    {
      name: 'reads a file with a byte order mark and Windows line ends',
      file: '\u{FEFF}name: x\r\nsteps:\r\n  a:\r\n    set: |\r\n      one\r\n      two\r\n',
      spec: { name: 'x', steps: { a: { set: 'one\ntwo\n' } } },
    },
    {
      name: 'reads a file that says its version and its start and end',
      file: '%YAML 1.2\n---\nname: x\nsteps: { a: { set: 1 } }\n...\n',
      spec: { name: 'x', steps: { a: { set: 1 } } },
    },
    {
      name: 'takes an alias for the value of its anchor, the latest of that name',
      file: 'name: x\nvars: { a: &v 1, b: *v, c: &v 2, d: *v }\nsteps: { a: { set: *v } }',
      spec: { name: 'x', vars: { a: 1, b: 1, c: 2, d: 2 }, steps: { a: { set: 2 } } },
    },
    {
      name: 'keeps words that older YAML takes for truth, and dates, as text',
      file: 'name: x\nsteps: { a: { set: [yes, no, on, 2026-01-01, 1_000, 0x1F, 1e3, ~, "1"] } }',
      spec: { name: 'x', steps: { a: { set: ['yes', 'no', 'on', '2026-01-01', '1_000', 31, 1000, null, '1'] } } },
    },
    {
      name: 'takes keys as they are written',
      file: 'name: x\nsteps: { a: { set: { 1: a, true: b, null: c, 1.0: d, ? e, "": f } } }',
      spec: { name: 'x', steps: { a: { set: { 1: 'a', true: 'b', null: 'c', '1.0': 'd', e: null, '': 'f' } } } },
    },
    {
      name: 'leaves keys that begin with x- to their author',
      file: 'name: x\nx-any: { "${{": 1 }\nmodels: { m: { use: ollama/m, x-why: cheap } }\nsteps: { a: { set: 1, x-note: "${{ 1 }}" } }',
      spec: {
        name: 'x',
        'x-any': { '${{': 1 },
        models: { m: { use: 'ollama/m', 'x-why': 'cheap' } },
        steps: { a: { set: 1, 'x-note': '${{ 1 }}' } },
      },
    },
    {
      name: 'takes $${{ for text anywhere',
      file: 'name: "x $${{ a }}"\nsteps: { a: { set: 1 } }',
      spec: { name: 'x $${{ a }}', steps: { a: { set: 1 } } },
    },
    {
      name: 'leaves a comment behind quoted text alone, whatever it holds',
      file: 'name: "x" # was ${{ a }}\n# ${{ b }}\nsteps: { a: { set: 1 } } # ${{ c }}',
      spec: { name: 'x', steps: { a: { set: 1 } } },
    },
  ]) {
    it(name, () => {
      assert.deepEqual(parsePipeline(file, 'p.yaml').spec, spec);
      assert.deepEqual(parsePipeline(new TextEncoder().encode(file), 'p.yaml').spec, spec);
    });
  }
});

describe('positionOf', () => {
  for (const { name, path, offset, found } of [
    { name: 'finds a value', path: ['name'], found: 'x' },
    { name: 'finds an item of a list', path: ['steps', 'draft', 'model', 1], found: 'ollama/b]' },
    { name: 'finds what an alias stands for', path: ['vars', 'copy', 1], found: 'two]' },
    { name: 'finds the alias itself', path: ['vars', 'copy'], found: '*base' },
    { name: 'finds a block text', path: ['steps', 'draft', 'prompt'], found: '|' },
    {
      name: 'finds a character of a block text',
      path: ['steps', 'draft', 'prompt'],
      offset: 14,
      found: '${{ inputs.a }}',
    },
    {
      name: 'finds a character behind empty lines',
      path: ['steps', 'draft', 'prompt'],
      offset: 30,
      found: '${{ inputs.b }}',
    },
    { name: 'finds a character behind escapes', path: ['steps', 'draft', 'system'], offset: 22, found: 'here"' },
    { name: 'finds a character of a folded text', path: ['steps', 'folded', 'set'], offset: 8, found: 'three' },
    { name: 'finds a character behind a doubled quote', path: ['steps', 'single', 'set'], offset: 5, found: "here' }" },
    {
      name: 'finds a character of an unquoted text over two lines',
      path: ['steps', 'plain', 'set'],
      offset: 8,
      found: 'three',
    },
    { name: 'ends with the text however far it is asked for', path: ['vars', 'base', 1], offset: 99, found: ']' },
    { name: 'finds the key of an empty value', path: ['steps', 'empty', 'set'], found: 'set:' },
    { name: 'finds the owner of what is not there', path: ['steps', 'draft', 'output', 'type'], found: '${owner}' },
    { name: 'finds the text of what is sought in it', path: ['name', 'inner'], found: 'x' },
    { name: 'finds the list of an item that is not there', path: ['vars', 'base', 7], found: '[one, two]' },
  ] as const) {
    it(name, () => {
      const position = parsed.positionOf(path, offset);
      if (found === '${owner}') assert.deepEqual(position, { file: 'p.yaml', line: 8, column: 5 });
      else assert.equal(at(position), found);
    });
  }

  it('begins with line 1 and column 1, and names the file', () => {
    const small = parsePipeline('name: x\nsteps: { a: { set: 1 } }', 'other.yaml');
    assert.deepEqual(small.keyPositionOf(['name']), { file: 'other.yaml', line: 1, column: 1 });
    assert.deepEqual(small.positionOf([]), { file: 'other.yaml', line: 1, column: 1 });
    assert.deepEqual(small.positionOf(['steps']), { file: 'other.yaml', line: 2, column: 8 });
  });
});

describe('keyPositionOf', () => {
  for (const { name, path, found } of [
    { name: 'finds a key', path: ['steps', 'folded'], found: 'folded:' },
    { name: 'finds an item of a list, which has no key', path: ['vars', 'base', 0], found: 'one, two]' },
    { name: 'finds the owner of what is not there', path: ['steps', 'folded', 'else'], found: 'folded:' },
  ] as const) {
    it(name, () => assert.equal(at(parsed.keyPositionOf(path)), found));
  }
});
