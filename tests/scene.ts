import { openGround, type TestGround } from './runs.ts';
import { startWebServer, type WebServer } from './web-server.ts';
import { startTestWorker } from './worker.ts';

/** What most tests of runs need: a ground with a worker of this process, and a web server that runs may ask. */
export interface Scene {
  readonly ground: TestGround;
  readonly web: WebServer;
}

/** Opens a scene before the tests of the file or suite that calls this, and closes it after them. */
export function useScene(take: (scene: Scene) => void): void {
  let close: (() => Promise<void>) | undefined;

  before(async () => {
    const web = await startWebServer();
    const ground = await openGround({ ORCHESTRATOR_ALLOWED_HOSTS: web.host });
    const worker = await startTestWorker(ground);
    close = async () => {
      await worker.stop();
      await ground.close();
      await web.close();
    };
    take({ ground, web });
  });

  after(() => close?.());
}
