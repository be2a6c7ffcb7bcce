import { NO_HEADERS } from './go-headers.ts';
import { goArch } from './platform.ts';
import type { Program } from './program.ts';

const VERSION = '1.5.1';

/** Temporal's command line tool, whose `server start-dev` is the embedded server. */
export const temporalCli: Program = {
  name: 'Temporal CLI',
  version: VERSION,
  command: 'temporal',
  folder: `temporal-${VERSION}`,
  files: ['temporal'],
  probe: ['--version'],
  ways: [
    {
      kind: 'download',
      title: `Downloading Temporal CLI ${VERSION}`,
      needs: ['tar'],
      archive: `https://github.com/temporalio/cli/releases/download/v${VERSION}/temporal_cli_${VERSION}_${process.platform}_${goArch(process.arch)}.tar.gz`,
      strip: 0,
    },
    {
      kind: 'go',
      title: `Building Temporal CLI ${VERSION} with Go (about 3 minutes on 2 cores)`,
      needs: ['go'],
      module: `github.com/temporalio/cli/cmd/temporal@v${VERSION}`,
      headers: NO_HEADERS,
      compilerFlags: '',
    },
  ],
  advice: 'install it (https://docs.temporal.io/cli or "brew install temporal"), or install Go 1.25 or later',
};
