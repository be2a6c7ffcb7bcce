import assert from 'node:assert/strict';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import {
  followPage,
  openExample,
  startExampleServer,
  withServer,
  type Example,
  type ExampleServer,
} from '../../example.ts';
import { outputsOf, untilEnd } from '../../runs.ts';
import { server as testServer } from '../../servers.ts';

const FOLDER = 'examples/research-with-sources';

describe(FOLDER, function () {
  this.timeout(180_000);
  let server: ExampleServer;
  let example: Example;

  before(async () => {
    server = await startExampleServer(`${FOLDER}/library.ts`);
    const environment = {
      ORCHESTRATOR_BROWSER: testServer('browser'),
      ORCHESTRATOR_SEARCH_URL: `http://${server.host}`,
    };
    example = await openExample({ server, environment, own: withServer(server, 'site', '127.0.0.1:8092') });
  });
  after(async () => {
    await example?.close();
    await server?.stop();
  });

  followPage(`${FOLDER}/README.md`, () => example);

  it('answers with a passage that its source holds, and keeps the picture', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('research-1'));
    const { quote, source } = (await outputsOf(ground, view)) as { quote: string; source: string };
    const page = await (await fetch(source)).text();
    // The page of opening hours is made by its script.
    assert.ok(source.endsWith('/opening') || page.includes(quote), `${source}: ${quote}`);
    const [picture] = view.files ?? [];
    assert.equal(picture?.path, 'opening.png');
    const store = openLocalDisk(ground.config.folders.artifacts);
    const bytes = Buffer.from(await store.get(ground.config.tenant, picture.sha256));
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  });
});
