import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardsFor } from '../../../src/cards.ts';
import { readOwnModels } from '../../../src/catalog/models-file.ts';
import { costOfCall, usageOf } from '../../../src/cli/models/price.ts';
import { modelReport, modelsTable } from '../../../src/cli/screen/models-table.ts';
import { tableLines } from '../../../src/cli/screen/table.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import { loadConfig } from '../../../src/config.ts';
import type { ModelCard } from '../../../src/pipeline/card.ts';
import { server } from '../../servers.ts';
import { eventsOf, runCli, type Ended } from './cli-process.ts';

const OWN = `
models:
  openai/gpt-5: { price: { input: 1, output: 2 }, quality: 7, speed: 40 }
  openai/ours: { price: unknown }
`;

const PIPELINE = `name: chosen
inputs: { text: { type: string } }
models: { m: { use: [openai/gpt-5, openai/ours], prefer: quality } }
steps:
  a: { model: m, prompt: "\${{ inputs.text }}" }
  b: { model: [ollama/m, openai/ours], prompt: Go }
  c: { model: openai/gpt-4o-mini, prompt: Go }
`;

const config = loadConfig({ OPENAI_API_KEY: 'k' });
const small: ModelCard = { provider: 'ollama', model: 'small', isLocal: true, contextTokens: 2048 };
const own = readOwnModels(Buffer.from(OWN), 'models.yaml', [{ name: 'openai', isPaid: true }]);
const cards = cardsFor(config, { own, local: [small] });

function cardOf(name: string): ModelCard {
  const [provider = '', model = ''] = name.split('/');
  return cards.findModel(provider, model) as ModelCard;
}

describe('modelsTable', () => {
  it('shows prices per million tokens, what models take and can, and what else is known', () => {
    const models = ['openai/gpt-5', 'openai/ours', 'anthropic/claude-sonnet-4-5', 'ollama/small'].map(cardOf);
    assert.deepEqual(tableLines(modelsTable(models, cards), plain), [
      'MODEL                        INPUT    CACHED  WRITTEN  OUTPUT   CONTEXT  ANSWER  CAN',
      'openai/gpt-5                 $1                        $2       400000   128000  structured_output tools images  your price; 40 tokens a second; quality 7',
      'openai/ours                  unknown                   unknown',
      'anthropic/claude-sonnet-4-5  $3       $0.3    $3.75    $15      200000   64000   structured_output tools images  over 200000 tokens $6 and $22.5; needs ANTHROPIC_API_KEY',
      'ollama/small                 free                      free     2048',
    ]);
  });
});

describe('modelReport', () => {
  for (const { name, report } of [
    {
      name: 'openai/gpt-5',
      report: {
        usable: true,
        context_tokens: 400_000,
        output_tokens_max: 128_000,
        structured_output: true,
        tools: true,
        images: true,
        usd_per_million: [{ over_input_tokens: 0, input: 1, output: 2, cached_input: null, cache_write: null }],
        speed: 40,
        quality: 7,
      },
    },
    { name: 'openai/ours', report: { usable: true } },
    { name: 'ollama/small', report: { local: true, usable: true, context_tokens: 2048, usd_per_million: [] } },
  ]) {
    it(`tells programs of ${name} what is known, and null for the rest`, () => {
      const nothing = {
        context_tokens: null,
        output_tokens_max: null,
        structured_output: null,
        tools: null,
        images: null,
      };
      const rest = { ...nothing, usd_per_million: null, speed: null, quality: null };
      assert.deepEqual(modelReport(cardOf(name), cards), { model: name, local: false, ...rest, ...report });
    });
  }

  it('tells of prices that grow with the prompt, and of a model that cannot be used', () => {
    const { usable, usd_per_million: usd } = modelReport(cardOf('anthropic/claude-sonnet-4-5'), cards);
    assert.equal(usable, false);
    assert.deepEqual(usd, [
      { over_input_tokens: 0, input: 3, output: 15, cached_input: 0.3, cache_write: 3.75 },
      { over_input_tokens: 200_000, input: 6, output: 22.5, cached_input: 0.6, cache_write: 7.5 },
    ]);
  });
});

describe('costOfCall', () => {
  const usage = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 200 };
  for (const { name, cost } of [
    { name: 'openai/gpt-4o-mini', cost: 195_000 },
    { name: 'openai/gpt-5', cost: 1_200_000 },
    { name: 'ollama/any', cost: 0 },
  ]) {
    it(`is ${cost} nano-dollars for ${name}`, async () => assert.equal(await costOfCall(cards, name, usage), cost));
  }

  for (const { name, code, message } of [
    {
      name: 'openai/gpt-55',
      code: 'MODEL_UNKNOWN',
      message: /"openai\/gpt-55" costs: there is no such model: did you mean "openai\/gpt-5"/,
    },
    { name: 'nobody', code: 'MODEL_UNKNOWN', message: /"nobody" costs/ },
    { name: 'openai/ours', code: 'PRICE_UNKNOWN', message: /nobody knows its price, write it into models\.yaml$/ },
  ]) {
    it(`is not known for ${name}`, () => assert.rejects(costOfCall(cards, name, usage), { code, message }));
  }
});

describe('usageOf', () => {
  it('takes tokens as they are given', () => {
    const usage = usageOf({ input: 9, output: 1, cached: 3, cacheWrite: 6 });
    assert.deepEqual(usage, { inputTokens: 9, outputTokens: 1, cachedInputTokens: 3, cacheWriteTokens: 6 });
  });

  it('refuses more from and into a cache than there is', () => {
    assert.throws(() => usageOf({ input: 9, output: 1, cached: 4, cacheWrite: 6 }), {
      code: 'USAGE',
      message: 'Cannot reckon the price: the input has 9 tokens, and 10 of it would come from a cache or go into one',
    });
  });
});

describe('orchestrator models', function () {
  this.timeout(480_000);
  let folder: string;
  let ended: readonly Ended[];
  // Each is a process of its own, and takes a second of a processor: some of them run side by side.
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-cli-models-'));
    await writeFile(join(folder, 'models.yaml'), OWN);
    await writeFile(join(folder, 'chosen.yaml'), PIPELINE);
    const environment = {
      ORCHESTRATOR_MODELS: join(folder, 'models.yaml'),
      OLLAMA_HOST: server('ollama'),
      OPENAI_API_KEY: 'k',
      ANTHROPIC_API_KEY: '',
      TEMPORAL_ADDRESS: '',
      XDG_STATE_HOME: folder,
    };
    const lines = [
      ['models', '--provider', 'openai', '--ability', 'tools', '--ability', 'images'],
      ['models', '--json', '--local'],
      ['models', '--all', '--json'],
      ['models', '--provider', 'nobody'],
      ['models', '--ability', 'fly'],
      [
        'models',
        'price',
        'anthropic/claude-haiku-4-5',
        '--input',
        '9',
        '--output',
        '1',
        '--cache-write',
        '8',
        '--json',
      ],
      ['models', 'price', 'openai/gpt-4o-mini', '--input', '1000', '--output', 'x'],
      ['models', 'price', 'openai/gpt-4o-mini', '--input', '1000', '--output', '100'],
      ['plan', join(folder, 'chosen.yaml')],
      ['plan', '--json', join(folder, 'chosen.yaml')],
    ];
    const notTemporal = { ...environment, TEMPORAL_ADDRESS: new URL(server('ollama')).host };
    const nowhere = { ...environment, OLLAMA_HOST: 'http://127.0.0.1:9' };
    ended = await mapConcurrently(
      [
        ...lines.map((line) => ({ line, variables: environment })),
        { line: ['plan', join(folder, 'chosen.yaml')], variables: notTemporal },
        { line: ['models', '--local'], variables: nowhere },
        { line: ['models', '--provider', 'openai'], variables: nowhere },
        { line: ['models', '--provider', 'ollama'], variables: nowhere },
      ],
      ({ line, variables }) => runCli(line, variables),
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  function at(index: number): Ended {
    return ended[index] as Ended;
  }

  it('lists those that are asked for, as a table', () => {
    assert.equal(at(0).code, 0);
    assert.match(at(0).stdout, /^MODEL .*CAN$/mu);
    assert.match(at(0).stdout, /^openai\/gpt-5 +\$1 /mu);
    assert.doesNotMatch(at(0).stdout, /^(anthropic|ollama)|^openai\/(o3-mini|ours) /mu);
  });

  it('lists the models of the own server', () => {
    const found = eventsOf(at(1));
    assert.ok(found.some(({ model }) => model === `ollama/${server('model')}:latest`));
    assert.ok(found.every(({ local }) => local === true));
  });

  it('lists all that have a price', () => {
    const found = eventsOf(at(2));
    assert.ok(found.some(({ model, tools }) => model === 'openai/gpt-5.3' && tools === null));
    assert.ok(found.some(({ model }) => model === 'openai/ours'));
    assert.equal(new Set(found.map(({ model }) => model)).size, found.length);
  });

  it('says that there are none', () => {
    assert.deepEqual([at(3).code, at(3).stdout, at(3).stderr], [0, '', 'No models found\n']);
  });

  for (const { index, sentence } of [
    { index: 4, sentence: /USAGE .* Allowed are structured_output, tools, images/ },
    { index: 6, sentence: /USAGE .* Allowed are whole numbers/ },
  ]) {
    it(`refuses what is no option: ${sentence.source}`, () => {
      assert.equal(at(index).code, 2);
      assert.match(at(index).stderr, sentence);
    });
  }

  it('tells the price of a call', () => {
    const tokens = { input_tokens: 9, output_tokens: 1, cached_input_tokens: 0, cache_write_tokens: 8 };
    const cost = { cost_nano_usd: 16_000, cost_usd: 0.000016 };
    assert.deepEqual(eventsOf(at(5)), [{ model: 'anthropic/claude-haiku-4-5', ...tokens, ...cost }]);
    assert.equal(at(7).stdout, '$0.00021 for a call of openai/gpt-4o-mini: 210000 nano-dollars\n');
  });

  it('are chosen in a plan, which says why and what it uses at most', () => {
    const { code, stdout } = at(8);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}m: by quality: openai\/gpt-5 \(quality 7\)$/mu);
    assert.match(stdout, /^ {2}m: left out, since no card says enough: openai\/ours$/mu);
    assert.match(stdout, /^a +openai\/gpt-5 +1 .*inputs\.text$/mu);
    assert.match(stdout, /^b +ollama\/m and 1 more +1 .* not known/mu);
    assert.match(stdout, /^run .* not known/mu);
  });

  it('have estimates for programs', () => {
    const [plan] = eventsOf(at(9)) as [Record<string, unknown>];
    const estimate = plan['estimate'] as { steps: Record<string, unknown>[]; cost_usd_max: unknown; past: unknown };
    const costs = estimate.steps.map(({ path, cost_usd_max: cost }) => [path, typeof cost]);
    assert.deepEqual(costs, [
      ['a', 'number'],
      ['b', 'object'],
      ['c', 'number'],
    ]);
    assert.deepEqual([estimate.cost_usd_max, estimate.past], [null, null]);
  });

  it('are planned without their past where nobody tells it', () => {
    const { code, stdout, stderr } = at(10);
    assert.deepEqual([code, stdout], [0, at(8).stdout]);
    assert.match(stderr, /^Cannot say what past runs have used: Cannot reach Temporal at /u);
  });

  it('say when a server of one own is not there, to those who ask for it', () => {
    const sentence = 'Cannot list the models of Ollama at http://127.0.0.1:9: it does not answer\n';
    assert.deepEqual([at(11).code, at(11).stdout, at(11).stderr], [0, '', `${sentence}No models found\n`]);
    assert.deepEqual([at(12).code, at(12).stderr], [0, '']);
    assert.deepEqual([at(13).code, at(13).stdout, at(13).stderr], [0, '', `${sentence}No models found\n`]);
  });
});

/** No more than three at a time: the machine has other things to do. */
async function mapConcurrently<T, R>(values: readonly T[], make: (value: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = values.entries();
  const lane = async (): Promise<void> => {
    for (const [index, value] of left) results[index] = await make(value);
  };
  await Promise.all([lane(), lane(), lane()]);
  return results;
}
