import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { connect, startRun } from '../../../src/client.ts';
import { loadConfig, secretsIn } from '../../../src/config.ts';
import { exportRun } from '../../../src/export.ts';
import { fetchHistories } from '../../../src/histories.ts';
import { readHistories, type RunExport } from '../../../src/history-file.ts';
import { redactHistory } from '../../../src/redact-history.ts';
import { replayHistories, type Replayed } from '../../../src/replay.ts';
import type { WorkflowCode } from '../../../src/workflow-code.ts';
import { createScrubber } from '../../../activities/tools/scrub.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { openGround, planOf, untilEnd, type TestGround } from '../../runs.ts';
import { productCode } from '../../test-bundle.ts';
import { startWebServer, type WebServer } from '../../web-server.ts';
import { quietRuntime, startTestWorker } from '../../worker.ts';

const SECRET = 'open "sesame" 4711';
const KEY = 'key-of-a-vendor';

/** An artifact, retries, a secret that came in by the front door, and a failure. */
const RUN = (url: string): string => `name: kept
inputs: { note: { type: string } }
steps:
  long: { tool: http.request, with: { url: "${url}/bytes?count=100000" } }
  flaky: { tool: http.request, with: { url: "${url}/flaky?times=2&key=${randomUUID()}" }, retry: { attempts: 3, backoff: 10ms } }
  said: { tool: text.template, with: { template: "{{note}}", data: { note: "\${{ inputs.note }}" } } }
  broken: { needs: [long, flaky, said], tool: http.request, with: { url: "${url}/status?code=404" } }
`;

let code: WorkflowCode;

describe('exportRun', () => {
  let ground: TestGround;
  let web: WebServer;
  let runId: string;
  let raw: string;
  let exported: RunExport;

  before(async () => {
    quietRuntime();
    code = await productCode();
    web = await startWebServer();
    ground = await openGround({
      ORCHESTRATOR_ALLOWED_HOSTS: web.host,
      ORCHESTRATOR_SECRET_TOKEN: SECRET,
      OPENAI_API_KEY: KEY,
    });
    const { connection, config } = ground;
    const worker = await startTestWorker(ground);
    const inputs = { note: `${SECRET} ${Buffer.from(KEY).toString('base64')} ${encodeURIComponent(SECRET)}` };
    ({ runId } = await startRun(connection, { plan: planOf(RUN(web.url), config), inputs }));
    await untilEnd(connection, runId);
    await worker.stop();
    raw = historyToJSON(await connection.client.workflow.getHandle(runId).fetchHistory());
    exported = await exportRun(connection, config, runId);
  });

  after(async () => {
    await ground.close();
    await web.close();
  });

  it('holds the view and the whole history, which replays', async () => {
    const { exportVersion, exportedAt, view, histories } = exported;
    assert.equal(exportVersion, 1);
    assert.ok(Math.abs(Date.parse(exportedAt) - Date.now()) < 60_000);
    assert.deepEqual([view?.runId, view?.status, view?.error?.code], [runId, 'failed', 'TOOL_HTTP_STATUS']);
    assert.deepEqual(
      histories.map(({ workflowId }) => workflowId),
      [runId],
    );
    const { events } = JSON.parse(raw) as { events: readonly unknown[] };
    assert.deepEqual(await replay(exported), [{ runId, events: events.length }]);
  });

  it('holds no secret, not even in other forms or in content', () => {
    const forms = [SECRET, encodeURIComponent(SECRET), KEY, Buffer.from(KEY).toString('base64')];
    const found = (text: string): string[] =>
      forms.filter((form) => textsIn(JSON.parse(text)).some((one) => one.includes(form)));
    assert.deepEqual(found(raw), [SECRET, encodeURIComponent(SECRET), Buffer.from(KEY).toString('base64')]);
    assert.deepEqual(found(JSON.stringify(exported)), []);
  });

  it('names no worker, no host and no program', () => {
    const host = new RegExp(`(?<![\\w-])${hostname()}(?![\\w-])`, 'u');
    const about = (text: string): string[] =>
      textsIn(JSON.parse(text)).filter((one) => host.test(one) || one.includes('@temporalio/worker'));
    assert.ok(about(raw).includes(`${process.pid}@${hostname()}`));
    assert.ok(about(raw).some((text) => text.startsWith('@temporalio/worker@')));
    assert.deepEqual(about(JSON.stringify(exported)), []);
  });

  it('names artifacts and does not hold them', () => {
    const text = JSON.stringify(exported);
    assert.match(text, /"artifact":\{"sha256":"[0-9a-f]{64}","bytes":100\d{3},/u);
    assert.ok(text.length < 100_000, String(text.length));
  });

  it('takes every history of a run that has several, and they replay', async () => {
    const { connection, config } = ground;
    const worker = await startTestWorker(ground);
    const yaml =
      'name: long\nsteps:\n  first: { tool: text.template, with: { template: x, data: {} } }\n  second: { needs: first, tool: text.template, with: { template: x, data: {} } }\n  all: { needs: second, for_each: "${{ range(120) }}", set: "${{ item }}" }\n';
    const { runId: id } = await startRun(connection, { plan: planOf(yaml, config), renewAfterEvents: 14 });
    const { status } = await untilEnd(connection, id);
    const file = await exportRun(connection, config, id);
    await worker.stop();
    const ids = file.histories.map(({ workflowId }) => workflowId);
    assert.deepEqual([status, new Set(ids)], ['done', new Set([id, `${id}/all[0-99]`, `${id}/all[100-119]`])]);
    assert.ok(ids.filter((each) => each === id).length > 1, ids.join(' '));
    assert.equal(ids[0], id);
    const replayed = await replay(file);
    assert.deepEqual(
      replayed.map(({ runId: each, error }) => ({ each, error })),
      ids.map((each) => ({ each, error: undefined })),
    );
  });

  it('takes a run that nobody can be asked about, and one that has a history only', async () => {
    const { config } = ground;
    const connection = { ...ground.connection, taskQueue: `nobody-${randomUUID()}` };
    const quick = planOf('name: quick\nsteps:\n  a: { set: 1 }\n', config);
    const { runId: open } = await startRun(connection, { plan: quick });
    const file = await exportRun(connection, config, open);
    assert.deepEqual([file.view, file.histories.length], [null, 1]);
    assert.deepEqual(await replay(file), [{ runId: open, events: 2 }]);
    await connection.client.workflow.getHandle(open).terminate();
  });

  it('takes a run that Temporal has forgotten, without its history', async () => {
    // Every server has this namespace, and our runs are not in it; the record is where it was.
    const config = { ...ground.config, namespace: 'temporal-system' };
    const elsewhere = await connect(config, { address: ground.connection.address });
    try {
      const file = await exportRun(elsewhere, config, runId);
      assert.deepEqual([file.view?.status, file.histories], ['failed', []]);
      assert.deepEqual(await replay(file), []);
    } finally {
      await elsewhere.close();
    }
  });

  it('does not take the record alone when Temporal cannot be asked', async () => {
    const closed = await connect(ground.config, { address: ground.connection.address });
    await closed.close();
    await assert.rejects(exportRun(closed, ground.config, runId), { name: 'ServiceError' });
  });

  it('does not take a run that there is not', async () => {
    await assert.rejects(exportRun(ground.connection, ground.config, 'no such'), { code: 'RUN_UNKNOWN' });
  });
});

async function replay(file: RunExport): Promise<readonly Replayed[]> {
  const results: Replayed[] = [];
  for await (const result of replayHistories(readHistories('run.json', JSON.stringify(file)), code))
    results.push(result);
  return results;
}

/** Every text in a history, and in what its payloads hold. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  const { metadata, data } = value as { metadata?: unknown; data?: unknown };
  const inner = metadata !== undefined && typeof data === 'string' ? Buffer.from(data, 'base64').toString() : undefined;
  // Quotes inside JSON would hide what stands between them.
  const texts =
    inner === undefined ? [] : inner.startsWith('{') || inner.startsWith('"') ? textsIn(JSON.parse(inner)) : [inner];
  return [...texts, ...Object.values(value).flatMap(textsIn)];
}

describe('fetchHistories', () => {
  it('leaves out what Temporal has forgotten meanwhile, and passes other faults on', async () => {
    const ground = await openGround();
    try {
      const fetched = async (runId: string) => {
        for await (const { workflowId } of fetchHistories(ground.connection, [{ workflowId: 'none', runId }]))
          return workflowId;
        return 'nothing';
      };
      assert.equal(await fetched(randomUUID()), 'nothing');
      await assert.rejects(fetched('no uuid'), /Invalid RunId/u);
    } finally {
      await ground.close();
    }
  });
});

describe('secretsIn', () => {
  it('gives what the environment keeps secret, and nothing else', () => {
    const config = loadConfig({
      ORCHESTRATOR_SECRET_A: 'one',
      ANTHROPIC_API_KEY: 'two',
      OLLAMA_HOST: '127.0.0.1:1',
      TEMPORAL_ADDRESS: '127.0.0.1:2',
      TEMPORAL_API_KEY: 'three',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'four',
      TEMPORAL_GRPC_META_X_TEAM: 'a',
    });
    assert.deepEqual(secretsIn(config), ['one', 'two', 'three', 'four']);
    assert.deepEqual(secretsIn(loadConfig({})), []);
  });
});

function payload(data: Buffer, encoding: string): Json {
  return { metadata: { encoding: Buffer.from(encoding).toString('base64') }, data: data.toString('base64') };
}

describe('redactHistory', () => {
  const scrubber = createScrubber(['hidden', '42', 'TASK']);

  for (const { name, from, to } of [
    {
      name: 'leaves the structure alone, whatever the secrets are',
      from: {
        eventId: '42',
        eventType: 'EVENT_TYPE_TASK_STARTED',
        eventTime: '2026-11-22T15:42:00Z',
        timeout: '42s',
        n: 42,
        is: null,
      },
      to: {
        eventId: '42',
        eventType: 'EVENT_TYPE_TASK_STARTED',
        eventTime: '2026-11-22T15:42:00Z',
        timeout: '42s',
        n: 42,
        is: null,
      },
    },
    {
      name: 'empties what names workers and places in code',
      from: { identity: '1@host', binaryChecksum: 'abc', failure: { stackTrace: 'at x', message: 'hid' } },
      to: { identity: '', binaryChecksum: '', failure: { stackTrace: '', message: 'hid' } },
    },
    {
      name: "leaves the program out, and the name of a worker's own queue",
      from: { workerVersion: { buildId: 'x' }, taskQueue: { name: '1@host-q', kind: 'TASK_QUEUE_KIND_STICKY' } },
      to: { taskQueue: { name: 'sticky', kind: 'TASK_QUEUE_KIND_STICKY' } },
    },
    {
      name: 'finds the beginning of a secret in a sentence',
      from: { message: 'it said "hidd', list: ['all hidden'] },
      to: { message: 'it said "[secret]', list: ['all [secret]'] },
    },
    {
      name: 'looks into payloads of JSON',
      from: payload(Buffer.from('{"a": "hidden", "n": 42}'), 'json/plain'),
      to: payload(Buffer.from('{"a":"[secret]","n":42}'), 'json/plain'),
    },
    {
      name: 'looks into payloads of bytes',
      from: [
        payload(Buffer.from([255, ...Buffer.from('hidden')]), 'binary/plain'),
        payload(Buffer.from([255]), 'binary/plain'),
      ],
      to: [
        payload(Buffer.from([255, ...Buffer.from('[secret]')]), 'binary/plain'),
        payload(Buffer.from([255]), 'binary/plain'),
      ],
    },
  ] as readonly { name: string; from: Json; to: Json }[]) {
    it(name, () => assert.deepEqual(redactHistory(from, scrubber), to));
  }
});

describe('readHistories', () => {
  for (const { name, text, message } of [
    { name: 'what is not JSON', text: '{', message: /^Cannot read "a\.json": it is not JSON: / },
    { name: 'what is no history', text: '[]', message: /^Cannot read "a\.json": it holds no history: Invalid history/ },
    { name: 'an event that says nothing', text: '{"events":[{}]}', message: /it holds no history: Missing attributes/ },
    {
      name: 'an export of another version',
      text: '{"exportVersion":2,"histories":[]}',
      message: /it is an export of version 2, this program reads whole ones of version 1$/,
    },
    {
      name: 'half an export',
      text: '{"exportVersion":1}',
      message: /it is an export of version 1, this program reads whole ones of version 1$/,
    },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(() => readHistories('a.json', text), { code: 'FILE_UNREADABLE', message });
    });
  }

  it("reads Temporal's own files, and takes the id from there", () => {
    const event = {
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { workflowId: 'r' },
    };
    assert.deepEqual(
      ['{"events":[]}', JSON.stringify({ events: [event] })]
        .flatMap((text) => readHistories('a.json', text))
        .map(({ workflowId }) => workflowId),
      ['unknown', 'r'],
    );
  });
});
