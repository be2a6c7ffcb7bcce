import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { startRun } from '../../../src/client.ts';
import { cancelRun } from '../../../src/runs.ts';
import {
  followPage,
  openExample,
  startExampleServer,
  withServer,
  type Example,
  type ExampleServer,
} from '../../example.ts';
import { planOf, untilEnd, untilView } from '../../runs.ts';

const FOLDER = 'examples/error-handling';

describe(FOLDER, function () {
  this.timeout(480_000);
  let server: ExampleServer;
  let example: Example;

  before(async () => {
    server = await startExampleServer(`${FOLDER}/services.ts`);
    example = await openExample({ server, own: withServer(server, 'shop', '127.0.0.1:8091') });
  });

  after(async () => {
    await example?.close();
    await server?.stop();
  });

  followPage(
    `${FOLDER}/README.md`,
    () => example,
    () => server,
  );

  it('undoes everything, the last first, when it is cancelled while it is held', async () => {
    const { connection, config } = example.ground;
    const shop = `http://${server.host}`;
    await fetch(`${shop}/off/newsletter`, { method: 'POST' });
    const plan = planOf(await readFile(`${FOLDER}/pipeline.yaml`, 'utf8'), config);
    const { runId } = await startRun(connection, { plan, inputs: { shop, order: 'mine' } });
    await untilView(connection, runId, ({ held }) => held !== undefined);
    await cancelRun(connection, runId);
    const { status, compensations } = await untilEnd(connection, runId);
    assert.equal(status, 'cancelled');
    assert.deepEqual(
      compensations?.map(({ step }) => step),
      ['ship', 'charge', 'reserve'],
    );
    const undone = server.take().filter((line) => line.startsWith('DELETE') && line.includes('mine'));
    assert.deepEqual(undone, ['DELETE /carrier/mine 200', 'DELETE /bank/mine 200', 'DELETE /stock/mine 200']);
  });
});
