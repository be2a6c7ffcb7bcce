// Loaded before anything else (`--import`) in every Node process of a test run, those that tests start included.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort } from 'node:worker_threads';
import { instrument, isMeasured } from './instrument.cjs';

const folder = process.env.ORCHESTRATOR_TEST_COVERAGE;

// A test may start an old Node, which runs none of our sources.
if (folder !== undefined && module.registerHooks !== undefined) {
  if (isMainThread) recordHost();
  // Listening in any other thread would keep it from ending.
  else if (process.argv[1]?.endsWith('workflow-worker-thread.js')) recordSandbox();
}

function recordHost() {
  globalThis.testCoverage = {};
  module.registerHooks({
    load(url, context, next) {
      if (!url.startsWith('file:') || !isMeasured(fileURLToPath(url))) return next(url, context);
      return {
        format: 'module',
        shortCircuit: true,
        source: instrument(fileURLToPath(url), { scope: 'globalThis', folder }),
      };
    },
  });
  // A replay runs its sandbox in this thread.
  URL.testCoverage = {};
  process.on('exit', () => {
    write(globalThis.testCoverage);
    write(URL.testCoverage);
  });
}

function recordSandbox() {
  URL.testCoverage = {};
  // The SDK announces that it is going to end the thread; after that nothing runs any more.
  parentPort?.on('message', ({ input }) => {
    if (input?.type === 'destroy') write(URL.testCoverage);
  });
}

/** Only what was counted: what there is to count is the same for all processes. */
function write(coverage) {
  const counts = Object.entries(coverage).map(([path, { hash, s, f, b }]) => [path, { hash, s, f, b }]);
  if (counts.length > 0)
    writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(Object.fromEntries(counts)));
}
