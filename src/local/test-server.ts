import type { Config } from '../config.ts';
import { goArch } from './platform.ts';
import { provideProgram, type Program } from './program.ts';
import type { Progress } from './progress.ts';

const VERSION = '1.38.0';

const SYSTEMS: Readonly<Record<string, string>> = { darwin: 'macOS', linux: 'linux' };

/** Temporal's test server, which skips over time. Native where it can be downloaded, else on Java. */
export const testServer: Program = {
  name: "Temporal's time-skipping test server",
  version: VERSION,
  folder: `temporal-test-server-${VERSION}`,
  files: ['temporal-test-server'],
  ways: [
    {
      kind: 'download',
      title: `Downloading Temporal's test server ${VERSION}`,
      needs: ['tar'],
      archive: `https://github.com/temporalio/sdk-java/releases/download/v${VERSION}/temporal-test-server_${VERSION}_${SYSTEMS[process.platform]}_${goArch(process.arch)}.tar.gz`,
      strip: 1,
    },
    {
      kind: 'maven',
      title: `Gathering Temporal's test server ${VERSION} with Maven`,
      needs: ['mvn', 'java'],
      group: 'io.temporal',
      artifact: 'temporal-test-server',
      version: VERSION,
      main: 'io.temporal.testserver.TestServer',
      script: 'temporal-test-server',
    },
  ],
  advice: 'install Java 17 or later and Maven',
};

/** The path of an executable test server; `<path> <port>` starts it. Throws `SETUP_FAILED`. */
export async function ensureTestServer(config: Config, progress: Progress): Promise<string> {
  return (await provideProgram(testServer, config.folders.cache, progress)).path;
}
