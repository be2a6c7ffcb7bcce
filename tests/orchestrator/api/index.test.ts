import assert from 'node:assert/strict';
import * as api from '../../../src/index.ts';
import { PipelineError, validate, type PipelineSpec } from '../../../src/index.ts';

describe('the public API', () => {
  it('is these names and no others', () => {
    assert.deepEqual(Object.keys(api).toSorted(), [
      'ERROR_CODES',
      'PipelineError',
      'answerApproval',
      'applySchedule',
      'backfillSchedule',
      'billOf',
      'cancelRun',
      'connect',
      'defineCheck',
      'defineConfig',
      'defineTool',
      'deleteSchedule',
      'describeRun',
      'describeSchedule',
      'describeSpending',
      'diffRuns',
      'discoverModels',
      'ensureModel',
      'exportRun',
      'expr',
      'followAnswers',
      'followRun',
      'forkRun',
      'listRuns',
      'listSchedules',
      'loadConfig',
      'loadFile',
      'loadOwnParts',
      'loadValue',
      'pauseRun',
      'pauseSchedule',
      'pipeline',
      'qualityOf',
      'readHistories',
      'replayHistories',
      'replayRuns',
      'resumeRun',
      'resumeSchedule',
      'resumeSpending',
      'retryStep',
      'runLink',
      'runWorker',
      'secret',
      'sendEvent',
      'skipStep',
      'startOllama',
      'startRun',
      'startTemporal',
      'stopSpending',
      'topUpRun',
      'typed',
      'validate',
      'validateWithServers',
    ]);
  });
});

const GOOD = `name: greeting
inputs: { who: { type: string } }
steps:
  greet: { set: "Hello \${{ inputs.who }}" }
outputs: { text: "\${{ steps.greet.output }}" }
`;

const SPEC: PipelineSpec = {
  name: 'greeting',
  inputs: { who: { type: 'string' } },
  steps: { greet: { set: 'Hello ${{ inputs.who }}' } },
  outputs: { text: '${{ steps.greet.output }}' },
};

describe('validate', () => {
  it('gives the plan of a pipeline as text, and no warnings', () => {
    const { plan, warnings } = validate(GOOD);
    assert.equal(plan.pipeline.name, 'greeting');
    assert.deepEqual(
      plan.steps.map(({ id, kind }) => [id, kind]),
      [['greet', 'set']],
    );
    assert.deepEqual(warnings, []);
  });

  it('gives the same plan for bytes and for an object', () => {
    const { hash } = validate(GOOD).plan;
    assert.equal(validate(new TextEncoder().encode(GOOD)).plan.hash, hash);
    assert.equal(validate(SPEC).plan.hash, hash);
  });

  it('gives the same plan when servers may be asked, and asks none where no model matters', async () => {
    const { plan } = await api.validateWithServers(GOOD);
    assert.equal(plan.hash, validate(GOOD).plan.hash);
  });

  it('asks the configuration that it is given which models can be used', () => {
    const source = 'name: ask\nsteps: { a: { model: [openai/gpt-5, ollama/smollm2:135m], prompt: Hello } }\n';
    const codes = (environment: Record<string, string>) =>
      validate(source, { config: api.loadConfig(environment) }).warnings.map(({ code }) => code);
    assert.deepEqual(codes({}), ['MODEL_UNUSABLE']);
    assert.deepEqual(codes({ OPENAI_API_KEY: 'sk-none' }), []);
  });

  it('refuses a pipeline with every finding at its place, under the name of the file', () => {
    const source = 'name: broken\nsteps:\n  a: { set: "${{ inputs.who }}" }\n  b: { sett: 1 }\n';
    assert.throws(
      () => validate(source, { file: 'broken.yaml' }),
      (error) => {
        assert.ok(error instanceof PipelineError);
        assert.equal(error.code, 'PIPELINE_INVALID');
        assert.match(error.message, /^Cannot use pipeline "broken\.yaml": /u);
        assert.deepEqual(
          error.findings.map(({ code, position }) => `${position?.file}:${position?.line}:${position?.column} ${code}`),
          ['broken.yaml:4:8 KEY_UNKNOWN'],
        );
        return true;
      },
    );
  });

  it('refuses an object with the place in it', () => {
    const broken = { ...SPEC, outputs: { text: '${{ steps.gret.output }}' } };
    assert.throws(
      () => validate(broken),
      (error) => {
        assert.ok(error instanceof PipelineError);
        assert.deepEqual(
          error.findings.map(({ code, path, position }) => ({ code, path, position })),
          [{ code: 'REFERENCE_UNKNOWN', path: 'outputs.text', position: undefined }],
        );
        return true;
      },
    );
  });
});
