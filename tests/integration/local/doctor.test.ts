import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { startBackground } from '../../../src/local/background.ts';
import { examine, examineDisk, examineNode } from '../../../src/local/doctor.ts';
import type { Examination } from '../../../src/local/examination.ts';
import { stateFiles } from '../../../src/local/folders.ts';
import { startOllama } from '../../../src/local/ollama-server.ts';
import { freePort, isListening } from '../../../src/local/ports.ts';
import { provideProgram } from '../../../src/local/program.ts';
import { writeRecord } from '../../../src/local/record.ts';
import { temporalCli } from '../../../src/local/temporal-program.ts';
import { startTemporal } from '../../../src/local/temporal-server.ts';
import { server } from '../../servers.ts';
import { cacheWithoutModels, openLocalGround, withPath, type LocalGround } from './ground.ts';

let ground: LocalGround;

beforeEach(async () => {
  ground = await openLocalGround();
});

afterEach(() => ground.close());

function of(examinations: readonly Examination[], subject: string): Examination | undefined {
  return examinations.find((each) => each.subject === subject);
}

/** `subject: status`, in order. */
function statuses(examinations: readonly Examination[]): string[] {
  return examinations.map(({ subject, status }) => `${subject}: ${status}`);
}

describe('examine', () => {
  it('finds nothing on a new machine, and starts nothing', async () => {
    const nothing = { XDG_CACHE_HOME: join(ground.folder, 'cache'), OLLAMA_HOST: `127.0.0.1:${await freePort()}` };
    await withPath(ground.folder, async () => {
      const found = await examine(ground.config(nothing));
      assert.deepEqual(statuses(found), [
        'Node: ok',
        'Disk: ok',
        'Artifacts: ok',
        'Temporal CLI: missing',
        'Temporal server: warning',
        'Ollama: missing',
        'Models of anthropic: warning',
        'Models of openai: warning',
      ]);
      assert.match(
        of(found, 'Temporal CLI')?.advice ?? '',
        /^the next run fetches or builds version 1\.5\.1; or install it/,
      );
    });
  });

  it('finds what runs', async () => {
    const config = ground.config({
      OLLAMA_HOST: server('ollama'),
      ANTHROPIC_API_KEY: 'a-secret',
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    });
    await startTemporal(config, ground.say);
    const found = await examine(config);
    assert.deepEqual(statuses(found), [
      'Node: ok',
      'Disk: ok',
      'Artifacts: ok',
      'Temporal CLI: ok',
      'Temporal settings: ok',
      'Fairness: ok',
      'Temporal server: ok',
      'Namespace: ok',
      'Search attributes: ok',
      'Worker: warning',
      'Model queues: warning',
      'Guarded tools: ok',
      'Temporal database: ok',
      'Ollama: ok',
      'Local models: ok',
      'Models of anthropic: ok',
      'Models of openai: ok',
    ]);
    const off = 'off: calls are made in the order in which they came, whosever they are';
    assert.equal(of(found, 'Fairness')?.found, off);
    assert.equal(of(found, 'Models of anthropic')?.found, 'ANTHROPIC_API_KEY is set');
    assert.equal(of(found, 'Models of openai')?.found, 'a compatible server at http://127.0.0.1:1/v1');
    assert.ok(!JSON.stringify(found).includes('a-secret'));
  });

  it('sees that a server runs without our settings', async () => {
    const config = ground.config();
    const { temporalDatabase: database, temporalLog: log, temporalRecord } = stateFiles(config);
    const { path } = await provideProgram(temporalCli, config.folders.cache, ground.say);
    const port = await freePort();
    const args = [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--db-filename',
      database,
      '--dynamic-config-value',
      'matching.enableFairness=true',
    ];
    const { pid } = await startBackground({ program: path, args, env: {}, log });
    const address = `127.0.0.1:${port}`;
    await writeRecord(temporalRecord, { pid, mark: database, address, program: path });
    while (!(await isListening(address))) await delay(50);
    const found = await examine(config);
    assert.match(of(found, 'Temporal settings')?.found ?? '', /^runs without journal_mode=WAL, /);
    assert.equal(of(found, 'Fairness')?.found, 'on: tenants take turns');
    assert.equal(of(found, 'Namespace')?.found, '"default" keeps ended runs for 1 days');
    assert.equal(of(found, 'Search attributes')?.status, 'missing');
  });

  it('examines a given server, and says what its namespace lacks', async () => {
    const given = { TEMPORAL_ADDRESS: server('temporal'), TEMPORAL_NAMESPACE: 'orchestrator-no-such-namespace' };
    const found = await examine(ground.config(given));
    assert.equal(of(found, 'Temporal CLI'), undefined);
    assert.equal(of(found, 'Namespace')?.status, 'missing');
    const there = await examine(ground.config({ TEMPORAL_ADDRESS: server('temporal') }));
    assert.equal(of(there, 'Fairness')?.found, 'a server does not tell whether it has it on');
  });

  it('says that a given server is away', async () => {
    const found = await examine(ground.config({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }));
    assert.match(of(found, 'Temporal server')?.found ?? '', /^Cannot reach the Temporal server at 127/);
  });

  it('says what cannot be written', async () => {
    await writeFile(join(ground.folder, 'file'), '');
    const found = await examine(ground.config({ ORCHESTRATOR_ARTIFACTS: join(ground.folder, 'file', 'artifacts') }));
    assert.match(of(found, 'Artifacts')?.found ?? '', /file\/artifacts cannot be written: ENOTDIR$/);
  });

  it('sees a worker that asks for work', async () => {
    const taskQueue = `doctor-${process.pid}`;
    const config = ground.config({ TEMPORAL_ADDRESS: server('temporal'), ORCHESTRATOR_TASK_QUEUE: taskQueue });
    const connection = await Connection.connect({ address: server('temporal') });
    const { TaskQueueKind } = proto.temporal.api.enums.v1;
    const queue = { name: taskQueue, kind: TaskQueueKind.TASK_QUEUE_KIND_NORMAL };
    const enough = new AbortController();
    const asking = connection.withAbortSignal(enough.signal, () =>
      connection.withDeadline(Date.now() + 60_000, () =>
        connection.workflowService.pollWorkflowTaskQueue({ namespace: 'default', taskQueue: queue, identity: 'test' }),
      ),
    );
    try {
      while (of(await examine(config), 'Worker')?.status !== 'ok') await delay(50);
    } finally {
      enough.abort();
      await assert.rejects(asking, /Cancelled/i);
      await connection.close();
    }
  });

  it('says that Ollama can be started, and that it has no small model', async () => {
    const config = ground.config({ OLLAMA_HOST: `127.0.0.1:${await freePort()}` });
    assert.match(of(await examine(config), 'Ollama')?.found ?? '', /^nothing answers at http.*; the program is /);
    const empty = ground.config({
      XDG_CACHE_HOME: await cacheWithoutModels(ground),
      OLLAMA_HOST: `127.0.0.1:${await freePort()}`,
    });
    await startOllama(empty, ground.say);
    assert.equal(of(await examine(empty), 'Local models')?.found, 'none');
  });
});

describe('examineNode', () => {
  it('refuses an old one', () => {
    assert.equal(examineNode('22.11.0').advice, 'install Node 24 or later');
  });
});

describe('examineDisk', () => {
  it('warns of a disk that is nearly full', async () => {
    const { status, advice } = await examineDisk(ground.folder, 2 ** 60);
    assert.equal(status, 'warning');
    assert.equal(advice, 'free at least 1099511627776 MB: on a full disk runs stand still');
  });
});
