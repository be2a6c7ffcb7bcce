import assert from 'node:assert/strict';
import { PipelineError } from '../../../src/errors.ts';
import { parseInputText, resolveInputs } from '../../../src/pipeline/inputs.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { makePlan } from '../../../src/pipeline/make-plan.ts';
import { cards } from './cards.ts';

const { plan } = makePlan(
  {
    name: 'triage',
    inputs: {
      ticket: { type: 'string', maxLength: 20 },
      count: { type: 'integer', default: 3 },
      labels: { type: 'array', items: { type: 'string' }, default: [] },
      urgent: { type: 'boolean', optional: true },
      extra: { optional: true },
      maybe: { type: ['string', 'null'], default: 'x' },
      tone: { enum: ['warm', 'formal'], optional: true },
    },
    steps: { a: { set: 1 } },
  },
  cards,
);
const DEFAULTS = { count: 3, labels: [], urgent: null, extra: null, maybe: 'x', tone: null };

const { plan: bare } = makePlan({ name: 'bare', steps: { a: { set: 1 } } }, cards);

function errorOf(work: () => unknown): PipelineError {
  try {
    work();
  } catch (error) {
    if (error instanceof PipelineError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

describe('resolveInputs', () => {
  for (const { name, given, expected } of [
    { name: 'fills in what is not given', given: { ticket: 'a' }, expected: { ...DEFAULTS, ticket: 'a' } },
    {
      name: 'takes what is given',
      given: { ticket: 'a', count: 4, labels: ['b'], urgent: false, extra: { any: 1 }, maybe: null, tone: 'warm' },
      expected: { ticket: 'a', count: 4, labels: ['b'], urgent: false, extra: { any: 1 }, maybe: null, tone: 'warm' },
    },
    {
      name: 'takes undefined, and null for what is optional, as not given',
      given: { ticket: 'a', count: undefined, urgent: null, tone: null },
      expected: { ...DEFAULTS, ticket: 'a' },
    },
  ]) {
    it(name, () => assert.deepEqual(resolveInputs(plan, given), expected));
  }

  it('gives nothing to a pipeline without inputs', () => assert.deepEqual(resolveInputs(bare, {}), {}));

  for (const { name, given, code, findings } of [
    {
      name: 'refuses a missing input',
      given: {},
      code: 'INPUT_MISSING',
      findings: ['Cannot start "triage": input "ticket" is missing, text is needed'],
    },
    {
      name: 'refuses null where a value is required',
      given: { ticket: null },
      code: 'INPUT_INVALID',
      findings: ['Cannot start "triage": input "ticket" is empty: the value must be string'],
    },
    {
      name: 'refuses null where there is a default',
      given: { ticket: 'a', count: null },
      code: 'INPUT_INVALID',
      findings: ['Cannot start "triage": input "count" is empty: the value must be integer'],
    },
    {
      name: 'refuses what is no JSON',
      given: { ticket: 'a', extra: { deep: [() => 1] } },
      code: 'INPUT_INVALID',
      findings: [
        'Cannot start "triage": input "extra" cannot be used: it is of type function, only JSON values are allowed',
      ],
    },
    {
      name: 'refuses everything at once',
      given: { tikket: 'a', labels: [1], tone: 'cold' },
      code: 'INPUT_UNKNOWN',
      findings: [
        'Cannot start "triage": there is no input "tikket": did you mean "ticket"?',
        'Cannot start "triage": input "ticket" is missing, text is needed',
        'Cannot start "triage": input "labels" is a list: /0 must be string',
        'Cannot start "triage": input "tone" is "cold": the value must be equal to one of the allowed values (["warm","formal"])',
      ],
    },
    {
      name: 'takes no field that every object has for an input',
      given: { ticket: 'a', toString: 'b' },
      code: 'INPUT_UNKNOWN',
      findings: [
        'Cannot start "triage": there is no input "toString": there are "ticket", "count", "labels", "urgent", "extra", "maybe", "tone"',
      ],
    },
  ]) {
    it(name, () => {
      const error = errorOf(() => resolveInputs(plan, given));
      assert.equal(error.code, code);
      assert.deepEqual(
        error.findings.map(({ message }) => message),
        findings,
      );
      const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
      assert.equal(error.message, `${findings[0]}${more}`);
    });
  }

  it('says so when there are no inputs at all', () => {
    const { message, findings } = errorOf(() => resolveInputs(bare, { a: 1 }));
    assert.equal(message, 'Cannot start "bare": there is no input "a": the pipeline has no inputs');
    assert.deepEqual(
      findings.map(({ path }) => path),
      ['inputs.a'],
    );
  });
});

describe('parseInputText', () => {
  for (const { name, text, expected } of [
    { name: 'ticket', text: '5', expected: '5' },
    { name: 'ticket', text: '', expected: '' },
    { name: 'tone', text: 'warm', expected: 'warm' },
    { name: 'maybe', text: 'null', expected: 'null' },
    { name: 'count', text: '5', expected: 5 },
    { name: 'labels', text: '["a", "b"]', expected: ['a', 'b'] },
    { name: 'urgent', text: 'true', expected: true },
    { name: 'extra', text: '{ "a": 1 }', expected: { a: 1 } },
    { name: 'extra', text: 'just text', expected: 'just text' },
  ] as readonly { name: string; text: string; expected: Json }[]) {
    it(`reads ${name}=${text}`, () => assert.deepEqual(parseInputText(plan, name, text), expected));
  }

  for (const { name, text, code, message } of [
    {
      name: 'count',
      text: 'many',
      code: 'INPUT_INVALID',
      message: 'Cannot start "triage": input "count" is "many", a whole number in JSON is needed',
    },
    {
      name: 'labels',
      text: 'a,b',
      code: 'INPUT_INVALID',
      message: 'Cannot start "triage": input "labels" is "a,b", a list in JSON is needed',
    },
    {
      name: 'labls',
      text: '[]',
      code: 'INPUT_UNKNOWN',
      message: 'Cannot start "triage": there is no input "labls": did you mean "labels"?',
    },
    {
      name: 'constructor',
      text: '1',
      code: 'INPUT_UNKNOWN',
      message:
        'Cannot start "triage": there is no input "constructor": there are "ticket", "count", "labels", "urgent", "extra", "maybe", "tone"',
    },
  ]) {
    it(`refuses ${name}=${text}`, () => {
      const error = errorOf(() => parseInputText(plan, name, text));
      assert.deepEqual({ code: error.code, message: error.message }, { code, message });
    });
  }
});
