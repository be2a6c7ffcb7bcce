import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import type { ArtifactStore } from '../../../activities/artifacts/store.ts';
import type { ModelCallResult, ToolAnswer } from '../../../activities/calls.ts';
import { prepareRequest, type Asked } from '../../../activities/models/completion-request.ts';
import { openai } from '../../../activities/models/openai.ts';
import { keepAnswer, preparedReader } from '../../../activities/models/prepared-answer.ts';
import type { Completion } from '../../../activities/models/provider.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { FileRef } from '../../../src/pipeline/file-ref.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { removeFolder, temporaryFolder, template } from '../tools/surroundings.ts';

const TENANT = 'default';
/** OpenAI's own models call tools by themselves; of a compatible server nobody knows. Neither is called here. */
const NATIVE = openai.connect({ apiKey: 'none' });
const EMULATED = openai.connect({ baseUrl: 'http://127.0.0.1:9/v1' });

const TOOL = {
  tool: 'fs.read',
  description: 'Reads a file.',
  input: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'], additionalProperties: false },
};
const USAGE = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0 };

function asked(more: Partial<Asked> = {}, model = 'gpt-4o'): Asked {
  const candidate = { provider: 'openai', model, isPaid: true };
  return { tenant: TENANT, runId: 'run', candidate, maxOutputTokens: 10, prompt: template('Find it'), ...more };
}

function completion(more: Partial<Completion>): Completion {
  return { text: '', finishReason: 'stop', usage: USAGE, model: 'm', ...more };
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PipelineError);
  return `${error.code} ${error.message}`;
}

/** The turn after another one. */
function next({ transcript }: Pick<ModelCallResult, 'transcript'>, answers: readonly ToolAnswer[]): Asked {
  const { prompt: _, ...rest } = asked();
  return { ...rest, turn: { number: 2, tools: [], answers, ...(transcript && { transcript }) } };
}

describe('prepareRequest', () => {
  let folder: string;
  let store: ArtifactStore;

  before(async () => {
    folder = await temporaryFolder();
    store = openLocalDisk(folder);
  });
  after(() => removeFolder(folder));

  const prepare = (call: Asked, provider = NATIVE) => prepareRequest({ store, provider, values: {} }, call);
  const requestOf = async (call: Asked, provider = NATIVE) => (await prepare(call, provider)).request;

  async function fileOf(name: string, text: string | Uint8Array, mediaType: string): Promise<FileRef> {
    const bytes = Buffer.from(text);
    const sha256 = await store.put(TENANT, bytes);
    return { path: `inputs/docs/${name}`, name, bytes: bytes.length, sha256, media_type: mediaType };
  }

  it('sends the turns of a conversation in their order', async () => {
    const messages = [
      { role: 'user', text: template('a') },
      { role: 'assistant', text: template('b') },
      { role: 'user', text: template('c') },
    ] as const;
    const { prompt: _, ...rest } = asked({ messages, system: template('s') });
    const request = await requestOf(rest);
    assert.equal(request.system, 's');
    assert.deepEqual(
      request.messages.map(({ role, text }) => [role, text]),
      [
        ['user', 'a'],
        ['assistant', 'b'],
        ['user', 'c'],
      ],
    );
  });

  it('puts text files before the prompt, and pictures beside it', async () => {
    const text = await fileOf('a "b".txt', 'Größe', 'text/plain');
    const picture = await fileOf('c.png', Uint8Array.of(1, 2), 'image/png');
    const attach = [template([text, picture] as unknown as Json), template(null)];
    const request = await requestOf(asked({ attach, files: { inline: [text, picture] as unknown as Json } }));
    assert.deepEqual(request.messages, [
      {
        role: 'user',
        text: '<file name="a \\"b\\".txt">\nGröße\n</file>\n\nFind it',
        images: [{ mediaType: 'image/png', base64: 'AQI=' }],
      },
    ]);
  });

  it('refuses files that no model takes, and those that this one does not', async () => {
    const pdf = await fileOf('a.pdf', '%PDF-', 'application/pdf');
    const svg = await fileOf('a.svg', '<svg/>', 'image/svg+xml');
    const bytes = await fileOf('a.bin', Uint8Array.of(0xff, 0xfe), 'application/octet-stream');
    const picture = await fileOf('c.png', Uint8Array.of(1, 2), 'image/png');
    const large = { ...picture, path: 'inputs/docs/large.png', bytes: 21 * 1024 * 1024 };
    const files = { inline: [pdf, svg, bytes, picture, large] as unknown as Json };
    const attaching = (value: unknown, model?: string): Promise<string> =>
      refusalOf(prepare(asked({ attach: [template(value as Json)], files }, model)));
    const takes = 'pictures (PNG, JPEG, WebP, GIF) and text are allowed';
    assert.equal(await attaching(pdf), `ATTACHMENT_REFUSED Cannot attach "a.pdf": it is application/pdf; ${takes}`);
    assert.equal(await attaching(svg), `ATTACHMENT_REFUSED Cannot attach "a.svg": it is image/svg+xml; ${takes}`);
    assert.equal(
      await attaching(bytes),
      'ATTACHMENT_REFUSED Cannot attach "a.bin": it is application/octet-stream, and its bytes are not text in UTF-8',
    );
    assert.equal(
      await attaching(picture, 'o3-mini'),
      'ATTACHMENT_REFUSED Cannot attach "c.png": model "openai/o3-mini" takes no pictures',
    );
    assert.equal(
      await attaching(Array.from({ length: 21 }, () => picture)),
      'ATTACHMENT_REFUSED Cannot attach 21 files: at most 20 are allowed',
    );
    assert.equal(
      await attaching([large]),
      'ATTACHMENT_REFUSED Cannot attach 1 files: they have 22020096 bytes, at most 20971520 are allowed',
    );
  });

  it('attaches nothing but files of the inputs, whatever it looks like', async () => {
    const secret = await fileOf('a.txt', 'of another run', 'text/plain');
    for (const files of [{}, { files: { inline: [] } }]) {
      const refusal = await refusalOf(prepare(asked({ attach: [template(secret as unknown as Json)], ...files })));
      assert.match(refusal, /^ATTACHMENT_REFUSED Cannot attach ".*: it is no file of this run$/u);
    }
  });

  const first = { number: 1, tools: [TOOL], answers: [] };

  /** One turn: what is asked, and what is kept of the answer. */
  async function turn(call: Asked, provider: typeof NATIVE, said: Partial<Completion>) {
    const prepared = await prepare(call, provider);
    const read = preparedReader('m', prepared, undefined)(completion(said));
    assert.ok(read.isValid, JSON.stringify(read));
    const kept = await keepAnswer({ store, tenant: TENANT }, prepared, {
      completion: completion(said),
      value: read.value,
    });
    return { request: prepared.request, kept };
  }

  it('lets a model that can call tools do so in its own way, and takes it on from there', async () => {
    const toolRequests = [
      { id: 'x', name: 'fs_read', input: { path: 'a' } },
      { id: 'y', name: 'fs_read', input: { file: 'a' } },
      { id: 'z', name: 'other', input: {} },
    ];
    const original = { model: 'openai/gpt-4o', parts: [{ thought: 'opaque' }] };
    const said = { finishReason: 'tools', toolRequests, original } as const;
    const call = asked({ turn: first, system: template('s') });
    const { request, kept } = await turn(call, NATIVE, { ...said, text: 'Let me see' });
    assert.deepEqual(request.tools, [{ name: 'fs_read', description: 'Reads a file.', input: TOOL.input }]);
    assert.equal(request.outputSchema, undefined);
    assert.equal(kept.finishReason, 'tools');
    assert.deepEqual(kept.output, { inline: 'Let me see' });
    assert.deepEqual(kept.wanted, [{ id: 'x', tool: 'fs.read', input: { inline: { path: 'a' } } }]);
    assert.deepEqual(
      kept.refused?.map((answer) => 'error' in answer && [answer.id, answer.error.code, answer.error.message]),
      [
        [
          'y',
          'TOOL_INPUT_INVALID',
          'Cannot call tool "fs.read": the value must have required property \'path\'; the value must NOT have additional properties ("file")',
        ],
        ['z', 'TOOL_UNKNOWN', 'Cannot call tool "other": there is no such tool, there are fs.read'],
      ],
    );
    const answers: readonly ToolAnswer[] = [
      { id: 'x', tool: 'fs.read', output: { inline: { text: 'found' } } },
      { id: 'y', tool: 'fs.read', error: { code: 'TOOL_INPUT_INVALID', message: 'Cannot' } },
    ];
    const second = await requestOf(next(kept, answers));
    assert.equal(second.system, 's');
    assert.equal(second.tools?.length, 1);
    assert.deepEqual(second.messages, [
      { role: 'user', text: 'Find it' },
      { role: 'assistant', text: 'Let me see', toolRequests, original },
      { role: 'tool', id: 'x', name: 'fs_read', text: '{"text":"found"}', isFailure: false },
      { role: 'tool', id: 'y', name: 'fs_read', text: 'TOOL_INPUT_INVALID Cannot', isFailure: true },
    ]);
  });

  it('lets every other model do the same through the form of its answers', async () => {
    const text = '{"calls":[{"tool":"fs.read","input":{"path":"a"}},{"tool":"other"}]}';
    const { request, kept } = await turn(asked({ turn: first }), EMULATED, { text });
    assert.equal(request.tools, undefined);
    assert.match(request.system ?? '', /^You may call tools/u);
    assert.equal(kept.finishReason, 'tools');
    assert.deepEqual(kept.wanted, [{ id: 'call-1-0', tool: 'fs.read', input: { inline: { path: 'a' } } }]);
    assert.equal(kept.refused?.length, 1);
    const answers: readonly ToolAnswer[] = [
      { id: 'call-1-0', tool: 'fs.read', output: { inline: 'found' } },
      { id: 'call-1-1', tool: 'other', error: { code: 'TOOL_UNKNOWN', message: 'Cannot' } },
    ];
    assert.deepEqual((await requestOf(next(kept, answers), EMULATED)).messages, [
      { role: 'user', text: 'Find it' },
      { role: 'assistant', text: '{"calls":[{"tool":"fs.read","input":{"path":"a"}},{"tool":"other","input":{}}]}' },
      { role: 'user', text: 'Result of fs.read: found\n\nother failed: TOOL_UNKNOWN Cannot' },
    ]);
  });

  for (const { name, provider, abilities, isNative } of [
    {
      name: 'leaves calls to a model of which the user says that it makes them',
      provider: EMULATED,
      abilities: { tools: true },
      isNative: true,
    },
    { name: 'believes the user, and not the catalog', provider: NATIVE, abilities: { tools: false }, isNative: false },
    {
      name: 'asks the server what the user does not say',
      provider: NATIVE,
      abilities: { images: false },
      isNative: true,
    },
  ]) {
    it(name, async () => {
      const { candidate, ...rest } = asked({ turn: first });
      const { tools, system } = await requestOf({ ...rest, candidate: { ...candidate, abilities } }, provider);
      assert.deepEqual([tools !== undefined, system === undefined], [isNative, isNative]);
    });
  }

  it('gives pictures to models as the user says of them', async () => {
    const picture = await fileOf('c.png', Uint8Array.of(1, 2), 'image/png');
    const call = asked({
      attach: [template(picture as unknown as Json)],
      files: { inline: [picture] as unknown as Json },
    });
    const withImages = (images: boolean, model: string): Asked => ({
      ...call,
      candidate: { ...call.candidate, model, abilities: { images } },
    });
    assert.match(await refusalOf(prepare(withImages(false, 'gpt-4o'))), /model "openai\/gpt-4o" takes no pictures$/u);
    const [message] = (await requestOf(withImages(true, 'o3-mini'))).messages;
    assert.ok(message?.role === 'user' && message.images?.length === 1);
  });

  it('says what tools there are after what else such a model is told', async () => {
    const { system } = await requestOf(asked({ turn: first, system: template('Be brief.') }), EMULATED);
    assert.match(system ?? '', /^Be brief\.\n\nYou may call tools before you answer\./u);
  });

  it('goes on in the other way when another model takes over', async () => {
    const { kept } = await turn(asked({ turn: first }), EMULATED, {
      text: '{"calls":[{"tool":"fs.read","input":{"path":"a"}}]}',
    });
    const answers = [{ id: 'call-1-0', tool: 'fs.read', output: { inline: 'found' } }];
    assert.deepEqual((await requestOf(next(kept, answers))).messages.slice(1), [
      { role: 'assistant', text: '', toolRequests: [{ id: 'call-1-0', name: 'fs_read', input: { path: 'a' } }] },
      { role: 'tool', id: 'call-1-0', name: 'fs_read', text: 'found', isFailure: false },
    ]);
  });

  it('keeps what is new in each turn, and no more', async () => {
    const long = 'x'.repeat(50_000);
    const { kept } = await turn(asked({ turn: first, prompt: template(long) }), EMULATED, {
      text: '{"calls":[{"tool":"fs.read","input":{"path":"a"}}]}',
    });
    const bytes = Buffer.from(JSON.stringify(long));
    const sha256 = await store.put(TENANT, bytes);
    const output = { artifact: { sha256, bytes: bytes.length, preview: '' } };
    const call = next(kept, [{ id: 'call-1-0', tool: 'fs.read', output }]);
    const { request, kept: second } = await turn(call, EMULATED, { text: '{"answer":"done"}' });
    assert.ok(
      kept.transcript !== undefined && 'artifact' in kept.transcript && kept.transcript.artifact.bytes > 50_000,
    );
    assert.ok(
      second.transcript !== undefined && 'artifact' in second.transcript && second.transcript.artifact.bytes < 1000,
    );
    assert.ok(request.messages.at(-1)?.text.startsWith(`Result of fs.read: ${'x'.repeat(100)}`));
    assert.equal(second.finishReason, 'stop');
    assert.deepEqual(second.output, { inline: 'done' });
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  });

  it('shows a model the beginning of what is very long, and says so', async () => {
    const { kept } = await turn(asked({ turn: first }), EMULATED, {
      text: '{"calls":[{"tool":"fs.read","input":{"path":"a"}}]}',
    });
    const long = 'x'.repeat(70_000);
    const sha256 = await store.put(TENANT, Buffer.from(JSON.stringify(long)));
    const output = { artifact: { sha256, bytes: 70_002, preview: '' } };
    const { messages } = await requestOf(next(kept, [{ id: 'call-1-0', tool: 'fs.read', output }]));
    assert.equal(messages.at(-1)?.text, `${'x'.repeat(65_536)}\n(cut: the first 65536 of 70000 characters)`);
  });

  it('makes no more calls in a turn than are allowed', async () => {
    const calls = Array.from({ length: 17 }, () => ({ tool: 'fs.read', input: { path: 'a' } }));
    const { kept } = await turn(asked({ turn: first }), EMULATED, { text: JSON.stringify({ calls }) });
    assert.equal(kept.wanted?.length, 16);
    const [refused] = kept.refused ?? [];
    assert.ok(refused !== undefined && 'error' in refused);
    assert.equal(refused.error.message, 'Cannot call tool "fs.read": at most 16 calls are made in a turn');
  });

  const output = template({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] });

  for (const { name, provider, text, more = {}, read } of [
    { name: 'an answer in words', provider: EMULATED, text: '{"answer":"yes"}', read: { isValid: true, value: 'yes' } },
    {
      name: 'an answer that should have been text',
      provider: EMULATED,
      text: '{"answer":{"a":1}}',
      read: { isValid: true, value: '{"a":1}' },
    },
    {
      name: 'an answer that meets the schema',
      provider: EMULATED,
      more: { output },
      text: '{"answer":{"n":1}}',
      read: { isValid: true, value: { n: 1 } },
    },
    {
      name: 'an answer that does not',
      provider: EMULATED,
      more: { output },
      text: '{"answer":{"n":"1"}}',
      read: { isValid: false, reason: '/n must be integer' },
    },
    {
      name: 'neither calls nor an answer',
      provider: EMULATED,
      text: '{"n":1}',
      read: { isValid: false, reason: 'it holds neither "calls" nor an "answer"' },
    },
    { name: 'no JSON', provider: EMULATED, text: '', read: { isValid: false, reason: 'it is not JSON' } },
    {
      name: 'an answer of a model that calls tools itself',
      provider: NATIVE,
      text: 'yes',
      read: { isValid: true, value: 'yes' },
    },
    {
      name: 'such an answer that meets the schema',
      provider: NATIVE,
      more: { output },
      text: '{"n":1}',
      read: { isValid: true, value: { n: 1 } },
    },
  ] as const) {
    it(`reads ${name}`, async () => {
      const prepared = await prepare(asked({ turn: first, ...more }), provider);
      assert.deepEqual(preparedReader('m', prepared, undefined)(completion({ text })), read);
    });
  }

  for (const { name, more = {}, value } of [
    { name: 'text', value: 'no' },
    { name: 'null where a schema is', more: { output }, value: null },
  ] as const) {
    it(`gives ${name} for a refusal that the step accepts`, async () => {
      const prepared = await prepare(asked({ turn: first, ...more }), EMULATED);
      const said = completion({ text: 'no', finishReason: 'refusal' });
      assert.deepEqual(preparedReader('m', prepared, ['refusal'])(said), { isValid: true, value });
      const kept = await keepAnswer({ store, tenant: TENANT }, prepared, { completion: said, value });
      assert.equal(kept.finishReason, 'refusal');
    });
  }
});
