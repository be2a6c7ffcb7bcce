import { mkdir } from 'node:fs/promises';
import { runProgram } from './child-process.ts';
import { collectHeaders, type Headers } from './go-headers.ts';

/** A program that Go builds from its published module. */
export interface GoBuild {
  readonly kind: 'go';
  readonly title: string;
  readonly needs: readonly string[];
  /** As `go install` takes it: `path/of/the/command@v1.2.3`. */
  readonly module: string;
  /** C headers that the module's zip leaves out. */
  readonly headers: Headers;
  /** Flags for the C and C++ compilers. */
  readonly compilerFlags: string;
}

const BUILD_MAX_MS = 30 * 60_000;

/** Builds into `folder`; the program is then `folder/<last name of the module's path>`. Throws `SETUP_FAILED`. */
export async function buildWithGo(build: GoBuild, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const includes = await collectHeaders(build.headers, `${folder}.headers`);
  await runProgram('go', ['install', '-ldflags', '-s -w', build.module], {
    timeoutMs: BUILD_MAX_MS,
    env: {
      GOBIN: folder,
      // Without `-g`, which Go adds by default: nobody debugs the C++ part here.
      CGO_CFLAGS: `-O2 ${build.compilerFlags}`,
      CGO_CXXFLAGS: `-O2 ${build.compilerFlags}`,
      CGO_CPPFLAGS: `-I${includes}`,
    },
  });
}
