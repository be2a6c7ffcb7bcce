import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Finding, PipelineError } from '../../../src/errors.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { parsePipeline } from '../../../src/pipeline/parse.ts';
import { badPipelines } from './bad-pipelines.ts';
import { cards } from './cards.ts';

/** The error that refuses a pipeline; nothing else may be thrown. */
function refusalOf(bytes: Uint8Array | string): PipelineError {
  try {
    makePlan(parsePipeline(bytes, 'p.yaml'), cards);
  } catch (error) {
    if (error instanceof PipelineError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'the pipeline was accepted' });
}

function shown({ severity, position, code, message }: Finding): string {
  return `${position?.line}:${position?.column} ${severity === 'warning' ? '(warning) ' : ''}${code} ${message}`;
}

function findingsOf(bytes: Uint8Array | string): readonly string[] {
  return refusalOf(bytes).findings.map(shown);
}

describe('a broken pipeline is refused', () => {
  for (const { name, text, findings } of badPipelines()) {
    it(name, () => assert.deepEqual(findingsOf(text), findings));
  }

  it('with one error that names the file, counts the errors and quotes the first', () => {
    const { code, message } = refusalOf('name: x\nsteps:\n  a: { sett: 1 }\n  b: { sett: 1 }\n');
    const first = 'Cannot read key "sett" of step "a": no such key: did you mean "set"?';
    assert.equal(code, 'PIPELINE_INVALID');
    assert.equal(message, `Cannot use pipeline "p.yaml": it has 2 errors, the first is: ${first} (line 3, column 8)`);
  });

  it('and no finding holds a stack trace, a place in our code or a second line', () => {
    const findings = badPipelines().flatMap(({ text }) => refusalOf(text).findings);
    for (const { message } of findings) assert.doesNotMatch(message, /\n|node_modules|\bat .*\.[tj]s\b|undefined/);
  });
});

const utf8 = new TextEncoder();
const HEAD = 'name: x\nsteps:\n';

/** `a: &a [x, x, …]`, then `b: &b [*a, *a, …]` and so on: every line is nine times as large as the one before. */
function laughs(levels: number): string {
  const names = Array.from({ length: levels }, (_, level) => `l${level}`);
  const lines = names.map(
    (name, level) => `  ${name}: &${name} [${`${level === 0 ? 'x' : `*l${level - 1}`}, `.repeat(9)}]\n`,
  );
  return `name: x\nvars:\n${lines.join('')}steps:\n  a: { set: 1 }\n`;
}

describe('a hostile pipeline is refused', () => {
  for (const { name, bytes, finding } of [
    {
      name: 'a file of 10 MB',
      bytes: 'x'.repeat(10_000_000),
      finding: '1:1 YAML_LIMIT Cannot read the file: it is 10000000 bytes long, at most 1048576 are allowed',
    },
    {
      name: 'a file one byte too long, in bytes rather than characters',
      bytes: `# ${'ü'.repeat(524_287)}x`,
      finding: '1:1 YAML_LIMIT Cannot read the file: it is 1048577 bytes long, at most 1048576 are allowed',
    },
    {
      name: 'billion laughs',
      bytes: laughs(9),
      finding: '1:1 YAML_LIMIT Cannot read the file: its aliases stand for more than 50000 values',
    },
    {
      name: 'lists in lists',
      bytes: `${HEAD}  a: { set: ${'['.repeat(100_000)}`,
      finding: '3:112 YAML_LIMIT Cannot read the file: its values are nested more than 100 deep',
    },
    {
      name: 'lists in lists on one line, without brackets',
      bytes: `${'- '.repeat(400_000)}\nx: 1\n`,
      finding: '1:204 YAML_LIMIT Cannot read the file: its values are nested more than 100 deep',
    },
    {
      name: 'maps in maps',
      bytes: `${HEAD}  a:\n    set:\n${Array.from({ length: 106 }, (_, depth) => `${' '.repeat(6 + depth)}k:\n`).join('')}`,
      finding: '103:106 YAML_LIMIT Cannot read the file: its values are nested more than 100 deep',
    },
    {
      name: 'deep values through aliases',
      bytes: `name: x\nvars:\n  a: &a ${'['.repeat(60)}1${']'.repeat(60)}\n  b: ${'['.repeat(60)}*a${']'.repeat(60)}\n${HEAD.slice(8)}  a: { set: 1 }\n`,
      finding: '1:1 YAML_LIMIT Cannot read the file: its values are nested more than 100 deep',
    },
    {
      name: 'nothing but commas',
      bytes: `[${','.repeat(1_000_000)}]`,
      finding: '1:400000 YAML_LIMIT Cannot read the file: it has more than 400000 parts',
    },
    {
      name: 'nothing but documents',
      bytes: '---\n'.repeat(100_000),
      finding: '2:1 YAML_UNSUPPORTED Cannot read a second document: a file holds one pipeline',
    },
    {
      name: 'UTF-16, little end first',
      bytes: Uint8Array.of(0xff, 0xfe, 0x61, 0x00),
      finding: '1:1 FILE_ENCODING Cannot read the file: it is UTF-16, only UTF-8 is allowed',
    },
    {
      name: 'UTF-16, big end first',
      bytes: Uint8Array.of(0xfe, 0xff, 0x00, 0x61),
      finding: '1:1 FILE_ENCODING Cannot read the file: it is UTF-16, only UTF-8 is allowed',
    },
    {
      name: 'UTF-16 without a mark',
      bytes: Uint8Array.of(0x6e, 0x00, 0x61, 0x00),
      finding: '1:2 FILE_ENCODING Cannot read the file: it holds the character U+0000, only printable text is allowed',
    },
    {
      name: 'Latin-1',
      bytes: Uint8Array.of(...utf8.encode('name: x\ndescription: caf'), 0xe9, 0x0a),
      finding: '2:17 FILE_ENCODING Cannot read the file: its bytes here are not UTF-8, only UTF-8 is allowed',
    },
    {
      name: 'UTF-8 that is cut off',
      bytes: utf8.encode('name: é').slice(0, -1),
      finding: '1:7 FILE_ENCODING Cannot read the file: its bytes here are not UTF-8, only UTF-8 is allowed',
    },
    {
      name: 'a control character',
      bytes: 'name: a\u001bb\n',
      finding: '1:8 FILE_ENCODING Cannot read the file: it holds the character U+001B, only printable text is allowed',
    },
    {
      name: 'half a character',
      bytes: 'name: \ud83d\n',
      finding: '1:7 FILE_ENCODING Cannot read the file: it holds the character U+D83D, only printable text is allowed',
    },
    {
      name: 'a key that is too long to be one',
      bytes: `${'k'.repeat(2000)}: 1\n`,
      finding: `1:1 YAML_SYNTAX Cannot read the key "${'k'.repeat(40)}": it is longer than 1024 characters`,
    },
  ]) {
    it(name, () => assert.deepEqual(findingsOf(bytes), [finding]));
  }

  it('a plan that is too long', () => {
    const steps = Array.from({ length: 6000 }, (_, index) => `  s${index}: { set: "\${{ run.id }}" }\n`).join('');
    const [finding = ''] = findingsOf(HEAD + steps);
    assert.match(
      finding,
      /^1:1 PLAN_TOO_LARGE Cannot plan the pipeline: its plan is \d+ bytes long, at most 1048576 are allowed$/,
    );
  });

  it('thousands of mistakes, of which the first hundred are told', () => {
    const steps = Array.from(
      { length: 1000 },
      (_, index) => `  s${index}: { set: "\${{ steps.t${index}.output }}" }\n`,
    );
    const { findings, message } = refusalOf(HEAD + steps.join(''));
    assert.equal(findings.length, 100);
    assert.match(message, /^Cannot use pipeline "p.yaml": it has 101 errors, the first is: /);
  });

  it('thousands of unknown keys, of which the first hundred are told', () => {
    const { findings } = refusalOf(`name: x\n${Array.from({ length: 5000 }, (_, index) => `k${index}: 1\n`).join('')}`);
    assert.equal(findings.length, 100);
  });
});

describe('parsePipeline', () => {
  const pieces = fc.constantFrom(
    ...`name: x|steps:|  a:|    set:|- |? |: |{|}|[|]|,|"|'|>|&a|*a|!t|#|\n|\n  |\n    | |\t|\${{|}}|{{|inputs.x`.split(
      '|',
    ),
    ...`<<|__proto__|---|...|%YAML|é|\\|1|null|~|@`.split('|'),
    '|',
  );

  it('throws nothing but its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(refusalOf(bytes).code, 'PIPELINE_INVALID');
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing but its own error, whatever the YAML', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const text = parts.join('');
        const { findings } = refusalOf(text);
        const lines = text.split('\n').length;
        assert.ok(findings.length > 0);
        for (const { position } of findings) {
          assert.ok(position !== undefined && position.line >= 1 && position.line <= lines && position.column >= 1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const repeats = [
    '[',
    '{',
    '- ',
    '? ',
    ': ',
    '"',
    "'",
    '|\n',
    '> ',
    '&a ',
    '*a ',
    '! ',
    '#\n',
    '\n',
    ' ',
    ',',
    'a:\n',
    '%\n',
    '\\',
    '${{',
  ];
  for (const repeat of repeats) {
    // What is not linear would not end within the time that a test has.
    it(`comes to an end with ${JSON.stringify(repeat)} many times over`, () => {
      assert.equal(refusalOf(repeat.repeat(40_000 / repeat.length)).code, 'PIPELINE_INVALID');
    });
  }
});
