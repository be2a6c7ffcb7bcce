import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { Activities, CheckCall, CheckCallResult } from '../../../activities/calls.ts';
import { defineCheck } from '../../../activities/quality/check.ts';
import { checks } from '../../../activities/quality/checks.ts';
import { createRunCheck } from '../../../activities/quality/run-check.ts';
import { keepValue } from '../../../activities/values.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Scope } from '../../../src/pipeline/value.ts';
import { activityEnvironment, removeFolder, template, temporaryFolder } from '../tools/surroundings.ts';

/** A check as a user writes one, who has much to say. */
const talkative = defineCheck({
  name: 'talkative',
  description: 'Holds when it is asked.',
  options: z.strictObject({ about: z.string() }),
  readsOutput: false,
  example: { about: 'x' },
  run: (_, { about }, { expression }) => ({ passed: true, score: 0.5, reason: expression ?? about.repeat(10_000) }),
});

describe('runCheck', () => {
  let folder: string;
  let store: ArtifactStore;

  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(join(folder, 'store'));
  });
  afterEach(() => removeFolder(folder));

  const run = async (
    check: string,
    options: Json,
    { subject = '', scope = {} }: { subject?: Json; scope?: Scope } = {},
  ) => {
    const call: CheckCall = {
      tenant: 'default',
      runId: 'run',
      path: 'step',
      check,
      scope,
      subject: await keepValue(store, 'default', subject),
      options: template(options, { ...scope, output: { inline: null } }),
    };
    const activity = createRunCheck({ store, checks: [...checks, talkative] });
    return activityEnvironment({ attempt: 2 }).run<[CheckCall], CheckCallResult, Activities['runCheck']>(
      activity,
      call,
    );
  };

  it('judges with the output as a value of its expression, which the verdict quotes', async () => {
    const subject = { confidence: 0.4 };
    const { verdict, attempt } = await run('expect', '${{ output.confidence >= 0.6 }}', { subject });
    assert.deepEqual(verdict, {
      check: 'expect',
      passed: false,
      score: 0,
      reason: 'Expected "output.confidence >= 0.6", which is false; the output is "{\\"confidence\\":0.4}"',
    });
    assert.equal(attempt, 2);
  });

  it('judges an output that lives in the store, by values that live there too', async () => {
    const long = 'word '.repeat(20_000);
    const scope = { 'inputs.wanted': await keepValue(store, 'default', long) };
    const { verdict } = await run('contains', '${{ inputs.wanted }}', { subject: `${long}end`, scope });
    assert.equal(verdict.passed, true);
    assert.ok(verdict.reason.length < 200);
  });

  it('fills in parts of the options', async () => {
    const scope = { 'inputs.max': { inline: 3 } };
    const { verdict } = await run('length', { max: '${{ inputs.max }}', unit: 'words' }, { subject: 'a b c d', scope });
    assert.equal(verdict.reason, 'The text has 4 words; at most 3 are allowed');
  });

  it('asks an engine of linear time in an expression', async () => {
    const { verdict } = await run('expect', '${{ output.matches("^a+$") }}', { subject: 'aaa' });
    assert.equal(verdict.passed, true);
  });

  it('keeps a verdict short, whatever the check says', async () => {
    const { verdict } = await run('talkative', { about: 'x' });
    assert.deepEqual(verdict, { check: 'talkative', passed: true, score: 0.5, reason: 'x'.repeat(2000) });
  });

  for (const { name, check, options, code, message } of [
    {
      name: 'a check that it lacks',
      check: 'judge',
      options: {},
      code: 'CHECK_UNKNOWN',
      message:
        'Cannot run check "judge": this worker has expect, schema, length, matches, contains, similar_to, no_secrets, no_pii, talkative',
    },
    {
      name: 'an expression that gives no boolean',
      check: 'expect',
      options: '${{ 1 + 1 }}',
      code: 'VALUE_INVALID',
      message: 'Cannot run check "expect": an expression that gives true or false is allowed',
    },
    {
      name: 'an unknown key',
      check: 'length',
      options: { maximum: 3 },
      code: 'VALUE_INVALID',
      message: 'Cannot run check "length": no such key as "maximum", allowed are "min", "max", "unit", "pass"',
    },
    {
      name: 'a wrong unit',
      check: 'length',
      options: { max: 3, unit: 'lines' },
      code: 'VALUE_INVALID',
      message: 'Cannot run check "length": "unit": expected one of "characters"|"words"|"tokens"',
    },
    {
      name: 'a wrong shape',
      check: 'contains',
      options: { all: 'x' },
      code: 'VALUE_INVALID',
      message: /^Cannot run check "contains": /,
    },
    {
      name: 'a schema that is none',
      check: 'schema',
      options: 'object',
      code: 'VALUE_INVALID',
      message: 'Cannot run check "schema": a JSON Schema is allowed',
    },
    {
      name: 'a failing expression',
      check: 'expect',
      options: '${{ output.nothing > 1 }}',
      code: 'EXPRESSION_FAILED',
      message: /./,
    },
    { name: 'a secret', check: 'contains', options: '${{ secrets.KEY }}', code: 'INTERNAL', message: /"KEY"/ },
  ]) {
    it(`cannot judge by ${name}`, async () => {
      await assert.rejects(run(check, options), { name: 'PipelineError', code, message });
    });
  }

  it('says when the output is gone', async () => {
    const subject = 'x'.repeat(100_000);
    await keepValue(store, 'default', subject);
    await removeFolder(join(folder, 'store'));
    const activity = createRunCheck({ store, checks });
    const call: CheckCall = {
      tenant: 'default',
      runId: 'run',
      path: 'step',
      check: 'length',
      scope: {},
      subject: { artifact: { sha256: 'b'.repeat(64), bytes: 100_002, preview: 'x' } },
      options: template({ max: 1 }),
    };
    await assert.rejects(
      activityEnvironment().run<[CheckCall], CheckCallResult, Activities['runCheck']>(activity, call),
      { code: 'ARTIFACT_MISSING' },
    );
  });
});
