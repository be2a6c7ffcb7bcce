import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/errors.ts';
import { CASES_MAX, readCases } from '../../../src/evaluation/cases.ts';
import { compareOutputs } from '../../../src/evaluation/expected.ts';
import { inputsOfCases } from '../../../src/evaluation/inputs.ts';
import { loadConfig } from '../../../src/config.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';
import { planOf } from '../../runs.ts';

const read = (text: string) => readCases(new TextEncoder().encode(text), 'cases.jsonl');

/** `line:column CODE sentence` of everything that is wrong. */
function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    const { code, message, findings } = error;
    if (findings.length === 0) return [`${code} ${message}`];
    return findings.map((each) => `${each.position?.line}:${each.position?.column} ${each.code} ${each.message}`);
  }
  return [];
}

describe('readCases', () => {
  it('reads one case from each line that is not empty, and names it by its line', () => {
    const text =
      '\u{FEFF}{ "inputs": { "a": 1 }, "tags": ["x"] }\r\n\n{ "id": "two", "inputs": {}, "expected": { "b": [2] } }';
    const cases = read(text);
    // Where things stand is told by a function, which JSON leaves out.
    assert.deepEqual(JSON.parse(JSON.stringify(cases)), [
      { id: '1', line: 1, inputs: { a: 1 }, tags: ['x'] },
      { id: 'two', line: 3, inputs: {}, expected: { b: [2] }, tags: [] },
    ]);
  });

  it('tells everything that is wrong, and where', () => {
    const text = [
      '{ "input": { "who": "a" } }',
      '{ "inputs": { "who": "a" }, "expected": ',
      '{ "inputs": {}, "tags": "x" }',
      '{ "inputs": {}, "tags": ["x", 1] }',
      '[1]',
      '{ "inputs": { "who": "a", } }',
      '{ "id": "", "inputs": [] }',
      '{ "id": "same", "inputs": {} }',
      '{ "inputs": {}, "id": "same" }',
      'nonsense with "secret: 1"',
      '{ "inputs": { "a": [1, 2, trap, 3] } }',
    ].join('\n');
    assert.deepEqual(
      faultsOf(() => read(text)),
      [
        '1:1 VALUE_INVALID Cannot use the case: "inputs" must be a map of names to values',
        '1:12 KEY_UNKNOWN Cannot use the case: there is no key "input": did you mean "inputs"?',
        '2:40 VALUE_INVALID Cannot read the case as JSON: Unexpected end of JSON input',
        '3:25 VALUE_INVALID Cannot use the case: "tags" must be a list of texts',
        '4:31 VALUE_INVALID Cannot use the case: "tags" must be a list of texts',
        '5:1 VALUE_INVALID Cannot use the case: it must be a map with "inputs"',
        '6:27 VALUE_INVALID Cannot read the case as JSON: Expected double-quoted property name',
        '7:9 VALUE_INVALID Cannot use the case: "id" must be a text of 1 to 200 characters',
        '7:23 VALUE_INVALID Cannot use the case: "inputs" must be a map of names to values',
        '9:23 VALUE_INVALID Cannot use the case: the case of line 8 has the id "same", too',
        "10:2 VALUE_INVALID Cannot read the case as JSON: Unexpected token 'o'",
        "11:29 VALUE_INVALID Cannot read the case as JSON: Unexpected token 'a'",
      ],
    );
  });

  for (const { name, bytes, fault } of [
    { name: 'no cases', bytes: '\n \n', fault: 'INPUT_INVALID Cannot read cases of "cases.jsonl": it has no cases' },
    {
      name: 'too many cases',
      bytes: '{"inputs":{}}\n'.repeat(CASES_MAX + 1),
      fault: 'INPUT_INVALID Cannot read cases of "cases.jsonl": it has 10001 cases, at most 10000 are allowed',
    },
    {
      name: 'bytes that are not UTF-8',
      bytes: new Uint8Array([0x7b, 0xff]),
      fault: 'FILE_ENCODING Cannot read cases of "cases.jsonl": its bytes are not UTF-8',
    },
  ]) {
    it(`refuses ${name}`, () => {
      const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      assert.deepEqual(
        faultsOf(() => readCases(data, 'cases.jsonl')),
        [fault],
      );
    });
  }

  it('tells a hundred faults at most, and how many there are', () => {
    const text = '1\n'.repeat(150);
    assert.equal(faultsOf(() => read(text)).length, 100);
    assert.throws(() => read(text), /\(and 149 more\)/);
  });
});

describe('compareOutputs', () => {
  const outputs: JsonObject = { label: 'bug', person: { name: 'Ada', age: 36 }, list: [1, { a: 1, b: 2 }] };
  for (const { name, expected, score, paths } of [
    {
      name: 'what is equal, in any order of keys',
      expected: { list: [1, { b: 2, a: 1 }], label: 'bug' },
      score: 1,
      paths: [],
    },
    { name: 'a part of a map', expected: { person: { name: 'Ada' } }, score: 1, paths: [] },
    { name: 'nothing', expected: {}, score: 1, paths: [] },
    {
      name: 'what differs, each by its path',
      expected: { label: 'spam', person: { name: 'Eve', age: 36, town: 'x' } },
      score: 0,
      paths: ['label', 'person.name', 'person.town'],
    },
    { name: 'one of two', expected: { label: 'bug', missing: null }, score: 0.5, paths: ['missing'] },
    { name: 'a list that is longer', expected: { list: [1] }, score: 0, paths: ['list'] },
    { name: 'a map where there is a text', expected: { label: { a: 1 } }, score: 0, paths: ['label'] },
    { name: 'what every map inherits', expected: { constructor: 1 }, score: 0, paths: ['constructor'] },
  ] as readonly { name: string; expected: JsonObject; score: number; paths: readonly string[] }[]) {
    it(`compares ${name}`, () => {
      const { score: found, mismatches } = compareOutputs(expected, outputs);
      assert.deepEqual([found, mismatches.map(({ path }) => path)], [score, paths]);
    });
  }
});

describe('inputsOfCases', () => {
  const config = loadConfig({});
  const plan = (inputs: string) => planOf(`name: p\ninputs: ${inputs}\nsteps: { a: { set: 1 } }`, config);
  const inputsOf = (inputs: string, text: string): readonly Json[] | undefined =>
    inputsOfCases({ variants: { tested: plan(inputs) } }, read(text)).tested;

  it('fills in what is not given', () => {
    const given = inputsOf(
      '{ a: { type: string }, b: { type: integer, default: 3 }, c: { type: string, optional: true }, f: { type: file, optional: true } }',
      '{ "inputs": { "a": "x" } }\n{ "inputs": { "a": "y", "b": 4, "c": "z", "f": null } }',
    );
    assert.deepEqual(given, [
      { a: 'x', b: 3, c: null, f: null },
      { a: 'y', b: 4, c: 'z', f: null },
    ]);
  });

  it('tells everything that does not fit, and where it stands', () => {
    const text =
      '{ "inputs": { "a": 3 } }\n{ "inputs": { "b": "x" } }\n{ "inputs": { "a": "x", "f": { "file": "x" } } }';
    const faults = faultsOf(() => inputsOf('{ a: { type: string }, f: { type: file, optional: true } }', text));
    assert.deepEqual(
      faults.map((fault) => fault.split(' ').slice(0, 2).join(' ')),
      ['1:20 INPUT_INVALID', '2:20 INPUT_UNKNOWN', '2:13 INPUT_MISSING', '3:30 INPUT_INVALID', '3:30 INPUT_INVALID'],
    );
    assert.match(faults[0] ?? '', /Cannot start "p": input "a" is 3/);
  });

  it('refuses a pipeline that wants files', () => {
    assert.deepEqual(
      faultsOf(() => inputsOf('{ f: { type: file } }', '{ "inputs": {} }')),
      ['INPUT_INVALID Cannot evaluate "p": its input "f" is a file, and cases bring values only'],
    );
  });
});
