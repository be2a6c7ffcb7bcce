import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PipelineError } from '../../../src/errors.ts';
import { hostFunctions } from '../../../src/pipeline/expression-host.ts';
import type { Names, NameSchemas } from '../../../src/pipeline/expression/names.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Template } from '../../../src/pipeline/plan.ts';
import { compileTemplate, type TemplateProblem } from '../../../src/pipeline/template-compile.ts';
import { splitTemplate } from '../../../src/pipeline/template-split.ts';
import { needsHost, readsOf, renderTemplate, secretsOf } from '../../../src/pipeline/template.ts';

const SCHEMAS: NameSchemas = {
  'inputs.ticket': { type: 'string' },
  'inputs.parts': { type: 'array', items: { type: 'string' } },
  'inputs.any': true,
  'steps.draft.output': { type: 'string' },
};
const NAMES: Names = { schemas: SCHEMAS };

const VALUES: Readonly<Record<string, Json>> = {
  'inputs.ticket': 'broken',
  'inputs.parts': ['a', 'b'],
  'inputs.any': { n: 1, none: null },
  'steps.draft.output': 'Dear …',
};

const OPTIONS = { host: hostFunctions, secret: (name: string): string => `secret of ${name}` };

function compiled(value: Json): Template {
  const { template, problems } = compileTemplate(value, NAMES, { allowSecrets: true });
  assert.deepEqual(problems, []);
  return template;
}

describe('splitTemplate', () => {
  const rows: readonly (readonly [text: string, pieces: readonly string[]])[] = [
    ['', []],
    ['plain $ {{ }} $', ['0 plain $ {{ }} $']],
    ['${{ a }}', ['3= a ']],
    ['x ${{ a }} y', ['0 x ', '5= a ', '10  y']],
    ['${{a}}${{b}}', ['3=a', '9=b']],
    ['${{ {"a": {"b": 1}} }}', ['3= {"a": {"b": 1}} ']],
    ['${{ {"a": 1}}}', ['3= {"a": 1}']],
    ['${{ "}}" }} }}', ['3= "}}" ', '11  }}']],
    ["${{ '}}' + '\\'}}' }}", ["3= '}}' + '\\'}}' "]],
    ['${{ """ " }} """ }}', ['3= """ " }} """ ']],
    ['${{ """\n}}""" }}', ['3= """\n}}""" ']],
    ['${{ "" }}', ['3= "" ']],
    ['${{ r"\\" }}" }}', ['3= r"\\" }}" ']],
    ['$${{ a }}', ['0 ${{ a }}']],
    ['$${{ ${{ a }}', ['0 ${{ ', '8= a ']],
    ['$$${{ a }}', ['0 $${{ a }}']],
    ['x $${{', ['0 x ${{']],
    ['${{ a } }}', ['3= a } ']],
    ['${{ a', ['0!"${{" is not closed: "}}" is missing']],
    ['x ${{ {"a": 1 }}', ['0 x ', '2!"${{" is not closed: "}}" is missing']],
    ['${{ "a }}', ['4!a quote (") inside "${{" is not closed']],
    ["${{ it's }} and ${{ more }}", ['6!a quote (\') inside "${{" is not closed']],
    ['${{ "a\n" }}', ['4!a quote (") inside "${{" is not closed']],
  ];

  for (const [text, expected] of rows) {
    it(`cuts ${JSON.stringify(text)} into ${expected.length}`, () => {
      const pieces = splitTemplate(text).map((piece) => {
        if (piece.kind === 'text') return `${piece.offset} ${piece.text}`;
        return piece.kind === 'broken' ? `${piece.offset}!${piece.message}` : `${piece.offset}=${piece.source}`;
      });
      assert.deepEqual(pieces, expected);
    });
  }

  it('gives back every text that it is given, in pieces', () => {
    const texts = fc
      .array(fc.constantFrom('$', '{', '}', '{{', '}}', '${{', '$${{', '"', "'", 'a', ' ', '\\', '\n', '"""'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        const pieces = splitTemplate(text);
        for (const piece of pieces) {
          if (piece.kind === 'expression')
            assert.equal(text.slice(piece.offset - 3, piece.offset + piece.source.length + 2), `\${{${piece.source}}}`);
          else assert.ok(piece.offset <= text.length);
        }
        assert.ok(pieces.slice(0, -1).every(({ kind }) => kind !== 'broken'));
        const whole = pieces
          .map((piece) =>
            piece.kind === 'text'
              ? piece.text.replaceAll('${{', () => '$${{')
              : piece.kind === 'expression'
                ? `\${{${piece.source}}}`
                : '',
          )
          .join('');
        if (pieces.at(-1)?.kind !== 'broken') assert.equal(whole, text);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('renderTemplate', () => {
  const rows: readonly (readonly [name: string, value: Json, expected: Json])[] = [
    ['keeps what has no expression', { a: [1, null, true, 'x'] }, { a: [1, null, true, 'x'] }],
    ['keeps the type of a value that is only an expression', '${{ inputs.parts }}', ['a', 'b']],
    ['keeps the type with white space inside', '${{\n  inputs.any.n\n}}', 1],
    ['makes text of a value beside text', 'n is ${{ inputs.any.n }}', 'n is 1'],
    ['makes text when white space stands outside', ' ${{ inputs.any.n }}', ' 1'],
    [
      'writes lists and maps as JSON inside text',
      '${{ inputs.parts }}, ${{ inputs.any }}',
      '["a","b"], {"n":1,"none":null}',
    ],
    ['writes nothing for null inside text', '[${{ inputs.any.none }}]', '[]'],
    ['keeps null that stands alone', '${{ inputs.any.none }}', null],
    ['fills in lists and maps at any depth', { a: [{ b: '${{ inputs.ticket }}' }, 2] }, { a: [{ b: 'broken' }, 2] }],
    ['leaves an escaped expression', 'say $${{ inputs.ticket }}', 'say ${{ inputs.ticket }}'],
    ['does not read values again', '${{ "$" + "{{ inputs.ticket }}" }}', '${{ inputs.ticket }}'],
    ['fills in a secret that stands alone', '${{ secrets.TOKEN }}', 'secret of TOKEN'],
    ['fills in a secret inside text', 'Bearer ${{ secrets.TOKEN }}!', 'Bearer secret of TOKEN!'],
    ['uses RE2 where it is at hand', '${{ inputs.ticket.matches("^b") }}', true],
    ['keeps an empty text', '', ''],
  ];

  for (const [name, value, expected] of rows) {
    it(name, () => assert.deepEqual(renderTemplate(compiled(value), VALUES, OPTIONS), expected));
  }

  it('defines fields and never assigns them', () => {
    const value = JSON.parse('{"__proto__": "${{ inputs.ticket }}", "constructor": 1}') as Json;
    const result = renderTemplate(compiled(value), VALUES);
    assert.equal(JSON.stringify(result), '{"__proto__":"broken","constructor":1}');
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
  });

  it('refuses a secret where none can be at hand', () => {
    assert.throws(() => renderTemplate(compiled('${{ secrets.TOKEN }}'), VALUES), {
      code: 'INTERNAL',
      message: 'Cannot fill in the secret "TOKEN" outside of an activity',
    });
  });

  it('says which expression failed', () => {
    assert.throws(() => renderTemplate(compiled('x ${{ inputs.any.nope }}'), VALUES), {
      code: 'EXPRESSION_FAILED',
      message: 'Cannot evaluate "inputs.any.nope": there is no field "nope"',
    });
  });

  it('throws nothing but our errors, whatever the text and the values', () => {
    const parts = fc.constantFrom(
      '${{ inputs.any }}',
      '${{ inputs.any.n + 1 }}',
      '${{ inputs.any[0] }}',
      ' and ',
      '$${{',
      '${{ json(inputs.any) }}',
      '${{ inputs.any.map(v, v) }}',
      '}}',
    );
    const texts = fc.array(parts, { maxLength: 4 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(texts, fc.array(texts), fc.dictionary(fc.string(), texts)), fc.jsonValue(), (value, any) => {
        const { template } = compileTemplate(value, NAMES, { allowSecrets: false });
        try {
          const result = renderTemplate(template, { ...VALUES, 'inputs.any': any as Json });
          assert.doesNotThrow(() => JSON.stringify(result));
        } catch (error) {
          assert.ok(error instanceof PipelineError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a template needs', () => {
  const template = compiled({
    a: '${{ inputs.parts }}',
    b: ['${{ inputs.ticket }} ${{ inputs.ticket.matches("x") }} ${{ secrets.B }}', '${{ secrets.A }}'],
    c: 'text',
  });

  it('lists the paths that it reads', () => assert.deepEqual(readsOf(template), ['inputs.parts', 'inputs.ticket']));
  it('lists its secrets', () => assert.deepEqual(secretsOf(template), ['A', 'B']));
  it('says whether a workflow can fill it in', () => {
    assert.equal(needsHost(template), true);
    assert.equal(needsHost(compiled('${{ inputs.parts }}')), false);
  });
});

describe('compileTemplate', () => {
  it('collapses what has no expression to one literal', () => {
    assert.deepEqual(compiled({ a: [1, { b: 'x' }], c: [] }), {
      kind: 'literal',
      value: { a: [1, { b: 'x' }], c: [] },
    });
  });

  it('keeps literals beside expressions', () => {
    assert.deepEqual(compiled(['x', 1, '${{ 1 }}']), {
      kind: 'list',
      items: [
        { kind: 'literal', value: 'x' },
        { kind: 'literal', value: 1 },
        { kind: 'expression', expression: { source: ' 1 ', code: 1, reads: [], needsHost: false } },
      ],
    });
  });

  const problems: readonly (readonly [name: string, value: Json, problems: readonly TemplateProblem[]])[] = [
    [
      'an unknown name',
      { text: ['ok', 'Hi ${{ inputs.tikcet }}'] },
      [
        {
          path: ['text', 1],
          offset: 7,
          code: 'REFERENCE_UNKNOWN',
          message: 'there is no "inputs.tikcet": did you mean "inputs.ticket"?',
        },
      ],
    ],
    [
      'several faults of one text',
      '${{ 1 + }} ${{ nope }} ${{',
      [
        { path: [], offset: 8, code: 'EXPRESSION_SYNTAX', message: 'the expression ends too early' },
        { path: [], offset: 15, code: 'REFERENCE_UNKNOWN', message: 'there is no "nope": there are "inputs", "steps"' },
        { path: [], offset: 23, code: 'EXPRESSION_SYNTAX', message: '"${{" is not closed: "}}" is missing' },
      ],
    ],
    [
      'an empty expression',
      '${{ }}',
      [{ path: [], offset: 3, code: 'EXPRESSION_SYNTAX', message: 'the expression is empty' }],
    ],
    [
      'a secret inside an expression',
      { header: '${{ "Bearer " + secrets.TOKEN }}' },
      [
        {
          path: ['header'],
          offset: 16,
          code: 'SECRET_MISPLACED',
          message: 'a secret cannot be part of an expression: "${{ secrets.TOKEN }}" stands by itself in the text',
        },
      ],
    ],
    [
      'an expression without its dollar sign',
      'Hi {{ inputs.ticket }} and {{steps.draft.output}}',
      [
        {
          path: [],
          offset: 3,
          code: 'EXPRESSION_MISPLACED',
          message: '"{{ inputs.ticket }}" is only text without a "$": say "${{ inputs.ticket }}"',
        },
        {
          path: [],
          offset: 27,
          code: 'EXPRESSION_MISPLACED',
          message: '"{{steps.draft.output}}" is only text without a "$": say "${{ steps.draft.output }}"',
        },
      ],
    ],
    [
      'an expression as a key',
      { a: { '${{ inputs.ticket }}': 1 } },
      [
        {
          path: ['a', '${{ inputs.ticket }}'],
          offset: 0,
          code: 'EXPRESSION_MISPLACED',
          message: 'a key cannot hold an expression, only a value can',
        },
      ],
    ],
  ];

  for (const [name, value, expected] of problems) {
    it(`reports ${name}`, () =>
      assert.deepEqual(compileTemplate(value, NAMES, { allowSecrets: true }).problems, expected));
  }

  it('reports a secret where none may stand', () => {
    assert.deepEqual(compileTemplate('use ${{ secrets.TOKEN }}', NAMES, { allowSecrets: false }).problems, [
      {
        path: [],
        offset: 7,
        code: 'SECRET_MISPLACED',
        message: 'the secret "TOKEN" cannot stand here: only what is given to a tool may hold secrets',
      },
    ]);
  });

  for (const text of [
    '{{ name }}',
    '{{ other.thing }}',
    '{{#if inputs.x}}',
    'a {{ b',
    '$${{ inputs.ticket }}',
    '{ { inputs.ticket } }',
  ]) {
    it(`leaves ${text} alone`, () =>
      assert.deepEqual(compileTemplate(text, NAMES, { allowSecrets: false }).problems, []));
  }

  const schemas: readonly (readonly [value: Json, schema: Json])[] = [
    ['text', { type: 'string' }],
    [1, { type: 'integer' }],
    [1.5, { type: 'number' }],
    [null, { type: 'null' }],
    [[1, 2], { type: 'array', items: { type: 'integer' } }],
    [[1, 'a'], { type: 'array' }],
    [[], { type: 'array' }],
    ['${{ inputs.parts }}', { type: 'array', items: { type: 'string' } }],
    ['x ${{ inputs.parts }}', { type: 'string' }],
    ['${{ secrets.A }}', { type: 'string' }],
    [
      { a: 1, b: '${{ inputs.any }}' },
      { type: 'object', properties: { a: { type: 'integer' }, b: true }, additionalProperties: false },
    ],
  ];

  for (const [value, schema] of schemas) {
    it(`says that ${JSON.stringify(value)} gives ${JSON.stringify(schema)}`, () => {
      assert.deepEqual(compileTemplate(value, NAMES, { allowSecrets: true }).schema, schema);
    });
  }
});
