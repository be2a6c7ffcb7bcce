import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './child-process.ts';

/** A Java program that Maven gathers with everything it needs. */
export interface MavenBuild {
  readonly kind: 'maven';
  readonly title: string;
  readonly needs: readonly string[];
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** The class whose `main` runs. */
  readonly main: string;
  /** Name of the script, in the folder, that starts it. */
  readonly script: string;
}

const GATHER_MAX_MS = 5 * 60_000;

/** Puts the jars and a script that starts them into `folder`, which may be moved afterwards. Throws `SETUP_FAILED`. */
export async function buildWithMaven(build: MavenBuild, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pom.xml'), pomOf(build));
  await runProgram('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
    cwd: folder,
    timeoutMs: GATHER_MAX_MS,
  });
  const script = join(folder, build.script);
  await writeFile(script, `#!/bin/sh\nexec java -cp "$(dirname "$0")/lib/*" ${build.main} "$@"\n`);
  await chmod(script, 0o755);
}

function pomOf({ group, artifact, version }: MavenBuild): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>collector</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`;
}
